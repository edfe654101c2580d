"""The contract describes parameters as the handlers take them."""

from __future__ import annotations

import re

import pytest

from tljh_envbuilder.web.openapi import openapi
from tljh_envbuilder.web.routes import ROUTES


@pytest.mark.parametrize(
    ("path", "method", "parameter", "taken", "refused"),
    [
        ("/api/registries/{registry}", "put", "registry", "[::1]:5000", "host:port"),
        ("/api/registries/{registry}", "put", "registry", "Registry.example.org", "-host"),
        ("/api/servers/{server_name}", "delete", "server_name", "", "-a"),
        ("/api/environments/{name}", "get", "name", "maths-101", "Maths"),
        ("/api/builds/{id}/log", "get", "Last-Event-ID", "9" * 19, "9" * 20),
    ],
)
def test_what_is_taken_is_described(
    path: str, method: str, parameter: str, taken: str, refused: str
) -> None:
    parameters = openapi(ROUTES, "/")["paths"][path][method]["parameters"]
    [described] = [each for each in parameters if each["name"] == parameter]
    assert described["description"]
    assert re.search(described["schema"]["pattern"], taken)
    assert not re.search(described["schema"]["pattern"], refused)
