import { QueryClientProvider } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import type { ReactNode } from "react";
import { vi } from "vitest";

import { makeQueryClient } from "../src/app/app";

type Answer = unknown | ((request: Request) => unknown);

/**
 * Answer requests by "METHOD /path" (below the service's prefix, without the query).
 *
 * Only component tests use this; the pages as a whole are tested on the real service.
 * Returns the requests that were made. A Response is sent as it is; anything else as JSON.
 */
export function serve(answers: Record<string, Answer>): Request[] {
  const requests: Request[] = [];
  vi.stubGlobal("fetch", async (input: Request | string, init?: RequestInit) => {
    const request = new Request(input, init);
    requests.push(request.clone());
    const path = new URL(request.url).pathname.replace("/services/envbuilder", "");
    const key = `${request.method} ${path}`;
    if (!(key in answers)) throw new TypeError(`no answer for ${key}`);
    const answer = answers[key];
    const said = typeof answer === "function" ? await answer(request) : answer;
    return said instanceof Response ? said : Response.json(said);
  });
  return requests;
}

/** An error as the service answers it. */
export function refuse(status: number, message: string, errors: object[] = []): Response {
  return Response.json({ status, message, errors }, { status });
}

/** Render with all that components expect around them. */
export function show(element: ReactNode) {
  const client = makeQueryClient();
  client.setDefaultOptions({ queries: { retry: false } });
  return {
    client,
    ...render(<QueryClientProvider client={client}>{element}</QueryClientProvider>),
  };
}
