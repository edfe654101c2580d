"""How a Jupyter server of one's own is started from an image: for `run` and for `compose`."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

from tljh_envbuilder.cli.image import NamedImage
from tljh_envbuilder.models.build import ImageDetails

#: Where the image has the files of its repository, and what of the machine is mounted.
REPOSITORY, WORK = "/srv/repo", "/work"
AGENT_SOCKET = "/run/ssh-agent.sock"
PORT = 8888

#: What the container starts with, as root, until it has become the caller.
ENTRYPOINT = ("python3", "-c", files(__package__).joinpath("start.py").read_text())


@dataclass(frozen=True)
class Caller:
    """Whose the files are that are written; root where root stands for somebody else."""

    uid: int
    gid: int


def work_folder(named: NamedImage) -> str:
    """Where the caller's folder is in the container."""
    return f"{WORK}/{named.repository}"


def command(named: NamedImage, details: ImageDetails, caller: Caller) -> tuple[str, ...]:
    """What the entry point is told: who to become, and how Jupyter is started."""
    return (
        *(str(caller.uid), str(caller.gid), details.user, details.home),
        *(work_folder(named), REPOSITORY),
        *named.image.entrypoint,
        *("jupyter", "lab", "--no-browser", "--ip=0.0.0.0", f"--port={PORT}"),
        *("--ServerApp.root_dir=/", f"--ServerApp.preferred_dir={work_folder(named)}"),
        *(["--allow-root"] if caller.uid == 0 else []),
    )


def page(ui: str, named: NamedImage) -> str:
    """The path of the page to open."""
    return f"/lab/tree{work_folder(named)}" if ui == "lab" else f"/{ui}"
