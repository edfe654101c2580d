"""The script that prepares a user's home, in each shell that an image may have."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tljh_envbuilder.spawner.home import NOT_OURS
from tljh_envbuilder.spawner.spawner import START_SCRIPT

# Busybox brings its own `cp` and `mv` along.
SHELLS = [["dash"], ["bash", "--posix"], ["busybox", "sh"]]
TOOLS = ["cp", "mv", "rm", "ln", "mkdir", "true", "echo", "printf", "pwd"]


class Home:
    """A user's home, a repository, and starts of a server."""

    def __init__(self, folder: Path, shell: list[str]) -> None:
        self.repository, self.path = folder / "repo", folder / "a home"
        self.repository.mkdir()
        self.path.mkdir()
        self.folder = self.path / "course"
        self.files, self.owner = "copy", "any"
        self._shell = shell
        self._tools = folder / "bin"
        self._tools.mkdir()
        provider = shutil.which("busybox") if shell[0] == "busybox" else None
        for tool in [*TOOLS, shell[0]]:
            (self._tools / tool).symlink_to(provider or shutil.which(tool) or "missing")

    def start(self, commit: str = "c1", *command: str, name: str = "course") -> str:
        arguments = [str(self.repository), str(self.path), name, commit, self.files, self.owner]
        ended = subprocess.run(
            [*self._shell, "-c", START_SCRIPT, "start", *arguments, *(command or ("true",))],
            check=True,
            capture_output=True,
            text=True,
            env={"PATH": str(self._tools), "HOSTNAME": "container"},
        )
        return ended.stdout + ended.stderr


@pytest.fixture(params=SHELLS, ids=lambda shell: shell[0])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Home:
    if shutil.which(request.param[0]) is None:
        pytest.skip(f"{request.param[0]} is not installed")
    return Home(tmp_path, request.param)


def test_the_files_of_the_repository_are_copied(home: Home) -> None:
    (home.repository / "data/deep").mkdir(parents=True)
    (home.repository / "data/deep/a b.txt").write_text("1")
    (home.repository / ".hidden").write_text("2")
    (home.repository / "..odd").write_text("3")
    (home.repository / "run.sh").write_text("4")
    (home.repository / "run.sh").chmod(0o755)
    (home.repository / "link").symlink_to("run.sh")
    (home.repository / "broken").symlink_to("nowhere")
    (home.repository / "-rf").write_text("5")
    assert home.start() == ""
    assert (home.folder / "data/deep/a b.txt").read_text() == "1"
    assert {path.name for path in home.folder.iterdir()} == {
        path.name for path in home.repository.iterdir()
    }
    assert (home.folder / "run.sh").stat().st_mode & 0o111
    assert (home.folder / "link").readlink() == Path("run.sh")
    assert (home.folder / "broken").is_symlink()


def test_a_file_that_the_user_has_is_never_overwritten(home: Home) -> None:
    (home.repository / "data").mkdir()
    for name in ("lesson.ipynb", "data/a.txt", "link"):
        (home.repository / name).write_text("theirs")
    (home.folder / "data").mkdir(parents=True)
    (home.folder / "lesson.ipynb").write_text("mine")
    (home.folder / "data/a.txt").write_text("mine")
    (home.folder / "link").symlink_to("nowhere")
    for commit in ("c1", "c2"):
        assert home.start(commit) == ""
    assert (home.folder / "lesson.ipynb").read_text() == "mine"
    assert (home.folder / "data/a.txt").read_text() == "mine"
    assert (home.folder / "link").is_symlink()


def test_a_deleted_file_stays_deleted_and_a_new_commit_brings_new_files(home: Home) -> None:
    (home.repository / "data").mkdir()
    (home.repository / "data/old.txt").write_text("old")
    (home.repository / "kept.txt").write_text("kept")
    home.start("c1")
    (home.folder / "data/old.txt").unlink()
    home.start("c1")
    assert not (home.folder / "data/old.txt").exists()
    (home.repository / "data/new.txt").write_text("new")
    home.start("c2")
    assert (home.folder / "data/new.txt").read_text() == "new"
    assert (home.folder / "kept.txt").read_text() == "kept"


def test_going_back_to_a_commit_brings_nothing_back(home: Home) -> None:
    (home.repository / "a.txt").write_text("a")
    home.start("c1")
    home.start("c2")
    (home.folder / "a.txt").unlink()
    home.start("c1")
    assert not (home.folder / "a.txt").exists()


def test_a_user_who_deletes_the_whole_folder_gets_a_fresh_one(home: Home) -> None:
    (home.repository / "a.txt").write_text("a")
    home.start()
    shutil.rmtree(home.folder)
    home.start()
    assert (home.folder / "a.txt").read_text() == "a"


def test_what_cannot_be_copied_is_a_warning_and_the_server_starts(home: Home) -> None:
    (home.repository / "a.txt").write_text("a")
    home.folder.write_text("a file where the folder should be")
    output = home.start("c1", "echo", "started")
    assert "Warning: not all files of the repository could be copied" in output
    assert "started" in output


def test_a_copy_that_failed_is_made_at_the_next_start(home: Home) -> None:
    (home.repository / "a.txt").write_text("a")
    home.folder.write_text("in the way")
    home.start()
    home.folder.unlink()
    assert home.start() == ""
    assert (home.folder / "a.txt").read_text() == "a"


def test_the_files_may_be_a_link_to_those_in_the_image(home: Home) -> None:
    (home.repository / "a.txt").write_text("a")
    home.files = "read-only"
    assert home.start() == home.start("c2") == ""
    assert home.folder.is_symlink()
    assert (home.folder / "a.txt").read_text() == "a"


def test_a_link_gives_way_to_a_copy_and_a_copy_to_nothing(home: Home) -> None:
    (home.repository / "a.txt").write_text("a")
    home.files = "read-only"
    home.start()
    home.files = "copy"
    home.start()
    assert not home.folder.is_symlink()
    (home.folder / "a.txt").write_text("mine")
    home.files = "read-only"
    home.start()
    assert (home.folder / "a.txt").read_text() == "mine"
    assert (home.repository / "a.txt").read_text() == "a"


def test_the_files_may_be_left_out(home: Home) -> None:
    (home.repository / "a.txt").write_text("a")
    home.files = "none"
    assert home.start("c1", "echo", "started") == "started\n"
    assert not list(home.path.iterdir())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_home_of_somebody_else_is_left_alone(home: Home) -> None:
    (home.repository / "a.txt").write_text("a")
    os.chown(home.path, 12345, 12345)
    home.owner = "own"
    with pytest.raises(subprocess.CalledProcessError) as ended:
        home.start("c1", "echo", "started")
    assert ended.value.returncode == NOT_OURS
    assert ended.value.stdout == ""
    assert not list(home.path.iterdir())
    os.chown(home.path, 0, 0)
    assert home.start("c1", "echo", "started") == "started\n"


def test_an_image_without_a_repository_starts_as_well(home: Home) -> None:
    home.repository.rmdir()
    assert home.start("c1", "echo", "started") == "started\n"
    assert not home.folder.exists()


def test_the_server_runs_in_the_home_with_its_arguments_as_they_are(home: Home) -> None:
    assert home.start("c1", "pwd") == f"{home.path}\n"
    hostile = ["$(touch x)", "a b", "*", ""]
    assert home.start("c1", "printf", "%s|", *hostile) == "$(touch x)|a b|*||"


def test_no_value_is_taken_for_code(home: Home) -> None:
    (home.repository / "$(touch owned)").write_text("1")
    home.start("`touch owned`", "true", name="$(touch owned)")
    assert not list(home.path.parent.rglob("owned"))
