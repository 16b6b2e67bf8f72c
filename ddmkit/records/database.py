"""The database under a record store: private files, connections, transactions, time-outs and error messages.

Each transaction opens a connection of its own and closes it. That takes a little time, and makes a store safe to share
between threads and forks, also after a laptop has slept. Nothing here knows what a record is.
"""

from __future__ import annotations

import os
import re
import sqlite3
import stat
import time
import warnings
from collections.abc import Callable, Generator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakSet

from sqlalchemy import URL, Connection, Engine, ExceptionContext, NullPool, create_engine, event
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from ddmkit.errors import RecordError
from ddmkit.records.address import Location, StoreAddress, default_path, locate

if TYPE_CHECKING:
    import psycopg

__all__ = [
    "PATIENCE_S",
    "STORE_ERRORS",
    "default_path",
    "explain_failure",
    "in_transaction",
    "locate",
    "make_engine",
    "require_new_store_is_meant",
    "require_there",
    "require_unicode",
]

PATIENCE_S = 30.0
"""The longest wait for a lock or a statement, in seconds. SQLite's write lock is unfair, so a writer may wait long."""

_CONNECT_WAIT_S = 10
_CANCEL_WITHIN_S = 5.0
# How often a waiting connection checks its own time limit.
_CHECK_INTERVAL_S = 0.1
# The server's own time-out must arrive before the client closes the connection.
_GRACE = 1.2
_STORE_SUFFIXES = frozenset({".sqlite", ".sqlite3", ".db", ".db3"})
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

Outcome = TypeVar("Outcome")


class DriverFailure(Exception):  # noqa: N818  # never leaves this package
    """A driver failed without a database error, for example because it could not encode a value."""


class UnconfirmedCommit(Exception):  # noqa: N818  # never leaves this package
    """The connection was lost during a commit: the transaction may or may not have been written."""

    def __init__(self, cause: DBAPIError) -> None:
        super().__init__()
        self.cause = cause


STORE_ERRORS = (SQLAlchemyError, DriverFailure, UnconfirmedCommit, sqlite3.Error)


# Files ------------------------------------------------------------------------------------------------------------


def require_there(place: StoreAddress | str | Path) -> None:
    """Raise ``RecordError`` when the file of a store does not exist: a typo in its path would create a new store."""
    path = locate(place).path
    if path is not None and not path.exists():
        raise RecordError(f"There is no record store at {path}. Check the name; the first submit or import creates a store.")


def require_new_store_is_meant(address: StoreAddress) -> None:
    """Raise ``RecordError`` when a named file does not exist and its path does not look like that of a new store.

    A new store needs an existing folder and a file name with a suffix of SQLite. Otherwise a typo in the path, or a share
    that is not mounted, would silently create a second, private store.
    """
    path = address.locate().path
    if path is None or not address.is_named or path.exists():
        return
    if not path.parent.is_dir():
        raise RecordError(
            f"There is no record store at {path}, and no folder {path.parent}. Check the name, or create the folder."
        )
    if path.suffix.casefold() not in _STORE_SUFFIXES:
        raise RecordError(
            f"There is no record store at {path}. Check the name; the name of a new store ends in .sqlite or .db."
        )


def _prepare_file(location: Location) -> None:
    path = location.path
    if path is None or location.options.get("mode") in {"ro", "rw"} or location.options.get("immutable") == "1":
        return
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Created here, because SQLite would let everyone read it. Its side files get the same permissions.
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except OSError as error:
        raise RecordError(
            f"Could not create the record store {location.shown}: {error.strerror}. "
            "Make its folder writable, or choose another place with records=."
        ) from None


def _check_permissions(location: Location) -> None:
    """Refuse what is no file, or a file that every user can write; warn when its group can write it.

    A record proves nothing when strangers can write it. A team may share one file through a group; the warning says that
    its members must trust each other.
    """
    if location.path is None or os.name == "nt":
        return
    try:
        mode = location.path.stat().st_mode
    except OSError:
        return  # opening the file reports the problem
    if not stat.S_ISREG(mode):
        raise RecordError(
            f"The record store {location.shown} is a folder, a pipe or a device, and not a file. Nothing was read or "
            "written. Name a file."
        )
    if mode & stat.S_IWOTH:
        raise RecordError(
            f"The record store {location.shown} can be written to by every user of this machine, so nothing in it can be "
            f"trusted. Nothing was read or written. Check its records first, then run: chmod o-w {location.path}"
        )
    if mode & stat.S_IWGRP:
        warnings.warn(
            f"The record store {location.shown} can be written to by its whole group. If that is not intended: chmod g-w "
            f"{location.path}",
            stacklevel=4,
        )


# Engines ----------------------------------------------------------------------------------------------------------


def make_engine(location: Location, *, patience_s: float = PATIENCE_S) -> Engine:
    """Return the engine of a store; create a missing SQLite file, readable by its user only.

    The engine does not know the address: only the function that connects reveals it.
    """
    if location.backend == "sqlite":
        _prepare_file(location)
        _check_permissions(location)
        engine = _engine("sqlite://", lambda: _open_sqlite(location, patience_s))
    elif location.backend == "postgresql":
        connect = _postgresql_connector(location, patience_s)
        engine = _engine("postgresql+psycopg://", connect, isolation_level="READ COMMITTED")
    else:
        connect = _other_connector(location)
        engine = _engine(f"{location.backend}://", connect, isolation_level="READ COMMITTED")
    event.listen(engine, "begin", lambda connection: _begin(connection, patience_s))
    event.listen(engine, "handle_error", _refuse_raw_error)
    return engine


def _engine(dialect: str, connect: Callable[[], Any], **options: Any) -> Engine:
    return create_engine(dialect, creator=connect, poolclass=NullPool, hide_parameters=True, **options)


def _open_sqlite(location: Location, patience_s: float) -> sqlite3.Connection:
    path, options = location.path, {name: value for name, value in location.options.items() if name != "timeout"}
    if path is None:
        raise TypeError("an SQLite store without a file")
    # Never created here, where everyone could read it: a store that was deleted causes an error instead.
    if options.get("mode", "rwc") == "rwc":
        options["mode"] = "rw"
    if not os.access(path.parent, os.W_OK) and not Path(f"{path}-wal").exists():
        # SQLite cannot write side files into this folder. With a WAL file another process has the store open: then its
        # newest entries are in that file, and "immutable" would miss them.
        options |= {"mode": "ro", "immutable": "1"}
    connection = sqlite3.connect(
        f"{path.as_uri()}?{'&'.join(f'{name}={value}' for name, value in options.items())}",
        uri=True,
        timeout=float(location.options.get("timeout", patience_s)),
        check_same_thread=False,
        # Otherwise the driver begins transactions itself, without IMMEDIATE.
        isolation_level=None,
        factory=_SqliteConnection,
    )
    for pragma in ("foreign_keys = ON", "synchronous = FULL"):
        connection.execute(f"PRAGMA {pragma}").close()
    # Fails for a read-only store, and while another process that opens the store sets the mode itself.
    with suppress(sqlite3.OperationalError):
        connection.execute("PRAGMA journal_mode = WAL").close()
    return connection


class _SqliteConnection(sqlite3.Connection):
    """Closes its cursors and ends its transaction when it is closed.

    SQLite itself keeps both, and the write lock, while anything refers to a cursor, for example a traceback.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._made: WeakSet[sqlite3.Cursor] = WeakSet()
        self._is_closed = False
        super().__init__(*arguments, **options)

    def cursor(self, *arguments: Any, **options: Any) -> Any:
        made = super().cursor(*arguments, **options)
        self._made.add(made)
        return made

    def close(self) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        try:
            with suppress(sqlite3.Error):  # interrupted: closing ends the transaction as well
                for cursor in tuple(self._made):
                    cursor.close()
                self.rollback()
        finally:
            super().close()


def _postgresql_connector(location: Location, patience_s: float) -> Callable[[], Any]:
    try:
        import psycopg  # noqa: PLC0415  # an extra
    except ImportError as error:
        raise _no_driver(location, error) from None
    connection_class = _make_limited_connection(psycopg, patience_s * _GRACE)
    defaults = {
        "connect_timeout": str(_CONNECT_WAIT_S),
        "keepalives": "1",
        "keepalives_idle": "10",
        "keepalives_interval": "5",
        "keepalives_count": "3",
        "tcp_user_timeout": str(round(patience_s * 1000)),
        # A connection pooler may send the next statement to another server, which lacks the prepared statement.
        "prepare_threshold": None,
    }
    # No variable of these frames contains the password.
    return _hide_frames(
        lambda: connection_class.connect(**{**defaults, **_revealed_arguments(location), "client_encoding": "UTF8"}),
        psycopg.Error,
    )


def _revealed_arguments(location: Location) -> dict[str, Any]:
    revealed = location.reveal().connect
    return {} if isinstance(revealed, URL) else dict(revealed)


def _hide_frames(connect: Callable[[], Any], driver_error: type[Exception]) -> Callable[[], Any]:
    """Return a function that connects; its errors have no frames of the driver, whose variables contain the password."""

    def connect_hidden() -> Any:
        try:
            return connect()
        except BaseException as error:  # noqa: BLE001  # a traceback of Ctrl-C shows the driver's variables too
            raise _without_inner_frames(error, driver_error) from None

    return connect_hidden


def _without_inner_frames(error: BaseException, driver_error: type[Exception]) -> BaseException:
    error.__cause__ = error.__context__ = None
    if isinstance(error, driver_error) or not isinstance(error, Exception):
        return error.with_traceback(None)
    return DriverFailure(f"the driver failed ({type(error).__name__})")


def _make_limited_connection(driver: Any, limit_s: float) -> type[psycopg.Connection[Any]]:
    """Return a connection class with a time limit for the answer to each statement and COMMIT."""

    class LimitedConnection(driver.Connection):  # type: ignore[misc]  # the driver is an extra
        def wait(self, gen: Generator[Any, Any, Any], *_arguments: Any, **_options: Any) -> Any:
            try:
                # Not the compiled wait function: some versions of it never resume the generator after an interval.
                return driver.waiting.wait_selector(self._limit(gen), self.pgconn.socket, interval=_CHECK_INTERVAL_S)
            except KeyboardInterrupt:
                with suppress(driver.Error):
                    self.cancel_safe(timeout=_CANCEL_WITHIN_S)
                raise

        def _limit(self, gen: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
            deadline = time.monotonic() + limit_s
            try:
                wanted = next(gen)
                while True:
                    ready = yield wanted
                    if not ready and time.monotonic() > deadline:
                        self.close()
                        raise driver.OperationalError(f"the database did not answer for {limit_s:.0f} s")
                    wanted = gen.send(ready)
            except StopIteration as ended:
                return ended.value

    return LimitedConnection


def _other_connector(location: Location) -> Callable[[], Any]:
    """Return the connect function for another database, by its SQLAlchemy dialect."""
    try:
        dialect_class: Any = _revealed_url(location).get_dialect()
        driver = dialect_class.import_dbapi()
        dialect = dialect_class(dbapi=driver)
    except (NoSuchModuleError, ImportError, ArgumentError, AttributeError) as error:
        raise _no_driver(location, error) from None
    return _hide_frames(lambda: _connect_with(dialect, driver, location), driver.Error)


def _connect_with(dialect: Any, driver: Any, location: Location) -> Any:
    positional, named = dialect.create_connect_args(_revealed_url(location))
    return driver.connect(*positional, **named)


def _revealed_url(location: Location) -> URL:
    revealed = location.reveal().connect
    if not isinstance(revealed, URL):
        raise TypeError("an address of another kind")
    return revealed


def _no_driver(location: Location, error: Exception) -> RecordError:
    return RecordError(
        f"There is no driver here for the record store {location.shown} ({type(error).__name__}). "
        "For PostgreSQL run: python -m pip install 'ddmkit[postgres]'"
    )


# Transactions -----------------------------------------------------------------------------------------------------


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


def _begin(connection: Connection, patience_s: float) -> None:
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


# Errors -----------------------------------------------------------------------------------------------------------


def _refuse_raw_error(context: ExceptionContext) -> None:
    """Replace a driver's exception that is no database error, without the values in its text."""
    error = context.original_exception
    if isinstance(error, UnicodeError | TypeError | ValueError | OverflowError | AttributeError):
        raise DriverFailure(f"the driver failed ({type(error).__name__})") from None


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
