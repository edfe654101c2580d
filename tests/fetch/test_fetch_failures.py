"""What a person reads when a repository cannot be fetched or used."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from fetching import Fetch
from handmade import add_submodule

from dev.git_server import GitServer, git
from tljh_envbuilder.builds.fetcher import Fetcher
from tljh_envbuilder.errors import FetchFailed
from tljh_envbuilder.fetch.explain import NO_SPACE, TOO_LARGE, explain_git


@pytest.fixture
def small_disk(open_folder: Path) -> Iterator[Path]:
    """A file system with a single mebibyte."""
    folder = open_folder / "small"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], check=True)
    yield folder
    subprocess.run(["umount", folder], check=True)


async def test_an_absent_repository(git_server: GitServer, fetch: Fetch) -> None:
    url = f"http://{git_server.address}/absent.git"
    with pytest.raises(FetchFailed, match=r"There is no repository at http.*: check the address"):
        await fetch(url)


async def test_a_private_repository(git_server: GitServer, fetch: Fetch) -> None:
    repository = git_server.create("private", private=("ada", "secret"))
    with pytest.raises(FetchFailed, match="asks for a login"):
        await fetch(repository.url)


async def test_an_unknown_host(fetch: Fetch) -> None:
    with pytest.raises(FetchFailed, match="is unknown: check the address"):
        await fetch("https://host.invalid/owner/repository")


async def test_a_host_that_refuses(fetch: Fetch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(FetchFailed, match="cannot be reached: check the address and its port"):
        await fetch(f"http://127.0.0.1:{port}/owner/repository")


async def test_a_host_without_tls(git_server: GitServer, fetch: Fetch) -> None:
    with pytest.raises(FetchFailed, match="no secure connection"):
        await fetch(f"https://{git_server.address}/owner/repository")


async def test_a_page_that_is_no_repository(fetch: Fetch, web_page: str) -> None:
    with pytest.raises(FetchFailed, match="is not a git repository, or may not be read"):
        await fetch(web_page)


@pytest.fixture
def local(fetcher: Fetcher) -> None:
    """The operator allows local repositories."""
    fetcher.sources.allowed_schemes |= {"file"}


@pytest.mark.usefixtures("local")
async def test_an_empty_repository(open_folder: Path, fetch: Fetch) -> None:
    git("init", "--quiet", "--bare", open_folder / "empty.git", cwd=open_folder)
    url = f"file://{open_folder}/empty.git"
    with pytest.raises(FetchFailed, match="no commit on its default branch: push one"):
        await fetch(url)
    with pytest.raises(FetchFailed, match="The repository is empty: push a first commit"):
        await fetch(url, "main")


async def test_a_local_repository_is_fetched_only_where_that_is_allowed(
    git_server: GitServer, open_folder: Path, fetch: Fetch, fetcher: Fetcher
) -> None:
    repository = git_server.create("local", {"Dockerfile": "FROM scratch\n"})
    git("clone", "--quiet", "--bare", repository.path, open_folder / "local.git", cwd=open_folder)
    url = f"file://{open_folder}/local.git"
    with pytest.raises(FetchFailed, match="must start with one of http, https, ssh"):
        await fetch(url)
    fetcher.sources.allowed_schemes |= {"file"}
    assert (await fetch(url)).commit == repository.head


async def test_a_host_that_is_not_allowed_is_not_asked(
    git_server: GitServer, fetch: Fetch, fetcher: Fetcher
) -> None:
    repository = git_server.create("elsewhere", {"Dockerfile": "FROM scratch\n"})
    fetcher.sources.allowed_hosts = {"example.org"}
    with pytest.raises(FetchFailed, match="must be on one of example"):
        await fetch(repository.url)
    fetcher.sources.allowed_hosts = {"example.org", "127.0.0.1"}
    assert (await fetch(repository.url)).commit == repository.head


async def test_a_scheme_that_is_no_longer_allowed_is_not_spoken(
    git_server: GitServer, fetch: Fetch, fetcher: Fetcher
) -> None:
    repository = git_server.create("unencrypted", {"Dockerfile": "FROM scratch\n"})
    fetcher.sources.allowed_schemes = {"https"}
    with pytest.raises(FetchFailed, match="must start with one of https"):
        await fetch(repository.url)


@pytest.mark.usefixtures("local")
async def test_a_local_folder_that_is_no_repository(open_folder: Path, fetch: Fetch) -> None:
    with pytest.raises(FetchFailed, match="is not a git repository, or may not be read"):
        await fetch(f"file://{open_folder}/absent")


async def test_a_file_above_the_limit(
    git_server: GitServer, fetcher: Fetcher, fetch: Fetch
) -> None:
    fetcher.max_repository_size = 2**20
    repository = git_server.create("large-file", {"large.bin": os.urandom(3 * 2**20)})
    with pytest.raises(FetchFailed, match=r"remove large files.*Fetcher.max_repository_size"):
        await fetch(repository.url)


async def test_a_context_above_the_limit(
    git_server: GitServer, fetcher: Fetcher, fetch: Fetch
) -> None:
    fetcher.max_repository_size = 2**20
    zeros = {f"{number}.bin": bytes(2**18) for number in range(8)}
    repository = git_server.create("bomb", {"Dockerfile": "FROM scratch\n", **zeros})
    with pytest.raises(FetchFailed, match=r"remove large files|Fetcher.max_repository_size"):
        await fetch(repository.url)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small file system")
async def test_a_full_disk(
    git_server: GitServer, small_disk: Path, fetcher: Fetcher, fetch: Fetch
) -> None:
    fetcher.work_dir = str(small_disk / "work")
    repository = git_server.create("full", {"large.bin": os.urandom(3 * 2**20)})
    with pytest.raises(FetchFailed, match="no space left: tell the operator"):
        await fetch(repository.url)


async def test_a_server_that_never_answers(
    silent_server: str, fetcher: Fetcher, fetch: Fetch
) -> None:
    fetcher.timeout = 2
    with pytest.raises(FetchFailed, match=r"longer than 2 s.*\(Fetcher.timeout\)"):
        await fetch(silent_server)


async def test_a_submodule_whose_commit_was_never_pushed(
    git_server: GitServer, fetch: Fetch
) -> None:
    git_server.create("unpushed-inner")
    repository = git_server.create("unpushed", {"Dockerfile": "FROM scratch\n"})
    add_submodule(repository, "../unpushed-inner.git", "1" * 40)
    with pytest.raises(FetchFailed, match=r"A submodule cannot be fetched: .*push it there"):
        await fetch(repository.url)


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"apt.txt": "$(touch /tmp/x)\n"}, r"'\$\(touch /tmp/x\)' in apt.txt is not the name"),
        ({"binder/a": "x", ".binder/a": "x"}, "both a 'binder' and a '.binder'"),
        ({"runtime.txt": "python\n"}, "a language and a version, like python-3.12"),
        ({"environment.yml": "- a\n- b\n"}, "environment.yml should contain a dictionary"),
        ({"environment.yml": "a: [\n"}, "cannot use this repository"),
        ({"Dockerfile": b"FROM scratch\n# \xff\n"}, "not UTF-8 text"),
        ({"Dockerfile": "#" * 2**20 + "\n"}, "larger than 1 MiB"),
        ({"Dockerfile/x": "a folder"}, "cannot use this repository"),
    ],
)
async def test_a_repository_that_repo2docker_cannot_use(
    git_server: GitServer, fetch: Fetch, files: dict[str, str | bytes], sentence: str
) -> None:
    repository = git_server.create(f"unusable-{abs(hash(sentence + str(files)[:99]))}", files)
    with pytest.raises(FetchFailed, match=sentence):
        await fetch(repository.url)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("fatal: write error: No space left on device", NO_SPACE),
        ("fatal: write error: File too large", TOO_LARGE),
        (
            "Host key verification failed.\nfatal: Could not read from remote repository.",
            "The key of the SSH host is not known here: use an https address, or ask the operator "
            "to add the host's key to /etc/ssh/ssh_known_hosts.",
        ),
        (
            "git@h: Permission denied (publickey).\nfatal: Could not read from remote repository.",
            "The host lets nobody read URL without an SSH key that it knows: give one, a deploy "
            "key of the repository for instance, or check the one that was given.",
        ),
        (
            "fatal: unable to access 'URL': server certificate verification failed. CAfile: none",
            "There is no secure connection to URL (its certificate is not trusted here, or it does "
            "not speak TLS): check the address, or ask the operator to trust the authority that "
            "signed the certificate.",
        ),
        (
            "fatal: unable to access 'URL': Failed to connect to h port 443: Connection timed out",
            "The host of URL does not answer: try again later, or check this machine's network.",
        ),
        (
            "error: RPC failed; curl 18 transfer closed\nfatal: early EOF",
            "The connection to URL broke: try again.",
        ),
        ("remote: On fire\nfatal: something new", "git cannot fetch URL: something new."),
        ("", "git cannot fetch URL: the log may tell why."),
    ],
)
def test_what_git_says_is_put_into_a_sentence(said: str, sentence: str) -> None:
    assert explain_git(said, "URL") == sentence
