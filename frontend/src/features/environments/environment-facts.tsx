import type { ReactNode } from "react";

import type { Build, Environment } from "../../api/schema";
import { t } from "../../i18n";
import { formatBytes, formatSize } from "../../i18n/format";
import { Alert } from "../../ui/alert";
import { RelativeTime } from "../../ui/time";
import { repositoryName } from "./forge";
import { CommitLink, RefLink, refName, RepositoryLink } from "./source";
import { describeVisibility } from "./visibility";

/** What an environment is made from, what came of it, and for whom it is. */
export function EnvironmentFacts({ environment }: { environment: Environment }) {
  const { repo_url: repoUrl, image, ref, current_build: build, visibility } = environment;
  const { facts, schedules, builders } = t.environments;
  const rows: [string, ReactNode][] = [
    [facts.sourceImage, image && <code className="text-body">{image}</code>],
    [facts.repository, !image && <RepositoryLink key="" repoUrl={repoUrl} />],
    [facts.ref, !image && <RefLink key="" repoUrl={repoUrl} of={ref} />],
    [
      facts.commit,
      !image && build?.resolved_ref && (
        <CommitLink repoUrl={build.repo_url} commit={build.resolved_ref} />
      ),
    ],
    [
      image ? facts.pulled : facts.built,
      build?.finished_at && <RelativeTime at={build.finished_at} />,
    ],
    [facts.image, build?.image && <code className="text-body">{build.image}</code>],
    [facts.size, formatBytes(build?.image_size)],
    [facts.owner, environment.owner],
    [facts.added, <RelativeTime key="" at={environment.created_at} />],
    [facts.visible, describeVisibility(visibility)],
    [facts.users, visibility.users?.join(", ")],
    [facts.groups, visibility.groups?.join(", ")],
    [facts.limits, formatSize(environment) || t.size.none],
    [facts.machines, environment.profiles?.join(", ") ?? facts.allMachines],
    [facts.opens, environment.default_url && <code>{environment.default_url}</code>],
    [facts.builder, environment.builder !== "auto" && builders[environment.builder]],
    [facts.buildArgs, pairsOf(environment.build_args)],
    [facts.variables, pairsOf(environment.environment_variables)],
    [facts.credentials, environment.has_credentials && facts.credentialsKept],
    [facts.publish, environment.publish === "manual" && facts.publishManual],
    [facts.schedule, !image && schedules[environment.schedule]],
    [facts.checked, environment.checked_at && <RelativeTime at={environment.checked_at} />],
  ];
  return (
    <>
      {build && isOfOther(build, environment) && (
        <p className="small">
          {build.source_image
            ? t.environments.source.fromImage(build.source_image)
            : t.environments.source.from(repositoryName(build.repo_url), refName(build.ref))}
        </p>
      )}
      <dl className="row mb-0">
        {rows.map(
          ([label, value]) =>
            value && (
              <div className="col-12 row mb-1 mx-0 px-0" key={label}>
                <dt className="col-sm-5 fw-normal text-body-secondary">{label}</dt>
                <dd className="col-sm-7 mb-0 text-break">{value}</dd>
              </div>
            ),
        )}
      </dl>
      {environment.check_error && <Alert kind="warning">{environment.check_error}</Alert>}
    </>
  );
}

/** Whether what is in use was made from something else than what is set now. */
function isOfOther(build: Build, { repo_url, image, ref }: Environment): boolean {
  if (image) return build.source_image !== image;
  return build.repo_url !== repo_url || build.ref !== ref;
}

/** `NAME=value`, one in each line; null for none. */
function pairsOf(pairs: Record<string, string>): ReactNode {
  const names = Object.keys(pairs);
  if (names.length === 0) return null;
  return names.map((name) => (
    <div key={name}>
      <code className="text-body">{`${name}=${pairs[name]}`}</code>
    </div>
  ));
}
