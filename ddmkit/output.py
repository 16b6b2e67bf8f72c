"""Lines for people: written in whatever encoding the stream has, and never at the price of what is being done.

``write_line`` is for a line in a notebook or a script, ``say`` for a command, ``steady_output`` for a whole command: a
reader that has gone or a full disk ends what is shown, not what is done.
"""

from __future__ import annotations

import codecs
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from ddmkit.cleaning import clean

__all__ = ["say", "steady_output", "write_line"]

_LEGIBLE = "ddmkit.legible"
# What our own lines hold beside ASCII, and what says the same where an encoding lacks it.
_ALIKE = {
    "\N{CHECK MARK}": "+",
    "\N{BALLOT X}": "x",
    "\N{WHITE CIRCLE}": "o",
    "\N{HORIZONTAL ELLIPSIS}": "...",
    "\N{EN DASH}": "-",
    "\N{EM DASH}": "-",
    "\N{RIGHTWARDS ARROW}": "->",
}


def _replace(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(_ALIKE.get(one, f"<U+{ord(one):04X}>") for one in lacking), error.end


codecs.register_error(_LEGIBLE, _replace)


def write_line(text: str, stream: Any = None) -> None:
    """Write a line, on standard output unless a stream is given; what the stream's encoding lacks is replaced."""
    to = sys.stdout if stream is None else stream
    try:
        print(text, file=to, flush=True)
    except UnicodeEncodeError:
        encoding = getattr(to, "encoding", None) or "ascii"
        print(text.encode(encoding, _LEGIBLE).decode(encoding), file=to, flush=True)


def say(text: object = "", *, error: bool = False) -> None:
    """Write what a command says, cleaned: names, ids and reasons in it may come from anybody."""
    write_line(clean(text), sys.stderr if error else sys.stdout)


class _Steady:
    """A text stream that goes quiet when it can no longer be written, and keeps the reason."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.failure: OSError | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        if self.failure is None:
            try:
                self._stream.write(text)
            except OSError as error:
                self._give_up(error)
        return len(text)

    def flush(self) -> None:
        if self.failure is None:
            try:
                self._stream.flush()
            except OSError as error:
                self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        self.failure = error
        # Python flushes what is left when it ends, and would fail again.
        with suppress(OSError, ValueError), open(os.devnull, "w") as nowhere:  # noqa: PTH123  # written to by number
            os.dup2(nowhere.fileno(), self._stream.fileno())


@contextmanager
def steady_output() -> Iterator[None]:
    """Let everything within write to standard output and error without failing; exit code 1 when something was not shown."""
    before = sys.stdout, sys.stderr
    for stream in before:
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=_LEGIBLE)
    shown = _Steady(sys.stdout)
    sys.stdout, sys.stderr = shown, _Steady(sys.stderr)
    try:
        yield
    except SystemExit as ended:
        if not ended.code:
            _tell_failure(shown)
        raise
    else:
        _tell_failure(shown)
    finally:
        shown.flush()
        sys.stdout, sys.stderr = before


def _tell_failure(shown: _Steady) -> None:
    shown.flush()
    if shown.failure is not None:
        reason = shown.failure.strerror or type(shown.failure).__name__
        say(f"ddmkit: standard output could not be written ({reason}). The command itself was carried out.", error=True)
        raise SystemExit(1)
