import type { Environment } from "../../api/schema";
import { t } from "../../i18n";
import { CommandField } from "./copy-field";
import { runCommandsOf } from "./run-commands";

const INSTALL = "pip install tljh-envbuilder";

/** How to have the environment at home: the commands to copy. */
export function RunCard({ environment }: { environment: Environment }) {
  const texts = t.environments.run;
  const commands = runCommandsOf(environment);
  if (!commands) return null;
  const { build, run, compose, pull } = commands;
  const hasArguments = Object.keys(environment.current_build?.build_args ?? {}).length > 0;
  return (
    <section className="card mb-3" aria-labelledby="run">
      <div className="card-body">
        <h2 className="h5" id="run">
          {texts.title}
        </h2>
        <p>
          {texts.needs} <code>{INSTALL}</code>
        </p>
        {build && (
          <>
            <p>{texts.noRegistry}</p>
            <CommandField label={texts.build} text={build} copyLabel={texts.copyBuild} />
            {hasArguments && <p className="form-text">{texts.buildArgs}</p>}
          </>
        )}
        <CommandField label={texts.run} text={run} copyLabel={texts.copyRun} />
        <p className="form-text">{texts.runHint}</p>
        <CommandField label={texts.compose} text={compose} copyLabel={texts.copyCompose} />
        {pull && <CommandField label={texts.pull} text={pull} copyLabel={texts.copyPull} />}
      </div>
    </section>
  );
}
