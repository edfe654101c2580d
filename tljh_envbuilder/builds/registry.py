"""The registry that images are pushed to."""

from __future__ import annotations

import asyncio
import ipaddress
import re
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing

from traitlets import Bool, Float, Integer, TraitError, Unicode, validate
from traitlets.config import LoggingConfigurable

from tljh_envbuilder.engine.docker import DockerEngine
from tljh_envbuilder.errors import (
    ConfigurationError,
    CredentialsLost,
    EnvBuilderError,
    PushFailed,
    PushRefused,
    RegistryRefused,
    RegistryUnavailable,
)
from tljh_envbuilder.models.build import RegistryImage
from tljh_envbuilder.models.events import LogRecord, LogText
from tljh_envbuilder.models.reference import parse_reference
from tljh_envbuilder.models.registry import REGISTRY_HOST

#: The id of the step that pushes.
STEP = "push"

_SCHEMES = ("http", "https")


class Registry(LoggingConfigurable):
    """Pushes images as `<registry>/<namespace>/<environment>:<first 7 of the commit>`."""

    registry_url = Unicode(
        config=True,
        help="Registry that each successful build is pushed to, such as "
        "`https://registry.example.org`; `http://` for one without TLS, which the container engine "
        "must know as insecure. Empty: images stay on the engine.",
    )
    namespace = Unicode(
        "envbuilder",
        config=True,
        help="What the images' names begin with in the registry, before the environment's name: a "
        "project or an organisation; may contain '/'.",
    )
    attempts = Integer(
        3, min=1, config=True, help="How often a push is tried before it is given up."
    )
    retry_interval = Float(
        2.0,
        min=0,
        config=True,
        help="Seconds until a push is tried again; doubled after each further try.",
    )
    push_timeout = Float(
        3600.0,
        min=0,
        config=True,
        help="Longest time that the push of one image may take, in seconds, all tries together; 0 "
        "for no limit. It does not count as time of the build.",
    )
    delete_tags = Bool(
        False,
        config=True,
        help="Remove an environment's images from the registry together with the environment; the "
        "registry must allow it.",
    )
    delete_timeout = Float(
        600.0,
        min=0,
        config=True,
        help="Seconds for which the deletion of an environment waits for a registry that does not "
        "answer; what is in the registry then stays there.",
    )

    def __init__(self, engine: DockerEngine, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self._engine = engine
        #: When the registry first did not answer, for environments that are being deleted.
        self._silent_since: dict[str, float] = {}

    @validate("registry_url")
    def _an_address(self, proposal: dict[str, str]) -> str:
        value = proposal["value"].rstrip("/")
        scheme, found, rest = value.rpartition("://")
        host = rest.lower()
        # What is wrong is not repeated: a person may have put a password into it.
        if value and (not REGISTRY_HOST.fullmatch(host) or (found and scheme not in _SCHEMES)):
            raise TraitError(
                "Registry.registry_url must be the address of a registry, such as "
                "https://registry.example.org: without a path, a user or a password."
            )
        reference = parse_reference(f"{host}/image")
        if value and (reference is None or reference.registry != host):
            raise TraitError(
                f"Registry.registry_url: in names of images {host} is no registry but a part of a "
                "name on Docker Hub; say it with its domain or its port."
            )
        return value

    @validate("namespace")
    def _part_of_names(self, proposal: dict[str, str]) -> str:
        value = proposal["value"].strip("/")
        if value and parse_reference(f"{value}/name") is None:
            raise TraitError(f"Registry.namespace must be lower case, as in names: {value}")
        return value

    @property
    def host(self) -> str:
        """The registry as images' names have it; empty where nothing is pushed."""
        host: str = self.registry_url.rpartition("://")[2]
        return host.lower()

    @property
    def scheme(self) -> str:
        """How the registry itself is spoken to; engines take loopback for insecure."""
        scheme, found, _ = self.registry_url.rpartition("://")
        return scheme if found else ("http" if _is_loopback(self.host) else "https")

    def name_of(self, environment: str) -> str:
        """The name of the environment's images in the registry, which anybody can work out."""
        return "/".join(filter(None, (self.host, self.namespace, environment)))

    def is_of_push(self, tag: str) -> bool:
        """Whether an image gets such a name when it is pushed, for any environment."""
        pushed = rf"{re.escape(self.name_of(''))}/[a-z0-9-]+:[0-9a-f]{{7}}"
        return bool(self.host and re.fullmatch(pushed, tag))

    def tag_of(self, commit: str) -> str:
        """The tag of a commit's image."""
        return commit[:7]

    def own(self, environment: str, images: list[RegistryImage]) -> list[RegistryImage]:
        """Those of the images that were pushed under this environment's own name.

        The others are in a registry that was configured earlier, or, if this environment is a copy,
        under the name of its original.
        """
        return [image for image in images if self.host and image.name == self.name_of(environment)]

    async def push(
        self, image_id: str, environment: str, commit: str
    ) -> AsyncGenerator[LogRecord | RegistryImage, None]:
        """Push the image; the last thing it yields is where it is.

        Raises PushFailed, and CredentialsLost or ConfigurationError for a login that is unusable.
        """
        name, tag = self.name_of(environment), self.tag_of(commit)
        await self._engine.tag_image(image_id, f"{name}:{tag}")
        try:
            async with aclosing(self._push_patiently(name, tag)) as records:
                async for record in records:
                    yield record
        finally:
            await asyncio.shield(self._forget(f"{name}:{tag}"))

    async def _forget(self, name: str) -> None:
        """Remove the registry's name, which here would keep the image from being cleaned.

        What went wrong before, or that the push was cancelled, is what the caller should hear of.
        """
        try:
            await self._engine.remove_image(name)
        except EnvBuilderError as error:
            self.log.warning("%s stays on the engine: %s", name, error)

    async def _push_patiently(
        self, name: str, tag: str
    ) -> AsyncGenerator[LogRecord | RegistryImage, None]:
        for attempt in range(1, self.attempts + 1):
            try:
                async with aclosing(self._engine.push(name, tag, step=STEP)) as records:
                    async for record in records:
                        yield record
                return
            except PushFailed as failure:
                if isinstance(failure, PushRefused) or attempt == self.attempts:
                    raise
                seconds = self.retry_interval * 2 ** (attempt - 1)
                yield LogText(text=f"{failure.message} Tried again in {seconds:g} s.\n", step=STEP)
            await asyncio.sleep(seconds)

    async def delete(self, environment: str, images: list[RegistryImage]) -> None:
        """Remove what was pushed, if that is wanted and the registry does it.

        Raises RegistryUnavailable while a registry that does not answer is waited for.
        """
        if not self.delete_tags:
            return
        for image in self.own(environment, images):
            try:
                await self._engine.delete_pushed(image, scheme=self.scheme)
            except (RegistryRefused, CredentialsLost, ConfigurationError) as refusal:
                self.log.warning("%s stays in the registry: %s", image.reference, refusal)
            except RegistryUnavailable as silence:
                now = time.monotonic()
                if now < self._silent_since.setdefault(environment, now) + self.delete_timeout:
                    raise
                self.log.warning("Images of %s stay in the registry: %s", environment, silence)
                break  # the others would only be waited for as well
        self._silent_since.pop(environment, None)


def _is_loopback(host: str) -> bool:
    address = host.rpartition(":")[0] or host
    try:
        return ipaddress.ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return address == "localhost"
