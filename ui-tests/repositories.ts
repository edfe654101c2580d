import { randomUUID } from "node:crypto";

/** What a repository contains, by path. */
export type Files = Record<string, string>;

/** A name that nothing else in the deployment has, also good for an environment. */
export function uniqueName(start: string): string {
  return `${start}-${randomUUID().slice(0, 8)}`;
}

/**
 * A Dockerfile repository: `FROM` the image, then the lines. Built within seconds, and nothing of it is
 * cached unless its `seed` has been built before. Servers run from it when they run from the image.
 */
export function dockerfile(image: string, lines: string[] = [], seed: string = randomUUID()): Files {
  return {
    Dockerfile: [`FROM ${image}`, "COPY seed /tmp/seed", ...lines, ""].join("\n"),
    seed: `${seed}\n`,
    "README.md": "# A course\n",
    "lesson.ipynb": '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}\n',
  };
}

/** Prints `line 1`, `line 2` … at a pace; `every` is in seconds. */
export function slow(image: string, { lines = 20, every = 0.5, seed = randomUUID() } = {}): Files {
  const run = `RUN for i in $(seq ${lines}); do echo "line $i"; sleep ${every}; done`;
  return dockerfile(image, [run], seed);
}

/** Prints some lines, the last one in red, and then fails with an exit code. */
export function failing(image: string, { code = 3, seed = randomUUID() } = {}): Files {
  const lines = ["RUN echo this step succeeds", "COPY install.sh /tmp/", "RUN sh /tmp/install.sh"];
  const script = ["exec >&2", "echo about to fail", "printf '\\033[31mno such package: nonesuch\\033[0m\\n'"];
  return {
    ...dockerfile(image, lines, seed),
    "install.sh": [...script, `exit ${code}`, ""].join("\n"),
  };
}

/**
 * Prints `line 1` … `line 100000` as fast as BuildKit lets through: it leaves out what a step prints
 * beyond 200 KiB a second and 2 MiB in all. 100,000 lines take about 7 seconds.
 */
export function talkative(image: string, { lines = 100_000, seed = randomUUID() } = {}): Files {
  const chunk = 2_500;
  const print = `seq -f 'line %.0f' $((i + 1)) $((i + ${chunk} < ${lines} ? i + ${chunk} : ${lines}))`;
  const run = `RUN for i in $(seq 0 ${chunk} ${lines - 1}); do ${print}; sleep 0.16; done`;
  return dockerfile(image, [run], seed);
}
