"""The process that fetches: who it is, what it knows, and how it ends."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fetching import Fetch

from dev.git_server import GitServer
from tljh_envbuilder.builds.fetcher import Fetcher
from tljh_envbuilder.errors import ConfigurationError, FetchFailed

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


def processes_in(folder: Path) -> Iterator[Path]:
    """The entries in /proc of the processes that work in a folder."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if Path(os.readlink(process / "cwd")).is_relative_to(folder):
                yield process
        except OSError:
            continue


async def git_in(folder: Path) -> Path:
    """The process of git in a folder, as soon as there is one."""
    while True:
        for process in processes_in(folder):
            if "git-remote-http" in (process / "cmdline").read_text():
                return process
        await asyncio.sleep(0.05)


async def all_ended(folder: Path) -> None:
    """Wait until no process works in a folder."""
    while any(processes_in(folder)):  # noqa: ASYNC110 - no event tells
        await asyncio.sleep(0.02)


def mode_and_owner(path: Path) -> tuple[str, int]:
    found = path.stat()
    return oct(found.st_mode & 0o777), found.st_uid


@pytest.fixture
def folder(fetcher: Fetcher) -> Path:
    return Path(fetcher.work_dir, "build-1")


@pytest.fixture
def leftovers(folder: Path) -> Path:
    """What a service that was killed has left."""
    (folder / "checkout").mkdir(parents=True)
    (folder / "checkout/file").touch()
    return folder


@as_root
async def test_it_is_not_root_and_knows_nothing_that_the_service_knows(
    silent_server: str, fetch: Fetch, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "secret")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    fetching = asyncio.create_task(fetch(silent_server))
    git = await git_in(folder)
    try:
        status = dict(line.split(":\t", 1) for line in (git / "status").read_text().splitlines())
        environment = (git / "environ").read_text()
        assert "0" not in status["Uid"].split() + status["Gid"].split()
        assert status["Groups"].split() in ([], ["65534"])
        assert "JUPYTERHUB_API_TOKEN" not in environment
        assert "secret" not in environment
        assert "HTTPS_PROXY=http://proxy.example:3128" in environment
        assert f"HOME={folder}" in environment
        assert mode_and_owner(folder) == ("0o700", int(status["Uid"].split()[0]))
    finally:
        fetching.cancel()
        await asyncio.gather(fetching, return_exceptions=True)


async def test_cancelling_ends_git_as_well_and_leaves_nothing(
    silent_server: str, fetch: Fetch, folder: Path
) -> None:
    fetching = asyncio.create_task(fetch(silent_server))
    await git_in(folder)
    fetching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await fetching
    await asyncio.wait_for(all_ended(folder), 60)
    assert not os.listdir(folder.parent)


async def test_a_worker_that_dies_is_reported_with_its_exit_code(
    silent_server: str, fetch: Fetch, folder: Path
) -> None:
    fetching = asyncio.create_task(fetch(silent_server))
    git = await git_in(folder)
    os.kill(os.getsid(int(git.name)), signal.SIGKILL)
    with pytest.raises(FetchFailed, match=r"stopped unexpectedly \(exit code -9\)"):
        await fetching
    await asyncio.wait_for(all_ended(folder), 60)


async def test_workers_end_with_the_service(
    silent_server: str, fetcher: Fetcher, folder: Path
) -> None:
    service = f"""
import asyncio
from pathlib import Path
from tljh_envbuilder.builds.fetcher import Fetcher
from tljh_envbuilder.builds.python_environments import PythonEnvironments
from tljh_envbuilder.builds.sources import Sources
fetcher = Fetcher(Path({fetcher.work_dir!r}), sources=Sources(),
                  python=PythonEnvironments(), work_dir={fetcher.work_dir!r}, ready_worker=False)
asyncio.run(fetcher.fetch(1, repo_url={silent_server!r}, ref="HEAD", builder="auto",
                          build_args={{}}, on_log=print))
"""
    running = await asyncio.create_subprocess_exec(sys.executable, "-c", service)
    try:
        await asyncio.wait_for(git_in(folder), 60)
    finally:
        running.kill()
        await running.wait()
    await asyncio.wait_for(all_ended(folder), 60)


async def test_what_was_fetched_is_the_services_until_it_is_discarded(
    git_server: GitServer, fetch: Fetch, folder: Path
) -> None:
    repository = git_server.create("kept", {"Dockerfile": "FROM scratch\n"})
    context = await fetch(repository.url)
    assert mode_and_owner(folder) == ("0o700", os.geteuid())
    assert mode_and_owner(context.context) == ("0o600", os.geteuid())
    assert "checkout" not in os.listdir(folder)
    context.discard()
    assert os.listdir(folder.parent) == []


async def test_leftovers_of_an_earlier_run_do_no_harm(
    git_server: GitServer, fetcher: Fetcher, fetch: Fetch, leftovers: Path
) -> None:
    repository = git_server.create("again", {"Dockerfile": "FROM scratch\n"})
    await fetch(repository.url)
    fetcher.discard_all()
    assert os.listdir(leftovers.parent) == []


async def test_a_sound_installation_passes_the_check(fetcher: Fetcher) -> None:
    await fetcher.check()


@as_root
@pytest.mark.parametrize(
    ("user", "sentence"),
    [("root", "not fetched as root"), ("no-such-user", "There is no user no-such-user")],
)
async def test_the_check_names_a_user_that_cannot_be_used(
    fetcher: Fetcher, user: str, sentence: str
) -> None:
    fetcher.worker_user = user
    with pytest.raises(ConfigurationError, match=f"{sentence}.*Fetcher.worker_user"):
        await fetcher.check()


@as_root
async def test_the_check_names_a_folder_that_the_worker_cannot_enter(
    fetcher: Fetcher, open_folder: Path
) -> None:
    os.chmod(open_folder, 0o700)
    with pytest.raises(
        ConfigurationError, match=r"nobody cannot .*: it cannot enter Fetcher.work_dir"
    ):
        await fetcher.check()


async def test_the_check_refuses_a_folder_that_is_not_the_services_own(
    fetcher: Fetcher, open_folder: Path
) -> None:
    os.symlink("/tmp", fetcher.work_dir)
    with pytest.raises(ConfigurationError, match="is not a folder of the service's own"):
        await fetcher.check()


def test_a_request_is_checked_again_by_the_worker(open_folder: Path) -> None:
    request = {
        "repo_url": "https://host/owner/repository",
        "ref": "--upload-pack=id",
        "builder": "auto",
        "build_args": {},
        "allowed_protocols": ["https"],
        "max_bytes": 2**20,
    }
    worker = subprocess.run(
        [sys.executable, "-m", "tljh_envbuilder.fetch"],
        input=json.dumps(request) + "\n",
        cwd=open_folder,
        capture_output=True,
        text=True,
        start_new_session=True,
        check=False,
    )
    assert worker.returncode != 0
    assert "must not start with '-'" in worker.stderr
    assert list(open_folder.iterdir()) == []
