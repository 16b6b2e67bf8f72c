"""How an error's message grows by what happens after the error: a report must never replace the error itself."""

from __future__ import annotations

from ddmkit.errors import DDMKitError

__all__ = ["add_to_message", "add_unwritten", "describe_error"]


def add_to_message(error: DDMKitError, text: str) -> None:
    """Append a sentence to an error's message."""
    error.args = (f"{error} {text}",)


def add_unwritten(error: DDMKitError, unwritten: Exception) -> None:
    """Append to an error's message that the error could not be recorded."""
    add_to_message(error, f"That could not be written to the record: {unwritten}")


def describe_error(error: Exception) -> str:
    """Return the text of an error of ddmkit, but only the kind of any other: its text may hold data of the record."""
    return str(error) if isinstance(error, DDMKitError) else f"{type(error).__name__}."
