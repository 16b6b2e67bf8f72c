"""Every existing data node is judged with a few reads: right, wrong, or nothing is known."""

from __future__ import annotations

from ddmkit.restore.proofs.facts import OwnRestore
from ddmkit.restore.proofs.gather.existing import judge_existing
from ddmkit.restore.proofs.witnesses import Witnesses
from ddmkit.times import from_ms
from tests.restore.proofs.builders import HOUR, T
from tests.restore.proofs.gather.builders import (
    AT,
    NOW,
    REFUSED,
    SOURCES,
    Executor,
    Service,
    listed,
    trace,
    trail,
)


def judged(service, **changes):
    witnesses = Witnesses(**{"rds": service, "cts": service, **changes})
    found = judge_existing(Executor(), witnesses, SOURCES, AT, now=from_ms(NOW))
    return {one.node_id: one for one in found}


def test_right_wrong_unknown_and_too_old_are_told_apart_with_two_reads_of_the_trail_and_none_of_tasks():
    late = {"restore_point": {"instance_id": "old-b", "type": "timestamp", "restore_time": T + 1000}}
    nodes = ("right", "wrong", "unknown")
    service = Service(
        list_instances=(*map(listed, (*nodes, *SOURCES)), listed("too-old", created=T - HOUR)),
        list_traces=trail(trace("right", "old-a"), trace("wrong", "old-b", request=late)),
    )
    found = judged(service)
    assert {name: one.status for name, one in found.items()} == {
        "right": "pass",
        "wrong": "fail",
        "unknown": "warn",
        "too-old": "fail",
    }
    assert found["right"].source_id == "old-a"
    assert "1 s after" in found["wrong"].detail
    assert "before the instant" in found["too-old"].detail
    assert (service.count("list_traces"), service.count("list_task_details")) == (2, 0)


def test_an_own_record_is_a_proof_where_the_trail_cannot_be_read():
    own = OwnRestore(node_id="new-a", source_id="old-a", restore_time_ms=T, job_id="j", completed=True, record_id="r-1")
    found = judged(Service(list_traces=REFUSED), own_restores=lambda _ids: (own,))
    assert {name: one.status for name, one in found.items()} == {"new-a": "pass", "new-b": "warn"}


def test_without_a_list_of_data_nodes_nothing_is_said():
    for rds in (None, Service(list_instances=REFUSED)):
        assert judge_existing(Executor(), Witnesses(rds=rds), SOURCES, AT, now=from_ms(NOW)) == ()
