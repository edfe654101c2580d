import { expect, test } from "vitest";

import { hostOf, originOf } from "./origin";

test.each([
  ["https://github.com/ada/waves", "https://github.com"],
  ["HTTPS://GitHub.com:443/ada/waves", "https://github.com"],
  ["https://host:8443/waves", "https://host:8443"],
  ["http://host:80/waves", "http://host"],
  ["ssh://git@host:22/waves", "ssh://host"],
  ["ssh://git@host:2222/waves", "ssh://host:2222"],
  ["git@Host.org:ada/waves", "ssh://host.org"],
  ["file:///srv/waves", ""],
  ["/srv/waves", ""],
  ["", ""],
])("credentials for %s are for %j", (repoUrl, origin) => {
  expect(originOf(repoUrl)).toBe(origin);
});

test("a host is known without its scheme", () => {
  expect(hostOf("https://github.com/ada/waves")).toBe("github.com");
});
