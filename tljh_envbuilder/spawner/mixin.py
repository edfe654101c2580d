"""What a server is started from is the service's decision; the choice is the user's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, ClassVar
from urllib.parse import urlsplit

from jupyterhub.scopes import get_scopes_for
from jupyterhub.utils import url_path_join
from traitlets import Float, Unicode, default
from traitlets.config import LoggingConfigurable

from tljh_envbuilder.models.caller import Scope
from tljh_envbuilder.models.launch import Launch, LaunchUser
from tljh_envbuilder.spawner.client import LastAnswers, LaunchClient
from tljh_envbuilder.spawner.errors import StartError
from tljh_envbuilder.spawner.form_texts import texts_for
from tljh_envbuilder.spawner.options_form import (
    describe_size,
    render_options_form,
    render_problem,
)
from tljh_envbuilder.spawner.user_options import options_from_form, parse_user_options


class EnvBuilderMixin(LoggingConfigurable):
    """Lets users choose among environments, over any Spawner that starts servers from images.

    A subclass gives `self.launch` its effect: the image, the home, the repository's files.
    """

    service_url = Unicode(
        "http://127.0.0.1:10101",
        config=True,
        help="Where the Hub reaches the service, without the service's prefix.",
    )
    service_name = Unicode(
        "envbuilder", config=True, help="Name of the service in `JupyterHub.services`."
    )
    service_token = Unicode(
        config=True,
        help="The service's own API token: with it the Hub shows that it is the Hub.",
    )
    service_timeout = Float(
        5.0,
        min=0.1,
        config=True,
        help="Longest time to wait for an answer of the service, in seconds; after that the last "
        "good answer serves.",
    )

    launch: Launch | None = None
    _last_answers: ClassVar[LastAnswers] = {}
    _configured_limits: Mapping[str, Any] | None = None
    _progress_messages: tuple[str, ...] = ()
    _sent: dict[str, str] | None = None

    @default("options_form")
    def _default_options_form(self) -> Any:
        return EnvBuilderMixin.render_options_form

    @default("options_from_form")
    def _default_options_from_form(self) -> Any:
        return self._options_from_form

    # JupyterHub 5.2 has no such trait, and `start` checks in any case: this refuses earlier.
    @default("apply_user_options")
    def _default_apply_user_options(self) -> Any:
        return lambda spawner, user_options: parse_user_options(user_options)

    async def render_options_form(self) -> str:
        """The form for this user, or why there is none."""
        sent, self._sent = self._sent, None
        try:
            options = await self._launch_client().options(self._last_environment())
        except StartError as error:
            return render_problem(error.message)
        return render_options_form(
            options,
            last_choice=self.user_options,
            service_prefix=self._service_host() + self._service_prefix(),
            refused=sent,
            texts=texts_for(self._accept_language()),
        )

    def _options_from_form(self, form: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
        # The Hub shows a form that was refused again, and asks the default server for it.
        self.user.spawner._sent = {
            name: values[0]
            for name, values in form.items()
            if len(values) == 1 and isinstance(values[0], str)
        }
        return options_from_form(form)

    async def start(self) -> Any:
        """Start the server as the service says; raises StartError with a sentence for the user."""
        choice = parse_user_options(self.user_options)
        self._progress_messages = (f"Looking up the environment {choice.environment}.",)
        self.launch = await self._launch_client().resolve(choice)
        self._apply(self.launch)
        self.user.spawner._sent = None
        return await super().start()

    async def progress(self) -> AsyncIterator[dict[str, Any]]:
        """What `start` is doing, for the page that the user sees meanwhile."""
        sent = 0
        while True:
            for message in self._progress_messages[sent:]:
                sent += 1
                yield {"progress": min(30 * sent, 90), "message": message}
            await asyncio.sleep(0.1)

    def _tell(self, message: str) -> None:
        self._progress_messages += (message,)

    def _apply(self, launch: Launch) -> None:
        """Take over image and limits; the operator's own limits hold where the service has none."""
        if self._configured_limits is None:
            self._configured_limits = {"mem_limit": self.mem_limit, "cpu_limit": self.cpu_limit}
        for name, configured in self._configured_limits.items():
            limit = getattr(launch, name)
            setattr(self, name, configured if limit is None else limit)
        # Not by its name, which another Hub on the same engine may have moved.
        self.image = launch.image_id
        self.default_url = launch.default_url
        size = describe_size(launch.mem_limit, launch.cpu_limit)
        self._tell(f"Starting a container{f' with {size}' if size else ''}.")

    def _launch_client(self) -> LaunchClient:
        return LaunchClient(
            url=f"{self.service_url.rstrip('/')}{self._service_prefix()}",
            token=self.service_token,
            timeout=self.service_timeout,
            user=LaunchUser(
                name=self.user.name,
                groups=[group.name for group in self.user.groups],
                admin=self._is_admin(),
            ),
            last_answers=self._last_answers,
            log=self.log,
        )

    def _is_admin(self) -> bool:
        """Whether the service would let the user do everything: the same scopes decide there."""
        held = get_scopes_for(self.user.orm_user)
        return not held.isdisjoint({Scope.ADMIN.value, Scope.HUB_ADMIN.value})

    def _last_environment(self) -> str | None:
        """The environment that was chosen last, where that was one of ours."""
        with suppress(StartError):
            return parse_user_options(self.user_options or {}).environment
        return None

    def _accept_language(self) -> str:
        """What the browser says that looks at the form; the Hub gives its handler to the form."""
        handler = getattr(self, "handler", None)
        return str(handler.request.headers.get("Accept-Language", "")) if handler else ""

    def _service_host(self) -> str:
        """Where browsers reach the service, if the Hub gives services hosts of their own."""
        settings = self.user.settings
        hub = urlsplit(settings.get("subdomain_host") or "")
        if not hub.hostname:
            return ""
        host = settings["subdomain_hook"](self.service_name, hub.hostname, kind="service")
        return f"{hub.scheme}://{host}{f':{hub.port}' if hub.port else ''}"

    def _service_prefix(self) -> str:
        base_url = self.hub.base_url.removesuffix("hub/")
        return str(url_path_join(base_url, "services", self.service_name, "/"))
