"""An image that a Hub can start a server from, for tests that need one without building it."""

from __future__ import annotations

import io
import json
import tarfile
from contextlib import closing
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import docker

from dev.base_image import has_image
from dev.process import DevError, one_at_a_time

EXAMPLE = Path(__file__).parent / "example"
_DOCKERFILE = Path(__file__).parent / "singleuser.Dockerfile"


def _build_args(base_image: str) -> dict[str, str]:
    """What the Dockerfile wants to know: the base, and the Hub's own version."""
    return {"BASE_IMAGE": base_image, "JUPYTERHUB_VERSION": version("jupyterhub")}


def ensure_singleuser_image(docker_host: str, base_image: str) -> str:
    """Give the name of an image with the example in it, building it if it is not there."""
    # What another Dockerfile made has another name, so that it is not taken for this one.
    recipe = sha256(_DOCKERFILE.read_bytes()).hexdigest()[:8]
    name = f"tljh-envbuilder-singleuser:{version('jupyterhub')}-{recipe}"
    client = docker.APIClient(base_url=docker_host, version="auto", timeout=900)
    with closing(client) as engine, one_at_a_time("singleuser-image"):
        if not has_image(engine, name):
            _build(engine, name, _build_args(base_image))
    return name


def _build(engine: docker.APIClient, name: str, arguments: dict[str, str]) -> None:
    """Build the example with BuildKit, which docker-py's own `build` cannot ask for."""
    context = io.BytesIO()
    # BuildKit does not know a tar with PAX headers for an archive.
    with tarfile.open(fileobj=context, mode="w", format=tarfile.GNU_FORMAT) as tar:
        tar.add(EXAMPLE, arcname=".")
        tar.add(_DOCKERFILE, arcname="Dockerfile")
    answer = engine.post(
        f"{engine.base_url}/v{engine.api_version}/build",
        params={"version": "2", "t": name, "buildargs": json.dumps(arguments)},
        data=context.getvalue(),
        headers={"Content-Type": "application/x-tar"},
        timeout=900,
    )
    messages = [json.loads(line) for line in answer.text.splitlines()]
    for message in messages:
        if "error" in message or "message" in message:
            reason = message.get("error") or message["message"]
            raise DevError(f"The image {name} could not be built: {reason}")
