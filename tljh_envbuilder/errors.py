"""What went wrong, in our words: the only place that knows the HTTP status of an error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one field of a request; an empty `field` means the request as a whole."""

    field: str
    message: str


class EnvBuilderError(Exception):
    """Base of the errors raised on purpose; its message is one sentence that is safe to show."""

    http_status = 500

    def __init__(self, message: str, *, errors: Sequence[FieldError] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.errors = tuple(errors)


class InvalidRequest(EnvBuilderError):
    """What was asked is wrong; `errors` says which field and why."""

    http_status = 400

    @classmethod
    def for_field(cls, field: str, message: str) -> InvalidRequest:
        """The error of a single field."""
        return cls(message, errors=[FieldError(field, message)])


class NotAuthenticated(EnvBuilderError):
    """Nobody the Hub knows is asking."""

    http_status = 401


class NotAllowed(EnvBuilderError):
    """The caller is known, and may not do this."""

    http_status = 403


class NotFound(EnvBuilderError):
    """There is no such thing, or the caller may not see it."""

    http_status = 404


class EnvironmentNotFound(NotFound):
    """No environment has this name, or the caller may not see it: one sentence for both."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no environment {name}, or it is not shared with you.")


class BuildNotFound(NotFound):
    """No build has this id, or the caller may not see its environment: one sentence for both."""

    def __init__(self, build_id: int) -> None:
        super().__init__(f"There is no build {build_id}.")


class Conflict(EnvBuilderError):
    """The request is fine, but not in the present state of things."""

    http_status = 409


class NameTaken(Conflict):
    """Another environment has this name."""


class BuildInProgress(Conflict):
    """The environment has a build that is queued or running."""


class BuildEnded(Conflict):
    """The build has ended, so that it can no longer be cancelled."""


class EnvironmentInUse(Conflict):
    """Servers run from the environment."""


class NotReady(Conflict):
    """The environment has no image to start from yet."""


class Unavailable(EnvBuilderError):
    """Something that this service needs does not answer."""

    http_status = 503


class EngineUnavailable(Unavailable):
    """The container engine does not answer."""


class HubUnavailable(Unavailable):
    """The Hub does not answer."""


class RegistryUnavailable(Unavailable):
    """A registry of images does not answer."""


class RegistryRefused(EnvBuilderError):
    """A registry of images answers, and says no."""


class DatabaseUnavailable(Unavailable):
    """The database does not answer."""


class DiskFull(Unavailable):
    """There is too little space on a disk that builds need."""


class BuildFailed(EnvBuilderError):
    """A build cannot go on; the message becomes its `error`."""


class FetchFailed(BuildFailed):
    """The repository could not be fetched or made into a build context."""


class FetchWorkerDied(FetchFailed):
    """The fetch worker was killed: by the machine for want of memory, or by a person."""


class CredentialsLost(FetchFailed):
    """There are credentials for the repository, and they cannot be used."""


class ImageBuildFailed(BuildFailed):
    """The engine could not build the image."""


class PullFailed(BuildFailed):
    """An image that the build starts from could not be pulled."""


class ImageNotFound(PullFailed):
    """The registry has no such image."""


class LoginNeeded(PullFailed):
    """The registry wants a login for the image, or another one."""

    def __init__(self, message: str, *, registry: str) -> None:
        super().__init__(message)
        self.registry = registry


class PushFailed(EnvBuilderError):
    """An image could not be pushed."""


class PushRefused(PushFailed):
    """The registry wants a login for the push, or another one: trying again will not help."""

    def __init__(self, message: str, *, registry: str) -> None:
        super().__init__(message)
        self.registry = registry


class ImageNotUsable(BuildFailed):
    """The image was built, but a Hub server cannot run from it."""


class ConfigurationError(EnvBuilderError):
    """A setting is wrong; the service does not start."""
