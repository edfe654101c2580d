import { queryOptions, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { answer, api } from "../../../api/client";
import type { RefList, RefsRequest } from "../../../api/schema";

/** Milliseconds after a key until an address counts as typed. */
const PAUSE = 500;
/** Milliseconds for which the answer of a repository is good enough. */
const FRESH = 60_000;

const refsQuery = (body: RefsRequest) =>
  queryOptions({
    queryKey: ["refs", body],
    queryFn: ({ signal }) => answer(api.POST("/api/repository/refs", { body, signal })),
    staleTime: FRESH,
    // There may be credentials in the key.
    gcTime: FRESH,
    retry: false,
  });

/** What is known of the repository that is being entered. */
export interface Lookup {
  isLooking: boolean;
  refs: RefList | undefined;
  error: Error | null;
}

/** Look at a repository once its address has been typed. */
export function useRefs(request: RefsRequest): Lookup {
  const repoUrl = useSettled(request.repo_url);
  const isWanted = looksComplete(repoUrl);
  const isTyping = repoUrl !== request.repo_url;
  const { data, error, isFetching } = useQuery({
    ...refsQuery({ ...request, repo_url: repoUrl }),
    enabled: isWanted,
  });
  return {
    isLooking: isWanted && !isTyping && isFetching,
    refs: isTyping ? undefined : data,
    error: isTyping || isFetching ? null : error,
  };
}

/** All that can be asked for by name. */
export function namesOfRefs(refs: RefList | undefined): string[] {
  return refs ? [...refs.branches, ...refs.tags] : [];
}

/** Whether this could be the whole address of a repository: with a host and a path. */
function looksComplete(repoUrl: string): boolean {
  return /^(?:\w+:\/\/[^/\s]+\/|[\w.-]+@[\w.-]+:|\/)[^\s]*[^/\s]/.test(repoUrl);
}

function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), PAUSE);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
