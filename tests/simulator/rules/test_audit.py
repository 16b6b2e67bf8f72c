"""Audit traces: late, masked, and kept for seven days."""

from __future__ import annotations

import json

from ddmkit.simulator import World
from ddmkit.simulator.rules.audit import KEPT_MS, MASK, Witnessed, masked, visible_traces, write_trace
from ddmkit.simulator.storage.recovery_schema import Trace


def test_a_trace_is_readable_after_its_delay_for_seven_days(world: World) -> None:
    world.storage.execute("DELETE FROM traces")
    now = world.clock.now_ms()
    seen = Witnessed("RDS", "createInstance", "instance", "i", "n", "202", {"name": "n", "password": "x"}, {"job_id": "j"})
    write_trace(world.storage, world.seed, seen, now, 1_000)
    found = {at: len(visible_traces(world.storage, now + at)) for at in (999, 1_000, KEPT_MS - 1, KEPT_MS)}
    assert found == {999: 0, 1_000: 1, KEPT_MS - 1: 1, KEPT_MS: 0}
    (trace,) = world.storage.every(Trace)
    assert json.loads(trace.request) == {"name": "n", "password": MASK}
    assert (trace.rating, json.loads(trace.response)) == ("normal", {"job_id": "j"})


def test_secrets_are_masked_and_missing_ones_stay_missing() -> None:
    assert masked({"admin_user_password": "x", "name": "n"}) == {"admin_user_password": MASK, "name": "n"}
    assert masked({"password": ""}) == {"password": ""}


def test_a_refused_call_is_a_warning(world: World) -> None:
    seen = Witnessed("RDS", "deleteInstance", "instance", "i", "n", "409")
    write_trace(world.storage, world.seed, seen, world.clock.now_ms(), 0)
    (trace,) = world.storage.every(Trace, "code = '409'")
    assert (trace.rating, trace.request) == ("warning", "")
