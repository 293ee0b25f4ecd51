"""Errors with a meaning: a class each, its docstring the message; `shared/http` alone knows their HTTP status."""

from shared.language import translate


class BadSettings(Exception):
    """A setting makes no sense."""


class Refusal(Exception):
    """The request was refused."""

    def __init__(self, *, field: str | None = None, detail: str | None = None) -> None:
        super().__init__(type(self).__doc__)
        self.field, self.detail = field, detail

    def message(self, language: str) -> str:
        return translate(str(type(self).__doc__).split("\n")[0], language)


class NotFound(Refusal):
    """There is no such thing."""


class Conflict(Refusal):
    """The request does not fit the present state."""


class Invalid(Refusal):
    """The request does not make sense."""


class Unauthenticated(Refusal):
    """Valid credentials are required."""


class Forbidden(Refusal):
    """These credentials do not permit this."""


class UnknownAgency(Invalid):
    """There is no agency with this code."""


class UnknownComplaint(NotFound):
    """No complaint with this id is known."""


class KeyReused(Conflict):
    """This Idempotency-Key has been used for another request."""


class BadCursor(Invalid):
    """This cursor was not given by an earlier page."""
