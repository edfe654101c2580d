"""The one kind of error that leaves the spawner on purpose."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup
from tornado.web import HTTPError


class StartError(HTTPError):
    """A server is not started; its message is a sentence for the user.

    The Hub shows `jupyterhub_message` on its pages, in the progress of a start and in its API.
    """

    def __init__(self, status_code: int, message: str, *, log_lines: Sequence[str] = ()) -> None:
        text = "\n".join([message, *log_lines])
        super().__init__(status_code, text)
        self.message = message
        self.jupyterhub_message = text
        if log_lines:
            self.jupyterhub_html_message = Markup("<p>{}</p><pre>{}</pre>").format(
                message, "\n".join(log_lines)
            )

    def __str__(self) -> str:
        # JupyterHub 5.2 shows this.
        return self.jupyterhub_message


class ServiceUnavailable(StartError):
    """The service that knows the environments does not answer."""

    def __init__(self) -> None:
        super().__init__(
            503,
            "The environments service does not answer. Try again in a minute, or tell an admin.",
        )
