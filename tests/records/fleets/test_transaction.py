"""The clock of leases is that of the database, which all workers share."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest

from ddmkit.errors import RecordError
from ddmkit.records.fleets.transaction import FleetTransaction


def test_the_database_tells_the_time(store):
    now = store._fleet_change("read the clock", lambda one: one._now)
    assert abs(now - time.time() * 1000) < 5_000


def test_another_database_than_these_two_is_refused():
    connection = SimpleNamespace(dialect=SimpleNamespace(name="mysql"))
    with pytest.raises(RecordError, match="A fleet needs a record store on SQLite or PostgreSQL, not on mysql"):
        FleetTransaction(connection, None)
