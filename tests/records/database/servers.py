"""A PostgreSQL server as its owner sets it, and what holds within a store's transaction."""

from __future__ import annotations

import psycopg
from sqlalchemy import text

from ddmkit.records.database import in_transaction

PASSWORD = "can/ary pass%word"
QUOTED = "can%2Fary%20pass%25word"


def as_owner(place, *statements):
    with psycopg.connect(place, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def setting(store, name, *, writing=True):
    return in_transaction(
        store._writer if writing else store._reader, lambda connection: connection.scalar(text(f"SHOW {name}"))
    )
