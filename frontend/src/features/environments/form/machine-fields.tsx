import { useQuery } from "@tanstack/react-query";

import type { Profile } from "../../../api/schema";
import { t } from "../../../i18n";
import { formatSize } from "../../../i18n/format";
import { ErrorAlert } from "../../../ui/alert";
import { profilesQuery } from "../../servers/queries";
import { Choices } from "./choices";
import { errorAt } from "./field-errors";
import { LimitFields } from "./limit-fields";
import { ProfileList } from "./profile-list";
import type { FormPart } from "./use-form";

/** Which machines servers run on, and how large these are at most. */
export function MachineFields(part: FormPart) {
  const { values, errors, edit } = part;
  const texts = t.environments.form.machines;
  const { profiles } = values;
  const { data, error, refetch } = useQuery(profilesQuery);
  const offered = data?.items ?? [];
  const choices = machineChoices(offered, profiles.labels);
  return (
    <>
      {error && <ErrorAlert error={error} onRetry={() => void refetch()} />}
      {data && choices.length === 0 && <p>{texts.noneOffered}</p>}
      {choices.length > 0 && (
        <Choices
          legend={texts.legend}
          value={profiles.all ? "all" : "some"}
          onChange={(value) => edit({ profiles: { ...profiles, all: value === "all" } })}
          error={profiles.all ? errorAt(errors, "profiles") : undefined}
          choices={[
            { value: "all", label: texts.all },
            {
              value: "some",
              label: texts.some,
              children: (
                <ProfileList
                  choices={choices}
                  chosen={profiles.labels}
                  error={errorAt(errors, "profiles")}
                  onChange={(labels) => edit({ profiles: { ...profiles, labels } })}
                />
              ),
            },
          ]}
        />
      )}
      <LimitFields {...part} />
    </>
  );
}

/** A label and what it stands for. */
export interface MachineChoice {
  label: string;
  about: string;
}

/**
 * The machines on offer, and those that the environment allows though they are not on offer to the
 * person, so that they stay what they are.
 */
function machineChoices(offered: readonly Profile[], chosen: readonly string[]): MachineChoice[] {
  const texts = t.environments.form.machines;
  const labels = new Set(offered.map(({ label }) => label));
  return [
    ...offered.map((profile) => ({ label: profile.label, about: describe(profile) })),
    ...chosen
      .filter((label) => !labels.has(label))
      .map((label) => ({ label, about: texts.notOffered })),
  ];
}

function describe(profile: Profile): string {
  const size = formatSize({
    mem_limit: profile.mem_limit ?? null,
    cpu_limit: profile.cpu_limit ?? null,
  });
  const gpus = profile.gpus ? t.environments.form.machines.gpus(profile.gpus) : "";
  return [size, gpus, profile.description].filter(Boolean).join(" · ");
}
