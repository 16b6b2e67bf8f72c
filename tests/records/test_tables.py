from __future__ import annotations

from sqlalchemy import inspect

from ddmkit.records import tables


def test_queries_name_the_tables_as_the_migrations_made_them(store):
    inspector = inspect(store._reader)
    for name in tables.__all__:
        table = getattr(tables, name)
        made = {column["name"] for column in inspector.get_columns(table.name)}
        assert made == set(table.c.keys())
