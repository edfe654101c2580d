import { useQuery } from "@tanstack/react-query";

import type { Environment, Profile } from "../../api/schema";
import { t } from "../../i18n";
import { formatSize } from "../../i18n/format";
import { Alert, ErrorAlert } from "../../ui/alert";
import { Field } from "../../ui/field";
import { profilesQuery } from "./queries";

interface ProfileChoiceProps {
  environment: Environment;
  /** A label; one that the environment does not allow counts as none. */
  value: string | null;
  onChange: (label: string) => void;
}

/** The machine, out of those that the environment allows; nothing where the operator offers none. */
export function ProfileChoice({ environment, value, onChange }: ProfileChoiceProps) {
  const { data, error, refetch } = useQuery(profilesQuery);
  if (error) return <ErrorAlert error={error} onRetry={() => void refetch()} />;
  if (!data || data.items.length === 0) return null;
  const allowed = allowedProfiles(data.items, environment);
  if (allowed.length === 0) return <Alert kind="warning">{t.servers.choice.noProfile}</Alert>;
  return (
    <Field label={t.servers.machine}>
      {(control) => (
        <select
          {...control}
          className="form-select"
          value={chosenProfile(allowed, value)?.label}
          onChange={(event) => onChange(event.target.value)}
        >
          {allowed.map((profile) => (
            <option key={profile.label} value={profile.label}>
              {describe(profile, environment)}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

/** The profiles that an environment may be started with. */
export function allowedProfiles(offered: readonly Profile[], environment: Environment): Profile[] {
  const { profiles } = environment;
  return offered.filter((each) => profiles === null || profiles.includes(each.label));
}

/** The profile of this label, or the one that is used when nobody chooses. */
export function chosenProfile(
  allowed: readonly Profile[],
  label: string | null,
): Profile | undefined {
  return (
    allowed.find((each) => each.label === label) ??
    allowed.find((each) => each.default) ??
    allowed[0]
  );
}

function describe(profile: Profile, environment: Environment): string {
  const size = formatSize({
    mem_limit: smaller(profile.mem_limit, environment.mem_limit),
    cpu_limit: smaller(profile.cpu_limit, environment.cpu_limit),
  });
  return [profile.label, size, profile.description].filter(Boolean).join(" · ");
}

/** Both limits hold; null is no limit. */
function smaller(one: number | null | undefined, other: number | null): number | null {
  const limits = [one, other].filter((limit) => limit != null);
  return limits.length > 0 ? Math.min(...limits) : null;
}
