"""New stores in a few milliseconds: the statements of the migrations are noted at the first one, and repeated.

The migrations themselves run at the first new store of a process on each kind of database, on every store that has tables
already, and in all tests that call them.

A statement is turned into SQL once for a process and kind of database, not anew for each store that is opened.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event

from ddmkit.records import migrations, open_store
from ddmkit.records.database import engines

__all__ = ["repeat_migrations", "share_statements"]

# The statements and their parameters, by the name of the database's dialect.
_STATEMENTS: dict[str, list[tuple[str, Any]]] = {}


def repeat_migrations() -> None:
    """Let new stores of this process be made from the noted statements."""
    names = vars(open_store)
    if names.get("migrate") is not migrations.migrate:
        raise RuntimeError("stores do not call the migrations where the tests expect it: ddmkit.records.open_store")
    names["migrate"] = _migrate


def _migrate(connection: Connection) -> None:
    migrations.lock_schema(connection)
    if migrations.schema_version(connection) != 0:
        migrations.migrate(connection)
        return
    dialect = connection.dialect.name
    if dialect not in _STATEMENTS:
        _STATEMENTS[dialect] = _note_statements(connection)
        return
    for statement, parameters in _STATEMENTS[dialect]:
        connection.exec_driver_sql(statement, parameters)


def _note_statements(connection: Connection) -> list[tuple[str, Any]]:
    noted: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_others: Any) -> None:
        if not statement.lstrip().startswith(("SELECT", "PRAGMA")):
            noted.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", note)
    try:
        migrations.migrate(connection)
    finally:
        event.remove(connection, "before_cursor_execute", note)
    return noted


class _Statements(dict[Any, Any]):
    """The SQL of statements: SQLAlchemy's keys begin with the dialect, of which each engine has its own object."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(key[1:], default)

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key[1:], value)


# By what an engine is made with: the dialect, and options such as the isolation level.
_SHARED: dict[str, _Statements] = {}


def share_statements() -> None:
    """Let all stores of this process turn a statement into SQL only once."""
    names = vars(engines)
    if names.get("create_engine") is not create_engine:
        raise RuntimeError("stores do not make their engine where the tests expect it: ddmkit.records.database.engines")
    names["create_engine"] = _create_engine


def _create_engine(dialect: str, *, creator: Any, **options: Any) -> Engine:
    engine = create_engine(dialect, creator=creator, **options)
    engine._compiled_cache = _SHARED.setdefault(f"{dialect} {sorted(options.items(), key=str)}", _Statements())
    return engine
