"""Asks the service what a user may launch, and what a choice means."""

from __future__ import annotations

import json
import logging
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from tornado.httpclient import HTTPClientError, HTTPResponse
from tornado.simple_httpclient import SimpleAsyncHTTPClient

from tljh_envbuilder.models.launch import (
    Launch,
    LaunchOptions,
    LaunchQuery,
    LaunchRequest,
    LaunchUser,
)
from tljh_envbuilder.spawner.errors import ServiceUnavailable, StartError
from tljh_envbuilder.spawner.user_options import UserOptions

Answer = TypeVar("Answer", bound=BaseModel)

#: The last good answers, by what was asked; oldest first.
LastAnswers = MutableMapping[tuple[str, ...], bytes]

#: Enough for each user of a large Hub; one answer is some kilobytes.
MAX_LAST_ANSWERS = 2000


@dataclass(frozen=True)
class LaunchClient:
    """The service's `api/launch/`, for one user.

    Servers go on starting while the service restarts: where it does not answer, the last good
    answer to the same question serves. A refusal is an answer, and makes that one forgotten.
    """

    url: str  # of the service, with its prefix
    token: str
    timeout: float  # seconds
    user: LaunchUser
    last_answers: LastAnswers
    log: logging.Logger | logging.LoggerAdapter[logging.Logger]

    async def options(self, selected: str | None = None) -> LaunchOptions:
        """What the user may choose from; `selected` is among it, if they may."""
        query = LaunchQuery(user=self.user, selected=selected)
        return await self._ask("options", query, LaunchOptions)

    async def resolve(self, choice: UserOptions) -> Launch:
        """Image, limits and home to start the choice with."""
        request = LaunchRequest(user=self.user, **choice.model_dump())
        return await self._ask("resolve", request, Launch, choice.model_dump_json())

    async def _ask(
        self, question: str, request: BaseModel, answer_type: type[Answer], *about: str
    ) -> Answer:
        """Raises StartError with the service's own message where it refuses."""
        key = (self.url, question, self.user.name, *about)
        try:
            body = await self._post(question, request)
            answer = answer_type.model_validate_json(body)
        except (ServiceUnavailable, ValidationError) as error:
            last = self.last_answers.get(key)
            if last is None:
                self.log.error("The environments service gave no answer at %s: %s", self.url, error)
                raise ServiceUnavailable from None
            self.log.warning("The environments service gave no answer; the last one serves.")
            return answer_type.model_validate_json(last)
        except StartError:
            self.last_answers.pop(key, None)
            raise
        self.last_answers.pop(key, None)
        if len(self.last_answers) >= MAX_LAST_ANSWERS:
            del self.last_answers[next(iter(self.last_answers))]
        self.last_answers[key] = body
        return answer

    async def _post(self, question: str, request: BaseModel) -> bytes:
        try:
            # Of its own: the Hub's shared client serves ten requests at once, whatever they are.
            response = await SimpleAsyncHTTPClient(force_instance=True).fetch(
                f"{self.url}api/launch/{question}",
                method="POST",
                headers={
                    "Authorization": f"token {self.token}",
                    "Content-Type": "application/json",
                },
                body=request.model_dump_json(),
                connect_timeout=self.timeout,
                request_timeout=self.timeout,
                follow_redirects=False,
                raise_error=False,
            )
        except (HTTPClientError, OSError) as error:
            self.log.debug("%s: %s", self.url, error)
            raise ServiceUnavailable from error
        if response.code == 200:
            return response.body
        raise _refusal(response)


def _refusal(response: HTTPResponse) -> StartError:
    """The service's own words; anything but a refusal in its form is taken for no answer."""
    if response.code >= 500 or response.code < 400:
        return ServiceUnavailable()
    try:
        message = json.loads(response.body)["message"]
    except (ValueError, KeyError, TypeError):
        return ServiceUnavailable()
    return StartError(response.code, str(message))
