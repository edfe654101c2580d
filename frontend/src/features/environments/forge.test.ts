import { describe, expect, test } from "vitest";

import { forgePagesOf, repositoryName, shortCommit } from "./forge";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";

describe("the pages of a repository", () => {
  test.each([
    ["https://github.com/o/r", "https://github.com/o/r"],
    ["https://github.com/o/r.git", "https://github.com/o/r"],
    ["https://github.com/o/r/", "https://github.com/o/r"],
    ["https://github.com/o/r.js", "https://github.com/o/r.js"],
    ["ssh://git@github.com/o/r.git", "https://github.com/o/r"],
    ["git@github.com:o/r.git", "https://github.com/o/r"],
    ["ssh://git@github.com:22/o/r", "https://github.com/o/r"],
    ["https://gitlab.com/group/sub/project", "https://gitlab.com/group/sub/project"],
    ["git@gitlab.com:group/sub/project.git", "https://gitlab.com/group/sub/project"],
    ["https://gitlab.example.edu:8443/g/p", "https://gitlab.example.edu:8443/g/p"],
    ["ssh://git@gitlab.example.edu:2222/g/p.git", "https://gitlab.example.edu/g/p"],
    ["https://github.example.edu/o/r", "https://github.example.edu/o/r"],
    ["https://bitbucket.org/o/r", "https://bitbucket.org/o/r"],
    ["https://codeberg.org/o/r", "https://codeberg.org/o/r"],
    ["https://gitea.example.edu/o/r.git", "https://gitea.example.edu/o/r"],
  ])("%s is shown at %s", (repoUrl, page) => {
    expect(forgePagesOf(repoUrl)?.repository).toBe(page);
  });

  test.each([
    ["an unknown host", "https://git.example.edu/o/r"],
    ["a host that only ends like a known one", "https://notgithub.com/o/r"],
    ["an unencrypted address", "http://github.com/o/r"],
    ["the git protocol", "git://github.com/o/r"],
    ["a local repository", "file:///srv/github.com/o/r"],
    ["a script", "javascript:alert(1)//github.com/o/r"],
    ["a password in the address", "https://me:secret@github.com/o/r"],
    ["an owner without a repository", "https://github.com/o"],
    ["a page inside a repository", "https://github.com/o/r/wiki"],
    ["an empty part", "https://gitlab.com/g//p"],
    ["a query", "https://github.com/o/r?tab=readme"],
    ["Bitbucket of one's own", "https://bitbucket.example.edu/scm/o/r"],
    ["no address at all", "o/r"],
    ["nothing", ""],
  ])("there is none for %s", (_, repoUrl) => {
    expect(forgePagesOf(repoUrl)).toBeNull();
  });

  test.each([
    ["https://github.com/o/r", "main", "https://github.com/o/r/tree/main"],
    ["https://github.com/o/r", COMMIT, `https://github.com/o/r/tree/${COMMIT}`],
    ["https://gitlab.com/g/p", "v1.2", "https://gitlab.com/g/p/-/tree/v1.2"],
    ["https://bitbucket.org/o/r", "main", "https://bitbucket.org/o/r/src/main"],
    ["https://codeberg.org/o/r", "main", "https://codeberg.org/o/r/src/main"],
    ["https://codeberg.org/o/r", COMMIT, `https://codeberg.org/o/r/src/commit/${COMMIT}`],
    ["https://github.com/o/r", "feature/a b", "https://github.com/o/r/tree/feature/a%20b"],
    ["https://github.com/o/r", "100%#1", "https://github.com/o/r/tree/100%25%231"],
    ["https://github.com/o/r", "HEAD", "https://github.com/o/r"],
    ["https://codeberg.org/o/r", "HEAD", "https://codeberg.org/o/r"],
  ])("%s at %s is %s", (repoUrl, ref, page) => {
    expect(forgePagesOf(repoUrl)?.ref(ref)).toBe(page);
  });

  test.each([
    ["https://github.com/o/r.git", `https://github.com/o/r/commit/${COMMIT}`],
    ["git@gitlab.com:g/p.git", `https://gitlab.com/g/p/-/commit/${COMMIT}`],
    ["https://bitbucket.org/o/r", `https://bitbucket.org/o/r/commits/${COMMIT}`],
    ["https://codeberg.org/o/r", `https://codeberg.org/o/r/commit/${COMMIT}`],
  ])("a commit of %s is %s", (repoUrl, page) => {
    expect(forgePagesOf(repoUrl)?.commit(COMMIT)).toBe(page);
  });
});

test.each([
  ["https://github.com/o/r.git", "github.com/o/r"],
  ["git@github.com:o/r.git", "github.com/o/r"],
  ["ssh://git@git.example.edu:2222/o/r/", "git.example.edu/o/r"],
  ["http://10.0.0.1:8000/course", "10.0.0.1:8000/course"],
  ["file:///srv/repositories/course.git", "/srv/repositories/course"],
])("%s is called %s", (repoUrl, name) => {
  expect(repositoryName(repoUrl)).toBe(name);
});

test("a commit is cut to what people read", () => {
  expect(shortCommit(COMMIT)).toBe("0123456");
});
