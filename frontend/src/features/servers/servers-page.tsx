import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect, useId, useRef, useState } from "react";

import type { ServerDetail } from "../../api/schema";
import { t } from "../../i18n";
import { ErrorAlert } from "../../ui/alert";
import { PageHeading } from "../../ui/heading";
import { watchedServersQuery } from "./queries";
import { ServerCard } from "./server-card";
import { StartCard } from "./start-card";
import { StartForm } from "./start-form";
import { begin, join, type Start, startsQuery } from "./starts";

/** The person's own servers, and starting another one. */
export default function ServersPage() {
  const client = useQueryClient();
  const { data, error, isPending, refetch } = useQuery(watchedServersQuery);
  const { data: starts = [] } = useQuery(startsQuery);
  const [isFormOpen, setIsFormOpen] = useState(false);
  const form = useId();
  const list = useRef<HTMLElement>(null);
  const servers = data?.items;

  // What was started on the Hub's own pages, or in another tab, is followed as well.
  useEffect(() => {
    servers?.filter((each) => each.pending === "spawn").forEach((each) => join(client, each));
  }, [client, servers]);

  if (isPending)
    return (
      <Frame>
        <p role="status">{t.loading}</p>
      </Frame>
    );
  const entries = entriesOf(servers ?? [], starts);
  const isEmpty = entries.length === 0;
  const focusList = () => list.current?.focus();
  return (
    <Frame>
      {error && <ErrorAlert error={error} onRetry={() => void refetch()} />}
      <section ref={list} tabIndex={-1} aria-label={t.servers.list}>
        {isEmpty && !error && <p>{t.servers.empty}</p>}
        <ul className="list-unstyled">
          {entries.map(({ name, start, server }) => (
            <li key={name} className="mb-3">
              {start && <StartCard start={start} />}
              {server && (!start || start.phase === "failed") && (
                <ServerCard server={server} onLeave={focusList} />
              )}
            </li>
          ))}
        </ul>
      </section>
      {servers && (
        <section aria-label={isEmpty ? t.servers.start : t.servers.another}>
          {isEmpty ? (
            <h2 className="h4">{t.servers.start}</h2>
          ) : (
            <button
              type="button"
              className="btn btn-outline-primary mb-3"
              aria-expanded={isFormOpen}
              aria-controls={form}
              onClick={() => setIsFormOpen(!isFormOpen)}
            >
              {t.servers.another}
            </button>
          )}
          <div id={form} hidden={!isEmpty && !isFormOpen}>
            {(isEmpty || isFormOpen) && (
              <StartForm
                taken={entries.filter(isTaken).map(({ name }) => name)}
                onStart={(request, label) => {
                  begin(client, request, label);
                  setIsFormOpen(false);
                  focusList();
                }}
              />
            )}
          </div>
        </section>
      )}
    </Frame>
  );
}

function Frame({ children }: { children: ReactNode }) {
  return (
    <>
      <PageHeading title={t.servers.title} />
      {children}
    </>
  );
}

interface Entry {
  name: string;
  server: ServerDetail | undefined;
  start: Start | undefined;
}

/** What is known of each server; a start tells more than the list does meanwhile. */
function entriesOf(servers: readonly ServerDetail[], all: readonly Start[]): Entry[] {
  const starts = all.filter((each) => each.phase !== "listed");
  const known = servers.map((server) => ({
    name: server.server_name,
    server,
    start: starts.find((each) => each.serverName === server.server_name),
  }));
  const others = starts
    .filter(({ serverName }) => !known.some(({ name }) => name === serverName))
    .map((start) => ({ name: start.serverName, server: undefined, start }));
  return [...known, ...others];
}

/** Whether no other server can have the name: one that did not start does not keep it. */
function isTaken({ server, start }: Entry): boolean {
  return server !== undefined || start?.phase !== "failed";
}
