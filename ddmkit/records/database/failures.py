"""What goes wrong in a database, as errors without secrets that say what to do."""

from __future__ import annotations

import re
import sqlite3

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from ddmkit.errors import RecordError
from ddmkit.records.address import Location

__all__ = ["STORE_ERRORS", "DriverFailure", "UnconfirmedCommit", "explain_failure"]

_ADVICE = (
    (
        "permission denied for schema",
        "Its user may not create tables: let the database's owner run GRANT USAGE, CREATE ON SCHEMA public TO that user.",
    ),
    (
        "permission denied for (table|relation|sequence|function|view)",
        "Another user made its tables: let that user run GRANT ALL ON ALL TABLES, and ON ALL SEQUENCES, IN SCHEMA public.",
    ),
    ("readonly|read-only|permission denied", "It can be read but not written: choose another place with records=."),
    ("disk is full|disk full|no space left|disk i/o", "Make room there, or choose another place with records=."),
    ("locked|lock timeout|lock_timeout", "Another process holds it: try again when that one has finished."),
    ("statement timeout|did not answer|timeout expired|timed out", "It is overloaded or cut off: try again later."),
    ("unable to open", "Check that its folder exists and may be read and written."),
    (
        "not a database|malformed|no such (table|column)|already exists|relation .* does not exist",
        "It is no record store, or a damaged one: restore the file, or choose another.",
    ),
    ("append-only", "A record is never changed: append to it instead."),
    ("", "Check that the database exists and that its address, user and password are right."),
)


class DriverFailure(Exception):  # noqa: N818  # never leaves this package
    """A driver failed without a database error, for example because it could not encode a value."""


class UnconfirmedCommit(Exception):  # noqa: N818  # never leaves this package
    """The connection was lost during a commit: the transaction may or may not have been written."""

    def __init__(self, cause: DBAPIError) -> None:
        super().__init__()
        self.cause = cause


STORE_ERRORS = (SQLAlchemyError, DriverFailure, UnconfirmedCommit, sqlite3.Error)


def explain_failure(doing: str, error: Exception, location: Location) -> RecordError:
    """Return a database's error as a ``RecordError`` without secrets.

    Raise the result outside of the ``except`` block of the driver's error, whose frames may contain the address.
    """
    unconfirmed = isinstance(error, UnconfirmedCommit)
    reason = _reason(error.cause if isinstance(error, UnconfirmedCommit) else error, location)
    advice = next(advice for pattern, advice in _ADVICE if re.search(pattern, reason, re.IGNORECASE))
    said = f"Could not {doing} in the record store {location.shown}: {reason}. {advice}"
    if unconfirmed:
        said += (
            " The connection was lost during the commit, so it may or may not have been written: check before you repeat it."
        )
    return RecordError(said)


def _reason(error: Exception, location: Location) -> str:
    if isinstance(error, DBAPIError) and error.orig:
        said = str(error.orig)
    else:
        said = type(error).__name__ if isinstance(error, SQLAlchemyError) else str(error)
    for secret in location.secrets:
        said = said.replace(secret, "***")
    return " ".join(said.split()).rstrip(".?! ")
