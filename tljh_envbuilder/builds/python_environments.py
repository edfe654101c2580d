"""What Python environments are made of, as the operator wants it."""

from __future__ import annotations

from jupyterhub import __version__ as hub_version
from traitlets import Bool, List, Unicode, validate
from traitlets.config import LoggingConfigurable

from tljh_envbuilder.errors import ConfigurationError
from tljh_envbuilder.fetch.messages import PythonSettings


class PythonEnvironments(LoggingConfigurable):
    """Settings of the builds of repositories that pip can satisfy."""

    image = Unicode(
        "python:{version}-slim",
        config=True,
        help="Base image: a Debian or Ubuntu with `python3` and its `venv`; `{version}` in it is "
        "the Python version.",
    )
    versions = List(
        Unicode(),
        ["3.12", "3.13", "3.14", "3.11", "3.10"],
        minlen=1,
        config=True,
        help="Python versions that there is a base image for. The first one that a repository "
        "allows is used where it names none.",
    )
    jupyterhub_version = Unicode(
        hub_version,
        config=True,
        help="Version of jupyterhub in the environments; the Hub's own unless you set it.",
    )
    jupyter_packages = List(
        Unicode(),
        ["jupyterlab>=4,<5", "ipywidgets>=8,<9"],
        config=True,
        help="What each environment has besides jupyterhub, before what its repository requires.",
    )
    package_index = Unicode(
        config=True,
        help="Address of a package index in place of PyPI, without a password: images show it.",
    )
    share_packages = Bool(
        True,
        config=True,
        help="Let builds share the packages that they download. Whoever may build runs code of "
        "their own beside these: False where builders do not trust each other.",
    )

    warm_versions = List(
        Unicode(),
        config=True,
        help="Python versions whose base image is pulled, and whose layer with Jupyter is built, "
        "when the service starts: the first build of each then begins with its own requirements.",
    )

    @validate("image")
    def _is_template(self, proposal: dict[str, str]) -> str:
        try:
            proposal["value"].format(version="3.12")
        except (LookupError, ValueError):
            raise ConfigurationError(
                "PythonEnvironments.image may have {version} in it, and no other braces."
            ) from None
        return proposal["value"]

    def settings(self) -> PythonSettings:
        """What a fetch worker must know."""
        return PythonSettings(
            image=self.image,
            versions=self.versions,
            jupyter=[f"jupyterhub=={self.jupyterhub_version}", *self.jupyter_packages],
            package_index=self.package_index,
            share_packages=self.share_packages,
        )
