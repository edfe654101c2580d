"""How long a line of a build's log takes to an open reader, beside the engine's own stream.

Each line carries the time at which the step in the build printed it. The same Dockerfile is built
through the service, and through tljh-repo2docker, read as server-sent events through their Hubs'
proxies, and straight on the engine, read from its answer; all on this machine, in one run.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
import time
from pathlib import Path
from uuid import uuid4

from bench.measurements import Measurements
from bench.peer.hub import Peer
from dev.git_server import GitServer
from tests.live.service import Client, Deployment
from tljh_envbuilder.builds.context import add_dockerfile
from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.models.events import LogText

LINES = 100
STAMP = re.compile(r"stamp-(\d+\.\d+)")


def dockerfile(image: str) -> str:
    """A build whose only work is to tell the time, twenty times a second."""
    script = f"for i in $(seq {LINES}); do date +stamp-%s.%N; sleep 0.05; done"
    return f"FROM {image}\nRUN echo {uuid4().hex} && {script}\n"


def delays(text: str, now: float) -> list[float]:
    """Seconds since the lines in the text were printed."""
    return [now - float(stamp) for stamp in STAMP.findall(text)]


def through_the_service(client: Client, git_server: GitServer, image: str) -> list[float]:
    """Delays of the lines that a reader of the service's stream sees, in seconds."""
    repository = git_server.create(f"bench-{uuid4().hex[:8]}", {"Dockerfile": dockerfile(image)})
    seen: list[float] = []
    for event in client.events(client.add(repository.url)["last_build"]["id"]):
        if event.name == "log":
            seen += delays(event.data["text"], time.time())
    return seen


def through_the_peer(peer: Peer, git_server: GitServer, image: str) -> list[float]:
    """The same of tljh-repo2docker's stream."""
    name = f"bench-{uuid4().hex[:8]}"
    repository = git_server.create(name, {"Dockerfile": dockerfile(image)})
    seen: list[float] = []
    for text in peer.log(peer.add(repository.url, name)):
        seen += delays(text, time.time())
    peer.delete(peer.wait_for_image(name))
    return seen


async def straight_from_the_engine(image: str) -> list[float]:
    """Delays of the lines in the engine's own answer, in seconds."""
    engine = DockerEngine()
    seen: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        context = Path(folder, "context.tar")
        add_dockerfile(context, "Dockerfile", dockerfile(image))
        events = engine.build(
            context, tag="bench:latency", dockerfile="Dockerfile", build_args={}, labels={}
        )
        async for event in events:
            if isinstance(event, LogText):
                seen += delays(event.text, time.time())
    await engine.remove_image("bench:latency")
    await engine.close()
    return seen


def test_log_latency(
    deployment: Deployment,
    peer: Peer,
    git_server: GitServer,
    singleuser_image: str,
    measurements: Measurements,
) -> None:
    """One after the other."""
    direct = asyncio.run(straight_from_the_engine(singleuser_image))
    served = through_the_service(deployment.client("builder"), git_server, singleuser_image)
    of_peer = through_the_peer(peer, git_server, singleuser_image)
    measurements.add("log line to reader", "a line", "the engine's own stream", direct)
    measurements.add("log line to reader", "a line", "tljh-envbuilder", served)
    measurements.add("log line to reader", "a line", "tljh-repo2docker", of_peer)
    assert len(served) == len(direct) == len(of_peer) == LINES
