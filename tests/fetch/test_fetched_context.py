"""What is in a build context, and how it is written."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest
from fetching import Fetch
from handmade import add_submodule, work_tree

from dev.git_server import GitServer
from tljh_envbuilder.fetch.copying import with_repository


def entries(context: Path) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(context) as tar:
        return {entry.name: entry for entry in tar}


async def test_a_dockerfile_repository_is_built_from_its_files_and_its_dockerfile(
    git_server: GitServer, fetch: Fetch
) -> None:
    repository = git_server.create("plain", {"Dockerfile": "FROM scratch\n", "data/a.csv": "1,2\n"})
    context = await fetch(repository.url, build_args={"FLAVOUR": "vanilla"})
    assert context.commit == repository.head
    assert context.buildpack == "DockerBuildPack"
    assert context.dockerfile_name == "Dockerfile"
    assert context.dockerfile == "FROM scratch\nCOPY . /srv/repo\n"
    assert context.build_args["FLAVOUR"] == "vanilla"
    assert context.build_args["REPO_DIR"] == "/srv/repo"
    assert set(entries(context.context)) == {".", "data", "data/a.csv"}
    assert context.size == context.context.stat().st_size


@pytest.mark.parametrize(
    ("files", "buildpack"),
    [
        ({"environment.yml": "dependencies: [python=3.11]\n"}, "CondaBuildPack"),
        ({"default.nix": "{}\n"}, "NixBuildPack"),
        ({"runtime.txt": "python-2.7\n"}, "PythonBuildPack"),
    ],
)
async def test_other_repositories_are_built_as_repo2docker_would(
    git_server: GitServer, fetch: Fetch, files: dict[str, str], buildpack: str
) -> None:
    repository = git_server.create(f"r2d-{'-'.join(files)}", files)
    context = await fetch(repository.url)
    assert context.buildpack == buildpack
    assert context.dockerfile_name == "Dockerfile"
    assert "ARG REPO_DIR" in context.dockerfile
    assert context.build_args == {"NB_USER": "jovyan", "NB_UID": "1000", "REPO_DIR": "/srv/repo"}
    assert {f"src/{name}" for name in files} | {"python3-login"} <= set(entries(context.context))


async def test_the_dockerfile_is_not_in_the_tar_so_that_it_is_there_once_when_added(
    git_server: GitServer, fetch: Fetch
) -> None:
    for name, files in (
        ("without-dockerfile", {"requirements.txt": ""}),
        ("in-binder", {"binder/Dockerfile": "FROM a\n", "Dockerfile": "FROM b\n"}),
    ):
        context = await fetch(git_server.create(name, files).url)
        assert context.dockerfile_name not in entries(context.context)
    assert context.dockerfile_name == "binder/Dockerfile"
    assert context.dockerfile.startswith("FROM a\n")
    assert "Dockerfile" in entries(context.context)


async def test_a_linked_dockerfile_goes_by_the_name_of_the_file(
    git_server: GitServer, fetch: Fetch
) -> None:
    repository = git_server.create("linked", {"docker/Dockerfile.gpu": "FROM scratch\n"})
    with work_tree(repository) as tree:
        (tree / "Dockerfile").symlink_to("docker/Dockerfile.gpu")
    context = await fetch(repository.url)
    assert context.dockerfile_name == "docker/Dockerfile.gpu"
    assert entries(context.context)["Dockerfile"].issym()


async def test_the_format_is_gnu_and_the_first_name_is_short(
    git_server: GitServer, fetch: Fetch
) -> None:
    long = f"{'0' * 120}/{'ü' * 60}.txt"
    repository = git_server.create("gnu", {"Dockerfile": "FROM scratch\n", long: "x"})
    context = await fetch(repository.url)
    head = context.context.read_bytes()[:512]
    assert head[257:265] == b"ustar  \0"
    assert head[:3] == b"./\0"
    assert long in entries(context.context)
    assert not any(entry.pax_headers for entry in entries(context.context).values())


@pytest.mark.parametrize("described_by", ["Dockerfile", "requirements.txt"])
async def test_the_same_commit_gives_the_same_bytes(
    git_server: GitServer, fetch: Fetch, described_by: str
) -> None:
    files = {described_by: "FROM scratch\n"} | {f"folder/{n}.txt": str(n) for n in range(40)}
    repository = git_server.create(f"same-{described_by}", files)
    first = (await fetch(repository.url, build_id=1)).context.read_bytes()
    assert (await fetch(repository.url, build_id=2)).context.read_bytes() == first


async def test_owners_and_modes_are_those_that_git_knows(
    git_server: GitServer, fetch: Fetch
) -> None:
    repository = git_server.create(
        "modes", {"Dockerfile": "FROM scratch\n", "run": "#!/bin/sh\n", "folder/text": "x"}
    )
    found = entries((await fetch(repository.url)).context)
    assert {(entry.uid, entry.gid, entry.uname) for entry in found.values()} == {(0, 0, "")}
    assert {name: oct(entry.mode) for name, entry in found.items()} == {
        ".": "0o755",
        "folder": "0o755",
        "folder/text": "0o644",
        "run": "0o755",
    }


@pytest.mark.parametrize(
    ("ignore_file", "described_by", "folder"),
    [
        (".dockerignore", "Dockerfile", ""),
        (".containerignore", "Dockerfile", ""),
        ("Dockerfile.dockerignore", "Dockerfile", ""),
        (".dockerignore", "requirements.txt", "src/"),
    ],
)
async def test_what_an_ignore_file_names_stays_out(
    git_server: GitServer, fetch: Fetch, ignore_file: str, described_by: str, folder: str
) -> None:
    repository = git_server.create(
        f"ignore{ignore_file}-{described_by}",
        {
            described_by: "FROM scratch\n",
            ignore_file: "# large\n\n**/*.bin\n!keep.bin\nraw/\nDockerfile\n",
            "a.bin": "x",
            "deep/b.bin": "x",
            "keep.bin": "x",
            "raw/c.txt": "x",
        },
    )
    context = await fetch(repository.url)
    found = set(entries(context.context))
    assert f"{folder}keep.bin" in found
    assert not found & {f"{folder}{name}" for name in ("a.bin", "deep/b.bin", "raw/c.txt")}


async def test_submodules_are_in_the_context_without_their_git_files(
    git_server: GitServer, fetch: Fetch
) -> None:
    inner = git_server.create("inner", {"inner.txt": "x"})
    for name, files in (("outer", {"Dockerfile": "FROM scratch\n"}), ("outer-r2d", {})):
        repository = git_server.create(name, files)
        add_submodule(repository, "../inner.git", inner.head)
        found = entries((await fetch(repository.url)).context)
        assert any(entry.endswith("sub/inner.txt") for entry in found)
        assert not any(".git" in entry.split("/") for entry in found)


async def test_arguments_that_the_service_sets_cannot_be_replaced(
    git_server: GitServer, fetch: Fetch
) -> None:
    repository = git_server.create("reserved")
    with pytest.raises(Exception, match="NB_UID is set by this service: remove it"):
        await fetch(repository.url, build_args={"NB_UID": "0"})


@pytest.mark.parametrize(
    ("dockerfile", "completed"),
    [
        ("FROM a\nRUN b", "FROM a\nRUN b\nCOPY . /srv/repo\n"),
        ("FROM a\nRUN b \\\n", "FROM a\nRUN b \nCOPY . /srv/repo\n"),
        ("FROM a\nRUN b \\  \n# c\n\n", "FROM a\nRUN b \nCOPY . /srv/repo\n"),
        ("# escape=`\nFROM a\nRUN b `", "# escape=`\nFROM a\nRUN b \nCOPY . /srv/repo\n"),
        ("# escape=`\nFROM a\nRUN c:\\", "# escape=`\nFROM a\nRUN c:\\\nCOPY . /srv/repo\n"),
        ("FROM a\r\nRUN b\\\r\n", "FROM a\r\nRUN b\nCOPY . /srv/repo\n"),
        ("FROM a\nRUN <<END\nb \\\nEND\n", "FROM a\nRUN <<END\nb \\\nEND\nCOPY . /srv/repo\n"),
        ("FROM a\nCOPY x /srv/repo/x\n", "FROM a\nCOPY x /srv/repo/x\n"),
    ],
)
def test_the_last_instruction_copies_the_repository(dockerfile: str, completed: str) -> None:
    assert with_repository(dockerfile) == completed
