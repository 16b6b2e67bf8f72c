"""One transaction on a connection of its own: begin, commit, and close in every case."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from ddmkit.errors import RecordError
from ddmkit.records.database.failures import UnconfirmedCommit

__all__ = ["begin", "in_transaction", "require_unicode"]

Outcome = TypeVar("Outcome")


def in_transaction(engine: Engine, work: Callable[[Connection], Outcome]) -> Outcome:
    """Do the work in one transaction on its own connection, and close the connection in every case.

    Raises ``UnconfirmedCommit`` when the connection was lost during the commit.
    """
    is_done = False
    connection = engine.connect()
    # After an interrupt SQLAlchemy drops the connection without a rollback, so the driver's connection is closed here.
    driver_connection = connection.connection.dbapi_connection
    try:
        transaction = connection.begin()
        outcome = work(connection)
        is_done = True
        transaction.commit()
    except DBAPIError as error:
        if is_done and error.connection_invalidated:
            raise UnconfirmedCommit(error) from None
        raise
    except AssertionError as error:
        if isinstance(error.__context__, KeyboardInterrupt):  # raised by SQLAlchemy when its commit is interrupted
            raise error.__context__ from None
        raise
    finally:
        if driver_connection is not None:
            driver_connection.close()  # rolls an open transaction back
        connection.invalidate()
        connection.close()
    return outcome


def begin(connection: Connection, patience_s: float) -> None:
    """Begin a transaction that waits at most so many seconds for a lock, and on disk before it counts."""
    writes = bool(connection.get_execution_options().get("ddmkit_writes"))
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
    elif connection.dialect.name == "postgresql":
        wait = f"'{round(patience_s * 1000)}ms', true"
        settings = f"set_config('lock_timeout', {wait}), set_config('statement_timeout', {wait})"
        if writes:
            settings += (
                ", set_config('synchronous_commit', CASE current_setting('synchronous_commit') "
                "WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, true)"
            )
        # For this transaction only: a connection pooler shares the session with others.
        connection.exec_driver_sql(f"SELECT {settings}")


def require_unicode(connection: Connection) -> None:
    """Raise ``RecordError`` for a PostgreSQL database that cannot store every character."""
    if connection.dialect.name != "postgresql":
        return
    encoding = str(connection.exec_driver_sql("SHOW server_encoding").scalar_one())
    if encoding != "UTF8":
        raise RecordError(
            f"The database of the record store is encoded in {encoding}, which cannot hold every character. "
            "Nothing was read or written. Use another database: CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0"
        )
