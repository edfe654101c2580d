"""Removing images from a registry, which no engine does: by the OCI distribution API."""

from __future__ import annotations

import asyncio
import re

import aiohttp

from tljh_envbuilder.engine.registry_auth import Login
from tljh_envbuilder.errors import RegistryRefused, RegistryUnavailable
from tljh_envbuilder.models.build import RegistryImage
from tljh_envbuilder.models.reference import parse_reference

#: Seconds for one answer.
TIMEOUT = 30

_PARAMETER = re.compile(r'(\w+)="([^"]*)"')


async def delete_image(image: RegistryImage, *, scheme: str, login: Login | None) -> None:
    """Remove the image, with all of its tags, if it is there.

    Raises RegistryRefused where the registry does not let the login do so, or lets nobody, and
    RegistryUnavailable. https://github.com/opencontainers/distribution-spec
    """
    reference = parse_reference(image.name)
    assert reference is not None
    repository = image.name.removeprefix(f"{reference.registry}/")
    url = f"{scheme}://{reference.registry}/v2/{repository}/manifests/{image.digest}"
    headers = _basic(login)
    try:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(TIMEOUT)) as session:
            status, challenge = await _delete(session, url, headers)
            if status == 401 and challenge.lower().startswith("bearer "):
                token = await _token(session, challenge, headers)
                status, _ = await _delete(session, url, {"Authorization": f"Bearer {token}"})
    except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
        raise RegistryUnavailable(f"{reference.registry} does not answer.") from error
    if status >= 500:
        raise RegistryUnavailable(f"{reference.registry} answered {status}.")
    if status >= 400 and status != 404:
        raise RegistryRefused(f"{reference.registry} does not remove images ({status}).")


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
        given = await answer.json()
    return str(given.get("token") or given.get("access_token") or "")


def _basic(login: Login | None) -> dict[str, str]:
    if login is None or "password" not in login:
        return {}
    return {"Authorization": aiohttp.BasicAuth(login["username"], login["password"]).encode()}
