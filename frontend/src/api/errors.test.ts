import { expect, test } from "vitest";

import { errorOf } from "./errors";

test("an answer of ours says what went wrong, and where", async () => {
  const errors = [{ field: "name", message: "It is too long." }];
  const answer = Response.json({ message: "This is not valid.", errors }, { status: 400 });
  expect(await errorOf(answer)).toMatchObject({
    status: 400,
    message: "This is not valid.",
    fields: errors,
  });
});

test.each([
  [503, /^The service does not answer\./],
  [500, "The server answered 500 and did not say why."],
])("an answer %i of another's is explained", async (status, message) => {
  const answer = new Response("<h1>Service Unavailable</h1>", { status });
  expect((await errorOf(answer)).message).toMatch(message);
});
