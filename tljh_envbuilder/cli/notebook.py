"""How a Jupyter server of one's own is started from an image: for `run` and for `compose`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib.resources import files

from tljh_envbuilder.builds.check import ReadinessCheck, read_findings
from tljh_envbuilder.cli.image import NamedImage
from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.errors import ImageNotUsable

#: Where the image has the files of its repository, and what of the machine is mounted.
REPOSITORY, WORK = "/srv/repo", "/work"
AGENT_SOCKET = "/run/ssh-agent.sock"
PORT = 8888

#: What the container starts with, as root, until it has become the caller.
ENTRYPOINT = ("python3", "-c", files(__package__).joinpath("start.py").read_text())


#: The image's user, where that is root or has no home of its own.
_OTHER_USER, _OTHER_HOME = "jovyan", "/home/jovyan"


@dataclass(frozen=True)
class Caller:
    """Whose the files are that are written, and which groups else may be needed for a folder."""

    uid: int
    gid: int
    groups: tuple[int, ...] = ()

    @classmethod
    def of_process(cls) -> Caller:
        """Whoever runs the command."""
        return cls(os.getuid(), os.getgid(), tuple(os.getgroups()))


#: Where root in a container is the caller already.
ROOT = Caller(0, 0)


@dataclass(frozen=True)
class User:
    """Who works in the image."""

    name: str
    home: str


async def user_of(engine: DockerEngine, named: NamedImage) -> User:
    """Look into the image; raises ImageNotUsable if JupyterLab cannot run from it."""
    found = read_findings(await ReadinessCheck(engine).look(named.reference, labels={}))
    if found["jupyterlab"] != "yes":
        raise ImageNotUsable("There is no JupyterLab in the image: install 'jupyterlab' in it.")
    has_home = found["home_is_folder"] == "yes" and found["home"].strip("/")
    return User(
        name=_OTHER_USER if found["uid"] == "0" else found["user"],
        home=found["home"] if has_home else _OTHER_HOME,
    )


def work_folder(named: NamedImage) -> str:
    """Where the caller's folder is in the container."""
    return f"{WORK}/{named.repository}"


def command(
    named: NamedImage, user: User, caller: Caller, *, is_mounted: bool = True
) -> tuple[str, ...]:
    """What the entry point is told: who to become, and how Jupyter is started."""
    return (
        *(str(caller.uid), str(caller.gid), ",".join(str(group) for group in caller.groups)),
        *(user.name, user.home, work_folder(named), "" if is_mounted else REPOSITORY),
        *named.image.entrypoint,
        *("jupyter", "lab", "--no-browser", "--ip=0.0.0.0", f"--port={PORT}"),
        *("--ServerApp.root_dir=/", f"--ServerApp.preferred_dir={work_folder(named)}"),
        *(["--allow-root"] if caller.uid == 0 else []),
    )


def page(ui: str, named: NamedImage) -> str:
    """The path of the page to open."""
    return f"/lab/tree{work_folder(named)}" if ui == "lab" else f"/{ui}"
