"""Getting an image that the engine of the servers lacks from its registry."""

from __future__ import annotations

import asyncio
import json
from base64 import urlsafe_b64decode
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, ClassVar

from docker.errors import DockerException
from dockerspawner import DockerSpawner

from tljh_envbuilder.models.launch import Launch
from tljh_envbuilder.models.sealed import unsealed
from tljh_envbuilder.spawner.errors import StartError


class PullMixin(DockerSpawner):
    """Pulls by digest, so that it is the image that was built, and once for all who wait for it."""

    launch: Launch | None
    service_token: str

    # Of their own: a pull takes minutes, and must not hold up the starts of others.
    _pullers = ThreadPoolExecutor(4, thread_name_prefix="docker-pull")
    _pulls: ClassVar[dict[str, Future[str]]] = {}

    async def pull_launch(self, launch: Launch) -> Launch:
        """The launch with the id that its image has on the engine now; raises StartError.

        A start that the Hub gives up does not end the pull: the next one finds the image.
        """
        reference = launch.registry_image
        assert reference is not None
        pull = self._pulls.get(reference)
        if pull is None:
            self.log.info("Pulling %s", reference)
            pull = self._pullers.submit(self._pull, reference, self._registry_login(launch))
            self._pulls[reference] = pull
            # Also where nobody waits any more: what came of it is old for the next one.
            pull.add_done_callback(lambda _: self._pulls.pop(reference, None))
        try:
            image_id = await asyncio.shield(asyncio.wrap_future(pull))
        except (DockerException, OSError) as error:
            self.log.error("%s could not be pulled: %s", reference, error)
            raise StartError(
                503,
                f"The image {launch.image} is not on the container engine, and could not be pulled "
                "from its registry. Tell an admin.",
            ) from error
        return launch.model_copy(update={"image_id": image_id})

    def _pull(self, reference: str, login: dict[str, str] | None) -> str:
        """The image's id; runs in a thread."""
        # Without a login, that of the Docker configuration of the Hub's own user is tried.
        for message in self.client.pull(reference, auth_config=login, stream=True, decode=True):
            if reason := message.get("error"):
                raise DockerException(reason)
        return str(self.client.inspect_image(reference)["Id"])

    def _registry_login(self, launch: Launch) -> dict[str, str] | None:
        """The login that the service has sent, which nobody but the Hub can read."""
        if launch.registry_login is None:
            return None
        with suppress(ValueError):
            header = unsealed(launch.registry_login, self.service_token)
            login: dict[str, Any] = json.loads(urlsafe_b64decode(header))
            return {name: str(value) for name, value in login.items()}
        self.log.error("The login for %s was not meant for this Hub", launch.registry_image)
        return None
