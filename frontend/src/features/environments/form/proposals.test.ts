import { expect, test } from "vitest";

import { proposeLabel, proposeName } from "./proposals";

test.each([
  ["https://github.com/ada/waves", "waves", "Waves"],
  ["https://github.com/ada/waves.git", "waves", "Waves"],
  ["https://github.com/ada/waves/", "waves", "Waves"],
  ["https://github.com/ada/Data_Science--101", "data-science-101", "Data Science 101"],
  ["https://github.com/ada/-x.y-", "x-y", "X.y"],
  ["https://github.com/ada/Équations", "equations", "Équations"],
  ["https://github.com/ada/%C3%89quations", "equations", "Équations"],
  ["https://github.com/ada/100%25", "100", "100%"],
  ["git@github.com:ada/waves.git", "waves", "Waves"],
  ["git@github.com:waves.git", "waves", "Waves"],
  ["ssh://git@host:2222/ada/waves", "waves", "Waves"],
  ["/srv/git/waves", "waves", "Waves"],
  ["https://host:8080", "", ""],
  ["https://github.com/", "", ""],
  ["", "", ""],
  ["https://github.com/ada/波", "", "波"],
])("%s could be called %j, and read as %j", (repoUrl, name, label) => {
  expect(proposeName(repoUrl)).toBe(name);
  expect(proposeLabel(repoUrl)).toBe(label);
});

test("a proposed name is never longer than a name may be, and ends well", () => {
  const name = proposeName(`https://host/${"ab-".repeat(40)}`);
  expect(name.length).toBeLessThanOrEqual(63);
  expect(name).toMatch(/^[a-z0-9-]+[a-z0-9]$/);
});
