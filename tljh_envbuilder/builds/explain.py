"""Why a step failed, from what it printed last: the frequent causes, and what to do about each."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: How much of a build's output is looked at, in characters from its end.
TAIL = 8000


@dataclass(frozen=True)
class Cause:
    """Words that tools print, and the hint they stand for; groups of the pattern go into it."""

    pattern: re.Pattern[str]
    hint: str


def _cause(pattern: str, hint: str) -> Cause:
    return Cause(re.compile(pattern, re.IGNORECASE | re.MULTILINE), hint)


# The first that matches counts: what is the machine's fault comes before what a tool makes of it.
CAUSES = (
    _cause(
        r"no space left on device|disk quota exceeded",
        "the disk is full; ask the operator to make room",
    ),
    _cause(
        r"temporary failure in name resolution|could not resolve host|network is unreachable"
        r"|temporary failure resolving|failed to establish a new connection|dns error"
        r"|connection timed out|connection refused|EAI_AGAIN|error sending request for url",
        "a server on the network could not be reached; try again, or ask the operator whether "
        "builds may reach the network",
    ),
    _cause(
        r"\bout of memory\b|MemoryError|Cannot allocate memory|^Killed$",
        "the step ran out of memory; install less at once, or ask for a larger machine",
    ),
    _cause(
        r"No matching distribution found for (?P<what>[^\s;]{1,100})",
        "pip finds no package '{what}' for this Python; check its name and version",
    ),
    _cause(
        r"Because (?P<what>[\w.\[\]-]{1,100}) was not found in the package registry",
        "there is no package '{what}' in the package index; check its name",
    ),
    _cause(
        r"Unable to locate package (?P<what>\S{1,100})",
        "apt knows no package '{what}'; check its name in apt.txt or the Dockerfile",
    ),
    _cause(
        r"nothing provides |PackagesNotFoundError|does not exist \(perhaps a typo",
        "conda finds no package for what environment.yml asks for; check names and channels",
    ),
    _cause(
        r"Because there (?:is|are) no versions? of (?P<what>[^\s,]{1,100})",
        "the package index has no such version of '{what}'; check the version",
    ),
    _cause(
        r"Python version \([^)\n]{1,50}\) does not satisfy",
        "a package is not made for this Python; name another version in runtime.txt, like "
        "python-3.12, or another version of the package",
    ),
    _cause(
        r"Hash mismatch for",
        "a package is not the file that the lock knows; make the lock anew",
    ),
    _cause(
        r"In `--require-hashes` mode|hashes are required in --require-hashes mode",
        "some packages have a hash and others have none; give all of them one, or none",
    ),
    _cause(
        r"Jupyter cannot run with the versions that were installed",
        "what the repository installs replaces packages that JupyterLab and JupyterHub need in "
        "another version; loosen the versions that the log names",
    ),
    _cause(
        r"No interpreter found for Python (?P<what>[\d.]{1,20})",
        "the base image has no Python {what}; ask the operator to change PythonEnvironments.image "
        "or PythonEnvironments.versions",
    ),
    _cause(
        r"fatal error: (?P<what>[\w./+-]{1,100}\.h(?:pp)?): No such file",
        "compiling a package needs '{what}'; add the Debian package that has it (its name ends in "
        "-dev) to apt.txt",
    ),
    _cause(
        r"can't find Rust compiler|cargo[^\n]{0,100}(?:not found|is not installed|No such file)",
        "a package must be compiled with Rust; choose a version with a wheel, or add cargo to "
        "apt.txt",
    ),
    _cause(
        r"No solution found when resolving|ResolutionImpossible|Could not solve for environment",
        "the versions asked for contradict each other; loosen some of them",
    ),
    _cause(
        r"error: command '[^'\n]{0,100}(?:gcc|g\+\+|cc|cargo)' failed|Failed building wheel for"
        r"|unable to execute '[^'\n]{0,100}cc'|build backend returned an error",
        "a package had to be compiled and could not be; choose a version with a wheel, or add what "
        "the log says is missing to apt.txt",
    ),
    _cause(
        r"(?<![\w./-])(?P<what>[\w./-]{1,100}): (?:command )?not found",
        "'{what}' is not there; install it in an earlier step, or check its path",
    ),
    _cause(
        r"Permission denied",
        "a file may not be written or run by the image's user; check owners and modes",
    ),
)


def hint_for(output: str) -> str | None:
    """What to do about a failure that printed this; None when the cause is not a known one."""
    for cause in CAUSES:
        # The last match is nearest to the failure.
        if matches := list(cause.pattern.finditer(output[-TAIL:])):
            return cause.hint.format(**matches[-1].groupdict())
    return None


def explained(sentence: str, output: str) -> str:
    """The sentence, with the hint where there is one."""
    hint = hint_for(output)
    return sentence if hint is None else f"{sentence.rstrip('.')}: {hint}."
