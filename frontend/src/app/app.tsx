import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { Link, Route, Router, Switch, useLocation } from "wouter";

import { ApiError } from "../api/errors";
import { useLiveUpdates } from "../api/live";
import { page } from "../api/page";
import { EnvironmentsPage } from "../features/environments/environments-page";
import { t } from "../i18n";
import { Alert } from "../ui/alert";
import { PageHeading } from "../ui/heading";
import { Notices } from "../ui/notices";
import { Boundary } from "./boundary";
import { paths } from "./navigation";

// Loaded when it is opened; only the first page is there at once.
const AddPage = lazy(() => import("../features/environments/add-page"));
const EditPage = lazy(() => import("../features/environments/edit-page"));
const EnvironmentPage = lazy(() => import("../features/environments/environment-page"));
const BuildPage = lazy(() => import("../features/builds/build-page"));
const ServersPage = lazy(() => import("../features/servers/servers-page"));
const LaunchPage = lazy(() => import("../features/launch/launch-page"));

export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // The stream of changes says when something is out of date.
        staleTime: 30_000,
        retry: (count, error) => !(error instanceof ApiError && error.status < 500) && count < 2,
      },
    },
  });
}

export function App({ client }: { client: QueryClient }) {
  return (
    <QueryClientProvider client={client}>
      <Router base={page.prefix.replace(/\/$/, "")}>
        <Tabs />
        <Boundary>
          <LiveState />
          <Suspense fallback={<p role="status">{t.loading}</p>}>
            <Switch>
              <Route path={paths.environments} component={EnvironmentsPage} />
              <Route path={paths.add} component={AddPage} />
              <Route path="/environments/:name">
                {({ name }) => <EnvironmentPage key={name} name={decodeURIComponent(name)} />}
              </Route>
              <Route path="/environments/:name/edit">
                {({ name }) => <EditPage key={name} name={decodeURIComponent(name)} />}
              </Route>
              <Route path="/builds/:id">{({ id }) => <BuildPage key={id} id={Number(id)} />}</Route>
              <Route path={paths.servers} component={ServersPage} />
              <Route path="/launch" component={LaunchPage} />
              <Route>
                <PageHeading title={t.errors.notFound} />
              </Route>
            </Switch>
          </Suspense>
        </Boundary>
        <Notices />
      </Router>
    </QueryClientProvider>
  );
}

function Tabs() {
  const [location] = useLocation();
  const tabs: [string, string, boolean][] = [
    [paths.environments, t.nav.environments, !/^\/(servers|launch)/.test(location)],
    [paths.servers, t.nav.servers, location === paths.servers],
  ];
  return (
    <nav aria-label={t.nav.main}>
      <ul className="nav nav-underline mb-4">
        {tabs.map(([href, label, isHere]) => (
          <li className="nav-item" key={href}>
            <Link
              href={href}
              className={`nav-link ${isHere ? "active" : ""}`}
              aria-current={isHere ? "page" : undefined}
            >
              {label}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function LiveState() {
  const state = useLiveUpdates();
  return state === "lost" ? <Alert kind="warning">{t.errors.live}</Alert> : null;
}
