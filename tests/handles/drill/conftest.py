"""A kit on a world in which everything has to be recovered; drills run in worlds rebuilt from it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

import ddmkit

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)


@pytest.fixture
def kit(monkeypatch, tmp_path):
    for name in ("DDMKIT_RECORDS", "DDMKIT_TIME_ZONE", "DDMKIT_NODE_PASSWORD", "DDMKIT_DRILL_DAYS"):
        monkeypatch.delenv(name, raising=False)
    with ddmkit.demo("whole-incident", now=NOW, world=tmp_path / "world.sqlite", operator="ada") as opened:
        yield opened


@pytest.fixture
def source(kit):
    return kit.scenario.source
