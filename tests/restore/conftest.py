"""Kits on simulator worlds of their own: clocks stand, pauses between repeated reads are not waited for."""

from __future__ import annotations

import functools

import pytest

import ddmkit
from ddmkit.service.client import Client
from tests.restore.builders import NOW


@pytest.fixture
def open_kit(tmp_path, monkeypatch):
    """Return a maker of kits; those of one world name see the same world and the same records, as several kernels do."""
    for name in ("DDMKIT_RECORDS", "DDMKIT_TIME_ZONE", "DDMKIT_DEMO_WORLD", "DDMKIT_DEMO_NOW"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("ddmkit.kit.Client", functools.partial(Client, sleep=lambda seconds: None))
    kits = []

    def make(world="world", **options):
        path = tmp_path / f"{world}.sqlite"
        start = {} if path.exists() else {"now": NOW}
        kits.append(ddmkit.demo(world=path, **{"operator": "ada", **start, **options}))
        return kits[-1]

    yield make
    for kit in kits:
        kit.close()


@pytest.fixture
def kit(open_kit):
    return open_kit()


@pytest.fixture
def world(kit):
    """The world behind the kit, to be shaped by hand."""
    return kit.simulator.world
