"""A kit on a simulator whose clock stands, and the plan of its scenario."""

from datetime import UTC, datetime

import pytest

import ddmkit

NOON = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def kit(tmp_path):
    with ddmkit.demo(world=tmp_path / "world.sqlite", now=NOON) as opened:
        yield opened


def plan_of(kit, facts=None, **changes):
    """Return the plan of a scenario; ``facts`` names it where the kit does not know that it is on a simulator."""
    facts = facts or kit.scenario
    chosen = {"source": facts.source, "target": facts.target, "data_nodes": facts.data_nodes, "backup_id": facts.backup_id}
    return kit.plan(**{**chosen, **changes})
