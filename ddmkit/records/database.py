"""Where a record store is, and how to reach it: addresses, private files, connections, and errors in plain words.

A connection is opened for each transaction and closed after it. That costs a moment and makes a store safe to share
between threads and forks, and indifferent to a laptop's sleep. Nothing here knows what a record is.
"""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from platformdirs import user_data_dir
from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from ddmkit.errors import RecordError

__all__ = ["default_path", "locate", "make_engine", "require_there", "say_problems", "show_url", "url_secrets"]

_CONNECT_WAIT_S = 10
# SQLite lets whoever asks at the right moment write: of fifty at once one can be passed over for long.
_WAIT_S = 30
_SECRET_OPTION = re.compile(r"pass|pwd|secret|token|key|credential", re.IGNORECASE)
_ADVICE = (
    ("readonly|read-only|permission denied", "It can be read but not written: choose another place with records=."),
    ("disk is full|disk full|no space left|disk i/o", "Make room there, or choose another place with records=."),
    ("locked|lock timeout|lock_timeout", "Another process holds it: try again when that one has finished."),
    ("unable to open", "Check that its folder exists and may be read and written."),
    ("not a database|malformed", "It is no record store, or a damaged one: bring the file back or choose another."),
    ("append-only", "What a record holds is never changed: append to it instead."),
    ("", "Check that the database is there and that its address, user and password are right."),
)


def default_path() -> Path:
    """Give the place of the record store when none is named: the user's data folder."""
    return Path(user_data_dir("ddmkit", appauthor=False)) / "records.sqlite"


def locate(place: str | Path | None) -> URL:
    """Read where the records are: a SQLAlchemy URL, the path of an SQLite file, or ``None`` for the default.

    Raises ``RecordError`` for what is no address, and for a database in memory, whose records would be gone.
    """
    if place is None or isinstance(place, Path) or "://" not in place:
        path = default_path() if place is None else Path(place).expanduser()
        return URL.create("sqlite", database=str(path.absolute()))
    try:
        url = make_url(place)
    except (ArgumentError, ValueError):
        # The text is not repeated: it may hold a password.
        raise RecordError(
            "The address of the record store (records= or DDMKIT_RECORDS) cannot be read. "
            "Write a path, or a URL such as postgresql://user:password@host:5432/database."
        ) from None
    if url.drivername in {"postgres", "postgresql"}:
        url = url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() == "sqlite" and _is_in_memory(url):
        raise RecordError("Records kept in memory would be lost. Name a file with records=, or leave it out.")
    return url


def require_there(place: str | Path) -> None:
    """Raise ``RecordError`` when the place is of a file that is not there: a slip of the pen would make a new store."""
    url = locate(place)
    path = _file_of(url) if url.get_backend_name() == "sqlite" else None
    if path is not None and not path.exists():
        raise RecordError(
            f"There is no record store at {path}. Check the name; a store is made by the first submit or import."
        )


def _is_in_memory(url: URL) -> bool:
    return not url.database or ":memory:" in url.database or url.query.get("mode") == "memory"


def show_url(url: URL) -> str:
    """Give the address as it may be shown: passwords, and options that look like one, are hidden."""
    hidden = dict.fromkeys(_secret_options(url), "***")
    # The rendering would escape the asterisks.
    return url.update_query_dict(hidden).render_as_string(hide_password=True).replace("%2A%2A%2A", "***")


def url_secrets(url: URL) -> tuple[str, ...]:
    """Give what must never be seen of an address: its password, and options that look like one."""
    values = [str(url.password or "")]
    for option in _secret_options(url).values():
        values += [option] if isinstance(option, str) else option
    return tuple(value for value in values if value)


def _secret_options(url: URL) -> dict[str, str | tuple[str, ...]]:
    return {key: value for key, value in url.query.items() if _SECRET_OPTION.search(key)}


def make_engine(url: URL) -> Engine:
    """Make the engine for a store's address; for an SQLite file that is not there yet, its private place too."""
    is_sqlite = url.get_backend_name() == "sqlite"
    if is_sqlite:
        _refuse_passwords(url)
        _prepare_file(url)
    try:
        engine = create_engine(
            url.difference_update_query(_secret_options(url)),
            poolclass=NullPool,
            hide_parameters=True,
            connect_args=_connect_arguments(url),
        )
    except (NoSuchModuleError, ModuleNotFoundError, ArgumentError, TypeError) as error:
        raise RecordError(
            f"There is no driver here for the record store {show_url(url)} ({type(error).__name__}). "
            "For PostgreSQL run: python -m pip install 'ddmkit[postgres]'"
        ) from None
    if is_sqlite:
        event.listen(engine, "do_connect", _read_as_it_lies)
        event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin)
    return engine


def _refuse_passwords(url: URL) -> None:
    options = ", ".join(sorted(_secret_options(url)))
    if options and url.get_driver_name() == "pysqlite":
        raise RecordError(
            f"The record store {show_url(url)} is a file of SQLite, which knows no option {options}. "
            "Take it out of the address; who may read the file is for its rights to say."
        )


def _connect_arguments(url: URL) -> dict[str, Any]:
    # Options that are secrets go past the engine, whose address is easily shown.
    return {**_secret_options(url), **_waiting(url)}


def _waiting(url: URL) -> dict[str, Any]:
    if url.get_backend_name() == "sqlite":
        return {"timeout": _WAIT_S, "check_same_thread": False}
    if url.get_backend_name() == "postgresql" and "connect_timeout" not in url.query:
        return {"connect_timeout": _CONNECT_WAIT_S}
    return {}


def _prepare_file(url: URL) -> None:
    path = _file_of(url)
    if path is None:
        return
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Made by us first: SQLite would let everyone read it. Its side files take over these rights.
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except OSError as error:
        raise RecordError(
            f"Could not make the record store {show_url(url)}: {error.strerror}. "
            "Make its folder writable, or choose another place with records=."
        ) from None


def _file_of(url: URL) -> Path | None:
    """Give the file that may have to be made, or ``None`` where nothing is to be made."""
    database = url.database or ""
    if not database.startswith("file:"):
        return Path(database)
    if url.query.get("mode") in {"ro", "rw"} or url.query.get("immutable"):
        return None
    return Path(unquote(re.sub(r"^file:(//)?", "", database).partition("?")[0]))


def _read_as_it_lies(_dialect: Any, _record: Any, arguments: list[Any], parameters: dict[str, Any]) -> None:
    """Let a store in a folder that cannot be written be read: SQLite itself would want to put files beside it.

    Not while another process has it open, whose newest entries stand in such a file.
    """
    path = Path(arguments[0])
    if not parameters.get("uri") and not os.access(path.parent, os.W_OK) and not Path(f"{path}-wal").exists():
        arguments[0] = f"{path.as_uri()}?mode=ro&immutable=1"
        parameters["uri"] = True


def _prepare_sqlite(connection: Any, _: Any) -> None:
    # The driver would begin transactions by itself, and too late for IMMEDIATE.
    connection.isolation_level = None
    for pragma in ("foreign_keys = ON", "synchronous = FULL"):
        connection.execute(f"PRAGMA {pragma}").close()
    # A read-only store stays as it is, and one that others are just opening gets its journal from them.
    with suppress(sqlite3.OperationalError):
        connection.execute("PRAGMA journal_mode = WAL").close()


def _begin(connection: Connection) -> None:
    writes = bool(connection.get_execution_options().get("ddmkit_writes"))
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
    elif connection.dialect.name == "postgresql" and writes:
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_WAIT_S}s'")


@contextmanager
def say_problems(doing: str, url: URL) -> Iterator[None]:
    """Turn whatever the database says against the block into one ``RecordError``, without secrets.

    The driver's own error is not chained: it may carry the address or what was to be written.
    """
    try:
        yield
    except SQLAlchemyError as error:
        reason = _reason(error, url)
        advice = next(advice for pattern, advice in _ADVICE if re.search(pattern, reason, re.IGNORECASE))
        raise RecordError(f"Could not {doing} in the record store {show_url(url)}: {reason}. {advice}") from None


def _reason(error: SQLAlchemyError, url: URL) -> str:
    said = str(error.orig) if isinstance(error, DBAPIError) and error.orig else type(error).__name__
    for secret in url_secrets(url):
        said = said.replace(secret, "***")
    return " ".join(said.split()).rstrip(".?! ")
