"""Repositories that pip can satisfy: what is built, from what, how often, and that it runs."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import docker
import pytest
import requests
from jupyterhub import __version__ as hub_version

from dev.git_server import Files, GitRepository, GitServer
from tests.live.locks import LOCKED, SHA256, VERSION
from tests.live.service import STUDENT, Client, Deployment

SETUP = 'from setuptools import setup\nsetup(name="mine", version="1", py_modules=["mine"])\n'
# Of one small package; from PyPI.
HASH = "sha256:8abb2f1d86890a2dfb989f9a77cfcfd3e47c2a354b01111771326f8aa26e0254"


def steps_of(build: dict[str, Any], words: str) -> list[dict[str, Any]]:
    return [step for step in build["steps"] if words in step["name"]]


class Repositories:
    """Makes repositories, and environments of them."""

    def __init__(self, git_server: GitServer, builder: Client) -> None:
        self._git_server = git_server
        self.builder = builder

    def create(self, files: Files) -> GitRepository:
        return self._git_server.create(f"python-{uuid4().hex[:8]}", files)

    def built(self, files: Files) -> dict[str, Any]:
        """The build of a new environment, with its steps."""
        environment = self.builder.built(self.builder.add(self.create(files).url))
        return self.builder.build(environment["current_build"]["id"])

    def failed(self, files: Files) -> dict[str, Any]:
        added = self.builder.add(self.create(files).url)
        build = self.builder.ended(added["last_build"]["id"])
        assert build["status"] == "failed", self.builder.log(build["id"])
        return build

    def packages(self, build: dict[str, Any]) -> str:
        answer = self.builder.get(f"api/builds/{build['id']}/packages")
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Type"].startswith("text/plain")
        return answer.text


@pytest.fixture
def repositories(git_server: GitServer, builder: Client) -> Repositories:
    return Repositories(git_server, builder)


def run(engine: docker.DockerClient, build: dict[str, Any], *command: str) -> str:
    """What the command prints in the build's image."""
    return engine.containers.run(build["image_id"], list(command), remove=True).decode()


def test_a_server_of_the_hubs_own_version_starts_with_the_repositorys_packages(
    repositories: Repositories,
    deployment: Deployment,
    student: Client,
    engine: docker.DockerClient,
) -> None:
    build = repositories.built({"requirements.txt": "humanize==4.9.0\n", "lesson.md": "# One\n"})
    assert build["buildpack"] == "PythonBuildPack (uv)"
    assert build["image_details"]["jupyterhub_version"] == hub_version
    assert build["warnings"] == []
    options = {"environment": build["environment"], "profile": "Small"}
    assert deployment.start_server(STUDENT, options).status_code in {201, 202}
    url = deployment.wait_for_server(STUDENT)
    headers = {"Authorization": f"token {student.token}"}
    for path in ("api/status", "lab", f"api/contents/{build['environment']}/lesson.md"):
        assert requests.get(f"{url}{path}", headers=headers, timeout=60).status_code == 200
    deployment.stop_server(STUDENT)
    # All that a server imports was compiled while the image was built.
    uncompiled = run(
        engine,
        build,
        "sh",
        "-c",
        "cd $VIRTUAL_ENV/lib/python*/site-packages && for package in humanize jupyterlab "
        "jupyter_server tornado; do ls $package/__pycache__/__init__.*.pyc; done",
    )
    assert len(uncompiled.split()) == 4
    extensions = run(engine, build, "sh", "-c", "jupyter server extension list 2>&1")
    assert re.search(r"jupyter_lsp\W.*disabled", extensions)
    assert re.search(r"jupyterlab\W.*enabled", extensions)


def test_a_changed_readme_copies_files_and_runs_nothing(repositories: Repositories) -> None:
    builder = repositories.builder
    repository = repositories.create(
        {"requirements.txt": f"humanize==4.9.0\n# {uuid4().hex}\n", "README.md": "1"}
    )
    environment = builder.built(builder.add(repository.url))
    repository.commit({"README.md": "2"})
    answer = builder.post(f"api/environments/{environment['name']}/builds", {})
    build = builder.ended(answer.json()["id"])
    assert build["status"] == "built"
    ran = [step["name"] for step in steps_of(build, "] ") if not step["cached"]]
    assert [name for name in ran if " RUN " in name] == []
    assert any("COPY" in name and "src/" in name for name in ran)


def test_environments_share_all_but_their_own_requirements(repositories: Repositories) -> None:
    repositories.built({"requirements.txt": f"humanize==4.9.0\n# {uuid4().hex}\n"})
    second = repositories.built({"requirements.txt": f"humanize==4.9.0\n# {uuid4().hex}\n"})
    [jupyter] = steps_of(second, "uv venv")
    assert jupyter["cached"]
    [requirements] = steps_of(second, "-r /tmp/requirements/")
    assert not requirements["cached"]


@pytest.mark.long
def test_each_step_says_what_it_has_added_to_the_image(repositories: Repositories) -> None:
    build = repositories.built({"requirements.txt": f"humanize==4.9.0\n# {uuid4().hex}\n"})
    [jupyter], [requirements] = steps_of(build, "uv venv"), steps_of(build, "-r /tmp/requirements/")
    assert jupyter["size"] > 50 * 2**20
    assert 2**10 < requirements["size"] < 20 * 2**20
    sizes = [step["size"] for step in build["steps"] if step["size"] is not None]
    assert sum(sizes) == pytest.approx(build["image_size"], rel=0.02)


def test_what_was_installed_is_recorded_and_builds_the_same_again(
    repositories: Repositories, student: Client
) -> None:
    build = repositories.built({"requirements.txt": "humanize<4.9\n"})
    packages = repositories.packages(build)
    locked = [line for line in packages.splitlines() if not line.startswith("#")]
    assert build["package_count"] == len(locked)
    assert f"jupyterhub=={hub_version}" in locked
    assert any(re.fullmatch(r"humanize==4\.8\.\d+", line) for line in locked)
    assert re.search(r"^# Python 3\.\d+", packages, re.MULTILINE)
    assert student.get(f"api/builds/{build['id']}/packages").text == packages
    again = repositories.built({"requirements.txt": packages})
    assert locked == [
        line for line in repositories.packages(again).splitlines() if not line.startswith("#")
    ]
    # What an image is used again for has the same packages.
    reused = repositories.builder.post(f"api/environments/{again['environment']}/builds", {})
    reused = repositories.builder.ended(reused.json()["id"])
    assert reused["steps"] == []
    assert repositories.packages(reused) == repositories.packages(again)


def test_of_a_dockerfiles_image_no_packages_are_recorded(
    repositories: Repositories, singleuser_image: str
) -> None:
    build = repositories.built({"Dockerfile": f"FROM {singleuser_image}\n"})
    answer = repositories.builder.get(f"api/builds/{build['id']}/packages")
    assert answer.status_code == 404
    assert "No packages are recorded" in answer.json()["message"]
    assert build["package_count"] is None


def test_what_postbuild_installs_is_recorded_too_and_start_runs_first(
    repositories: Repositories, engine: docker.DockerClient
) -> None:
    build = repositories.built(
        {
            "binder/apt.txt": "figlet  # a word in large letters\n",
            "binder/requirements.txt": "humanize==4.9.0\n",
            "binder/postBuild": "#!/bin/bash\nset -e\nfiglet hi >large\npip install toolz==1.0.0\n",
            "binder/start": '#!/bin/bash\nexport MARK=started\nexec "$@"\n',
            "requirements.txt": "this-is-not-looked-at\n",
        }
    )
    packages = repositories.packages(build)
    assert {"humanize==4.9.0", "toolz==1.0.0"} <= set(packages.splitlines())
    assert run(engine, build, "sh", "-c", "echo $MARK; test -s /srv/repo/large") == "started\n"


def test_the_repository_itself_is_installed(
    repositories: Repositories, engine: docker.DockerClient
) -> None:
    build = repositories.built({"setup.py": SETUP, "mine.py": "VALUE = 42\n"})
    assert run(engine, build, "python", "-c", "import mine; print(mine.VALUE)") == "42\n"


@pytest.mark.parametrize("lock", LOCKED)
def test_what_a_lock_says_is_installed_if_it_is_that_very_file(
    repositories: Repositories, lock: str
) -> None:
    build = repositories.built(LOCKED[lock])
    assert build["buildpack"] == "PythonBuildPack (uv)"
    assert f"humanize=={VERSION}" in repositories.packages(build).splitlines()

    forged = {name: text.replace(SHA256, "0" * 64) for name, text in LOCKED[lock].items()}
    assert "not the file that the lock knows" in repositories.failed(forged)["error"]


@pytest.mark.long
def test_what_has_no_wheel_is_compiled_and_the_compiler_does_not_stay(
    repositories: Repositories, engine: docker.DockerClient
) -> None:
    build = repositories.built({"requirements.txt": f"bitarray==2.0.0\n# {uuid4().hex}\n"})
    assert "a compiler comes for this step" in repositories.builder.log(build["id"])
    [step] = steps_of(build, "-r /tmp/requirements/")
    assert step["size"] < 20 * 2**20
    command = "command -v gcc || python -c 'import bitarray; print(bitarray.bitarray(\"10\"))'"
    assert "bitarray('10')" in run(engine, build, "sh", "-c", command)


@pytest.mark.parametrize(
    ("files", "hint"),
    [
        ({"requirements.txt": "no-such-package-at-all-x\n"}, "no package 'no-such-package-at-all"),
        ({"requirements.txt": "humanize==999\n"}, "no such version of 'humanize==999'"),
        ({"requirements.txt": "traitlets==4.3.3\n"}, "contradict each other"),
        (
            {"requirements.txt": f"humanize==4.9.0 --hash={HASH}\n"},
            "not the file that the lock knows",
        ),
        (
            {"postBuild": "#!/bin/bash\npip install --quiet traitlets==4.3.3\n"},
            "replaces packages that JupyterLab and JupyterHub need",
        ),
        pytest.param(
            {"requirements.txt": "pygraphviz==1.11\n"},
            "needs 'graphviz/cgraph.h'",
            marks=pytest.mark.long,
        ),
        ({"apt.txt": "no-such-package-at-all-x\n"}, "apt knows no package"),
        ({"runtime.txt": "python-3.5\n"}, "asks for Python 3.5, and this service has"),
    ],
)
def test_a_failure_is_explained(repositories: Repositories, files: Files, hint: str) -> None:
    assert hint in repositories.failed(files)["error"]


def test_the_same_commit_is_answered_with_the_image_there_is(repositories: Repositories) -> None:
    builder = repositories.builder
    build = repositories.built({"requirements.txt": "humanize==4.9.0\n"})
    answer = builder.post(f"api/environments/{build['environment']}/builds", {})
    events = list(builder.events(answer.json()["id"]))
    statuses = [event.data["status"] for event in events if event.name == "status"]
    assert statuses == ["queued", "fetching", "built"]
    again = builder.build(answer.json()["id"])
    assert again["image_id"] == build["image_id"]
    assert again["steps"] == []
    assert "Same commit and inputs" in builder.log(again["id"])
