"""What a worker waits with: a pause that a person can end."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ddmkit.fleet.context import FleetContext, WorkStopped


def context(slept):
    return FleetContext(
        restore=SimpleNamespace(sleep=slept.append),
        shared=None,
        looking=None,
        identity=None,
        drivers={},
        throttled=lambda: 0,
    )


def test_a_pause_waits_until_the_workers_are_stopped():
    slept = []
    known = context(slept)
    known.pause(3)
    assert slept == [3]
    known.stopping.set()
    with pytest.raises(WorkStopped):
        known.pause(3)
    assert slept == [3]


def test_a_stop_during_a_pause_ends_it():
    slept = []
    known = context(slept)
    known.restore.sleep = lambda _: known.stopping.set()
    with pytest.raises(WorkStopped):
        known.pause(3)
