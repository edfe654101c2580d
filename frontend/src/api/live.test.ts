import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { expect, test, vi } from "vitest";

import { aBuild } from "../../tests/builds";
import { aWhole } from "../../tests/environments";
import { apply, keys } from "./live";
import type { Environment } from "./schema";

test("what was asked for before a build ended is asked for again", async () => {
  const client = new QueryClient();
  const queued = aBuild(71, { status: "queued", finished_at: null });
  const built = aBuild(71);
  let answer: (environment: Environment) => void = () => undefined;
  const asked = vi
    .fn<() => Promise<Environment>>()
    .mockImplementationOnce(() => new Promise((resolve) => (answer = resolve)))
    .mockResolvedValue(
      aWhole("waves", { status: "ready", last_build: built, current_build: built }),
    );
  const observer = new QueryObserver<Environment>(client, {
    queryKey: keys.environment("waves"),
    queryFn: asked,
  });
  const stop = observer.subscribe(() => undefined);
  apply(client, { type: "build", environment: "waves", build: built });
  answer(aWhole("waves", { status: "queued", last_build: queued }));
  await vi.waitFor(() => expect(observer.getCurrentResult().data?.status).toBe("ready"), 30_000);
  expect(asked).toHaveBeenCalledTimes(2);
  stop();
});
