import type { Build } from "../../api/schema";
import { t } from "../../i18n";
import { Alert } from "../../ui/alert";

/** What the check found in an image that works all the same. */
export function Warnings({ build }: { build: Build }) {
  const warnings = build.warnings ?? [];
  if (warnings.length === 0) return null;
  return (
    <Alert kind="warning">
      {t.builds.warnings}
      <ul className="mb-0">
        {warnings.map((warning) => (
          <li key={warning}>{warning}</li>
        ))}
      </ul>
    </Alert>
  );
}
