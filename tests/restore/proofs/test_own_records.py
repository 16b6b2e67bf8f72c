from __future__ import annotations

import json
from typing import Any

import pytest

from ddmkit.restore.proofs.facts import OwnRestore
from ddmkit.restore.proofs.own_records import evidence_of_records, own_restores
from tests.restore.proofs.builders import T

POINT = {"instance_id": "old-a", "type": "timestamp", "restore_time": T}
INTENT: dict[str, Any] = {"step": "node:old-a", "request": {"method": "POST", "body": {"name": "x", "restore_point": POINT}}}
ANSWER: dict[str, Any] = {"step": "node:old-a", "answer": {"job_id": "job-1", "instance": {"id": "new-a"}}}
DONE: dict[str, Any] = {"step": "node:old-a", "job": {"id": "job-1", "status": "Completed", "instance_id": "new-a"}}


def told(*events: dict[str, Any], imported: bool = False) -> tuple[OwnRestore, ...]:
    return own_restores(events, "r-1", imported=imported)


def test_a_completed_recovery_of_ours_is_strong_evidence():
    (one,) = evidence_of_records(told(INTENT, ANSWER, DONE), ["new-a"])
    assert (one.kind, one.source_id, one.restore_time_ms, one.strength) == ("own-record", "old-a", T, "strong")
    assert one.where == "record r-1, job job-1"


def test_an_answer_that_repeats_the_restore_point_is_the_strongest():
    echo = {"step": "node:old-a", "answer": {"job_id": "job-1", "instance": {"id": "new-a", "restore_point": POINT}}}
    (one,) = evidence_of_records(told(INTENT, echo, DONE), ["new-a"])
    assert (one.kind, one.strength) == ("echo", "strongest")
    other = {**echo, "answer": {**echo["answer"], "restore_point": {**POINT, "restore_time": T + 1000}}}
    assert not told(INTENT, other, DONE)[0].echoed


def test_the_node_is_found_in_the_job_when_the_answer_lacks_it():
    late = {"step": "node:old-a", "answer": {"job_id": "job-1"}}
    nested = {"step": "node:old-a", "job": {"id": "job-1", "status": "Completed", "instance": {"id": "new-a"}}}
    assert told(INTENT, late, nested)[0].node_id == "new-a"


def test_a_body_that_was_kept_as_text_is_read():
    intent = {"step": "node:old-a", "request": {"body": json.dumps({"restore_point": POINT})}}
    assert told(intent, ANSWER, DONE)[0].restore_time_ms == T


@pytest.mark.parametrize(
    "events",
    [
        (INTENT, ANSWER),  # the job has not ended
        (INTENT, ANSWER, {"step": "node:old-a", "job": {"id": "job-1", "status": "Failed", "instance_id": "new-a"}}),
        (INTENT, {"step": "node:old-a", "answer": {"job_id": "job-1"}}),  # no node yet
        (ANSWER, DONE),  # no request
        (INTENT, DONE | {"job": {"status": "Completed", "instance_id": "new-a"}}),  # no job id
        ({**INTENT, "request": {"body": {"restore_point": {**POINT, "type": "backup"}}}}, ANSWER, DONE),
        ({**INTENT, "request": {"body": {"restore_point": {**POINT, "restore_time": str(T)}}}}, ANSWER, DONE),
        ({**INTENT, "step": "create:target"}, {**ANSWER, "step": "create:target"}, {**DONE, "step": "create:target"}),
        ({"other": 1},),
    ],
)
def test_anything_less_is_no_evidence(events):
    assert evidence_of_records(told(*events), ["new-a"]) == ()


def test_an_imported_record_proves_nothing():
    assert evidence_of_records(told(INTENT, ANSWER, DONE, imported=True), ["new-a"]) == ()


def test_only_the_nodes_asked_for_are_told_of():
    assert evidence_of_records(told(INTENT, ANSWER, DONE), ["new-b"]) == ()
