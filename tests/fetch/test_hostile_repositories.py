"""Repositories that are after the machine which fetches them."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest
from fetching import Fetch
from handmade import add_submodule, work_tree

from dev.git_server import GitServer, git
from tljh_envbuilder.builds.fetcher import Fetcher
from tljh_envbuilder.errors import FetchFailed
from tljh_envbuilder.fetch.folders import take_over


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("Dockerfile", "/etc/passwd"),
        ("Dockerfile", "../../../../../../etc/passwd"),
        ("requirements.txt", "/etc/passwd"),
        ("apt.txt", "/dev/zero"),
        ("binder", "/etc"),
        (".binder", ".."),
        ("binder/environment.yml", "/etc/passwd"),
        (".dockerignore", "/proc/self/environ"),
    ],
)
async def test_a_link_out_of_the_repository_is_refused_where_a_buildpack_would_read_it(
    git_server: GitServer, fetch: Fetch, link: str, target: str
) -> None:
    repository = git_server.create(f"link-{link}-{target}".replace("/", "_").replace("..", "up"))
    with work_tree(repository) as tree:
        (tree / link).parent.mkdir(exist_ok=True)
        (tree / link).symlink_to(target)
    with pytest.raises(FetchFailed, match=f"'{link}' is a symbolic link that leads out of"):
        await fetch(repository.url)


async def test_other_links_stay_links(git_server: GitServer, fetch: Fetch) -> None:
    for name, files, folder in (
        ("links", {"Dockerfile": "FROM scratch\n"}, ""),
        ("links-r2d", {"requirements.txt": ""}, "src/"),
    ):
        repository = git_server.create(name, files)
        with work_tree(repository) as tree:
            (tree / "data").symlink_to("/etc")
            (tree / "notes").mkdir()
            (tree / "notes/passwd").symlink_to("/etc/passwd")
            (tree / "absent").symlink_to("/nowhere")
        context = await fetch(repository.url)
        with tarfile.open(context.context) as tar:
            links = {entry.name: entry.linkname for entry in tar if entry.issym()}
            assert not any("passwd" in entry.name for entry in tar if entry.isreg())
        assert links == {
            f"{folder}data": "/etc",
            f"{folder}notes/passwd": "/etc/passwd",
            f"{folder}absent": "/nowhere",
        }


async def test_git_folders_never_enter_the_context(git_server: GitServer, fetch: Fetch) -> None:
    for name, files in (("secret", {"Dockerfile": "FROM scratch\n"}), ("secret-r2d", {"a": "x"})):
        context = await fetch(git_server.create(name, files).url)
        with tarfile.open(context.context) as tar:
            assert not any(".git" in entry.split("/") for entry in tar.getnames())
        assert git_server.address.encode() not in context.context.read_bytes()


@pytest.mark.parametrize("url", ["ext::sh -c id% >&2", "file:///{folder}/local.git"])
async def test_a_submodule_cannot_make_git_run_a_command_or_read_local_repositories(
    git_server: GitServer, fetch: Fetch, open_folder: Path, log: list[str], url: str
) -> None:
    inner = git_server.create(f"inner-{url[:3]}")
    git("clone", "--quiet", "--bare", inner.path, open_folder / "local.git", cwd=open_folder)
    repository = git_server.create(f"outer-{url[:3]}", {"Dockerfile": "FROM scratch\n"})
    add_submodule(repository, url.format(folder=str(open_folder).strip("/")), inner.head)
    with pytest.raises(FetchFailed, match=r"A submodule cannot be fetched: .*use an https address"):
        await fetch(repository.url)
    assert "uid=" not in "".join(log)


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:{port}/there.git",
        "http://ada@127.0.0.1:{port}/there.git",  # git takes it; curl and we may disagree on hosts
        "git@localhost:there.git",
    ],
)
async def test_submodules_at_any_depth_must_be_on_an_allowed_host(
    git_server: GitServer, fetcher: Fetcher, fetch: Fetch, log: list[str], url: str
) -> None:
    fetcher.sources.allowed_hosts = {"127.0.0.1"}
    url = url.format(port=git_server.address.rpartition(":")[2])
    there, inner = git_server.create("there"), git_server.create("between")
    outer = git_server.create("outer", {"Dockerfile": "FROM scratch\n"})
    add_submodule(inner, "../there.git", there.head)
    add_submodule(outer, "../between.git", inner.head)
    with tarfile.open((await fetch(outer.url)).context) as tar:
        assert "sub/sub/README.md" in tar.getnames()

    log.clear()
    add_submodule(inner, url, there.head)
    add_submodule(outer, "../between.git", inner.head)
    with pytest.raises(FetchFailed, match=r"The submodule at .* must be on 127\.0\.0\.1\."):
        await fetch(outer.url)
    assert "".join(log).count("Cloning into") == 2  # of the repository, and of the one between


async def test_a_password_in_a_submodule_address_is_not_logged(
    git_server: GitServer, fetch: Fetch, log: list[str]
) -> None:
    repository = git_server.create("password", {"Dockerfile": "FROM scratch\n"})
    add_submodule(repository, f"http://ada:hunter2@{git_server.address}/absent.git", "1" * 40)
    with pytest.raises(FetchFailed) as failure:
        await fetch(repository.url)
    assert "://***@" in "".join(log)
    assert "hunter2" not in "".join(log) + failure.value.message


def test_a_worker_cannot_pass_off_a_file_of_the_service_as_its_context(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("of the service")
    for place in (Path.symlink_to, Path.hardlink_to):
        folder = tmp_path / place.__name__
        folder.mkdir()
        place(folder / "context.tar", secret)
        with pytest.raises(FetchFailed, match="left no usable context"):
            take_over(folder)
