"""Opens, creates, reads and writes the SQLite file of a world, which several processes may share.

This module knows tables and rows but not their meaning.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

from ddmkit.simulator.storage.recovery_schema import AddressGroup, NodeJob, RowDeletion, SecurityRule, Subnet, Trace, Vpc
from ddmkit.simulator.storage.schema import Account, Attachment, Backup, DataNode, Instance, Job, Schema, Shard, TableRow

__all__ = ["TABLE_NAMES", "Storage", "open_storage"]

R = TypeVar("R", bound=TableRow)
T = TypeVar("T")

TABLE_NAMES: Mapping[type[TableRow], str] = {
    Instance: "instances",
    DataNode: "data_nodes",
    Attachment: "attachments",
    Schema: "schemas",
    Shard: "shards",
    Account: "accounts",
    Backup: "backups",
    Job: "jobs",
    NodeJob: "node_jobs",
    Trace: "traces",
    RowDeletion: "row_deletions",
    Vpc: "vpcs",
    Subnet: "subnets",
    SecurityRule: "security_rules",
    AddressGroup: "address_groups",
}
COLUMNS = {table: tuple(field.name for field in fields(table)) for table in TABLE_NAMES}
FLAGS = {table: {place for place, field in enumerate(fields(table)) if field.type == "bool"} for table in TABLE_NAMES}
KEYS = {
    *("instances", "data_nodes", "schemas", "backups", "jobs", "node_jobs", "traces"),
    *("vpcs", "subnets", "security_rules", "address_groups"),
}
INTERNAL_TABLES = (
    "CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    "CREATE TABLE tokens (digest TEXT PRIMARY KEY, project_id TEXT, issued INTEGER, expires INTEGER)",
    "CREATE TABLE key_failures (access_key TEXT PRIMARY KEY, failures INTEGER, locked_until INTEGER)",
)
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
    "CREATE UNIQUE INDEX living_instance_names ON instances (name) WHERE deleted IS NULL",
    "CREATE UNIQUE INDEX living_data_node_names ON data_nodes (name) WHERE deleted IS NULL",
    "CREATE INDEX shards_by_node ON shards (data_node_id)",
    "CREATE INDEX node_jobs_by_time ON node_jobs (created DESC, id)",
    "CREATE INDEX node_jobs_unsettled ON node_jobs (settled) WHERE settled = 0",
    "CREATE INDEX traces_by_time ON traces (time DESC, id)",
)
OLD_INDEXES = ("instance_names", "data_node_names")
OLD_FORMAT = "ddmkit simulator world 1"
FORMAT = "ddmkit simulator world 2"
BUSY_TIMEOUT_S = 30.0
PRIMARY_CODE = 0xFF  # the low byte of an SQLite error code; the rest are details
LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL}
CACHE_SIZE = 500


def open_storage(path: Path, fill: Callable[[Storage], None]) -> Storage:
    """Open the world at `path`, or create and fill a new one in one transaction.

    When two processes create the same world, one fills it; the other waits and then opens it. Raises ValueError when the
    file is not a world.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    storage = Storage(path)
    try:
        with storage.writing():
            if storage.is_empty():
                storage.create_tables()
                fill(storage)
            elif storage.setting("format") == OLD_FORMAT:
                storage.migrate()
        storage.check_format()
    except sqlite3.DatabaseError as error:
        storage.close()
        raise ValueError(f"{path} is not the file of a simulator world ({error}); use another path.") from error
    except BaseException:
        storage.close()
        raise
    return storage


# The storage whose changes by others were noticed when the request began that the current task answers.
_UP_TO_DATE: ContextVar[Storage | None] = ContextVar("_UP_TO_DATE", default=None)


class Storage:
    """One connection to the file of a world. All threads of the process may use it; a lock serializes them.

    Query results are cached until this process or another one writes to the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._depth = 0
        self._cache: dict[Hashable, tuple[Any, ...]] = {}
        self._version = 0
        self._database = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
        self._database.row_factory = sqlite3.Row
        try:
            self._enable_wal()
            self._database.execute("PRAGMA synchronous = NORMAL")
        except sqlite3.DatabaseError as error:
            self._database.close()
            raise ValueError(f"{path} is not the file of a simulator world ({error}); use another path.") from error

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._database.close()

    def is_empty(self) -> bool:
        """Whether the file has no tables."""
        return self.count("SELECT count(*) FROM sqlite_master") == 0

    def check_format(self) -> None:
        """Raise ValueError when the file does not have the current format of worlds."""
        if self.setting("format") != FORMAT:
            raise ValueError(f"{self.path} contains a world of another format; use another path or remove the file.")

    def create_tables(self) -> None:
        """Create the tables and their indexes."""
        for statement in INTERNAL_TABLES:
            self.execute(statement)
        for table in TABLE_NAMES:
            self._create_table(table)
        for statement in INDEXES:
            self.execute(statement)
        self.put_setting("format", FORMAT)

    def migrate(self) -> None:
        """Bring a world of the older format to the current one: add what is missing, with default values."""
        for table, table_name in TABLE_NAMES.items():
            present = [row["name"] for row in self.select(f"PRAGMA table_info({table_name})")]
            if not present:
                self._create_table(table)
                continue
            for column in fields(table):
                if column.name not in present:
                    default = "NULL" if column.default is None else repr(_plain(column.default))
                    self.execute(f"ALTER TABLE {table_name} ADD COLUMN {column.name} DEFAULT {default}")
        for index in OLD_INDEXES:
            self.execute(f"DROP INDEX IF EXISTS {index}")
        for statement in INDEXES:
            self.execute(statement.replace(" INDEX ", " INDEX IF NOT EXISTS "))
        self.put_setting("format", FORMAT)

    def _create_table(self, table: type[TableRow]) -> None:
        table_name = TABLE_NAMES[table]
        columns = (name + (" PRIMARY KEY" if name == "id" and table_name in KEYS else "") for name in COLUMNS[table])
        self.execute(f"CREATE TABLE {table_name} ({', '.join(columns)})")

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Run a write transaction; a nested one joins the outer one."""
        with self._transaction("BEGIN IMMEDIATE"):
            yield

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """Run a read transaction: all reads inside see the same state of the file."""
        with self._transaction("BEGIN"):
            yield

    def execute(self, statement: str, values: Iterable[object] = ()) -> int:
        """Run a statement and return the number of changed rows."""
        with self._lock:
            self._cache.clear()
            return self._database.execute(statement, tuple(values)).rowcount

    def select(self, statement: str, values: Iterable[object] = ()) -> list[sqlite3.Row]:
        """Return all rows of a query, from the cache when possible."""
        known = tuple(values)
        return self._cached((statement, known), lambda: self._database.execute(statement, known))

    def count(self, statement: str, values: Iterable[object] = ()) -> int:
        """Return the single number that a query selects, or 0 when the query finds nothing."""
        rows = self.select(statement, values)
        return int(rows[0][0] or 0) if rows else 0

    def every(self, table: type[R], condition: str = "1", values: Iterable[object] = ()) -> list[R]:
        """Return all rows of a table that meet a condition, the SQL text after WHERE."""
        known = tuple(values)
        return self._cached((table, condition, known), lambda: self._read(table, condition, known))

    def one(self, table: type[R], condition: str, values: Iterable[object] = ()) -> R | None:
        """Return the first row that meets a condition, or None."""
        rows = self.every(table, condition + " LIMIT 1", values)
        return rows[0] if rows else None

    def add(self, rows: Iterable[TableRow]) -> None:
        """Insert rows, which may belong to different tables."""
        kinds: dict[type[TableRow], list[tuple[Any, ...]]] = {}
        for row in rows:
            # Not astuple(): it copies each value, which takes long.
            kinds.setdefault(type(row), []).append(tuple(getattr(row, name) for name in COLUMNS[type(row)]))
        with self.writing():
            self._cache.clear()
            for table, values in kinds.items():
                marks = ", ".join("?" * len(COLUMNS[table]))
                self._database.executemany(f"INSERT INTO {TABLE_NAMES[table]} VALUES ({marks})", values)  # noqa: S608 - table and column names are constants

    def change(self, table: type[TableRow], key: str | int, changes: Mapping[str, object]) -> None:
        """Update columns of the row with this id; raise ValueError for unknown columns, KeyError for an unknown id."""
        unknown = sorted(set(changes) - set(COLUMNS[table]))
        if unknown:
            raise ValueError(f"{table.__name__} has no {', '.join(unknown)}; it has {', '.join(COLUMNS[table])}.")
        assignments = ", ".join(f"{name} = ?" for name in changes)
        changed = self.execute(
            f"UPDATE {TABLE_NAMES[table]} SET {assignments} WHERE id = ?",  # noqa: S608 - table and column names are constants
            [*changes.values(), key],
        )
        if not changed:
            raise KeyError(key)

    def setting(self, name: str) -> str | None:
        """Return a setting of the world, or None."""
        rows = self.select("SELECT value FROM settings WHERE name = ?", (name,))
        return str(rows[0][0]) if rows else None

    def put_setting(self, name: str, value: object) -> None:
        """Store a setting of the world; replace an older value."""
        self.execute(
            "INSERT INTO settings VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", (name, str(value))
        )

    def _read(self, table: type[R], condition: str, values: tuple[object, ...]) -> Iterator[R]:
        columns = ", ".join(COLUMNS[table])
        rows = self._database.execute(f"SELECT {columns} FROM {TABLE_NAMES[table]} WHERE {condition}", values)  # noqa: S608 - table and column names are constants
        flags = FLAGS[table]
        return (table(*(_with_flags(row, flags) if flags else row)) for row in rows)

    def begin_request(self) -> None:
        """Notice what other connections wrote; until the end of this task, only reads in transactions do so again."""
        with self._lock:
            self._notice_changes()
        _UP_TO_DATE.set(self)

    def _notice_changes(self) -> None:
        # Writes of this connection clear the cache; data_version changes when another connection writes.
        version = self._database.execute("PRAGMA data_version").fetchone()[0]
        if version != self._version:
            self._cache.clear()
            self._version = version

    def _cached(self, query: Hashable, read: Callable[[], Iterable[T]]) -> list[T]:
        """Return the cached result of a query, or run the query and cache its result."""
        with self._lock:
            if self._depth or _UP_TO_DATE.get() is not self:
                self._notice_changes()
            if len(self._cache) >= CACHE_SIZE:
                self._cache.clear()
            if query not in self._cache:
                self._cache[query] = tuple(read())
            return list(self._cache[query])

    def _enable_wal(self) -> None:
        # Enabling the write-ahead log needs an exclusive lock, and SQLite does not wait for that one.
        deadline = time.monotonic() + BUSY_TIMEOUT_S
        while True:
            try:
                self._database.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                # Only a lock goes away by waiting; a full disk, for example, does not.
                if error.sqlite_errorcode & PRIMARY_CODE not in LOCKED or time.monotonic() > deadline:
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
                    self._cache.clear()
                    self._database.execute("ROLLBACK")
                raise
            self._depth -= 1
            if self._depth == 0:
                self._database.execute("COMMIT")


def _plain(value: object) -> object:
    """Return a default value as SQLite stores it."""
    return int(value) if isinstance(value, bool) else value


def _with_flags(row: Iterable[Any], flags: Iterable[int]) -> list[Any]:
    values = list(row)
    for index in flags:
        values[index] = bool(values[index])
    return values
