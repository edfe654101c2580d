"""What is taken of a folder that is built; no engine is needed for that."""

from __future__ import annotations

import os
import pwd
import signal
import stat
import subprocess
import tarfile
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from dev.git_server import GitServer, git
from dev.process import wait_until
from tests.cli.command_line import COMMAND, CommandLine
from tljh_envbuilder.builds.fetcher import Fetcher
from tljh_envbuilder.builds.local import LocalRequest
from tljh_envbuilder.builds.python_environments import PythonEnvironments
from tljh_envbuilder.builds.sources import Sources
from tljh_envbuilder.cli.source import request_for


@dataclass
class Taken:
    """A folder, as it is taken."""

    request: LocalRequest

    @property
    def repository(self) -> Path:
        """The repository that is given to the worker."""
        return Path(self.request.repo_url.removeprefix("file://"))

    @property
    def files(self) -> dict[str, str]:
        """Its files, with what is in them; a link is where it leads to."""
        names = self._git("ls-tree", "-r", "-z", "--name-only", self.request.ref).split("\0")[:-1]
        return {name: self._git("show", f"{self.request.ref}:{name}") for name in names}

    def _git(self, *arguments: str) -> str:
        # By its option: git does not ask then whose the repository is.
        command = ["git", f"--git-dir={self.repository}", *arguments]
        return os.fsdecode(subprocess.run(command, check=True, capture_output=True).stdout)


Take = Callable[..., AbstractAsyncContextManager[Taken]]


@pytest.fixture
def fetcher(open_folder: Path) -> Fetcher:
    """What will read the repository."""
    return Fetcher(
        open_folder,
        sources=Sources(allowed_schemes={"file", "https"}),
        python=PythonEnvironments(),
        work_dir=str(open_folder / "work"),
        ready_worker=False,
    )


@pytest.fixture
def take(fetcher: Fetcher) -> Take:
    """Take a folder, for as long as a block lasts."""

    @asynccontextmanager
    async def taking(source: Path | str, ref: str | None = None) -> AsyncIterator[Taken]:
        async with request_for(str(source), ref=ref, name=None, fetcher=fetcher) as request:
            yield Taken(request)

    return taking


@pytest.fixture
def folder(open_folder: Path) -> Path:
    """A git repository with a commit, in which something is ignored."""
    folder = open_folder / "lessons"
    write(folder, {"lesson.txt": "first", ".gitignore": "*.csv\n", "secret.csv": "for nobody"})
    commit(folder)
    return folder


@pytest.fixture
def person(open_folder: Path) -> CommandLine:
    """Somebody who has no engine."""
    home = open_folder / "home"
    home.mkdir()
    return CommandLine(home, {"DOCKER_HOST": "unix:///absent.sock"})


def write(folder: Path, files: dict[str, str]) -> None:
    """Write files, and make the folders they are in."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


def commit(folder: Path) -> str:
    """Commit all that is not ignored, in a repository that is made if there is none."""
    git("init", "--quiet", "--initial-branch=main", cwd=folder)
    git("add", "--all", cwd=folder)
    git("commit", "--quiet", "--message=-", cwd=folder)
    return git("rev-parse", "HEAD", cwd=folder)


async def test_a_changed_folder_is_taken_with_what_git_tracks_and_without_what_it_ignores(
    folder: Path, take: Take
) -> None:
    write(folder, {"data.csv": "1,2", "old.txt": "x", "plots/a.txt": "x", "docs/b.txt": "b"})
    git("add", "--force", "data.csv", cwd=folder)
    commit(folder)
    (folder / "old.txt").unlink()
    (folder / "plots/a.txt").unlink()
    (folder / "plots").rmdir()
    (folder / "plots").symlink_to("docs")
    write(folder, {"lesson.txt": "changed", "näw\n.txt": "new", "mine.txt": "for nobody"})
    write(folder, {"docs/a.txt": "not below the link"})
    (folder / ".git/info/exclude").write_text("mine.txt\n")
    index = (folder / ".git/index").read_bytes()
    async with take(folder) as taken:
        assert taken.files == {
            ".gitignore": "*.csv\n",
            "data.csv": "1,2",
            "docs/a.txt": "not below the link",
            "docs/b.txt": "b",
            "lesson.txt": "changed",
            "näw\n.txt": "new",
            "plots": "docs",
        }
        first = taken.request.ref
    assert (folder / ".git/index").read_bytes() == index
    async with take(folder) as taken:
        assert taken.request.ref == first


async def test_an_unchanged_folder_is_its_last_commit_and_a_ref_is_what_it_names(
    folder: Path, take: Take
) -> None:
    first = git("rev-parse", "HEAD", cwd=folder)
    async with take(folder) as taken:
        assert taken.request.ref == first
    write(folder, {"lesson.txt": "second"})
    second = commit(folder)
    async with take(folder, "main~1") as taken:
        assert (taken.request.ref, taken.files["lesson.txt"]) == (first, "first")
    bare = folder.with_name("lessons.git")
    git("clone", "--quiet", "--bare", folder, bare, cwd=folder)
    async with take(bare) as taken:
        assert (taken.request.ref, taken.request.name) == (second, "lessons")
        assert taken.files["lesson.txt"] == "second"


async def test_a_folder_in_a_repository_leaves_out_what_the_repository_ignores(
    folder: Path, take: Take
) -> None:
    write(folder, {"week-1/a.txt": "a", "week-1/secret.csv": "for nobody"})
    commit(folder)
    async with take(folder / "week-1") as taken:
        assert taken.files == {"a.txt": "a"}


async def test_a_folder_outside_of_repositories_has_rules_of_its_own(
    folder: Path, open_folder: Path, take: Take
) -> None:
    files = {"a.txt": "a", "b.csv": "b", ".gitignore": "*.log\n", "x.log": "for nobody"}
    expected = {"a.txt": "a", "b.csv": "b", ".gitignore": "*.log\n"}
    write(open_folder / "plain", files)
    async with take(open_folder / "plain") as taken:
        assert taken.files == expected
    # A home whose settings are versioned, and nothing else of it.
    write(folder, {".gitignore": "*\n", **{f"project/{name}": files[name] for name in files}})
    async with take(folder / "project") as taken:
        assert taken.files == expected


async def test_repositories_in_a_folder_come_as_files(folder: Path, take: Take) -> None:
    library = folder.with_name("library")
    write(library, {"lib.py": "lib"})
    commit(library)
    allowed = ("-c", "protocol.file.allow=always")
    git(*allowed, "submodule", "--quiet", "add", library, "lib", cwd=folder)
    head = commit(folder)
    async with take(folder) as taken:
        assert taken.files["lib/lib.py"] == "lib"
    write(folder, {"nested/a.txt": "a", "nested/.gitignore": "b.txt\n", "nested/b.txt": "b"})
    git("init", "--quiet", cwd=folder / "nested")
    async with take(folder) as taken:
        nested = {name for name in taken.files if name.startswith(("lib/", "nested/"))}
        assert nested == {"lib/lib.py", "nested/a.txt", "nested/.gitignore"}
    # What is not there can only be fetched.
    fresh = folder.with_name("fresh")
    git("clone", "--quiet", folder, fresh, cwd=folder)
    async with take(fresh) as taken:
        assert taken.request.ref == head


async def test_nothing_of_the_persons_settings_or_of_a_git_that_runs_us_matters(
    folder: Path, open_folder: Path, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks = open_folder / "hooks"
    hook = f"#!/bin/sh\necho >> {open_folder}/ran\nexit 1\n"
    write(hooks, dict.fromkeys(("post-index-change", "pre-commit", "reference-transaction"), hook))
    for path in hooks.iterdir():
        path.chmod(0o755)
    settings = (
        f"[core]\n hooksPath = {hooks}\n[commit]\n gpgSign = true\n[gpg]\n program = false\n"
        '[status]\n showUntrackedFiles = no\n[filter "loud"]\n clean = tr a-z A-Z\n'
    )
    write(open_folder, {"settings": settings})
    write(folder, {"new.txt": "new", ".gitattributes": "*.txt filter=loud\n"})
    index = (folder / ".git/index").read_bytes()
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(open_folder / "settings"))
    monkeypatch.setenv("GIT_DIR", str(folder / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(folder / ".git/index"))
    async with take(folder) as taken:
        assert taken.files["new.txt"] == "new"
    assert (folder / ".git/index").read_bytes() == index
    assert not (open_folder / "ran").exists()


async def test_only_the_worker_can_read_what_was_taken_and_nothing_is_left_of_it(
    folder: Path, take: Take, fetcher: Fetcher
) -> None:
    write(folder, {"lesson.txt": "changed"})
    before = os.umask(0o077)
    try:
        async with take(folder) as taken:
            found = taken.repository.parent.stat()
            request = taken.request
            context = await fetcher.fetch(
                1,
                repo_url=request.repo_url,
                ref=request.ref,
                builder="auto",
                build_args={},
                on_log=lambda _: None,
            )
    finally:
        os.umask(before)
    worker = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else os.geteuid()
    assert (stat.S_IMODE(found.st_mode), found.st_uid) == (0o700, worker)
    with tarfile.open(context.context) as tar:
        assert any(name.endswith("lesson.txt") for name in tar.getnames())
    assert not taken.repository.parent.exists()


@pytest.mark.parametrize(
    ("origin", "source"),
    [
        (None, ""),
        ("/srv/git/lessons", ""),
        ("git@example.org:ada/lessons.git", "ssh://git@example.org/ada/lessons.git"),
        ("https://ada:token@example.org/lessons", ""),
    ],
)
async def test_an_image_says_where_others_find_the_repository_and_nothing_of_this_machine(
    folder: Path, take: Take, origin: str | None, source: str
) -> None:
    if origin:
        git("remote", "add", "origin", origin, cwd=folder)
    async with take(folder) as taken:
        assert taken.request.source == source
    async with take(f"file://{folder}") as taken:
        assert taken.request.source == ""


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["--name=My Course"], 2, "'My Course' cannot be a name"),
        (["--name=a:b"], 2, "'a:b' cannot be a name"),
        (["--push=https://ghcr.io/group"], 2, "is no registry"),
        (["--push=ghcr.io/My-Group"], 2, "is no registry"),
        (["--ref=absent"], 3, "has no branch, tag or commit 'absent'"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_fetched(
    person: CommandLine, folder: Path, arguments: list[str], code: int, sentence: str
) -> None:
    finished = person("build", folder, *arguments)
    assert (finished.code, finished.output) == (code, ""), finished.errors
    assert sentence in finished.errors
    assert "Fetching" not in finished.errors


def test_an_expression_is_no_ref_of_an_address(person: CommandLine, git_server: GitServer) -> None:
    finished = person("build", git_server.create("refs").url, "--ref=main~1")
    assert finished.code == 2
    assert "'main~1' is no branch" in finished.errors


def test_what_git_cannot_do_is_told_in_its_words(person: CommandLine, folder: Path) -> None:
    head = folder / ".git/HEAD"
    said = head.read_text()
    for damaged, sentence in ((head, "not a git repository"), (folder / ".git/index", "index")):
        damaged.write_text("nonsense")
        failed = person("build", folder)
        assert (failed.code, failed.output) == (1, "")
        assert "Error: git " in failed.errors
        assert sentence in failed.errors
        assert "Traceback" not in failed.errors
        head.write_text(said)

    person.environment["PATH"] = "/nowhere"
    without = person("build", folder)
    assert (without.code, without.output) == (1, "")
    assert "it is not installed" in without.errors


def test_a_repository_of_somebody_else_is_not_read_unasked(
    person: CommandLine, folder: Path
) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root, to give a folder away")
    for path in (folder, folder / ".git"):
        os.chown(path, 4321, 4321)
    failed = person("build", folder)
    assert failed.code == 1
    assert "safe.directory" in failed.errors.splitlines()[-1]
    git("config", "--file", person.home / ".gitconfig", "safe.directory", folder, cwd=folder)
    assert person("build", folder).code == 6  # and goes on to the engine


def test_a_user_without_an_account_builds_what_they_can_read(
    person: CommandLine, folder: Path
) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root, to be somebody else")
    nobody = 4321  # as in a container that is started with --user
    person.user = {"user": nobody, "group": nobody, "extra_groups": []}
    for path in (person.home, folder, *folder.rglob("*")):
        os.chown(path, nobody, nobody)
    assert person("build", folder).code == 6  # and goes on to the engine
    write(folder, {"root.txt": "for nobody"})
    (folder / "root.txt").chmod(0o600)
    failed = person("build", folder)
    assert failed.code == 1
    assert 'open("root.txt"): Permission denied' in failed.errors.splitlines()[-1]


def test_ctrl_c_ends_git_and_leaves_nothing(person: CommandLine, folder: Path) -> None:
    slow = person.home / "bin/git"
    script = f"#!/bin/sh\ntrap '' INT\necho $$ > {person.home}/pid\nsleep 60\n"
    write(person.home, {"bin/git": script})
    slow.chmod(0o755)
    process = subprocess.Popen(
        [*COMMAND, "build", folder],
        env={**os.environ, "PATH": f"{slow.parent}:{os.environ['PATH']}"},
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    pid = person.home / "pid"
    wait_until(lambda: pid.exists() and pid.read_text(), timeout=30, what="git was not run")
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert b"Traceback" not in errors
    assert not Path("/proc", pid.read_text().strip()).exists()


def test_what_others_have_named_gives_no_orders_to_a_terminal(person: CommandLine) -> None:
    finished = person("build", "./\x1b]0;title\x07\x1b[2J\x1bc\x9babsent")
    assert finished.code == 3
    assert "There is no folder ./cabsent, and" in finished.errors
