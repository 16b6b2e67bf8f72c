"""Writes lines for people, in the encoding of the stream; a stream that fails never stops the work.

``write_line`` writes a line in a notebook or a script, ``say`` a line of a command. ``steady_output`` protects a whole
command: a closed pipe or a full disk ends the output, not the command.
"""

from __future__ import annotations

import codecs
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from ddmkit.cleaning import clean

__all__ = ["say", "steady_output", "write_line"]

_READABLE = "ddmkit.readable"
# The characters beyond ASCII in ddmkit's own lines, and their replacements for encodings without them.
_REPLACEMENTS = {
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
    missing = error.object[error.start : error.end]
    return "".join(_REPLACEMENTS.get(one, f"<U+{ord(one):04X}>") for one in missing), error.end


codecs.register_error(_READABLE, _replace)


def write_line(text: str, stream: Any = None) -> None:
    """Write a line to a stream (standard output by default); characters that its encoding lacks are replaced."""
    to = sys.stdout if stream is None else stream
    try:
        print(text, file=to, flush=True)
    except UnicodeEncodeError:
        encoding = getattr(to, "encoding", None) or "ascii"
        print(text.encode(encoding, _READABLE).decode(encoding), file=to, flush=True)


def say(text: object = "", *, error: bool = False) -> None:
    """Write a line of a command, cleaned, because names, ids and reasons in the line may come from anybody."""
    write_line(clean(text), sys.stderr if error else sys.stdout)


class _SteadyStream:
    """A text stream that discards its input once writing has failed, and keeps the reason in ``failure``."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.failure: OSError | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        self._attempt(lambda: self._stream.write(text))
        return len(text)

    def flush(self) -> None:
        self._attempt(self._stream.flush)

    def _attempt(self, act: Callable[[], object]) -> None:
        if self.failure is not None:
            return
        try:
            act()
        except OSError as error:
            self.failure = error
            # Python flushes the rest when it exits, and would fail again.
            with suppress(OSError, ValueError), open(os.devnull, "w") as nowhere:  # noqa: PTH123  # only its number is used
                os.dup2(nowhere.fileno(), self._stream.fileno())


@contextmanager
def steady_output() -> Iterator[None]:
    """Let the block write to standard output and error without failing.

    Raises ``SystemExit(1)`` at the end if a part of the output was not written.
    """
    before = sys.stdout, sys.stderr
    for stream in before:
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=_READABLE)
    output = _SteadyStream(sys.stdout)
    sys.stdout, sys.stderr = output, _SteadyStream(sys.stderr)
    try:
        yield
    except SystemExit as ended:
        if not ended.code:
            _report_failure(output)
        raise
    else:
        _report_failure(output)
    finally:
        output.flush()
        sys.stdout, sys.stderr = before


def _report_failure(output: _SteadyStream) -> None:
    output.flush()
    if output.failure is not None:
        reason = output.failure.strerror or type(output.failure).__name__
        say(f"ddmkit: standard output could not be written ({reason}). The command itself was carried out.", error=True)
        raise SystemExit(1)
