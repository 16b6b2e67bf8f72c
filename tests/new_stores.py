"""New SQLite stores in a few milliseconds: the statements of the migrations are noted at the first one, and repeated.

The migrations themselves run at the first new store of a process, on every other database, on every store that has tables
already, and in all tests that call them.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, event

from ddmkit.records import migrations, store

__all__ = ["repeat_migrations"]

_STATEMENTS: list[tuple[str, Any]] = []


def repeat_migrations() -> None:
    """Let new SQLite stores of this process be made from the noted statements."""
    store.migrate = _migrate  # type: ignore[attr-defined]


def _migrate(connection: Connection) -> None:
    if connection.dialect.name != "sqlite" or migrations.schema_version(connection) != 0:
        migrations.migrate(connection)
        return
    if not _STATEMENTS:
        noted: list[tuple[str, Any]] = []

        def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_others: Any) -> None:
            if not statement.lstrip().startswith(("SELECT", "PRAGMA")):
                noted.append((statement, parameters))

        event.listen(connection, "before_cursor_execute", note)
        try:
            migrations.migrate(connection)
        finally:
            event.remove(connection, "before_cursor_execute", note)
        _STATEMENTS.extend(noted)
        return
    driver: Any = connection.connection.driver_connection
    for statement, parameters in _STATEMENTS:
        driver.execute(statement, parameters).close()
