"""The image that example environments start from: pulled, or made here from Debian's packages."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from contextlib import closing, suppress
from pathlib import Path

import docker
import requests
from docker.errors import APIError, DockerException

from dev.process import DevError, one_at_a_time

PULLED = "python:3.11-slim-bookworm"
STAND_IN = "tljh-envbuilder-base:bookworm"

# Seconds without a word from the registry before it counts as out of reach.
PULL_PATIENCE = 20

_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
_LOCAL_CERTIFICATES = "/usr/local/share/ca-certificates"


def ensure_base_image(docker_host: str) -> str:
    """Give the name of an image on the engine with python3, pip and venv, getting one if need be.

    Where Docker Hub cannot be reached it is a Debian that trusts the certificates this machine
    trusts, so that its containers reach the package indexes that this machine reaches.
    """
    client = docker.APIClient(base_url=docker_host, version="auto", timeout=300)
    with closing(client) as engine, one_at_a_time("base-image"):
        for name in (PULLED, STAND_IN):
            if has_image(engine, name):
                return name
        if _pull(docker_host):
            return PULLED
        _make_stand_in(engine)
        return STAND_IN


def python_settings(base_image: str) -> str:
    """Settings of the service by which Python environments start from this image."""
    image, versions = base_image, ["3.11"]
    if base_image == PULLED:
        image, versions = PULLED.replace("3.11", "{version}"), ["3.11", "3.12", "3.13", "3.10"]
    return f"c.PythonEnvironments.image = {image!r}\nc.PythonEnvironments.versions = {versions!r}\n"


def has_image(engine: docker.APIClient, name: str) -> bool:
    """Whether the engine has the image."""
    return bool(engine.images(name=name, quiet=True))


def _pull(docker_host: str) -> bool:
    """Whether the image could be pulled."""
    client = docker.APIClient(base_url=docker_host, version="auto", timeout=PULL_PATIENCE)
    with closing(client), suppress(DockerException, APIError, requests.RequestException):
        for message in client.pull(PULLED, stream=True, decode=True):
            if "error" in message:
                return False
        return has_image(client, PULLED)
    return False


def _make_stand_in(engine: docker.APIClient) -> None:
    """Bootstrap a small Debian and import it as an image."""
    if shutil.which("mmdebstrap") is None:
        raise DevError(
            f"Docker Hub cannot be reached to pull {PULLED}, and mmdebstrap is not here to make a"
            " stand-in: install Debian's `mmdebstrap`, or `make setup`."
        )
    with tempfile.TemporaryDirectory(prefix="envbuilder-base-") as folder:
        tar = Path(folder, "base.tar")
        done = subprocess.run(
            [
                "mmdebstrap",
                "--variant=minbase",
                "--include=ca-certificates,git,python3,python3-pip,python3-venv",
                *_certificate_hooks(),
                "bookworm",
                str(tar),
            ],
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise DevError(f"mmdebstrap could not make a base image:\n{done.stderr[-2000:]}")
        repository, tag = STAND_IN.split(":")
        answer = engine.import_image(
            str(tar), repository=repository, tag=tag, changes=_image_settings()
        )
    if "error" in json.loads(answer.splitlines()[-1]):
        raise DevError(f"The engine could not import the base image: {answer.strip()}")


def _certificate_hooks() -> list[str]:
    """Arguments that give the new Debian this machine's certificate authorities."""
    hooks = []
    certificates = [str(path) for path in Path(_LOCAL_CERTIFICATES).glob("*.crt")]
    if certificates:
        hooks.append(f"--customize-hook=copy-in {' '.join(certificates)} {_LOCAL_CERTIFICATES}")
        hooks.append('--customize-hook=chroot "$1" update-ca-certificates')
    if Path(_BUNDLE).exists():
        hooks.append(f"--customize-hook=copy-in {_BUNDLE} {Path(_BUNDLE).parent}")
    return hooks


def _image_settings() -> list[str]:
    """Dockerfile instructions to import with: pip and others bring their own authorities."""
    variables = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CERT")
    return [f"ENV {name}={_BUNDLE}" for name in variables] + ['CMD ["bash"]']
