"""A world in which everything has to be recovered, with a clock that stands, and a run on it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

import ddmkit

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
PASSWORD = "Canary-7f3a9c!"


@pytest.fixture
def world(monkeypatch, tmp_path):
    """Return a function that opens a kit on a new world; it is closed at the end."""
    monkeypatch.delenv("DDMKIT_NODE_PASSWORD", raising=False)
    opened = []

    def open_world(*faults, scenario="whole-incident"):
        place = tmp_path / f"world-{len(opened)}.sqlite"
        kit = ddmkit.demo(scenario=scenario, faults=faults, now=NOW, world=place, records=tmp_path / "records.sqlite")
        opened.append(kit)
        return kit

    yield open_world
    for kit in opened:
        kit.close()


@pytest.fixture
def plan_on():
    """Return a function that plans the recovery of a world."""

    def plan(kit, **changes):
        facts = kit.scenario
        return kit.plan_recovery(**{"source": facts.source, "restore_time": facts.restore_time, **changes})

    return plan


@pytest.fixture
def begin(plan_on):
    """Return a function that plans and begins a recovery."""

    def begin_on(kit, recovery=None, **changes):
        recovery = recovery or plan_on(kit)
        values = {"confirm": recovery.source_name, "accept": recovery.warnings, "node_password": PASSWORD}
        return kit.recover(recovery, **{**values, **changes})

    return begin_on


def requests_to(kit, operation):
    """Return the requests of one operation that reached the simulator."""
    return [one for one in kit.simulator.requests if one.operation == operation]
