"""The file of a world: opened or created as one piece, read and written in transactions, by several processes at once.

It knows tables and rows but not what they mean; scenarios fill it and the world shapes it.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import astuple, fields
from pathlib import Path
from typing import Any, TypeVar

from ddmkit.simulator.storage.schema import Account, Attachment, Backup, DataNode, Instance, Job, Noun, Schema, Shard

__all__ = ["TABLES", "Storage", "open_storage"]

N = TypeVar("N", bound=Noun)
T = TypeVar("T")

TABLES: Mapping[type[Noun], str] = {
    Instance: "instances",
    DataNode: "data_nodes",
    Attachment: "attachments",
    Schema: "schemas",
    Shard: "shards",
    Account: "accounts",
    Backup: "backups",
    Job: "jobs",
}
COLUMNS = {noun: tuple(field.name for field in fields(noun)) for noun in TABLES}
FLAGS = {noun: {place for place, field in enumerate(fields(noun)) if field.type == "bool"} for noun in TABLES}
KEYS = {"instances", "data_nodes", "schemas", "backups", "jobs"}
INDEXES = (
    "CREATE INDEX backups_by_time ON backups (created DESC, id)",
    "CREATE INDEX backups_by_instance ON backups (instance_id, created DESC, id)",
    "CREATE INDEX jobs_by_time ON jobs (created DESC, id)",
    "CREATE INDEX jobs_unsettled ON jobs (settled) WHERE settled = 0",
    "CREATE INDEX jobs_by_instance ON jobs (instance_id)",
    "CREATE INDEX attachments_by_instance ON attachments (instance_id)",
    "CREATE INDEX attachments_by_node ON attachments (data_node_id)",
    "CREATE INDEX schemas_by_instance ON schemas (instance_id, name)",
    "CREATE INDEX shards_by_schema ON shards (schema_id, shard_index)",
    "CREATE INDEX accounts_by_instance ON accounts (instance_id, name)",
    "CREATE UNIQUE INDEX instance_names ON instances (name)",
    "CREATE UNIQUE INDEX data_node_names ON data_nodes (name)",
)
FORMAT = "ddmkit simulator world 1"
BUSY_TIMEOUT_S = 30.0
PRIMARY_CODE = 0xFF  # the rest of an error's code says more about it
LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL}
REMEMBERED_AT_MOST = 500


def open_storage(path: Path, fill: Callable[[Storage], None]) -> Storage:
    """Open the world at `path`; when there is none, create it and fill it in one transaction.

    Of two processes that come at once one fills and the other waits and finds it filled. Raises ValueError when the file
    is something else.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    storage = Storage(path)
    try:
        with storage.writing():
            if storage.is_blank():
                storage.lay_out()
                fill(storage)
        storage.need_format()
    except sqlite3.DatabaseError as error:
        storage.close()
        raise ValueError(f"{path} is not the file of a simulator world ({error}); use another path.") from error
    except BaseException:
        storage.close()
        raise
    return storage


class Storage:
    """One connection to the file of a world, usable from every thread of the process, one at a time.

    Answers to queries are remembered until anyone writes to the file, this process or another.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._depth = 0
        self._remembered: dict[Hashable, tuple[Any, ...]] = {}
        self._version = 0
        self._database = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
        self._database.row_factory = sqlite3.Row
        try:
            self._share()
            self._database.execute("PRAGMA synchronous = NORMAL")
        except sqlite3.DatabaseError as error:
            self._database.close()
            raise ValueError(f"{path} is not the file of a simulator world ({error}); use another path.") from error

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._database.close()

    def is_blank(self) -> bool:
        """Whether nothing was ever written to the file."""
        return self.count("SELECT count(*) FROM sqlite_master") == 0

    def need_format(self) -> None:
        """Raise ValueError when the file holds something else than a world as we write them."""
        if self.setting("format") != FORMAT:
            raise ValueError(f"{self.path} holds a world of another format; use another path or remove the file.")

    def lay_out(self) -> None:
        """Create the tables and their indexes."""
        self.execute("CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL)")
        self.execute("CREATE TABLE tokens (digest TEXT PRIMARY KEY, project_id TEXT, issued INTEGER, expires INTEGER)")
        self.execute("CREATE TABLE key_failures (access_key TEXT PRIMARY KEY, failures INTEGER, locked_until INTEGER)")
        for noun, table in TABLES.items():
            columns = (name + (" PRIMARY KEY" if name == "id" and table in KEYS else "") for name in COLUMNS[noun])
            self.execute(f"CREATE TABLE {table} ({', '.join(columns)})")
        for index in INDEXES:
            self.execute(index)
        self.put_setting("format", FORMAT)

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction that writes; inside another one it is part of that."""
        with self._transaction("BEGIN IMMEDIATE"):
            yield

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """One consistent look at the file."""
        with self._transaction("BEGIN"):
            yield

    def execute(self, statement: str, values: Iterable[object] = ()) -> int:
        """Run a statement and give the number of rows it changed."""
        with self._lock:
            self._remembered.clear()
            return self._database.execute(statement, tuple(values)).rowcount

    def select(self, statement: str, values: Iterable[object] = ()) -> list[sqlite3.Row]:
        """Return all rows of a query."""
        known = tuple(values)
        return self._recall((statement, known), lambda: self._database.execute(statement, known))

    def count(self, statement: str, values: Iterable[object] = ()) -> int:
        """Return the one number that a query answers with, 0 when it has no answer."""
        rows = self.select(statement, values)
        return int(rows[0][0] or 0) if rows else 0

    def every(self, noun: type[N], condition: str = "1", values: Iterable[object] = ()) -> list[N]:
        """Return all rows of a table that meet a condition (the text after WHERE)."""
        known = tuple(values)
        return self._recall((noun, condition, known), lambda: self._read(noun, condition, known))

    def one(self, noun: type[N], condition: str, values: Iterable[object] = ()) -> N | None:
        """Return the first row that meets a condition, or nothing."""
        rows = self.every(noun, condition + " LIMIT 1", values)
        return rows[0] if rows else None

    def add(self, rows: Iterable[Noun]) -> None:
        """Write new rows, of any tables."""
        kinds: dict[type[Noun], list[tuple[Any, ...]]] = {}
        for row in rows:
            kinds.setdefault(type(row), []).append(astuple(row))
        with self.writing():
            self._remembered.clear()
            for noun, values in kinds.items():
                marks = ", ".join("?" * len(COLUMNS[noun]))
                self._database.executemany(f"INSERT INTO {TABLES[noun]} VALUES ({marks})", values)  # noqa: S608 - our own names

    def change(self, noun: type[Noun], key: str | int, changes: Mapping[str, object]) -> None:
        """Change columns of the row with this id; raise ValueError for unknown columns and KeyError for an unknown id."""
        unknown = sorted(set(changes) - set(COLUMNS[noun]))
        if unknown:
            raise ValueError(f"{noun.__name__} has no {', '.join(unknown)}; it has {', '.join(COLUMNS[noun])}.")
        assignments = ", ".join(f"{name} = ?" for name in changes)
        changed = self.execute(
            f"UPDATE {TABLES[noun]} SET {assignments} WHERE id = ?",  # noqa: S608 - our own names
            [*changes.values(), key],
        )
        if not changed:
            raise KeyError(key)

    def setting(self, name: str) -> str | None:
        """Return a setting of the world, or nothing."""
        rows = self.select("SELECT value FROM settings WHERE name = ?", (name,))
        return str(rows[0][0]) if rows else None

    def put_setting(self, name: str, value: object) -> None:
        """Keep a setting of the world, in place of an older value."""
        self.execute(
            "INSERT INTO settings VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", (name, str(value))
        )

    def _read(self, noun: type[N], condition: str, values: tuple[object, ...]) -> Iterator[N]:
        columns = ", ".join(COLUMNS[noun])
        rows = self._database.execute(f"SELECT {columns} FROM {TABLES[noun]} WHERE {condition}", values)  # noqa: S608 - our own names
        flags = FLAGS[noun]
        return (noun(*(_with_flags(row, flags) if flags else row)) for row in rows)

    def _recall(self, question: Hashable, read: Callable[[], Iterable[T]]) -> list[T]:
        """Return what was answered to the same question, or read it and remember."""
        with self._lock:
            # Our own writes forget what is remembered; this number tells of those of other connections.
            version = self._database.execute("PRAGMA data_version").fetchone()[0]
            if version != self._version or len(self._remembered) >= REMEMBERED_AT_MOST:
                self._remembered.clear()
                self._version = version
            if question not in self._remembered:
                self._remembered[question] = tuple(read())
            return list(self._remembered[question])

    def _share(self) -> None:
        # Turning on the write-ahead log needs the file for itself, and SQLite does not wait for that by itself.
        give_up = time.monotonic() + BUSY_TIMEOUT_S
        while True:
            try:
                self._database.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                # What is no lock, such as a full disk, does not pass by waiting.
                if error.sqlite_errorcode & PRIMARY_CODE not in LOCKED or time.monotonic() > give_up:
                    raise
                time.sleep(0.02)
            else:
                return

    @contextlib.contextmanager
    def _transaction(self, begin: str) -> Iterator[None]:
        with self._lock:
            if self._depth == 0:
                self._database.execute(begin)
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                if self._depth == 0:
                    self._remembered.clear()
                    self._database.execute("ROLLBACK")
                raise
            self._depth -= 1
            if self._depth == 0:
                self._database.execute("COMMIT")


def _with_flags(row: Iterable[Any], flags: Iterable[int]) -> list[Any]:
    values = list(row)
    for index in flags:
        values[index] = bool(values[index])
    return values
