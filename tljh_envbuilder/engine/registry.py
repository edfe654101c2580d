"""Removing images from a registry, which no engine does: by the OCI distribution API."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import aiohttp

from tljh_envbuilder.engine.connection import tls_reason
from tljh_envbuilder.engine.registry_auth import Login
from tljh_envbuilder.errors import RegistryRefused, RegistryUnavailable
from tljh_envbuilder.models.build import RegistryImage
from tljh_envbuilder.models.reference import parse_reference

#: Seconds for one answer.
TIMEOUT = 30

_PARAMETER = re.compile(r'(\w+)="([^"]*)"')


async def delete_image(image: RegistryImage, *, scheme: str, login: Login | None) -> None:
    """Remove the image, with all of its tags, if it is there.

    Raises RegistryRefused where trying again will not help: the registry does not let the login do
    so, or lets nobody, or is not trusted. Raises RegistryUnavailable where it may.
    https://github.com/opencontainers/distribution-spec
    """
    reference = parse_reference(image.name)
    assert reference is not None
    registry = reference.registry
    repository = image.name.removeprefix(f"{registry}/")
    url = f"{scheme}://{registry}/v2/{repository}/manifests/{image.digest}"
    headers = _basic(login)
    try:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(TIMEOUT)) as session:
            status, challenge = await _delete(session, url, headers)
            if status == 401 and challenge.lower().startswith("bearer "):
                token = await _token(session, challenge, headers)
                status, _ = await _delete(session, url, {"Authorization": f"Bearer {token}"})
    except aiohttp.ClientSSLError as error:
        raise RegistryRefused(
            f"{registry} is not trusted by this service: {tls_reason(error.os_error)}."
        ) from error
    except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
        raise RegistryUnavailable(f"{registry} does not answer.") from error
    if status >= 500 or status == 429:
        raise RegistryUnavailable(f"{registry} answered {status}.")
    if status == 401 and login is not None and not headers:
        raise RegistryRefused(
            f"{registry} wants a user and a password, and the login for it is an identity token."
        )
    if 300 <= status < 400:
        raise RegistryRefused(
            f"{registry} is not at {scheme}://{registry}, which leads elsewhere ({status})."
        )
    if not 200 <= status < 300 and status != 404:
        raise RegistryRefused(f"{registry} does not remove images ({status}).")


async def _delete(
    session: aiohttp.ClientSession, url: str, headers: dict[str, str]
) -> tuple[int, str]:
    """The status, and how the registry wants to be asked if it is not content."""
    async with session.delete(url, headers=headers, allow_redirects=False) as answer:
        return answer.status, answer.headers.get("WWW-Authenticate", "")


async def _token(session: aiohttp.ClientSession, challenge: str, headers: dict[str, str]) -> str:
    """What the registry's own service of tokens gives for the login."""
    parameters = dict(_PARAMETER.findall(challenge))
    realm = parameters.pop("realm", "")
    async with session.get(realm, params=parameters, headers=headers) as answer:
        if answer.status != 200:
            return ""
        try:
            given: Any = await answer.json(content_type=None)
        except ValueError:
            return ""
    if not isinstance(given, dict):
        return ""
    return str(given.get("token") or given.get("access_token") or "")


def _basic(login: Login | None) -> dict[str, str]:
    if login is None or "password" not in login:
        return {}
    return {"Authorization": aiohttp.BasicAuth(login["username"], login["password"]).encode()}
