"""New stores in a few milliseconds: the statements of the migrations are noted at the first one, and repeated.

The migrations themselves run at the first new store of a process on each kind of database, on every store that has tables
already, and in all tests that call them.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, event

from ddmkit.records import migrations, open_store

__all__ = ["repeat_migrations"]

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
