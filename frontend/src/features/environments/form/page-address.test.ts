import { expect, test } from "vitest";

import { readPageAddress, refOfPath } from "./page-address";

test.each([
  // GitHub
  ["https://github.com/ada/waves", "https://github.com/ada/waves", null],
  ["github.com/ada/waves", "https://github.com/ada/waves", null],
  ["www.github.com/ada/waves", "https://github.com/ada/waves", null],
  ["http://github.com/ada/waves", "https://github.com/ada/waves", null],
  ["  https://github.com/ada/waves/  ", "https://github.com/ada/waves", null],
  ["https://github.com/ada/waves.git", "https://github.com/ada/waves.git", null],
  ["https://github.com/ada/waves?tab=readme-ov-file#use", "https://github.com/ada/waves", null],
  ["https://github.com/ada/waves/tree/main", "https://github.com/ada/waves", "main"],
  ["https://github.com/ada/waves/tree/main/", "https://github.com/ada/waves", "main"],
  ["https://github.com/ada/waves/tree/fix/x/docs", "https://github.com/ada/waves", "fix/x/docs"],
  ["https://github.com/ada/waves/blob/v1.2/a.md#L3", "https://github.com/ada/waves", "v1.2/a.md"],
  ["https://github.com/ada/waves/blob/fix%2Fx/a.md", "https://github.com/ada/waves", "fix/x/a.md"],
  ["https://github.com/ada/waves/commit/0123abc", "https://github.com/ada/waves", "0123abc"],
  ["https://github.com/ada/waves/commits/dev/", "https://github.com/ada/waves", "dev"],
  ["https://github.com/ada/waves/raw/refs/heads/dev/a", "https://github.com/ada/waves", "dev/a"],
  ["https://github.com/ada/waves/releases/tag/v2", "https://github.com/ada/waves", "v2"],
  ["https://github.com/ada/waves/releases", "https://github.com/ada/waves", null],
  ["https://github.com/ada/waves/issues/7", "https://github.com/ada/waves", null],
  ["https://github.com/ada/waves/pull/7/files", "https://github.com/ada/waves", null],
  ["https://github.example.edu/ada/waves/tree/x", "https://github.example.edu/ada/waves", "x"],
  // GitLab
  ["https://gitlab.com/ada/waves", "https://gitlab.com/ada/waves.git", null],
  ["https://gitlab.com/ada/waves.git", "https://gitlab.com/ada/waves.git", null],
  ["gitlab.com/a/b/waves/-/tree/main?ref_type=heads", "https://gitlab.com/a/b/waves.git", "main"],
  [
    "https://gitlab.com/ada/waves/-/blob/dev/a/b.py",
    "https://gitlab.com/ada/waves.git",
    "dev/a/b.py",
  ],
  ["https://gitlab.com/ada/waves/-/commit/0123abc", "https://gitlab.com/ada/waves.git", "0123abc"],
  ["https://gitlab.com/ada/waves/-/tags/v1", "https://gitlab.com/ada/waves.git", "v1"],
  ["https://gitlab.com/ada/waves/-/merge_requests/3", "https://gitlab.com/ada/waves.git", null],
  ["https://git.example.edu/ada/waves/-/tree/x", "https://git.example.edu/ada/waves.git", "x"],
  ["http://git.example.edu:8080/a/b/-/tree/x", "http://git.example.edu:8080/a/b.git", "x"],
  // Bitbucket
  ["https://bitbucket.org/ada/waves/", "https://bitbucket.org/ada/waves", null],
  ["https://bitbucket.org/ada/waves/src/main/", "https://bitbucket.org/ada/waves", "main"],
  ["https://bitbucket.org/ada/waves/src/main/a/b", "https://bitbucket.org/ada/waves", "main/a/b"],
  [
    "https://bitbucket.org/ada/waves/src/0123abc/?at=fix%2Fx",
    "https://bitbucket.org/ada/waves",
    "fix/x",
  ],
  ["https://bitbucket.org/ada/waves/branch/fix/x", "https://bitbucket.org/ada/waves", "fix/x"],
  ["https://bitbucket.org/ada/waves/commits/0123abc", "https://bitbucket.org/ada/waves", "0123abc"],
  ["https://bitbucket.org/ada/waves/commits/tag/v1", "https://bitbucket.org/ada/waves", "v1"],
  // Gitea, Forgejo
  ["https://codeberg.org/ada/waves", "https://codeberg.org/ada/waves", null],
  ["https://codeberg.org/ada/waves/src/branch/main", "https://codeberg.org/ada/waves", "main"],
  [
    "https://codeberg.org/ada/waves/src/branch/fix/x/a",
    "https://codeberg.org/ada/waves",
    "fix/x/a",
  ],
  ["https://codeberg.org/ada/waves/src/tag/v1/a.md", "https://codeberg.org/ada/waves", "v1/a.md"],
  [
    "https://codeberg.org/ada/waves/src/commit/0123abc",
    "https://codeberg.org/ada/waves",
    "0123abc",
  ],
  ["https://codeberg.org/ada/waves/commit/0123abc", "https://codeberg.org/ada/waves", "0123abc"],
  ["https://gitea.com/ada/waves/src/main/a", "https://gitea.com/ada/waves", "main/a"],
  ["https://gitea.com/ada/waves/releases/tag/v1", "https://gitea.com/ada/waves", "v1"],
  ["https://gitea.com/ada/waves/issues", "https://gitea.com/ada/waves", null],
  ["https://git.example.edu/a/b/src/branch/x", "https://git.example.edu/a/b", "x"],
])("the page %s is of %s at %s", (typed, repoUrl, refPath) => {
  expect(readPageAddress(typed)).toEqual({ repoUrl, refPath });
});

test.each([
  "",
  "waves",
  "ada/waves",
  "https://",
  "https://github.com",
  "https://github.com/ada",
  "https://gist.github.com/ada/0123abc",
  "https://git.example.edu/ada/waves/tree/main",
  "https://git.example.edu/ada/waves/",
  "https://git.example.edu/ada/waves.git?a=b",
  "git@github.com:ada/waves.git",
  "ssh://git@github.com/ada/waves.git",
  "git://github.com/ada/waves",
  "file:///srv/waves",
  "/srv/git.d/waves",
  "https://ada:secret@github.com/ada/waves/tree/main",
])("%s stays as it is", (typed) => {
  expect(readPageAddress(typed)).toEqual({ repoUrl: typed, refPath: null });
});

test("an address without its scheme is one of https, whatever the host", () => {
  expect(readPageAddress("git.example.edu/ada/waves").repoUrl).toBe(
    "https://git.example.edu/ada/waves",
  );
});

test.each([
  ["main", ["main", "dev"], "main"],
  ["fix/x/docs/a.md", ["fix", "fix/x", "fix/x/doc"], "fix/x"],
  ["fix/x/docs/a.md", ["main"], "fix"],
  ["fix/x", [], "fix"],
  ["mainline/a", ["main"], "mainline"],
  ["0123abc", ["main"], "0123abc"],
])("of %s with the refs %j the ref is %s", (refPath, known, ref) => {
  expect(refOfPath(refPath, known)).toBe(ref);
});
