"""Connect to the database of a store: SQLite, PostgreSQL, or another one by its SQLAlchemy dialect."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Generator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from sqlalchemy import URL, Engine, ExceptionContext, NullPool, create_engine, event
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from ddmkit.errors import RecordError
from ddmkit.records.address import Location
from ddmkit.records.database.failures import DriverFailure
from ddmkit.records.database.store_file import check_permissions, prepare_file
from ddmkit.records.database.transactions import begin

if TYPE_CHECKING:
    import psycopg

__all__ = ["PATIENCE_S", "make_engine"]

PATIENCE_S = 30.0
"""The longest wait for a lock or a statement, in seconds. SQLite's write lock is unfair, so a writer may wait long."""
_CONNECT_WAIT_S = 10
_CANCEL_WITHIN_S = 5.0
# How often a waiting connection checks its own time limit.
_CHECK_INTERVAL_S = 0.1
# The server's own time-out must arrive before the client closes the connection.
_GRACE = 1.2


def make_engine(location: Location, *, patience_s: float = PATIENCE_S) -> Engine:
    """Return the engine of a store; create a missing SQLite file, readable by its user only.

    The engine does not know the address: only the function that connects reveals it.
    """
    if location.backend == "sqlite":
        prepare_file(location)
        check_permissions(location)
        engine = _engine("sqlite://", lambda: _open_sqlite(location, patience_s))
    elif location.backend == "postgresql":
        connect = _postgresql_connector(location, patience_s)
        engine = _engine("postgresql+psycopg://", connect, isolation_level="READ COMMITTED")
    else:
        connect = _other_connector(location)
        engine = _engine(f"{location.backend}://", connect, isolation_level="READ COMMITTED")
    event.listen(engine, "begin", lambda connection: begin(connection, patience_s))
    event.listen(engine, "handle_error", _refuse_raw_error)
    return engine


def _engine(dialect: str, connect: Callable[[], Any], **options: Any) -> Engine:
    return create_engine(dialect, creator=connect, poolclass=NullPool, hide_parameters=True, **options)


def _refuse_raw_error(context: ExceptionContext) -> None:
    """Replace a driver's exception that is no database error, without the values in its text."""
    error = context.original_exception
    if isinstance(error, UnicodeError | TypeError | ValueError | OverflowError | AttributeError):
        raise DriverFailure(f"the driver failed ({type(error).__name__})") from None


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
