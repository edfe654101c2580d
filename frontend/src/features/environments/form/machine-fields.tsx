import { useQuery } from "@tanstack/react-query";

import { t } from "../../../i18n";
import { ErrorAlert } from "../../../ui/alert";
import { profilesQuery } from "../../servers/queries";
import { Choices } from "./choices";
import { errorAt } from "./field-errors";
import { LimitFields } from "./limit-fields";
import { machineChoices } from "./machine-choices";
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
