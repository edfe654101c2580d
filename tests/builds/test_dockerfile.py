"""Which images a Dockerfile needs."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tljh_envbuilder.builds.dockerfile import (
    base_images,
    syntax_image,
    variable_bases,
    without_syntax,
)


def images(dockerfile: str, **build_args: str) -> list[str]:
    return base_images(dedent(dockerfile), build_args)


def test_each_image_is_named_once_in_order() -> None:
    assert images(
        """\
        FROM b:1
        FROM a:1 AS second
        FROM b:1
        """
    ) == ["b:1", "a:1"]


def test_stages_and_scratch_are_not_images() -> None:
    assert images(
        """\
        FROM debian:12 AS Build
        FROM build
        FROM scratch as last
        COPY --from=BUILD /a /a
        COPY --from=0 /b /b
        RUN --mount=type=bind,from=build,target=/x true
        """
    ) == ["debian:12"]


def test_a_name_is_an_image_until_a_stage_takes_it() -> None:
    assert images("FROM alpine AS alpine\nFROM alpine\n") == ["alpine"]


def test_instructions_and_flags_are_read_as_the_engine_does() -> None:
    assert images(
        """\
        from --platform=linux/amd64 python:3.12 as base
        copy --chown=1000:1000 --from=busybox:1 /bin/sh /sh
        RUN --network=none --mount=type=cache,target=/c --mount=from="tools:2",target=/t true
        RUN echo --mount=from=no:1 COPY --from=no:2
        ADD --chown=1 https://example.org/FROM /
        """
    ) == ["python:3.12", "busybox:1", "tools:2"]


def test_comments_blank_lines_and_continuations_are_seen_through() -> None:
    assert images(
        """\

        # FROM no:1
          # FROM no:2
        FROM \\
          # a comment inside

          --platform=linux/amd64 \\
          debian:12
        RUN echo \\
        FROM no:3
        """
    ) == ["debian:12"]


def test_a_dockerfile_may_end_in_a_continuation_and_have_windows_line_ends() -> None:
    assert images("FROM a\r\nRUN x \\\r\n  y\r\nFROM b \\\r\n") == ["a", "b"]
    assert images("\ufeffFROM a\\") == ["a"]


def test_the_escape_character_may_be_a_backtick() -> None:
    assert images("# escape=`\nFROM `\n a:1\nRUN dir c:\\\nFROM b:1\n") == ["a:1", "b:1"]


def test_an_escape_comment_further_down_is_a_comment() -> None:
    assert images("FROM a\n# escape=`\nRUN x \\\nFROM no\n") == ["a"]


def test_heredocs_are_not_instructions() -> None:
    assert images(
        """\
        FROM a
        RUN <<EOF bash -c 'x' && cat <<-'END'
        FROM no:1
        EOF
        \tFROM no:2
        \tEND
        COPY <<"one.txt" <<two /files/
        FROM no:3
        one.txt
        FROM no:4
        two
        RUN echo $((1<<2))
        FROM b
        """
    ) == ["a", "b"]


@pytest.mark.parametrize(
    ("name", "image"),
    [
        ("python:$TAG", "python:3.12"),
        ("python:${TAG}-slim", "python:3.12-slim"),
        ("python:${TAG:-3.10}", "python:3.12"),
        ("python:${NONE:-3.10}", "python:3.10"),
        ("python:${EMPTY:-3.10}", "python:3.10"),
        ("python:${TAG:+other}", "python:other"),
        ("python:latest${NONE:+-x}", "python:latest"),
        ("python:${NONE:-${TAG}}", "python:3.12"),
        ('"python:$TAG"', "python:3.12"),
        ("$WHOLE", "host:5000/a/b:3.12"),
    ],
)
def test_variables_are_replaced_by_their_defaults(name: str, image: str) -> None:
    arguments = 'ARG TAG=3.12 EMPTY=\nARG WHOLE="host:5000/a/b:${TAG}"\nARG NONE\n'
    assert images(f"{arguments}FROM {name}\n") == [image]


def test_build_arguments_replace_defaults_once_they_are_declared() -> None:
    dockerfile = "ARG TAG=1\nFROM a:$TAG\nFROM b:${OTHER:-2}\n"
    assert images(dockerfile, TAG="3", OTHER="4") == ["a:3", "b:2"]


def test_all_flags_and_options_are_read() -> None:
    copied = "FROM a\nCOPY --link --chown=1:1 --from=b /x /\n"
    assert base_images(copied, {}) == ["a", "b"]
    mounted = 'FROM a\nRUN --mount=from=b,From=c,"from=d",target=/mnt --network=none true\n'
    assert base_images(mounted, {}) == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    "line",
    ["COPY --from=$X /x /", "COPY --link --from=${X} /x /", "RUN --mount=from=a$X,to=/ true"],
)
def test_variables_where_engines_differ_about_them_are_told(line: str) -> None:
    dockerfile = f"ARG X=b\nFROM $X\nARG X\n{line}\nRUN echo $X from=$X\n"
    assert len(variable_bases(dockerfile)) == 1
    assert variable_bases("ARG X=b\nFROM $X AS y\nCOPY --from=y $X /\n") == []


def test_arguments_of_a_stage_do_not_count_for_the_next() -> None:
    assert images("ARG TAG=1\nFROM a\nARG TAG=2\nFROM b:$TAG\n") == ["a", "b:1"]


def test_a_name_that_only_the_engine_can_complete_is_left_out() -> None:
    assert images("FROM a:$TARGETARCH\nFROM b\nCOPY --from=c:$x / /\n") == ["b"]


def test_a_variable_may_be_made_of_itself() -> None:
    assert images("ARG A=1\nARG A=${A}${A}\nFROM a:$A\n") == ["a:11"]


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "dockerfile",
    [
        "ARG A\nFROM a:$A\n",
        "ARG B=xx\n" + "ARG B=$B$B\n" * 60 + "FROM $B\n",
        "ARG B=" + "x" * 3000 + "\nFROM " + "$B" * 400_000 + "\n",
        "FROM " + "${B:-" * 200_000 + "}" * 200_000 + "\n",
        "FROM " + "--platform= " * 90_000 + "\n",
        "# syntax=" + "a" + " " * 10**6 + "b",
        "RUN " + "\\\n" * 300_000 + "\\ " * 300_000 + "x\n",
    ],
)
def test_a_hostile_dockerfile_does_not_hold_up_the_service(dockerfile: str) -> None:
    assert len(base_images(dockerfile, {"A": "$A"})) <= 1


def test_the_frontend_is_needed_first() -> None:
    dockerfile = "# syntax = docker/dockerfile:1\n# escape=`\nFROM a\n"
    assert base_images(dockerfile, {}) == ["docker/dockerfile:1", "a"]
    assert syntax_image(dockerfile) == "docker/dockerfile:1"
    assert without_syntax(dockerfile) == "# escape=`\nFROM a\n"


@pytest.mark.parametrize(
    "dockerfile", ["\n# syntax=a:1\nFROM b\n", "# x\n# syntax=a:1\nFROM b\n", "FROM b\n", ""]
)
def test_a_syntax_comment_counts_only_before_everything_else(dockerfile: str) -> None:
    assert syntax_image(dockerfile) is None
    assert without_syntax(dockerfile) == dockerfile


@pytest.mark.parametrize("dockerfile", ["", "FROM", "FROM\n\nCOPY\nARG\n", "\0\n\\", "ARG X='\n"])
def test_nonsense_names_no_image(dockerfile: str) -> None:
    assert base_images(dockerfile, {}) == []
