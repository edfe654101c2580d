import { expect, test } from "vitest";

import { splitLogin } from "./login-address";

const TOKEN = "ghp_0123456789abcdef0123456789abcdef";

test.each([
  ["https://ada:secret@host/ada/waves", "https://host/ada/waves", "ada", "secret"],
  ["  http://ada:secret@host:8080/waves ", "http://host:8080/waves", "ada", "secret"],
  ["HTTPS://ada:secret@host/waves", "HTTPS://host/waves", "ada", "secret"],
  ["https://ada:a%40b%2Fc@host/waves", "https://host/waves", "ada", "a@b/c"],
  ["https://ada:a@b@host/waves", "https://host/waves", "ada", "a@b"],
  ["https://ada:a:b@host/waves", "https://host/waves", "ada", "a:b"],
  ["https://ada:100%@host/waves", "https://host/waves", "ada", "100%"],
  ["https://ada@bitbucket.org/ada/waves", "https://bitbucket.org/ada/waves", "ada", ""],
  ["https://ada:@host/waves", "https://host/waves", "ada", ""],
  [`https://${TOKEN}@host/waves`, "https://host/waves", "x-access-token", TOKEN],
  [`https://${TOKEN}:x-oauth-basic@host/waves`, "https://host/waves", "x-access-token", TOKEN],
  [`https://oauth2:${TOKEN}@host/waves`, "https://host/waves", "oauth2", TOKEN],
])("%s has a login", (text, address, username, password) => {
  expect(splitLogin(text, false)).toEqual({ address, username, password });
});

test.each([
  "https://host/ada/waves",
  "https://host/ada/waves@v1",
  "https://host/?user=ada@host",
  "git@github.com:ada/waves.git",
  "ssh://git@github.com/ada/waves.git",
  "ada@host",
  "",
])("%s has none", (text) => {
  expect(splitLogin(text, false)).toBeNull();
});

test.each(["https://ada:a@", "https://ada:a@b", "https://ada:a@b@host"])(
  "%s may become another address as one types on",
  (text) => {
    expect(splitLogin(text, true)).toBeNull();
    expect(splitLogin(`${text}.host/w`, true)).not.toBeNull();
  },
);
