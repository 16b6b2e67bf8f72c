"""Following: lists of instances only, for all steps together, and a job only at its end."""

from __future__ import annotations

from ddmkit.recovery.run.follow import follow_once, running_steps
from tests.benchmarks.recovery import measure_recovery
from tests.safety.mortal import patient_client


def test_a_round_takes_three_requests_at_most(world, begin):
    kit = world("stuck-build")
    run = begin(kit)
    context = kit._recoveries._context(run.id)
    before = len(kit.simulator.requests)
    follow_once(run.id, context)
    asked = [(one.service, one.path.rpartition("/")[2]) for one in kit.simulator.requests[before:]]
    assert set(asked) == {("rds", "instances"), ("ddm", "instances")}
    assert asked.count(("ddm", "instances")) == 1
    assert len(asked) <= 3
    assert len(running_steps(context.view(run.id))) >= 2


def test_a_round_takes_three_requests_at_most_however_many_nodes_are_followed(tmp_path, monkeypatch):
    monkeypatch.setattr("ddmkit.kit.Client", patient_client)
    reads, rounds = measure_recovery(tmp_path, nodes=9, latency_s=0.0)
    assert (rounds.ours, rounds.met) == (2, True)
    assert reads.note == "45 requests"
