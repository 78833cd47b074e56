"""What the interface itself refuses, before anything is decided: facts with their data."""

from msgspec import Struct


class Wrong(Struct, frozen=True, omit_defaults=True):
    """One thing that is wrong with a request: what it is, and the JSON pointer or the parameter where it stands."""

    detail: str
    pointer: str | None = None
    parameter: str | None = None


class ApiError(Exception):
    """A request that the interface does not take. `headers` go with the answer."""

    def __init__(self, detail: str, wrong: tuple[Wrong, ...] = (), headers: dict[str, str] | None = None) -> None:
        """Keep the case in words, everything that is wrong, and the headers that the answer needs."""
        super().__init__(detail)
        self.detail = detail
        self.wrong = wrong
        self.headers = headers or {}


class BadRequestError(ApiError):
    """A header, the path or the request as a whole cannot be read."""


class BadBodyError(ApiError):
    """The body is no JSON that is taken here, or does not have the shape that is asked for."""


class BadQueryError(ApiError):
    """Parameters are unknown, repeated or not of their type."""


class NoCredentialsError(ApiError):
    """A key is needed and none, or one that is not good, was given."""


class NotAllowedError(ApiError):
    """The key is good but lacks the scope."""


class NotFoundError(ApiError):
    """There is nothing at this address."""


class NotAcceptableError(ApiError):
    """None of the formats that are accepted can be given."""


class TooLargeError(ApiError):
    """The body is over the route's limit."""


class WrongMediaTypeError(ApiError):
    """The body is not sent as what the route takes."""


class PreconditionFailedError(ApiError):
    """A precondition names a state that cannot be the present one."""


class TooManyRequestsError(ApiError):
    """The rate limit is reached."""


class StillRunningError(ApiError):
    """The first request with this Idempotency-Key is not done."""


class UnavailableError(ApiError):
    """A part of the service that the request needs does not answer."""


class NoLogKeyError(ApiError):
    """The service has no key to sign checkpoints of the log with."""


class LogDiffersError(ApiError):
    """The log is not the one whose checkpoint was signed last, so nothing is signed."""
