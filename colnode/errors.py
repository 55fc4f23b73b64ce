"""The one exception tree. Each error has a message that a city clerk can act on, and a status.

Messages are English templates; web and cli translate the template, then fill in the parameters.
Mark a template with `_` so that the translation tools find it.
"""

from collections.abc import Mapping

__all__ = [
    "ColnodeError",
    "ConfigurationError",
    "Conflict",
    "Forbidden",
    "Gone",
    "Invalid",
    "NotFound",
    "ReadOnly",
    "Refused",
    "SignInNeeded",
    "Throttled",
    "TooLarge",
    "Unavailable",
    "Untrusted",
    "Withdrawn",
    "_",
]


def _(template: str) -> str:
    """Mark a message template for translation; returns it unchanged."""
    return template


class ColnodeError(Exception):
    """Something went wrong that a person can be told about.

    `message` is an English template with {name} fields, filled from `parameters`. `code` is a
    stable word for programs (the end of the problem type in RFC 9457 documents).
    """

    status = 500
    code = "error"

    def __init__(self, message: str, /, **parameters: object) -> None:
        super().__init__(message)
        self.message = message
        self.parameters = parameters

    def __str__(self) -> str:
        return self.message.format(**self.parameters) if self.parameters else self.message


class Invalid(ColnodeError):
    """What was sent cannot be accepted. `fields` names each wrong field with its own message."""

    status = 422
    code = "invalid"

    def __init__(
        self, message: str, /, fields: Mapping[str, str] | None = None, **parameters: object
    ) -> None:
        super().__init__(message, **parameters)
        self.fields = dict(fields or {})


class NotFound(ColnodeError):
    """There is no such thing, or the asker may not know of it."""

    status = 404
    code = "not-found"


class Gone(ColnodeError):
    """It existed and will not come back."""

    status = 410
    code = "gone"


class SignInNeeded(ColnodeError):
    """Nobody is signed in and the permission asks for somebody."""

    status = 401
    code = "sign-in-needed"


class Forbidden(ColnodeError):
    """The person is known and may not do this."""

    status = 403
    code = "forbidden"


class Refused(ColnodeError):
    """A rule of the city or of a plugin says no; the message is the reason."""

    status = 409
    code = "refused"


class Conflict(ColnodeError):
    """Somebody else changed it first, or it exists already."""

    status = 409
    code = "conflict"


class TooLarge(ColnodeError):
    """More bytes, rows or pixels than the stated limit."""

    status = 413
    code = "too-large"


class Throttled(ColnodeError):
    """Too many tries. `retry_after_seconds` says when to come back."""

    status = 429
    code = "throttled"

    def __init__(self, message: str, /, retry_after_seconds: int, **parameters: object) -> None:
        super().__init__(message, retry_after_seconds=retry_after_seconds, **parameters)
        self.retry_after_seconds = retry_after_seconds


class Unavailable(ColnodeError):
    """Another machine could not be reached or did not answer in time."""

    status = 503
    code = "unavailable"


class ReadOnly(ColnodeError):
    """This city may only be read for now; the message says why and what the operator does."""

    status = 503
    code = "read-only"


class Withdrawn(Unavailable):
    """An address answered 410 Gone (RFC 9110 section 15.5.11); `body` is what it said with it."""

    def __init__(self, message: str, /, body: bytes = b"", **parameters: object) -> None:
        super().__init__(message, **parameters)
        self.body = body


class Untrusted(ColnodeError):
    """Something from outside failed its proof. Never stored, never shown."""

    status = 502
    code = "untrusted"


class ConfigurationError(ColnodeError):
    """The configuration, the database or the machine is not ready; the message says what to do."""

    status = 500
    code = "configuration"
