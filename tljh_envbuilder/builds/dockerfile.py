"""Which images a Dockerfile needs.

Read by ourselves: dockerfile-parse 2.0 knows no `COPY --from`, `# escape`, `${x:-y}` or heredoc.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping

# Everything here takes time that grows with the text, not faster: people write Dockerfiles.
_DIRECTIVE = re.compile(r"\s*#\s*([A-Za-z][A-Za-z0-9]*)\s*=\s*(\S.*)")
_FLAG = re.compile(r"--([a-z-]+)(?:=(\"[^\"]*\"|\S*))?(?:\s+|$)")
_HEREDOC = re.compile(r"\d*<<-?(['\"]?)([^<'\"\s]+)\1")
_LONGEST_NAME = 4096

# Innermost first: the default of a variable holds no further one.
_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)(?:(:?[-+])([^${}]*))?\})")


def base_images(dockerfile: str, build_args: Mapping[str, str]) -> list[str]:
    """The images that a build needs, its `# syntax=` included, each once, in order.

    Left out are stages, `scratch`, and names made of what only the engine knows.
    """
    return _images(dockerfile, build_args)[0]


def variable_bases(dockerfile: str) -> list[str]:
    """What `COPY --from` and `RUN --mount=from` name by a variable, as it is written.

    BuildKit refuses that; other engines look it up, with what only they know.
    """
    return _images(dockerfile, {})[1]


def _images(dockerfile: str, build_args: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """The images by name, and the names that are made of variables where none are replaced."""
    images = [image for image in [syntax_image(dockerfile)] if image]
    unread: list[str] = []
    arguments: dict[str, str] = {}
    stages: set[str] = set()
    in_stage = False
    for instruction, rest in _instructions(dockerfile):
        flags, rest = _flags(rest)
        named: list[str] = []
        if instruction == "ARG" and not in_stage:
            _declare(rest, build_args, arguments)
        elif instruction == "FROM":
            in_stage = True
            words = rest.split()
            named = [_expand(words[0].strip("\"'"), arguments)] if words else []
        elif instruction == "COPY":
            named = [value for flag, value in flags if flag == "from"]
        elif instruction == "RUN":
            named = [name for flag, value in flags if flag == "mount" for name in _mounted(value)]
        if instruction in ("COPY", "RUN"):
            unread += [name for name in named if "$" in name]
        images += [name for name in named if _is_image(name) and name.lower() not in stages]
        if instruction == "FROM" and len(words) == 3 and words[1].upper() == "AS":
            stages.add(words[2].lower())
    return list(dict.fromkeys(images)), unread


def syntax_image(dockerfile: str) -> str | None:
    """The image of the frontend that the Dockerfile asks for."""
    return _directives(dockerfile).get("syntax")


def without_syntax(dockerfile: str) -> str:
    """The Dockerfile for the engine's own frontend; other directives stay."""
    lines = dockerfile.split("\n")
    for number in range(len(_directives(dockerfile))):
        match = _DIRECTIVE.fullmatch(lines[number])
        if match and match[1].lower() == "syntax":
            del lines[number]
            break
    return "\n".join(lines)


def _directives(dockerfile: str) -> dict[str, str]:
    """The parser directives: comments of one form, before everything else."""
    found: dict[str, str] = {}
    for line in dockerfile.removeprefix("\ufeff").split("\n"):
        match = _DIRECTIVE.fullmatch(line)
        if not match or match[1].lower() in found:
            break
        found[match[1].lower()] = match[2].rstrip()
    return found


def _instructions(dockerfile: str) -> Iterator[tuple[str, str]]:
    """Each instruction, in upper case, and what follows it on its logical line."""
    escape = re.escape(_directives(dockerfile).get("escape", "\\"))
    continued = re.compile(escape + r"[ \t\r]*$")
    lines = iter(dockerfile.removeprefix("\ufeff").split("\n"))
    logical = ""
    for line in lines:
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        logical += continued.sub("", line)
        if not continued.search(line):
            yield _instruction(logical, lines)
            logical = ""
    if logical:
        yield _instruction(logical, lines)


def _instruction(logical: str, following: Iterator[str]) -> tuple[str, str]:
    """Split a logical line; the heredocs that it opens are taken from the lines that follow."""
    instruction, _, rest = logical.strip().partition(" ")
    instruction = instruction.upper()
    if instruction in ("RUN", "COPY", "ADD"):
        for word in rest.split():
            heredoc = _HEREDOC.fullmatch(word)
            if heredoc:
                _skip_heredoc(heredoc[2], following)
    return instruction, rest.strip()


def _skip_heredoc(terminator: str, lines: Iterator[str]) -> None:
    for line in lines:
        if line.strip("\t\r") == terminator:
            return


def _flags(rest: str) -> tuple[list[tuple[str, str]], str]:
    """The flags before an instruction's arguments, and the arguments."""
    flags = []
    end = 0
    while match := _FLAG.match(rest, end):
        flags.append((match[1], (match[2] or "").strip('"')))
        end = match.end()
    return flags, rest[end:]


def _declare(rest: str, build_args: Mapping[str, str], arguments: dict[str, str]) -> None:
    """Take in `ARG name=default …`; a build argument counts once it is declared."""
    try:
        words = shlex.split(rest)
    except ValueError:
        words = rest.split()
    for word in words:
        name, has_default, default = word.partition("=")
        if name in build_args:
            arguments[name] = build_args[name]
        elif has_default:
            arguments[name] = _expand(default, arguments)


def _expand(text: str, arguments: Mapping[str, str]) -> str:
    """Replace variables; the result is empty if one has neither value nor default."""
    unknown = False

    def value(match: re.Match[str]) -> str:
        nonlocal unknown
        name, operator, word = match[1] or match[2], match[3] or "", match[4] or ""
        known = name in arguments and (arguments[name] != "" or ":" not in operator)
        if operator.endswith("+"):
            return word if known else ""
        if not known and not operator:
            unknown = True
        # A value is not expanded again; no image has a `$` in its name.
        return arguments[name].replace("$", "") if known else word

    while len(text) <= _LONGEST_NAME and _VARIABLE.search(text):
        text = _VARIABLE.sub(value, text)
    return "" if unknown or len(text) > _LONGEST_NAME else text


def _mounted(options: str) -> list[str]:
    """The image of `--mount=type=…,from=…`; all of them, for engines differ in which counts."""
    pairs = (option.strip('" ').partition("=") for option in options.split(","))
    return [value.strip('"') for name, _, value in pairs if name.lower() == "from"]


def _is_image(name: str) -> bool:
    return name not in ("", "scratch") and "$" not in name and not name.isdigit()
