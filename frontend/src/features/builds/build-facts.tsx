import type { ReactNode } from "react";
import { Link } from "wouter";

import { addressOf } from "../../api/page";
import type { Build, RegistryImage } from "../../api/schema";
import { paths } from "../../app/navigation";
import { t } from "../../i18n";
import { formatBytes } from "../../i18n/format";
import { RelativeTime } from "../../ui/time";
import { CommandField } from "../environments/copy-field";
import { CommitLink, RefLink, RepositoryLink } from "../environments/source";
import { whyOf } from "./why";

/** What is built, for whom and why, and what has come of it. */
export function BuildFacts({ build, displayName }: { build: Build; displayName: string }) {
  const words = t.builds.facts;
  const { repo_url: repoUrl, resolved_ref: commit } = build;
  const facts: [string, ReactNode][] = [
    [
      words.environment,
      <Link key="" href={paths.environment(build.environment)}>
        {displayName}
      </Link>,
    ],
    [t.environments.facts.sourceImage, build.source_image && <code>{build.source_image}</code>],
    [words.repository, repoUrl && <RepositoryLink key="" repoUrl={repoUrl} />],
    [words.ref, repoUrl && <RefLink key="" repoUrl={repoUrl} of={build.ref} />],
    [words.commit, repoUrl && commit && <CommitLink repoUrl={repoUrl} commit={commit} isWhole />],
    [words.why, whyOf(build)],
    [words.asked, <RelativeTime key="" at={build.created_at} />],
    [words.buildpack, build.buildpack],
    [words.image, build.image && <Image build={build} name={build.image} />],
    [words.registry, build.registry_image && <InRegistry key="" {...build.registry_image} />],
    [words.size, formatBytes(build.image_size)],
    [words.packages, build.package_count != null && <Packages key="" build={build} />],
  ];
  return (
    <>
      <dl className="row small mt-3 mb-0">
        {facts.map(
          ([label, value]) =>
            value && (
              <div className="col-md-6 d-flex column-gap-2" key={label}>
                <dt className="fw-normal text-body-secondary text-nowrap">{label}</dt>
                <dd className="mb-1 text-break">{value}</dd>
              </div>
            ),
        )}
      </dl>
      {build.registry_image && (
        <div className="mt-2">
          <CommandField
            label={t.builds.pull}
            text={build.registry_image.pull_command}
            copyLabel={t.builds.copyPull}
          />
        </div>
      )}
    </>
  );
}

function Packages({ build }: { build: Build }) {
  return (
    <a href={addressOf(`api/builds/${build.id}/packages`)} download="requirements.txt">
      {build.package_count}
    </a>
  );
}

function Image({ build, name }: { build: Build; name: string }) {
  return (
    <>
      <code>{name}</code>
      {build.image_removed_at && (
        <div>{build.registry_image ? t.builds.imagePulled : t.builds.imageRemoved}</div>
      )}
    </>
  );
}

/** The name by which people know it, which may come to mean another image, and the digest. */
function InRegistry({ name, tag, digest }: RegistryImage) {
  return (
    <>
      {tag && (
        <div>
          <code>{`${name}:${tag}`}</code>
        </div>
      )}
      <code>{tag ? digest : `${name}@${digest}`}</code>
    </>
  );
}
