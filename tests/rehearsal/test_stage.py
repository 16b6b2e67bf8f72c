"""The connection to a simulator in this process."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from ddmkit.errors import InputError
from ddmkit.rehearsal import stage
from ddmkit.simulator import Simulator


def test_the_settings_are_those_of_the_simulator_and_of_a_named_zone(tmp_path):
    with Simulator(tmp_path / "world.sqlite", now=datetime(2026, 5, 20, tzinfo=UTC)) as simulator:
        settings = stage.settings_for(simulator, "")
        assert (settings.endpoint, settings.rds_endpoint) == (simulator.endpoint, simulator.rds_endpoint)
        assert (settings.time_zone, settings.names_time_zone) == ("UTC", False)
        berlin = stage.settings_for(simulator, "Europe/Berlin")
        assert (berlin.time_zone, berlin.names_time_zone) == ("Europe/Berlin", True)
        with pytest.raises(InputError):
            stage.settings_for(simulator, "Mars/Olympus")


def test_a_pause_is_shorter_than_asked_for(monkeypatch):
    slept = []
    monkeypatch.setattr(stage.time, "sleep", slept.append)
    for stopped, speed, asked in [(True, 1, 10), (False, 1, 10), (False, 1, 0.1), (False, 5, 10), (False, 100, 10)]:
        stage.short_sleep(SimpleNamespace(is_clock_stopped=stopped, speed=speed))(asked)
    assert slept == [0.02, 0.5, 0.1, 0.1, 0.02]
