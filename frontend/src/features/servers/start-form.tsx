import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { Link } from "wouter";

import type { Environment, ServerRequest, Size } from "../../api/schema";
import { page } from "../../api/page";
import { paths } from "../../app/navigation";
import { t } from "../../i18n";
import { Alert, ErrorAlert } from "../../ui/alert";
import { Field } from "../../ui/field";
import { EnvironmentChoice, useLaunchable } from "./environment-choice";
import { isValidName, proposeName } from "./names";
import { type EnteredSize, readSize } from "./own-size";
import { OwnSizeFields } from "./own-size-fields";
import { allowedProfiles, chosenProfile, ProfileChoice } from "./profile-choice";
import { profilesQuery } from "./queries";

interface StartFormProps {
  /** Names of the servers that there are. */
  taken: readonly string[];
  onStart: (request: ServerRequest, label: string) => void;
}

/** What a server is started from, on which machine, and under which name. */
export function StartForm({ taken, onStart }: StartFormProps) {
  const { data: machines } = useQuery(profilesQuery);
  const { data, error, hasNextPage, refetch } = useLaunchable("");
  const [environment, setEnvironment] = useState<Environment | null>(null);
  const [profile, setProfile] = useState<string | null>(null);
  const [ownSize, setOwnSize] = useState<EnteredSize | null>(null);
  const [typedName, setTypedName] = useState<string | null>(null);
  const [isChecked, setIsChecked] = useState(false);

  if (error) return <ErrorAlert error={error} onRetry={() => void refetch()} />;
  if (!data) return <p role="status">{t.servers.choice.loading}</p>;
  if (data.length === 0 && !hasNextPage) return <NothingToStart />;

  const needsName = taken.includes("");
  const proposed = needsName && environment ? proposeName(environment.name, taken) : "";
  const name = typedName ?? proposed;
  const nameError = isValidName(name)
    ? taken.includes(name) && (environment || typedName !== null)
      ? t.servers.name.taken(name || t.servers.defaultName)
      : undefined
    : t.servers.name.invalid;

  const largest = machines && environment?.profiles === null ? machines.free_size : null;
  const read = ownSize && largest ? readSize(ownSize, largest) : null;

  /** The machine: a size of one's own, or a profile's label. */
  function machineFor(chosen: Environment): Pick<ServerRequest, "profile" | keyof Size> {
    if (read && "size" in read) return { profile: null, ...read.size };
    const allowed = allowedProfiles(machines?.items ?? [], chosen);
    return { profile: chosenProfile(allowed, profile)?.label ?? null };
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    setIsChecked(true);
    if (!environment || nameError || (read && "problems" in read)) return;
    const machine = machineFor(environment);
    onStart(
      { environment: environment.name, ...machine, server_name: name },
      environment.display_name,
    );
  }

  return (
    <form onSubmit={submit} noValidate>
      <EnvironmentChoice
        value={environment}
        onChange={setEnvironment}
        error={isChecked && !environment ? t.servers.choice.required : undefined}
      />
      {environment && (
        <ProfileChoice environment={environment} value={profile} onChange={setProfile} />
      )}
      {largest && (
        <OwnSizeFields
          largest={largest}
          value={ownSize}
          onChange={setOwnSize}
          problems={isChecked && read && "problems" in read ? read.problems : {}}
        />
      )}
      <Field
        label={t.servers.name.label}
        hint={needsName ? t.servers.name.hintTaken : t.servers.name.hint}
        error={isChecked || typedName !== null ? nameError : undefined}
      >
        {(control) => (
          <input
            {...control}
            className={`form-control ${control["aria-invalid"] ? "is-invalid" : ""}`}
            value={name}
            maxLength={63}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            onChange={(event) => setTypedName(event.target.value)}
          />
        )}
      </Field>
      <button type="submit" className="btn btn-primary">
        {t.servers.startButton}
      </button>
    </form>
  );
}

function NothingToStart() {
  return (
    <Alert>
      <p>{t.servers.choice.nothing}</p>
      <p>{page.user.mayBuild ? t.servers.choice.nothingBuild : t.servers.choice.nothingAsk}</p>
      <Link className="btn btn-sm btn-primary" href={paths.environments}>
        {t.servers.choice.toEnvironments}
      </Link>
    </Alert>
  );
}
