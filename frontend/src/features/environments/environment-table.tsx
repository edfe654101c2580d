import type { Environment } from "../../api/schema";
import { t } from "../../i18n";
import type { Asked } from "./environment-actions";
import { EnvironmentRow } from "./environment-row";

interface EnvironmentTableProps {
  environments: readonly Environment[];
  onAsk: (asked: Asked, environment: Environment) => void;
}

/** The environments, one in each row. */
export function EnvironmentTable({ environments, onAsk }: EnvironmentTableProps) {
  const { columns } = t.environments;
  return (
    <table className="table align-top envbuilder-table" aria-label={t.environments.list}>
      <thead>
        <tr>
          <th scope="col">{columns.environment}</th>
          <th scope="col">{columns.status}</th>
          <th scope="col">{columns.image}</th>
          <th scope="col">{columns.people}</th>
          <th scope="col">
            <span className="visually-hidden">{columns.actions}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {environments.map((environment) => (
          <EnvironmentRow
            key={environment.name}
            environment={environment}
            onAsk={(asked) => onAsk(asked, environment)}
          />
        ))}
      </tbody>
    </table>
  );
}
