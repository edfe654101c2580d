"""Webhooks: what git hosts send, and what a person enters there."""

from __future__ import annotations

from jupyterhub.utils import url_path_join
from tornado.http1connection import HTTP1Connection
from tornado.web import stream_request_body

from tljh_envbuilder.errors import EnvironmentNotFound, NotAllowed
from tljh_envbuilder.models.webhook import HookAnswer, Webhook
from tljh_envbuilder.web.base import BaseHandler
from tljh_envbuilder.web.forges import Proof, is_push
from tljh_envbuilder.web.operations import operation
from tljh_envbuilder.web.paths import environment_name_in

#: The largest body that a git host sends (GitHub's limit), in bytes; it is never kept.
MAX_BODY = 25 * 2**20


@stream_request_body
class HookHandler(BaseHandler):
    """Where git hosts tell of pushes: open to the world, to be shown a proof."""

    public = True
    _proof: Proof | None = None
    _is_known = False

    async def prepare(self) -> None:
        """Get ready to check the body as it arrives; called by Tornado."""
        assert isinstance(self.request.connection, HTTP1Connection)
        self.request.connection.set_max_body_size(MAX_BODY)
        secret, self._is_known = await self.services.webhooks.find(self.path_args[0])
        self._proof = Proof(secret)

    def data_received(self, chunk: bytes) -> None:
        """Take a piece of the body; called by Tornado."""
        if self._proof is not None:  # else `prepare` has already answered with an error
            self._proof.add(chunk)

    @operation(
        "For git hosts: the repository has moved; 204 where that changes nothing",
        answers={202: HookAnswer, 204: None},
        errors=(403, 503),
        public=True,
    )
    async def post(self, name: str) -> None:
        """Look at the repository, and queue a build if the environment's ref has moved."""
        is_given = self._proof is not None and self._proof.is_given_by(self.request.headers)
        if not (is_given and self._is_known):
            raise _refused()
        if not is_push(self.request.headers):
            self.set_status(204)
            return
        try:
            answer = await self.services.moves.pushed(name)
        except EnvironmentNotFound:
            raise _refused() from None
        if answer is None:
            self.set_status(204)
            return
        self.set_status(202)
        self.write_model(answer)


class WebhookHandler(BaseHandler):
    """What to enter at the git host."""

    @operation(
        "Show what to enter at the git host as a webhook", answers={200: Webhook}, errors=(409,)
    )
    async def get(self, name: str) -> None:
        """Show the address and the secret."""
        await self._answer(environment_name_in(name), renew=False)

    @operation("Make a new secret for the webhook", answers={200: Webhook})
    async def post(self, name: str) -> None:
        """Replace the secret; the old one opens nothing any more."""
        await self._answer(environment_name_in(name), renew=True)

    async def _answer(self, name: str, *, renew: bool) -> None:
        secret = await self.services.webhooks.secret(self.caller, name, renew=renew)
        here = f"{self.request.protocol}://{self.request.host}{self.services.prefix}"
        url = url_path_join(self.services.public_url or here, "api", "hooks", name)
        self.write_model(Webhook(url=url, secret=secret))


def _refused() -> NotAllowed:
    """The one answer for what is not there and for what is not proved."""
    return NotAllowed("There is no such webhook, or the secret is not right.")
