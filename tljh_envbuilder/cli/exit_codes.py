"""What a command's exit code says, for scripts."""

from __future__ import annotations

from enum import IntEnum

from tljh_envbuilder.errors import (
    ConfigurationError,
    Conflict,
    EnvBuilderError,
    ImageNotFound,
    InvalidRequest,
    LoginNeeded,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    PushRefused,
    Unavailable,
)


class ExitCode(IntEnum):
    """The codes, each with what it means."""

    meaning: str

    def __new__(cls, value: int, meaning: str) -> ExitCode:
        """A number that explains itself."""
        code = int.__new__(cls, value)
        code._value_ = value
        code.meaning = meaning
        return code

    DONE = 0, "what was asked for is done"
    FAILED = 1, "it was tried and failed: a build, a pull, a server that ended by itself"
    USAGE = 2, "the command line, or a value in it, is wrong"
    NOT_FOUND = 3, "there is no such environment, image, build or folder"
    NOT_ALLOWED = 4, "the service or the registry wants a login, or refuses the one it was given"
    CONFLICT = 5, "not in the present state: a build runs already, the environment is not ready"
    UNAVAILABLE = 6, "the container engine, the service or the Hub does not answer"
    INTERRUPTED = 130, "Ctrl-C, or SIGTERM"


_CODES: tuple[tuple[type[EnvBuilderError], ExitCode], ...] = (
    (InvalidRequest, ExitCode.USAGE),
    (ConfigurationError, ExitCode.USAGE),
    (NotAuthenticated, ExitCode.NOT_ALLOWED),
    (LoginNeeded, ExitCode.NOT_ALLOWED),
    (PushRefused, ExitCode.NOT_ALLOWED),
    (NotAllowed, ExitCode.NOT_ALLOWED),
    (NotFound, ExitCode.NOT_FOUND),
    (ImageNotFound, ExitCode.NOT_FOUND),
    (Conflict, ExitCode.CONFLICT),
    (Unavailable, ExitCode.UNAVAILABLE),
)


def exit_code(error: EnvBuilderError) -> ExitCode:
    """The code for an error that ends a command."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), ExitCode.FAILED)
