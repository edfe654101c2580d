import { expect, test } from "vitest";

import { aBuild, anEnvironment, inRegistry } from "../../../tests/builds";
import { runCommandsOf } from "./run-commands";

test("what is in a registry is run from there, exactly as it is", () => {
  const { reference } = inRegistry();
  const build = aBuild(12, { registry_image: inRegistry() });
  expect(runCommandsOf(anEnvironment(build, build))).toEqual({
    build: null,
    run: `tljh-envbuilder run ${reference}`,
    compose: `tljh-envbuilder compose ${reference} > compose.yaml`,
    pull: `docker pull ${reference}`,
  });
});

test("what is in no registry is built again from the commit that users get", () => {
  const build = aBuild(12);
  const commit = build.resolved_ref;
  expect(runCommandsOf(anEnvironment(build, build))).toEqual({
    build: `tljh-envbuilder build https://git.example.org/waves --ref ${commit} --name waves`,
    run: "tljh-envbuilder run waves",
    compose: "tljh-envbuilder compose waves > compose.yaml",
    pull: null,
  });
});

test("the command builds as the service did", () => {
  const build = aBuild(12, {
    builder: "repo2docker",
    build_args: { PYTHON: "3.12", MOTTO: "it's 1 < 2" },
  });
  expect(runCommandsOf(anEnvironment(build, build))?.build).toContain(
    String.raw` --name waves --builder repo2docker --build-arg PYTHON=3.12 --build-arg 'MOTTO=it'\''s 1 < 2'`,
  );
});

test("an address is one word for the shell, whatever its owner has put into it", () => {
  const build = aBuild(12, { repo_url: "https://git.example.org/o/r;touch$IFS'x'" });
  expect(runCommandsOf(anEnvironment(build, build))?.build).toContain(
    String.raw`build 'https://git.example.org/o/r;touch$IFS'\''x'\''' --ref`,
  );
});

test("where there is nothing yet, there is nothing to run", () => {
  expect(runCommandsOf(anEnvironment(null, aBuild(12)))).toBeNull();
});
