"""How a command ends: 0 done, 1 refused or failed, 3 outcome unknown, 4 not finished in time, 130 interrupted, 143 ended.

Wrong usage (2) is the command line's own. ``Commands`` is the one place where an expected failure becomes a sentence; a
mistake of ours stays a traceback.
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

# What a place can fail with that is named by hand; any other error of the system is a mistake of ours.
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
    """The process was asked to end (SIGTERM); handled as Ctrl-C is, so that everything is closed on the way."""


class Commands(TyperGroup):
    """The command line as a whole."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for; see the module's own words for how it ends."""
        with exit_codes():
            return super().invoke(ctx)


def raise_on_sigterm() -> None:
    """Let SIGTERM end the command in order. Only in a program's main thread."""
    signal.signal(signal.SIGTERM, _raise_terminated)


def _raise_terminated(_number: int, _frame: FrameType | None) -> Never:
    raise Terminated


@contextmanager
def exit_codes() -> Iterator[None]:
    """Turn an expected failure into one message on standard error and an exit code."""
    try:
        yield
    except UnknownOutcomeError as error:
        raise _exit(3, f"outcome unknown: {error}") from error
    except JobTimeoutError as error:
        raise _exit(4, str(error)) from error
    except DDMKitError as error:
        raise _exit(1, str(error)) from error
    except Terminated as error:
        raise _exit(143, "ended by a signal.") from error
    except KeyboardInterrupt as error:
        raise _exit(130, "interrupted.") from error
    except OSError as error:
        if error.filename is None and error.errno not in _EXPECTED:
            raise
        named = f"{error.filename}: " if error.filename is not None else ""
        raise _exit(
            1, f"{named}{error.strerror or type(error).__name__}. The command was not finished; name another place."
        ) from error


def _exit(code: int, message: str) -> typer.Exit:
    say(f"ddmkit: {message}", error=True)
    return typer.Exit(code)
