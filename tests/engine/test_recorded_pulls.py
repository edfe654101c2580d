"""Pulls whose answers no registry here gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.engine.recorded_engine import RecordedEngine, message
from tests.engine.records import collect, collect_until_failure
from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.errors import PullFailed
from tljh_envbuilder.models.build import StepStatus
from tljh_envbuilder.models.events import StepProgress


async def pulling(recorded: RecordedEngine, folder: Path, image: str) -> list[Any]:
    """What pulling the image from an engine with this record yields."""
    async with recorded.serve(folder) as address:
        engine = DockerEngine(docker_host=address)
        try:
            return await collect(engine.pull(image, step="pull"))
        finally:
            await engine.close()


async def test_progress_of_a_pull_is_the_sum_over_its_layers(tmp_path: Path) -> None:
    def layer(id: str, status: str, **detail: int) -> bytes:
        return message(id=id, status=status, progressDetail=detail)

    recorded = RecordedEngine(
        message(status="Pulling from library/python", id="3"),
        layer("a", "Pulling fs layer"),
        layer("b", "Pulling fs layer"),
        layer("c", "Already exists"),
        layer("a", "Downloading", current=10, total=100),
        layer("b", "Downloading", current=20, total=50),
        layer("a", "Download complete"),
        layer("b", "Download complete"),
        layer("a", "Extracting", current=5, total=100),
        pause=0.25,
    )

    collected = await pulling(recorded, tmp_path, "python:3")

    progress = [(r.current, r.total) for r in collected if isinstance(r, StepProgress)]
    assert progress == [(10, None), (30, 150), (120, 150), (150, 150)]


async def test_an_image_without_tag_means_the_latest(tmp_path: Path) -> None:
    recorded = RecordedEngine(message(status="Status: Image is up to date"))

    await pulling(recorded, tmp_path, "127.0.0.1:5000/python")

    assert "fromImage=127.0.0.1:5000/python:latest" in recorded.request


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        (
            "pull access denied for nosuch, repository does not exist"
            " or may require 'docker login'",
            "it does not exist, or docker.io asks for a login",
        ),
        ("manifest for python:nosuch not found: manifest unknown", "was not found at docker.io"),
        (
            'Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io:'
            " no such host",
            "the engine cannot reach docker.io",
        ),
        (
            'Get "http://docker.io/v2/": http: server closed idle connection',
            "the engine cannot reach docker.io",
        ),
        ("toomanyrequests: You have reached your pull rate limit.", "your pull rate limit."),
    ],
)
async def test_a_failed_pull_says_what_to_do(tmp_path: Path, reason: str, sentence: str) -> None:
    recorded = RecordedEngine(message(error=reason, errorDetail={"message": reason}))

    with pytest.raises(PullFailed) as failed:
        await pulling(recorded, tmp_path, "python:nosuch")

    assert sentence in failed.value.message


async def test_a_failed_pull_ends_its_step(tmp_path: Path) -> None:
    recorded = RecordedEngine(message(error="manifest unknown"))

    async with recorded.serve(tmp_path) as address:
        engine = DockerEngine(docker_host=address)
        collected = await collect_until_failure(engine.pull("python:3", step="pull-1"))
        await engine.close()

    assert [(r.id, r.status) for r in collected] == [
        ("pull-1", StepStatus.RUNNING),
        ("pull-1", StepStatus.FAILED),
    ]
