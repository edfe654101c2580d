import createClient, { type Middleware } from "openapi-fetch";

import { t } from "../i18n";
import { errorOf, Unreachable } from "./errors";
import { addressOf } from "./page";
import type { paths } from "./schema";

/** The Hub's token against requests that other sites forge. */
export function xsrfToken(): string {
  return /(?:^|; )_xsrf=([^;]*)/.exec(document.cookie)?.[1] ?? "";
}

/** Every answer that is not a good one is an exception, so that none is overlooked. */
const strict: Middleware = {
  onRequest({ request }) {
    request.headers.set("X-XSRFToken", xsrfToken());
  },
  async onResponse({ response }) {
    if (!response.ok) throw await errorOf(response);
  },
  onError({ error }) {
    const isCancelled = error instanceof DOMException && error.name === "AbortError";
    return isCancelled ? error : new Unreachable(t.errors.unreachable);
  },
};

/** The contract's operations: `answer(api.GET("/api/environments", …))`. */
export const api = createClient<paths>({
  baseUrl: addressOf(""),
  fetch: (request) => fetch(request),
});
api.use(strict);

/** What the server has answered. */
export async function answer<T>(request: Promise<{ data?: T }>): Promise<T> {
  return (await request).data as T;
}
