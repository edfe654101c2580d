"""Each row of docs/python-environments.md, seen in what ours and repo2docker's buildpacks render.

repo2docker's own images need conda's servers, so that the two are compared before they are built;
tests/live/test_python_environments.py builds ours.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from fetching import Fetch

from dev.git_server import Files, GitServer
from tljh_envbuilder.builds.fetcher import FetchedContext
from tljh_envbuilder.errors import FetchFailed

PAGE = Path(__file__).parents[2] / "docs" / "python-environments.md"
OURS = "PythonBuildPack (uv)"
SETUP = "from setuptools import setup\nsetup()\n"
PROJECT = '[project]\nname = "x"\nversion = "1"\ndependencies = ["six"]\n'
PACKAGE = PROJECT + '[build-system]\nrequires = ["hatchling"]\n'
PIPFILE = '[packages]\nsix = "*"\n[requires]\npython_version = "3.11"\n'
LOCK = '{"_meta": {"requires": {"python_version": "3.11"}}, "default": {}, "develop": {}}'
SCRIPT = "#!/bin/sh\n"

#: What repo2docker does as well, and all of it.
SAME: dict[str, Files] = {
    "`requirements.txt`": {"requirements.txt": "six\n"},
    "`requirements.txt` that names files of the repository": {"requirements.txt": "./sub\n"},
    "`setup.py`": {"setup.py": SETUP},
    "`pyproject.toml` with a `[build-system]`": {"pyproject.toml": PACKAGE},
    "`apt.txt`": {"apt.txt": "figlet  # large\n# none\ncowsay\n", "requirements.txt": ""},
    "`runtime.txt`": {"runtime.txt": "python-3.11\n", "requirements.txt": ""},
    "`postBuild`": {"postBuild": SCRIPT, "requirements.txt": ""},
    "`start`": {"start": SCRIPT, "requirements.txt": ""},
    "`binder/`, `.binder/`": {
        "binder/requirements.txt": "six\n",
        "binder/apt.txt": "figlet\n",
        "binder/postBuild": SCRIPT,
        "binder/start": SCRIPT,
        "setup.py": SETUP,
        "apt.txt": "cowsay\n",
    },
    "`Pipfile`": {"Pipfile": PIPFILE, "runtime.txt": "python-3.12", "requirements.txt": "no\n"},
    "`Pipfile.lock`": {"Pipfile": PIPFILE, "Pipfile.lock": LOCK, "setup.py": SETUP},
    "none of these": {"README.md": "x\n"},
}

#: What repo2docker does not know: the files, and what is in our Dockerfile because of them.
MORE: dict[str, tuple[Files, str]] = {
    "`uv.lock`": ({"uv.lock": "", "pyproject.toml": PROJECT}, "uv sync --frozen"),
    "`pylock.toml`": ({"pylock.toml": ""}, "-r /tmp/requirements/pylock.toml"),
    "`pyproject.toml` without a `[build-system]`": (
        {"pyproject.toml": PROJECT, "requirements.txt": ""},
        "-r /tmp/requirements/pyproject.toml",
    ),
    "`.python-version`": (
        {".python-version": "3.11\n", "requirements.txt": ""},
        "uv venv .*--python 3.11 ",
    ),
}

#: What repo2docker's own buildpacks build.
THEIRS: dict[str, tuple[Files, str]] = {
    "`environment.yml`": ({"environment.yml": "dependencies: []\n"}, "CondaBuildPack"),
    "`DESCRIPTION`": ({"DESCRIPTION": "Package: x\n", "requirements.txt": ""}, "RBuildPack"),
    "`runtime.txt` with `r-`": ({"runtime.txt": "r-4.1-2022-01-01\n"}, "RBuildPack"),
    "`Project.toml`": ({"Project.toml": "", "requirements.txt": ""}, "JuliaProjectTomlBuildPack"),
    "`default.nix`": ({"default.nix": "{}\n"}, "NixBuildPack"),
    "`Dockerfile`": ({"Dockerfile": "FROM a\n", "requirements.txt": ""}, "DockerBuildPack"),
    "`runtime.txt` with `python-2.7`": ({"runtime.txt": "python-2.7\n"}, "PythonBuildPack"),
}

#: Rows with a test of their own, below or in test_python_versions.py.
OTHERS = {"`requires-python`", "`binder/` and `.binder/`", "`.dockerignore`"}


@dataclass(frozen=True)
class Rendered:
    """What a Dockerfile does with the conventions."""

    python: str | None
    apt: str | None
    requirements: str | None
    pipfile: bool
    package: bool
    post_build: str | None
    start: str | None


def rendered(context: FetchedContext, *, python: bool) -> Rendered:
    """Read either Dockerfile: the words differ, what they do need not."""
    text = re.sub(r"\\\n\s*", "", context.dockerfile)

    def found(*patterns: str) -> str | None:
        matches = (re.search(pattern, text) for pattern in patterns)
        return next((match[1].strip() for match in matches if match), None)

    requirements = found(r'cache-dir -r "(\S+)"', r"/tmp/requirements/(\S*requirements\.txt)")
    is_pipfile = bool(found(r"(pipenv install|pipfile-requirements)"))
    return Rendered(
        python=found(r"uv venv .*--python 3\.(\d+)", r"-2epy-2d3-2e(\d+)") if python else None,
        apt=found(r"apt-get install --yes --no-install-recommends ([a-z][^&\n]*)"),
        requirements=None if is_pipfile else requirements,
        pipfile=is_pipfile,
        package=bool(found(r"(pip install (?:[^\n&]+ )?\.)(?:\s|$)")),
        post_build=found(r"RUN .*\./(\S*postBuild)"),
        start=found(r'R2D_ENTRYPOINT="\$\{REPO_DIR\}/(\S+)"', r'ENTRYPOINT \["/srv/repo/(\S+)"\]'),
    )


def name_of(convention: str) -> str:
    return f"compatible-{re.sub(r'[^a-z0-9]+', '-', convention.lower())}"


@pytest.mark.parametrize("convention", SAME)
async def test_the_same_is_done(git_server: GitServer, fetch: Fetch, convention: str) -> None:
    repository = git_server.create(name_of(convention), SAME[convention])
    ours = await fetch(repository.url, build_id=1)
    theirs = await fetch(repository.url, build_id=2, builder="repo2docker")
    assert (ours.buildpack, theirs.buildpack) != (OURS, OURS)
    assert ours.buildpack == OURS
    python = bool({"runtime.txt", "Pipfile"} & set(SAME[convention]))
    assert rendered(ours, python=python) == rendered(theirs, python=python)


@pytest.mark.parametrize("convention", MORE)
async def test_more_is_understood(git_server: GitServer, fetch: Fetch, convention: str) -> None:
    files, words = MORE[convention]
    repository = git_server.create(name_of(convention), files)
    ours = await fetch(repository.url, build_id=1)
    theirs = await fetch(repository.url, build_id=2, builder="repo2docker")
    assert re.search(words, ours.dockerfile)
    assert not re.search(words, theirs.dockerfile)


@pytest.mark.parametrize("convention", THEIRS)
async def test_the_rest_is_left_to_repo2docker(
    git_server: GitServer, fetch: Fetch, convention: str
) -> None:
    files, buildpack = THEIRS[convention]
    try:
        found = (await fetch(git_server.create(name_of(convention), files).url)).buildpack
    except FetchFailed as failure:
        found = refusal_of(failure.message)
    assert found == buildpack


def refusal_of(message: str) -> str:
    """Which buildpack could not ask its language's servers what versions there are, offline."""
    by_host = {"julialang": "JuliaProjectTomlBuildPack", "rstudio|posit|r-project": "RBuildPack"}
    return next((name for host, name in by_host.items() if re.search(host, message)), message)


async def test_repo2docker_can_be_asked_for(git_server: GitServer, fetch: Fetch) -> None:
    repository = git_server.create("asked-for", {"requirements.txt": "six\n"})
    context = await fetch(repository.url, builder="repo2docker")
    assert context.buildpack == "PythonBuildPack"
    assert "install-base-env" in context.dockerfile


async def test_both_binder_folders_are_refused(git_server: GitServer, fetch: Fetch) -> None:
    repository = git_server.create("both-binders", {"binder/a": "x", ".binder/a": "x"})
    with pytest.raises(FetchFailed, match=r"both a 'binder' and a '\.binder'"):
        await fetch(repository.url)


def test_the_page_has_these_rows_and_no_others() -> None:
    table = re.findall(r"^\| (.+?) \|", PAGE.read_text(), re.MULTILINE)[1:]
    tested = {*SAME, *MORE, *THEIRS, *OTHERS}
    assert sorted(table) == sorted(tested)
