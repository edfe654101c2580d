"""A worker that waits for the next build: it is used once, and never left behind."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from fetching import Fetch

from dev.git_server import GitRepository, GitServer
from tljh_envbuilder.builds.fetcher import Fetcher
from tljh_envbuilder.builds.python_environments import PythonEnvironments
from tljh_envbuilder.builds.sources import Sources

WORKER = b"tljh_envbuilder.fetch"


@pytest_asyncio.fixture
async def fetcher(open_folder: Path) -> AsyncIterator[Fetcher]:
    """A fetcher that keeps a worker ready."""
    fetcher = Fetcher(
        open_folder,
        sources=Sources(),
        python=PythonEnvironments(),
        work_dir=str(open_folder / "work"),
    )
    yield fetcher
    await fetcher.close()
    assert waiting(fetcher) == []
    assert os.listdir(fetcher.work_dir) == []


@pytest.fixture
def repository(git_server: GitServer) -> GitRepository:
    """A repository that a buildpack understands."""
    return git_server.create("ready", {"Dockerfile": "FROM scratch\n"})


def waiting(fetcher: Fetcher) -> list[int]:
    """The processes that wait for work below the fetcher's folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            folder = (process / "cwd").readlink()
            is_worker = WORKER in (process / "cmdline").read_bytes()
        except OSError:
            continue
        if is_worker and folder.parent == Path(fetcher.work_dir) and "ready-" in folder.name:
            found.append(int(process.name))
    return found


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait until something holds of which no event tells."""
    while not condition():  # noqa: ASYNC110
        await asyncio.sleep(0.01)


async def one_waits(fetcher: Fetcher) -> int:
    """The worker that waits, as soon as there is one."""
    await eventually(lambda: bool(waiting(fetcher)))
    (worker,) = waiting(fetcher)
    return worker


@pytest.mark.timeout(300)
async def test_each_fetch_takes_the_worker_that_waits_and_leaves_another(
    fetcher: Fetcher, fetch: Fetch, repository: GitRepository
) -> None:
    (await fetch(repository.url)).discard()
    first = await one_waits(fetcher)
    context = await fetch(repository.url)
    second = await one_waits(fetcher)
    assert second != first
    assert waiting(fetcher) == [second]
    assert (context.commit, context.context.parent.name) == (repository.head, "build-1")
    context.discard()


@pytest.mark.timeout(300)
async def test_two_fetches_at_once_do_not_share_a_worker(
    fetcher: Fetcher, fetch: Fetch, repository: GitRepository
) -> None:
    fetcher.keep_ready()
    await one_waits(fetcher)
    contexts = await asyncio.gather(
        *(fetch(repository.url, build_id=number) for number in range(3))
    )
    assert [each.commit for each in contexts] == [repository.head] * 3
    assert len({each.context for each in contexts}) == 3
    await one_waits(fetcher)
    for each in contexts:
        each.discard()


@pytest.mark.timeout(300)
async def test_one_that_died_while_it_waited_is_replaced(
    fetcher: Fetcher, fetch: Fetch, repository: GitRepository
) -> None:
    fetcher.keep_ready()
    worker = await one_waits(fetcher)
    os.kill(worker, signal.SIGKILL)
    await eventually(lambda: worker not in waiting(fetcher))
    (await fetch(repository.url)).discard()
    assert await one_waits(fetcher) != worker


@pytest.mark.timeout(300)
async def test_what_is_left_of_an_earlier_build_is_not_mixed_in(
    fetcher: Fetcher, fetch: Fetch, repository: GitRepository
) -> None:
    fetcher.keep_ready()
    await one_waits(fetcher)
    os.mkdir(f"{fetcher.work_dir}/build-1")
    os.mkfifo(f"{fetcher.work_dir}/build-1/left")
    context = await fetch(repository.url)
    assert "left" not in os.listdir(context.context.parent)
    context.discard()


@pytest.mark.timeout(300)
async def test_one_that_waits_ends_with_the_service(fetcher: Fetcher) -> None:
    service = f"""
import asyncio
from pathlib import Path
from tljh_envbuilder.builds.fetcher import Fetcher
from tljh_envbuilder.builds.python_environments import PythonEnvironments
from tljh_envbuilder.builds.sources import Sources

async def serve():
    fetcher = Fetcher(Path({fetcher.work_dir!r}), sources=Sources(),
                      python=PythonEnvironments(), work_dir={fetcher.work_dir!r})
    await fetcher.check()
    fetcher.keep_ready()
    await asyncio.sleep(60)

asyncio.run(serve())
"""
    running = await asyncio.create_subprocess_exec(sys.executable, "-c", service)
    await one_waits(fetcher)
    running.kill()
    await running.wait()
    await eventually(lambda: not waiting(fetcher))
    fetcher.discard_all()
