"""All errors that ddmkit raises on purpose, in one tree, sorted by what a caller does about them.

::

    DDMKitError                  every error that this package raises on purpose
    ├── InputError               ddmkit refused the input before any request: fix ``.field``, try again
    ├── NotReadyError            a check failed: read ``.checks``, fix what they name, plan again
    ├── NotConfirmedError        a person's confirmation is missing: ``.missing`` lists what
    ├── ServiceError             the service refused, or its answer cannot be used
    │   ├── AuthError            the credentials were rejected or do not allow this: ddmkit never retries
    │   ├── BusyError            another operation runs: wait for it, then plan again
    │   └── NotFoundError        the named object does not exist here (or no longer exists)
    ├── UnreachableError         no connection, or it broke: ``.sent`` says whether the request may have arrived
    ├── UnknownOutcomeError      a restore may or may not have started: ``.record``, and how to continue
    ├── JobFailedError           the service's job failed: ``.job`` holds the reason
    ├── JobTimeoutError          ddmkit stopped waiting; the job continues: ``.job``
    └── RecordError              a record or the record store cannot be read, written or trusted

Every message says what was tried, what came back, and what to do next. At run time this module imports only the module
that cleans text, so any layer may raise these errors.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from ddmkit.cleaning import clean

if TYPE_CHECKING:
    from ddmkit.handles.job import RestoreJob
    from ddmkit.handles.record import Record
    from ddmkit.handles.recovery.run import RecoveryRun
    from ddmkit.models import Job
    from ddmkit.restore.checks.result import CheckResult

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
    """The base of every error that ddmkit raises on purpose; any other exception is a bug.

    ``.record`` is the record of the submit that ended with this error, or its id where the record cannot be read, or
    ``None`` where nothing was recorded.
    """

    record: Record | str | None = None

    @property
    def record_id(self) -> str:
        """The id of the record; empty where nothing was recorded."""
        return self.record if isinstance(self.record, str) else self.record.id if self.record is not None else ""

    def __str__(self) -> str:
        """Return the message; control characters and invisible characters are spelled out."""
        return clean(super().__str__())

    def _render_traceback_(self) -> list[str]:
        """Return the lines that a notebook shows of this error: the message, and the line of the cell that led to it.

        IPython asks for them. A page of traceback above the message would hide it. ``%xmode Plain`` or ``%xmode Verbose``,
        and then ``%tb``, show the whole traceback.
        """
        shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
        if shell is not None and shell.InteractiveTB.mode != "Context":
            whole: list[str] = shell.InteractiveTB.structured_traceback(type(self), self, self.__traceback__)
            return whole
        lines = [f"\x1b[31m{type(self).__name__}\x1b[39m: {self}", *map(clean, getattr(self, "__notes__", ()))]
        for frame, line in traceback.walk_tb(self.__traceback__):
            if frame.f_globals.get("__name__") == "__main__":
                place = frame.f_code.co_name
                lines.append(f"Raised from line {line} of " + ("this cell." if place == "<module>" else f"{place}()."))
        return lines


def without_frames(error: ErrorT) -> ErrorT:
    """Return the error without its traceback, cause and context.

    The variables of those frames hold secrets, and verbose tracebacks show variables.
    """
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)


class InputError(DDMKitError):
    """An input is wrong, so nothing was sent: ``.field`` names the input, ``.fix`` says how to correct it.

    ``.instants`` are the instants to choose from instead, if the input is a local time that happened twice or never, or in
    the form a time that lies in no restorable range.
    """

    def __init__(self, problem: str, *, field: str = "", fix: str = "", instants: Sequence[datetime] = ()) -> None:
        self.field = field
        self.instants = tuple(instants)
        self.problem = problem
        self.fix = fix
        named = f"{field}: {problem}" if field else problem
        super().__init__(f"{named} {fix}".rstrip())


class NotReadyError(DDMKitError):
    """A plan was not submitted because a check failed: ``.checks`` holds the results of all checks."""

    def __init__(self, message: str, *, checks: Sequence[CheckResult] = ()) -> None:
        self.checks = tuple(checks)
        super().__init__(message)


class NotConfirmedError(DDMKitError):
    """A plan was not submitted because confirmations are missing: ``.missing`` lists them."""

    def __init__(self, message: str, *, missing: Sequence[str] = ()) -> None:
        self.missing = tuple(missing)
        super().__init__(message)


class ServiceError(DDMKitError):
    """The service refused a call: ``.status``, ``.code``, ``.service_message``, ``.request_id`` and a likely ``.cause``.

    ``.started`` is ``False`` if the answer guarantees that nothing was started, and ``None`` if it does not say.
    ``.retry_after_s`` is the pause in seconds that the service asks for, if any.
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
        """Add the most likely cause, found after the refusal, to ``.cause`` and to the message."""
        self.cause = cause
        self.args = (f"{self} Likely cause: {cause}",)


class AuthError(ServiceError):
    """The service does not accept the credentials, or they do not allow this call. ddmkit never retries it."""


class BusyError(ServiceError):
    """Another operation runs on the instance; nothing was started. Wait until that operation has ended, then plan again."""


class NotFoundError(ServiceError):
    """The requested object does not exist in this project and region, or no longer exists."""


class UnreachableError(DDMKitError):
    """The service could not be reached. ``.sent`` is ``False`` only if the request certainly was not sent."""

    def __init__(self, message: str, *, sent: bool = False) -> None:
        self.sent = sent
        super().__init__(message)


class UnknownOutcomeError(DDMKitError):
    """A restore was sent and its answer was lost, so the restore may be running.

    ``.record`` holds the evidence, ``.candidates`` the jobs that may be this restore. ``.said`` is the message without
    ``ways``, the Python calls that continue from here: a form has buttons for them.
    """

    def __init__(self, message: str, *, candidates: Sequence[Job] = (), ways: str = "") -> None:
        self.candidates = tuple(candidates)
        self.said = message
        super().__init__(f"{message} {ways}".rstrip())


class JobFailedError(DDMKitError):
    """The service's job failed: ``.job`` holds the reason."""

    def __init__(self, message: str, *, job: RestoreJob | RecoveryRun | Job | None = None) -> None:
        self.job = job
        super().__init__(message)


class JobTimeoutError(DDMKitError, TimeoutError):
    """We stopped waiting after the time given; the job in the cloud goes on. ``.job`` can be waited for again."""

    def __init__(self, message: str, *, job: RestoreJob | RecoveryRun | Job | tuple[Job, ...] | None = None) -> None:
        self.job = job
        super().__init__(message)


class RecordError(DDMKitError):
    """A record or the record store cannot be read, written or trusted."""
