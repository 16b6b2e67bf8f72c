"""How an error's message grows by what happens after the error, and how reads are kept.

A report must never replace the error itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from ddmkit.errors import BusyError, DDMKitError
from ddmkit.records.runs import ClaimConflict
from ddmkit.service.calls import ReadNote

__all__ = ["add_to_message", "add_unwritten", "describe_error", "reads_for_record", "told_as_busy"]


def add_to_message(error: DDMKitError, text: str) -> None:
    """Append a sentence to an error's message."""
    error.args = (f"{error} {text}",)


def add_unwritten(error: DDMKitError, unwritten: Exception) -> None:
    """Append to an error's message that the error could not be recorded."""
    add_to_message(error, f"That could not be written to the record: {unwritten}")


def describe_error(error: Exception) -> str:
    """Return the text of an error of ddmkit, but only the kind of any other: its text may hold data of the record."""
    return str(error) if isinstance(error, DDMKitError) else f"{type(error).__name__}."


def reads_for_record(reads: Iterable[ReadNote]) -> list[dict[str, Any]]:
    """Return reads as the record keeps them."""
    return [asdict(read) for read in reads]


@contextmanager
def told_as_busy(run_id: str) -> Iterator[None]:
    """Turn the conflict of a claim into ``BusyError``: nothing was sent, and the message says who was first."""
    try:
        yield
    except ClaimConflict as conflict:
        error = BusyError(f"{conflict} Nothing was sent. Look at it: kit.resume({conflict.run_id!r}).", started=False)
        error.record = run_id
        raise error from conflict
