"""How the commands that talk to a service reach it."""

from __future__ import annotations

from pathlib import Path

import pytest

from dev.git_server import serve_git
from dev.tls import make_certificate
from tljh_envbuilder.cli.service import Service
from tljh_envbuilder.errors import EnvBuilderError, InvalidRequest, Unavailable


def test_a_certificate_is_trusted_once_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls, certificate = make_certificate(tmp_path)
    with serve_git(tmp_path / "git", tls=tls) as server:
        service = Service(server.create("anything").url, "token")
        with pytest.raises(Unavailable, match=r"no secure connection .* \$REQUESTS_CA_BUNDLE"):
            service.get("api/environments")
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "absent.crt"))
        with pytest.raises(InvalidRequest, match=r"absent\.crt"):
            service.get("api/environments")
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
        with pytest.raises(EnvBuilderError, match="is not the service"):
            service.get("api/environments")
