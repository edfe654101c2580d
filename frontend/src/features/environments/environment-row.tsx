import type { ReactNode } from "react";
import { Link } from "wouter";

import type { Environment } from "../../api/schema";
import { paths } from "../../app/navigation";
import { t } from "../../i18n";
import { formatBytes } from "../../i18n/format";
import { RelativeTime } from "../../ui/time";
import { ActionError } from "./action-error";
import { type Asked, EnvironmentActions } from "./environment-actions";
import { EnvironmentState } from "./environment-state";
import { Source } from "./source";
import { useBuildActions } from "./use-build-actions";
import { describeVisibility, namesOf } from "./visibility";

interface EnvironmentRowProps {
  environment: Environment;
  onAsk: (asked: Asked) => void;
}

/** An environment in the list: a row where there is room, a card on a phone. */
export function EnvironmentRow({ environment, onAsk }: EnvironmentRowProps) {
  const builds = useBuildActions(environment);
  return (
    <tr>
      <th scope="row" className="fw-normal">
        <Link href={paths.environment(environment.name)} className="fw-semibold text-break">
          {environment.display_name}
        </Link>
        {environment.description && (
          <div className="small text-break envbuilder-pre-line envbuilder-clamped">
            {environment.description}
          </div>
        )}
        <div className="small text-body-secondary text-break">
          <Source environment={environment} />
        </div>
        {builds.error && (
          <div className="mt-2">
            <ActionError builds={builds} />
          </div>
        )}
      </th>
      <td className="envbuilder-state">
        <EnvironmentState environment={environment} />
      </td>
      <td className="small">
        <ImageFacts environment={environment} />
      </td>
      <td className="small">
        <PeopleFacts environment={environment} />
      </td>
      <td className="envbuilder-actions">
        <EnvironmentActions environment={environment} builds={builds} onAsk={onAsk} />
      </td>
    </tr>
  );
}

function ImageFacts({ environment }: { environment: Environment }) {
  const { image } = t.environments;
  const build = environment.current_build ?? environment.waiting_build;
  if (!build) return <span className="text-body-secondary">{image.none}</span>;
  return (
    <dl className="mb-0 envbuilder-facts">
      {build.image_size != null && (
        <Fact label={image.size}>
          <span className="text-nowrap">{formatBytes(build.image_size)}</span>
        </Fact>
      )}
      {build.finished_at && (
        <Fact label={image.built}>
          <RelativeTime at={build.finished_at} />
        </Fact>
      )}
    </dl>
  );
}

function PeopleFacts({ environment: { owner, visibility } }: { environment: Environment }) {
  const { people } = t.environments;
  return (
    <dl className="mb-0 envbuilder-facts">
      <Fact label={people.owner}>{owner}</Fact>
      <Fact label={people.visible}>
        <span title={namesOf(visibility) || undefined}>{describeVisibility(visibility)}</span>
      </Fact>
    </dl>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd className="text-break">{children}</dd>
    </div>
  );
}
