"""Servers that run go on while the Hub is away, and are found again."""

from __future__ import annotations

from pathlib import Path

import docker
import pytest
import requests

from dev.git_server import GitRepository
from tests.live.conftest import make_deployment
from tests.live.service import BUILDER, STUDENT


@pytest.mark.long
def test_a_restart_of_the_hub_stops_nobodys_server(
    hub_address: str, repository: GitRepository, engine: docker.DockerClient, tmp_path: Path
) -> None:
    with make_deployment(tmp_path / "restarted", hub_address) as deployment:
        builder = deployment.client(BUILDER)
        name = builder.built(builder.add(repository.url))["name"]
        deployment.start_server(STUDENT, {"environment": name, "profile": "Small"})
        url = deployment.wait_for_server(STUDENT)
        label = {"label": f"tljh-envbuilder.user={STUDENT}", "name": deployment.prefix}
        [before] = engine.containers.list(filters=label)
        token = {"Authorization": f"token {deployment.client(STUDENT).token}"}
        deployment.restart()
        [after] = engine.containers.list(filters=label)
        assert (after.id, after.attrs["State"]["StartedAt"]) == (
            before.id,
            before.attrs["State"]["StartedAt"],
        )
        deployment.wait_for_server(STUDENT)
        assert requests.get(f"{url}api/status", headers=token, timeout=30).status_code == 200
        [server] = deployment.client(STUDENT).get("api/servers").json()["items"]
        assert (server["environment"], server["ready"]) == (name, True)
        deployment.stop_server(STUDENT)
        assert engine.containers.list(all=True, filters=label) == []
