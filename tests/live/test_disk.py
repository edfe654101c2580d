"""Old images go by themselves, builds leave room on the disk, and the API tells what is used."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import docker
import pytest

from dev.git_server import GitRepository, GitServer
from tests.live.conftest import make_deployment
from tests.live.service import ADMIN, BUILDER, STUDENT, Client, Deployment, eventually

MEBIBYTE = 2**20

SERVICE = """
c.Cleaner.keep_builds = 2
c.Cleaner.interval = 1
c.Cleaner.max_build_cache = 0
c.DiskGuard.min_free_space = 64 * 2**20
"""


@pytest.fixture(scope="module")
def small_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A disk of 192 MiB."""
    folder = tmp_path_factory.mktemp("small-disk")
    options = ["-t", "tmpfs", "-o", "size=192m,mode=755"]
    if subprocess.run(["mount", *options, "none", folder]).returncode != 0:
        pytest.skip("Mounting a disk needs root.")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture(scope="module")
def tidy(small_disk: Path, hub_address: str) -> Iterator[Deployment]:
    """A deployment that keeps two builds, with its state on the small disk."""
    with make_deployment(small_disk / "deployment", hub_address, service_extra=SERVICE) as live:
        yield live


@pytest.fixture
def owner(tidy: Deployment) -> Client:
    """Somebody who may add environments and manage their own."""
    return tidy.client(BUILDER)


def rebuilt(owner: Client, repository: GitRepository, name: str) -> dict:
    """The build of a new commit."""
    repository.commit({"README.md": f"# {uuid4().hex}\n"})
    answer = owner.post(f"api/environments/{name}/builds")
    assert answer.status_code == 202, answer.text
    build = owner.ended(answer.json()["id"])
    assert build["status"] == "built", build["error"]
    return build


def names_of(engine: docker.DockerClient, tidy: Deployment, name: str) -> set[str]:
    """The tags of the environment's images on the engine."""
    # Not `engine.images.list`, which looks at each image again: one may be gone by then.
    images = engine.api.images(name=f"{tidy.prefix}/{name}")
    return {tag.rpartition(":")[2] for image in images for tag in image["RepoTags"] or ()}


@pytest.mark.long
def test_old_images_go_and_their_history_stays(
    tidy: Deployment, owner: Client, repository: GitRepository, engine: docker.DockerClient
) -> None:
    name = owner.built(owner.add(repository.url))["name"]
    first = owner.environment(name)["current_build"]
    builds = [first, *(rebuilt(owner, repository, name) for _ in range(3))]
    last_two = {f"build-{build['id']}" for build in builds[2:]}
    last_two |= {build["resolved_ref"][:7] for build in builds[2:]}
    eventually(lambda: names_of(engine, tidy, name) == last_two)

    # The build is still known: who and why, when, its steps, its commit and its log.
    gone = owner.build(first["id"])
    assert gone["image_removed_at"] > gone["finished_at"] > gone["started_at"]
    assert (gone["status"], gone["trigger"], gone["requested_by"]) == ("built", "add", BUILDER)
    assert gone["resolved_ref"] == first["resolved_ref"]
    assert all(step["started_at"] and step["finished_at"] for step in gone["steps"])
    assert "built-for-the-course" in owner.log(first["id"])
    listed = owner.get(f"api/environments/{name}/builds").json()["items"]
    assert [build["image_removed_at"] is None for build in listed] == [True, True, False, False]

    # It cannot come back; others can.
    answer = owner.post(f"api/environments/{name}/rollback", {"build": first["id"]})
    assert answer.status_code == 409
    assert f"The image of build {first['id']} was removed" in answer.json()["message"]
    answer = owner.post(f"api/environments/{name}/rollback", {"build": builds[2]["id"]})
    assert answer.status_code == 200
    assert answer.json()["current_build"]["id"] == builds[2]["id"]


@pytest.mark.long
def test_the_image_of_a_server_stays_and_so_does_a_current_one(
    tidy: Deployment, owner: Client, repository: GitRepository, engine: docker.DockerClient
) -> None:
    name = owner.built(owner.add(repository.url))["name"]
    first = owner.environment(name)["current_build"]["id"]
    own_tag = f"build-{first}"
    tidy.start_server(STUDENT, {"environment": name, "profile": "Small"})
    tidy.wait_for_server(STUDENT)
    for _ in range(3):
        rebuilt(owner, repository, name)

    admin = tidy.client(ADMIN)
    assert admin.post("api/disk/clean").status_code == 200
    assert own_tag in names_of(engine, tidy, name)

    # Its users go back to it, so that it is needed also without the server.
    answer = owner.post(f"api/environments/{name}/rollback", {"build": first})
    assert answer.status_code == 200, answer.text
    tidy.stop_server(STUDENT)
    assert admin.post("api/disk/clean").status_code == 200
    assert own_tag in names_of(engine, tidy, name)

    rebuilt(owner, repository, name)
    eventually(lambda: own_tag not in names_of(engine, tidy, name))
    assert owner.build(first)["image_removed_at"] is not None


def test_what_environments_take_is_told_to_those_who_manage_them(
    tidy: Deployment, owner: Client, repository: GitRepository
) -> None:
    environment = owner.built(owner.add(repository.url))
    size = environment["current_build"]["image_size"]
    log = len(owner.log(environment["last_build"]["id"]).encode())

    disk = owner.get("api/disk").json()
    [ours] = [each for each in disk["environments"] if each["name"] == environment["name"]]
    assert ours["image_bytes"] == size
    assert 0 < ours["unshared_bytes"] < MEBIBYTE
    assert log < ours["log_bytes"] < log + 100_000
    assert (ours["images"], ours["builds"]) == (1, 1)
    for what in ("image_bytes", "unshared_bytes", "log_bytes"):
        assert disk[what] == sum(each[what] for each in disk["environments"])
    assert disk["layer_bytes"] >= size
    assert disk["build_cache_bytes"] > 0
    by_use = {each["holds"]: each for each in disk["disks"]}
    assert by_use["state"]["total_bytes"] == 192 * MEBIBYTE
    assert by_use["engine"]["total_bytes"] > by_use["engine"]["free_bytes"] > 0

    everything = tidy.client(ADMIN).get("api/disk").json()["environments"]
    assert environment["name"] in {each["name"] for each in everything}
    other = tidy.client("other-builder").get("api/disk")
    assert (other.status_code, other.json()["environments"]) == (200, [])
    assert tidy.client(STUDENT).get("api/disk").status_code == 403
    assert tidy.client(None).get("api/disk").status_code == 401


def test_only_admins_start_a_cleaning(tidy: Deployment, owner: Client) -> None:
    answer = tidy.client(ADMIN).post("api/disk/clean")
    assert answer.status_code == 200, answer.text
    assert answer.json().keys() == {"images", "containers", "contexts", "build_cache_bytes"}
    assert owner.post("api/disk/clean").status_code == 403


def test_no_build_begins_on_a_disk_that_is_nearly_full(
    owner: Client, repository: GitRepository, small_disk: Path
) -> None:
    name = owner.built(owner.add(repository.url))["name"]
    large = small_disk / "large"
    large.write_bytes(bytes(150 * MEBIBYTE))
    try:
        for answer in [
            owner.post(f"api/environments/{name}/builds"),
            owner.post("api/environments", {"name": "no-room", "repo_url": repository.url}),
        ]:
            assert answer.status_code == 503
            message = answer.json()["message"]
            assert "MiB are free on the disk that holds the service's database and logs" in message
            assert "builds need 64 MiB" in message
        assert owner.get("api/environments/no-room").status_code == 404
        assert owner.environment(name)["status"] == "ready"
    finally:
        large.unlink()
    assert owner.post(f"api/environments/{name}/builds").status_code == 202


def test_a_build_is_stopped_before_the_disk_is_full(
    owner: Client,
    git_server: GitServer,
    singleuser_image: str,
    small_disk: Path,
    engine: docker.DockerClient,
) -> None:
    steps = f"RUN echo begun {uuid4().hex} && sleep 60 && echo unreachable\n"
    repository = git_server.create(
        f"large-{uuid4().hex[:8]}", {"Dockerfile": f"FROM {singleuser_image}\n{steps}"}
    )
    build = owner.add(repository.url)["last_build"]["id"]
    eventually(lambda: "begun" in owner.log(build))
    large = small_disk / "large"
    large.write_bytes(bytes(150 * MEBIBYTE))
    try:
        ended = eventually(lambda: owner.build(build)["finished_at"] and owner.build(build))
    finally:
        large.unlink()

    assert ended["status"] == "failed"
    assert ended["error"].startswith("Only ")
    assert ended["error"] in owner.log(build)
    [step] = [step for step in ended["steps"] if "sleep 60" in step["name"]]
    assert step["status"] == "failed"
