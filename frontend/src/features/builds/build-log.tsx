import { useState } from "react";

import type { BuildDetail } from "../../api/schema";
import { t } from "../../i18n";
import { Alert, ErrorAlert } from "../../ui/alert";
import { isActive } from "../../ui/status";
import { lineOf, type Place } from "./anchor";
import { Announcer } from "./announcer";
import { Layout } from "./layout";
import { LogActions } from "./log-actions";
import { LogBox, type Target } from "./log-box";
import type { Block, LogStore } from "./log-store";
import { SearchBar } from "./search-bar";
import { useHash } from "./use-hash";
import { useLog } from "./use-log";
import { useOpened } from "./use-opened";
import { useSearch } from "./use-search";

/** The steps of a build with what each of them prints, as it prints it. */
export function BuildLog({ build }: { build: BuildDetail }) {
  const { store, version, connection, error, retry } = useLog(build.id);
  const { blocks } = store;
  const [isFollowing, setFollowing] = useState(isActive(build.status));
  const { isOpen, choose } = useOpened(isFollowing, blocks);
  const [target, setTarget] = useState<Target | null>(null);
  const search = useSearch(store, version);

  function show(place: Place, isAskedFor = true): void {
    if (!isOpen(place.block)) choose(place.block, true);
    setFollowing(false);
    setTarget({ ...place, isAskedFor });
  }

  const hash = useHash();
  const linked = lineOf(hash, blocks);
  const [reached, setReached] = useState("");
  if (linked && reached !== hash) {
    setReached(hash);
    show(linked);
  }
  const [hasShownFailure, setHasShownFailure] = useState(false);
  if (store.status === "failed" && !hasShownFailure) {
    setHasShownFailure(true);
    const end = endOfFailure(blocks);
    if (end && !linked) show(end, false);
  }

  const layout = new Layout(blocks, isOpen);
  return (
    <section aria-labelledby="log-title">
      <div className="d-flex flex-wrap align-items-center gap-2 mb-2">
        <h2 className="h4 mb-0 me-auto" id="log-title">
          {t.builds.log.title}
        </h2>
        <LogActions
          build={build}
          store={store}
          isFollowing={isFollowing}
          onFollow={isActive(store.status ?? build.status) ? setFollowing : null}
        />
      </div>
      {error && <ErrorAlert error={error} onRetry={retry} />}
      {connection === "lost" && <Alert kind="warning">{t.builds.log.lost}</Alert>}
      <Announcer store={store} />
      <SearchBar search={search} onGo={show} />
      {layout.count === 0 && !error && <p>{emptyText(store, build, connection === "ended")}</p>}
      <LogBox
        label={t.builds.log.region(build.id)}
        layout={layout}
        version={version}
        isOpen={isOpen}
        onToggle={(block) => {
          setFollowing(false);
          choose(block, !isOpen(block));
        }}
        search={search}
        linked={linked}
        target={target}
        onTargetReached={() => setTarget(null)}
        isFollowing={isFollowing}
        onFollow={setFollowing}
      />
    </section>
  );
}

/** The last line of the step that failed. */
function endOfFailure(blocks: readonly Block[]): Place | undefined {
  const block = blocks.filter(({ step }) => step?.status === "failed").at(-1);
  return block && { block, line: Math.max(0, block.lines.count - 1) };
}

function emptyText(store: LogStore, build: BuildDetail, isComplete: boolean): string {
  if (isComplete) return t.builds.log.empty;
  return (store.status ?? build.status) === "queued" ? t.builds.log.waiting : t.builds.log.loading;
}
