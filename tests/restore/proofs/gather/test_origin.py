"""Reading the origin of data nodes from stand-ins: the windows of the trail, jobs, tasks, records."""

from __future__ import annotations

from typing import Any

import pytest

from ddmkit.recovery_models.tasks import TaskDetail
from ddmkit.restore.proofs.facts import OwnRestore
from ddmkit.restore.proofs.gather.origin import read_origin
from ddmkit.restore.proofs.nodes import judge_nodes
from ddmkit.restore.proofs.witnesses import Witnesses
from ddmkit.times import from_ms, to_ms
from tests.restore.proofs.builders import DAY, MINUTE, T, read
from tests.restore.proofs.gather.builders import (
    AT,
    CREATED,
    GONE,
    NODES,
    NOW,
    REFUSED,
    UNPUBLISHED,
    Executor,
    Service,
    gathered,
    listed,
    trace,
    trail,
    verdicts,
)


def test_the_traces_of_all_nodes_are_read_at_once_one_millisecond_wider():
    service = Service(list_instances=(listed("new-a"), listed("new-b", created=CREATED + 10 * MINUTE)))
    gathered(service)
    (made, replaced) = [asked for name, asked in service.asked if name == "list_traces"]
    assert list(map(to_ms, made[:2])) == [CREATED - 15 * MINUTE - 1, CREATED + 15 * MINUTE + 1]
    assert (made[2], replaced[2], to_ms(replaced[1])) == ("createInstance", "instanceRestore", NOW + 1)


@pytest.mark.parametrize("error", [REFUSED, UNPUBLISHED, GONE])
def test_an_audit_trail_that_does_not_answer_is_tried_and_told(error):
    nodes, _ = verdicts(Service(list_traces=error))
    assert nodes.status == "warn"
    assert f"audit trail (CTS), createInstance: {error}" in nodes.detail
    assert "no trace of its creation" not in nodes.detail


def test_a_node_that_is_too_old_is_told_and_asked_of_its_tasks():
    service = Service(list_instances=tuple(listed(one, created=NOW - 8 * DAY) for one in NODES))
    found, _ = gathered(service)
    assert "too old" in found.remarks["new-a"][0]
    assert service.count("list_traces") == 0
    assert service.count("list_task_details") == 2
    assert "not asked: no data node of the last 7 days" in [one.answer for one in found.tried]


def test_a_task_with_parameters_is_a_witness_where_the_trail_is_silent():
    def tasks(node_id: str, *_: Any) -> tuple[TaskDetail, ...]:
        detail = {"sourceInstanceId": node_id.replace("new", "old"), "targetInstanceId": node_id, "restoreTime": T}
        return (TaskDetail.model_validate({"id": "task-1", "status": "Completed", "task_detail": detail}),)

    nodes, _ = verdicts(Service(list_traces=(), list_task_details=tasks))
    assert nodes.status == "pass", nodes.detail
    assert "task list, task task-1" in nodes.evidence[0]


def test_our_own_record_is_a_witness_and_an_imported_one_is_none():
    def own(*, imported: bool) -> Witnesses:
        told = OwnRestore(
            node_id="new-a",
            source_id="old-a",
            restore_time_ms=T,
            job_id="j",
            completed=True,
            record_id="r",
            imported=imported,
        )
        return Witnesses(rds=Service(list_traces=()), own_restores=lambda _: (told,))

    proved, _ = gathered(Service(), witnesses=own(imported=False))
    assert [one.kind for one in proved.evidence] == ["own-record"]
    refused, _ = gathered(Service(), witnesses=own(imported=True))
    assert refused.evidence == ()


def test_a_trace_without_an_instance_is_followed_by_its_job():
    service = Service(list_traces=trail(trace("", "old-a", response={"job_id": "job-1"})))
    found, _ = gathered(service)
    assert [one.node_id for one in found.evidence] == ["new-a"]
    assert service.count("show_job") == 1


def test_proofs_that_were_found_before_are_kept():
    before, _ = gathered(Service())
    after, _ = gathered(Service(list_traces=REFUSED))
    kept = after.with_earlier(before)
    assert judge_nodes(kept, NODES, AT).status == "pass"
    assert after.with_earlier(None) == after
    assert before.with_earlier(before) == before


def test_without_a_node_nothing_is_read():
    service = Service()
    found = read_origin(Executor(), Witnesses(rds=service, cts=service), {}, {}, listed=read(()), now=from_ms(NOW))
    assert (found.evidence, found.tried, service.asked) == ((), (), [])


def test_tasks_are_asked_for_from_before_the_creation_on():
    service = Service(list_traces=())
    gathered(service)
    asked = [arguments for name, arguments in service.asked if name == "list_task_details"]
    assert asked == [(node_id, from_ms(CREATED - 15 * MINUTE)) for node_id in NODES]
