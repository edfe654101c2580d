import { useMutation, useQueryClient } from "@tanstack/react-query";

import { answer, api } from "../../api/client";
import { keys } from "../../api/live";
import type { BuildRequest } from "../../api/schema";

/** What changes an environment's builds is shown at once, also where the stream is interrupted. */
function useRefresh(name: string) {
  const client = useQueryClient();
  return () =>
    Promise.all([
      client.invalidateQueries({ queryKey: keys.environment(name) }),
      client.invalidateQueries({ queryKey: keys.environments }),
      client.invalidateQueries({ queryKey: ["build"] }),
    ]);
}

/** Queue a build of an environment; the answer is the build. */
export function useRebuild(name: string) {
  return useMutation({
    mutationFn: (body: BuildRequest) =>
      answer(
        api.POST("/api/environments/{name}/builds", {
          params: { path: { name } },
          body,
        }),
      ),
    onSettled: useRefresh(name),
  });
}

/** Stop a build, or take it from the queue. */
export function useCancel(name: string) {
  return useMutation({
    mutationFn: (id: number) =>
      answer(api.POST("/api/builds/{id}/cancel", { params: { path: { id } } })),
    onSettled: useRefresh(name),
  });
}

/** How a build becomes the one that users get: one of before, or one that has waited for it. */
export type Change = "rollback" | "publish";

/**
 * Make a successful build the one that users get.
 *
 * `onDone` is called also when the news were faster, and who asked is gone from the page.
 */
export function useMakeCurrent(name: string, change: Change, onDone: (build: number) => void) {
  return useMutation({
    mutationFn: (build: number) => {
      const request = { params: { path: { name } }, body: { build } };
      return answer(
        change === "publish"
          ? api.POST("/api/environments/{name}/publish", request)
          : api.POST("/api/environments/{name}/rollback", request),
      );
    },
    onSuccess: (_, build) => onDone(build),
    onSettled: useRefresh(name),
  });
}

/** Have the image of a build again; the answer is the build that has it, or will. */
export function useRestore(name: string) {
  return useMutation({
    mutationFn: (id: number) =>
      answer(api.POST("/api/builds/{id}/restore", { params: { path: { id } } })),
    onSettled: useRefresh(name),
  });
}
