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
  return (
    <section className="card mb-3" aria-labelledby="run">
      <div className="card-body">
        <h2 className="h5" id="run">
          {texts.title}
        </h2>
        <CommandField label={texts.install} text={INSTALL} copyLabel={texts.copyInstall} />
        {build && (
          <CommandField
            label={texts.build}
            hint={texts.noRegistry}
            text={build}
            copyLabel={texts.copyBuild}
          />
        )}
        <CommandField label={texts.run} hint={texts.runHint} text={run} copyLabel={texts.copyRun} />
        <CommandField label={texts.compose} text={compose} copyLabel={texts.copyCompose} />
        {pull && <CommandField label={texts.pull} text={pull} copyLabel={texts.copyPull} />}
      </div>
    </section>
  );
}
