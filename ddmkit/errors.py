"""The one tree of errors, sorted by what a caller would do about them.

::

    DDMKitError                  everything this package raises on purpose
    ├── InputError               refused by us before any request: name the field, mend it, try again
    ├── NotReadyError            a check failed: look at ``.checks``, mend what they name, plan again
    ├── NotConfirmedError        something a person must say is missing: ``.missing`` lists it
    ├── ServiceError             the service refused, or gave an answer that cannot be used
    │   ├── AuthError            it does not know us, or we may not do this: never repeated by itself
    │   ├── BusyError            another operation runs: wait for it, then plan again
    │   └── NotFoundError        what was named does not exist here (or not any more)
    ├── UnreachableError         no connection, or it broke: ``.sent`` says whether the request may have arrived
    ├── UnknownOutcomeError      a restore may or may not have started: ``.record`` and how to go on
    ├── JobFailedError           the service's job ended as failed: ``.job`` with its reason
    ├── JobTimeoutError          we stopped waiting; the job goes on: ``.job``
    └── RecordError              a record or the record store cannot be read, written or trusted

Every message says what was tried, what came back, and what to do next. This module imports nothing of the package but
what cleans text, so that any floor may raise from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from ddmkit.cleaning import clean

__all__ = [
    "AuthError",
    "BusyError",
    "DDMKitError",
    "InputError",
    "JobFailedError",
    "JobTimeoutError",
    "NotConfirmedError",
    "NotFoundError",
    "NotReadyError",
    "RecordError",
    "ServiceError",
    "UnknownOutcomeError",
    "UnreachableError",
    "without_frames",
]

ErrorT = TypeVar("ErrorT", bound="DDMKitError")


class DDMKitError(Exception):
    """The base of every error that ddmkit raises on purpose; anything else is a mistake of ours.

    ``.record`` is what was kept of a submit that ended with this error, or ``None`` where nothing was.
    """

    record: Any = None

    def __str__(self) -> str:
        """Return the message with whatever would steer a terminal, reorder a line or hide spelled out."""
        return clean(super().__str__())


def without_frames(error: ErrorT) -> ErrorT:
    """Return the error without the frames that it came through, and without what it arose from.

    Their variables hold secrets, and verbose tracebacks show variables.
    """
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)


class InputError(DDMKitError):
    """What was given cannot be right, so nothing was sent: ``.field`` names it, ``.fix`` says how to mend it."""

    def __init__(self, problem: str, *, field: str = "", fix: str = "") -> None:
        self.field = field
        self.problem = problem
        self.fix = fix
        named = f"{field}: {problem}" if field else problem
        super().__init__(f"{named} {fix}".rstrip())


class NotReadyError(DDMKitError):
    """A plan was not submitted because a check failed: ``.checks`` holds all of them."""

    def __init__(self, message: str, *, checks: Sequence[Any] = ()) -> None:
        self.checks = tuple(checks)
        super().__init__(message)


class NotConfirmedError(DDMKitError):
    """A plan was not submitted because a person has not said all they must: ``.missing`` lists what."""

    def __init__(self, message: str, *, missing: Sequence[str] = ()) -> None:
        self.missing = tuple(missing)
        super().__init__(message)


class ServiceError(DDMKitError):
    """The service refused a call: ``.status``, ``.code``, ``.service_message``, ``.request_id`` and a likely ``.cause``.

    ``.started`` is ``False`` where the answer promises that nothing was started, ``None`` where it leaves that open.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 0,
        code: str = "",
        service_message: str = "",
        request_id: str = "",
        cause: str = "",
        started: bool | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        self.status = status
        self.code = code
        self.service_message = service_message
        self.request_id = request_id
        self.cause = cause
        self.started = started
        self.retry_after_s = retry_after_s
        super().__init__(message)

    def add_cause(self, cause: str) -> None:
        """Name the most likely cause, found out after the refusal, in ``.cause`` and in the message."""
        self.cause = cause
        self.args = (f"{self} Likely cause: {cause}",)


class AuthError(ServiceError):
    """The service does not accept our credentials, or they do not allow this call. Never repeated by itself."""


class BusyError(ServiceError):
    """Another operation runs on the instance; nothing was started. Wait until it has ended, then plan again."""


class NotFoundError(ServiceError):
    """What was asked for does not exist in this project and region, or not any more."""


class UnreachableError(DDMKitError):
    """The service could not be reached. ``.sent`` is ``False`` only when the request surely never left."""

    def __init__(self, message: str, *, sent: bool = False) -> None:
        self.sent = sent
        super().__init__(message)


class UnknownOutcomeError(DDMKitError):
    """A restore was sent and its answer lost: it may run. ``.record`` holds the evidence, ``.candidates`` jobs it may be.

    ``.said`` is the message without ``ways``, the calls by which one goes on: a page has buttons for them.
    """

    def __init__(self, message: str, *, candidates: Sequence[Any] = (), ways: str = "") -> None:
        self.candidates = tuple(candidates)
        self.said = message
        super().__init__(f"{message} {ways}".rstrip())


class JobFailedError(DDMKitError):
    """The service's job ended as failed: ``.job`` carries its reason."""

    def __init__(self, message: str, *, job: Any = None) -> None:
        self.job = job
        super().__init__(message)


class JobTimeoutError(DDMKitError):
    """We stopped waiting after the time given; the job in the cloud goes on. ``.job`` can be waited for again."""

    def __init__(self, message: str, *, job: Any = None) -> None:
        self.job = job
        super().__init__(message)


class RecordError(DDMKitError):
    """A record, or the store that keeps them, cannot be read, written or trusted."""
