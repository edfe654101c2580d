"""The readiness check: can a Hub server run from this image?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

from jupyterhub import __version__ as hub_version
from traitlets import Float
from traitlets.config import LoggingConfigurable

from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.errors import ImageNotUsable
from tljh_envbuilder.models.build import ImageDetails

#: The script writes its findings as lines `envbuilder:key=value`, among whatever the image's entry
#: point may print.
_FINDING = re.compile(r"^envbuilder:(?P<key>[a-z_]+)=(?P<value>.*?)\r?$", re.MULTILINE)
_PACKAGE = re.compile(r"^envbuilder:package=(?P<line>(?:# |[A-Za-z0-9-]).*?)\r?$", re.MULTILINE)
_SCRIPT = files(__package__).joinpath("check.sh").read_text()

#: What the script says of every image; an entry point that ends it early keeps some to itself.
_ALWAYS_FOUND = frozenset(
    {"uid", "gid", "user", "home", "home_is_folder", "jupyterlab"}
    | {"hidden_software", "hidden", "done"}
)

#: jupyterhub-singleuser of an older major version does not know the Hub's scopes.
OLDEST_JUPYTERHUB = 2
#: Changes when an image that was found usable may no longer be.
REQUIREMENTS = f"{hub_version} {OLDEST_JUPYTERHUB} {_SCRIPT}"
MEBIBYTE = 2**20


@dataclass(frozen=True)
class CheckResult:
    """What the check found; `warnings` are sentences for the person who built the image."""

    details: ImageDetails
    warnings: list[str]
    packages: str | None = None  # as lines of a requirements.txt


class ReadinessCheck(LoggingConfigurable):
    """Runs a small script in the image, through the image's own entry point."""

    timeout = Float(
        60.0, config=True, help="Longest time that the check of an image may take, in seconds."
    )

    def __init__(self, engine: DockerEngine, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self._engine = engine

    async def check(self, image: str, *, labels: Mapping[str, str]) -> CheckResult:
        """Raises ImageNotUsable, with the reason, when no Hub server can run from the image.

        The container in which it looks has the labels.
        """
        return judge(await self.look(image, labels=labels))

    async def look(self, image: str, *, labels: Mapping[str, str]) -> str:
        """What the script writes in the image; raises ImageNotUsable if it does not end."""
        try:
            return await self._engine.run(
                image,
                ["/bin/sh", "-c", _SCRIPT],
                timeout=self.timeout,
                mem_limit=512 * MEBIBYTE,
                labels=labels,
            )
        except TimeoutError:
            raise ImageNotUsable(
                f"The image's entry point did not run a command within {self.timeout:.0f} s; "
                'it must end with exec "$@".'
            ) from None


def read_findings(output: str) -> dict[str, str]:
    """What the script found, by name; raises ImageNotUsable if it did not run to its end."""
    found = {match["key"]: match["value"] for match in _FINDING.finditer(output)}
    numbers = found.get("uid", "") + found.get("gid", "")
    if not (found.keys() >= _ALWAYS_FOUND and re.fullmatch("[0-9]+", numbers)):
        raise ImageNotUsable(
            "The image does not run the commands it is given: it needs /bin/sh, and an entry "
            f'point, if any, must end with exec "$@"{_last_line(output)}.'
        )
    return found


def judge(output: str) -> CheckResult:
    """Whether a Hub server can run; raises ImageNotUsable with the first reason against it."""
    found = read_findings(output)
    if found["uid"] == "0":
        raise ImageNotUsable(
            "The image runs as root, which Jupyter refuses; end the Dockerfile with "
            "'USER' and a user of its own."
        )
    home = found["home"]
    if not re.fullmatch(r"/[^:]+", home) or found["home_is_folder"] != "yes":
        raise ImageNotUsable(
            f"The image's user {found['user']} has no home folder ({home or 'HOME is empty'}); "
            "create one and set HOME to it."
        )
    if not found.get("jupyterhub"):
        raise ImageNotUsable(
            "There is no Jupyter in the image: install 'jupyterhub' and 'jupyterlab' so that "
            "jupyterhub-singleuser is on the PATH."
        )
    if in_home := found.get("jupyterhub_in_home"):
        raise ImageNotUsable(
            f"Jupyter is in the image's home ({in_home.rstrip('/')}), which a user's own home "
            "hides, so that their servers would not start: install it elsewhere, as root for "
            "example."
        )
    details = ImageDetails(
        user=found["user"],
        uid=int(found["uid"]),
        gid=int(found["gid"]),
        home=home,
        jupyterhub_version=found["jupyterhub"],
    )
    packages = "".join(f"{match['line']}\n" for match in _PACKAGE.finditer(output))
    return CheckResult(details, _warnings(found), packages or None)


def _warnings(found: dict[str, str]) -> list[str]:
    warnings = []
    version = found["jupyterhub"]
    major = int(re.match(r"\d*", version).group() or 0)  # type: ignore[union-attr]
    if major < OLDEST_JUPYTERHUB:
        raise ImageNotUsable(
            f"The image has JupyterHub {version}, which this Hub ({hub_version}) does not accept; "
            f"install 'jupyterhub=={hub_version}' in it."
        )
    if major != int(hub_version.split(".")[0]):
        warnings.append(
            f"The image has JupyterHub {version} and the Hub is {hub_version}: "
            f"'jupyterhub=={hub_version}' in the image is safer."
        )
    if found["jupyterlab"] != "yes":
        warnings.append("JupyterLab is not in the image, so that /lab will not answer.")
    if software := found["hidden_software"].strip():
        warnings.append(
            f"What is installed or set up in the image's home ({found['home']}) is hidden by a "
            f"user's own home once that exists: {software}. Install it elsewhere, as root for "
            "example."
        )
    if files := found["hidden"].strip():
        warnings.append(
            f"Files in the image's home ({found['home']}) are hidden by a user's own home once "
            f"that exists: {files}."
        )
    return warnings


def _last_line(output: str) -> str:
    lines = output.strip().splitlines()
    return f" (it printed: {lines[-1][:200]})" if lines else ""
