import { useQuery } from "@tanstack/react-query";
import { Link, useLocation, useSearch } from "wouter";

import { ApiError } from "../../api/errors";
import { paths } from "../../app/navigation";
import { t } from "../../i18n";
import { Alert, ErrorAlert } from "../../ui/alert";
import { PageHeading } from "../../ui/heading";
import { environmentQuery } from "../environments/queries";
import { serversQuery } from "../servers/queries";
import { StartForm } from "../servers/start-form";
import { sizeOf } from "../servers/starts";
import { type Launch, launchOf, launchPath } from "./address";
import { Launching } from "./launching";
import { NotBuilt } from "./not-built";

/** Leads to a server of the environment that the address names, which is started if need be. */
export default function LaunchPage() {
  const launch = launchOf(useSearch());
  return launch ? <LaunchOf key={JSON.stringify(launch)} launch={launch} /> : <Choose />;
}

function LaunchOf({ launch }: { launch: Launch }) {
  const { data, error, refetch } = useQuery(environmentQuery(launch.environment));
  if (error && isNotThere(error)) return <NotThere name={launch.environment} />;
  const label = data?.display_name ?? launch.environment;
  const title = launch.build === null ? label : t.launch.build(launch.build, label);
  return (
    <>
      <PageHeading title={t.launch.of(title)} />
      {!data && error && <ErrorAlert error={error} onRetry={() => void refetch()} />}
      {!data && !error && <p role="status">{t.loading}</p>}
      {data &&
        (data.current_build || launch.build !== null ? (
          <Launching environment={data} launch={launch} />
        ) : (
          <NotBuilt environment={data} />
        ))}
    </>
  );
}

/** A name that no environment can have is one that none has. */
function isNotThere(error: Error): boolean {
  return error instanceof ApiError && (error.status === 404 || error.status === 400);
}

function NotThere({ name }: { name: string }) {
  return (
    <>
      <PageHeading title={t.launch.notThere.title} />
      <Alert kind="warning">
        <p>{t.launch.notThere.text(name)}</p>
        <Link className="btn btn-sm btn-primary" href={paths.environments}>
          {t.launch.notThere.back}
        </Link>
      </Alert>
    </>
  );
}

function Choose() {
  const [, navigate] = useLocation();
  const { data, error, refetch } = useQuery(serversQuery);
  return (
    <>
      <PageHeading title={t.launch.choose} />
      {error && <ErrorAlert error={error} onRetry={() => void refetch()} />}
      {!data && !error && <p role="status">{t.launch.looking}</p>}
      {data && (
        <StartForm
          taken={data.items.map((each) => each.server_name)}
          onStart={({ environment, profile, server_name, ...size }) =>
            navigate(
              launchPath({
                environment,
                build: null,
                profile: profile ?? null,
                ownSize: sizeOf(size),
                serverName: server_name ?? null,
              }),
            )
          }
        />
      )}
    </>
  );
}
