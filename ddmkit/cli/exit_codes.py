"""Exit codes: 0 done, 1 refused or failed, 3 outcome unknown, 4 not finished in time, 130 interrupted, 143 terminated.

Typer itself ends with 2 for wrong usage. ``exit_codes`` is the one place that turns an expected error into a message and a
code; a bug stays a traceback.
"""

from __future__ import annotations

import errno
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Never

import typer
from typer.core import TyperGroup

from ddmkit.errors import DDMKitError, JobTimeoutError, UnknownOutcomeError
from ddmkit.output import say

__all__ = ["Commands", "Terminated", "exit_codes", "raise_on_sigterm"]

# Failures that a path or port from the user can cause; any other error of the system without a file name is a bug.
_EXPECTED = {
    errno.EADDRINUSE,
    errno.EADDRNOTAVAIL,
    errno.ENAMETOOLONG,
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EROFS,
    errno.EMFILE,
}


class Terminated(KeyboardInterrupt):
    """SIGTERM arrived. Handled like Ctrl-C, so that everything is closed on the way."""


class Commands(TyperGroup):
    """The command line, with exit codes for expected errors."""

    def invoke(self, ctx: Any) -> Any:
        """Run the chosen command and turn an expected error into its exit code."""
        with exit_codes():
            return super().invoke(ctx)


def raise_on_sigterm() -> None:
    """Raise ``Terminated`` on SIGTERM. Call in the main thread."""
    signal.signal(signal.SIGTERM, _raise_terminated)


def _raise_terminated(_number: int, _frame: FrameType | None) -> Never:
    raise Terminated


@contextmanager
def exit_codes() -> Iterator[None]:
    """Turn an expected error into one message on standard error and an exit code."""
    try:
        yield
    except UnknownOutcomeError as error:
        raise _exit(3, f"outcome unknown: {error}") from error
    except JobTimeoutError as error:
        raise _exit(4, str(error)) from error
    except DDMKitError as error:
        raise _exit(1, str(error)) from error
    except Terminated as error:
        raise _exit(143, _with_notes("terminated by a signal.", error)) from error
    except KeyboardInterrupt as error:
        raise _exit(130, _with_notes("interrupted.", error)) from error
    except OSError as error:
        if error.filename is None and error.errno not in _EXPECTED:
            raise
        name = f"{error.filename}: " if error.filename is not None else ""
        reason = error.strerror or type(error).__name__
        raise _exit(1, f"{name}{reason}. The command was not finished; choose another path.") from error


def _with_notes(message: str, error: BaseException) -> str:
    """Return a message with what was noted about an interruption: what has left, and how to go on."""
    return " ".join([message, *getattr(error, "__notes__", ())])


def _exit(code: int, message: str) -> typer.Exit:
    say(f"ddmkit: {message}", error=True)
    return typer.Exit(code)
