"""What a record proves by itself: request, answer and job together, and nothing from a file of somebody else."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ddmkit.records import RecordStore
from ddmkit.records.events import chain_event
from ddmkit.records.runs import RunData, RunHeader
from ddmkit.recovery.evidence import own_restores_in, own_restores_of
from ddmkit.times import to_ms
from tests.recovery.builders import NOW, POINT

POINT_SENT = {"instance_id": "old-a", "type": "timestamp", "restore_time": to_ms(POINT)}
INTENT = ("step-intent", {"step": "node:old-a", "body": {"name": "n", "restore_point": POINT_SENT}})
ANSWER = ("step-answered", {"step": "node:old-a", "instance_id": "new-1", "job_id": "job-1"})
END = ("step-completed", {"step": "node:old-a", "job": {"id": "job-1", "status": "Completed", "instance_id": "new-1"}})


def run(*told):
    header = RunHeader(plan_id="p", digest="d", project_id="p", source_id="s", target_id="t", kind="recovery")
    events = tuple(
        chain_event(seq=number, at=NOW, kind=kind, data=data, prev_sha256="") for number, (kind, data) in enumerate(told, 1)
    )
    return RunData(id="r-20260520-093000-abcdef", service="s", created=NOW, header=header, events=events)


def test_a_completed_recovery_is_evidence():
    (one,) = own_restores_in(run(INTENT, ANSWER, END), imported=False)
    assert (one.node_id, one.source_id, one.restore_time_ms) == ("new-1", "old-a", to_ms(POINT))
    assert (one.completed, one.echoed, one.imported) == (True, False, False)


def test_an_echo_of_the_service_is_stronger():
    echoed = ("step-answered", {**ANSWER[1], "restore_point": POINT_SENT})
    assert own_restores_in(run(INTENT, echoed, END), imported=False)[0].echoed


def test_an_imported_record_says_that_it_is_one():
    assert own_restores_in(run(INTENT, ANSWER, END), imported=True)[0].imported


@pytest.mark.parametrize(
    "told", [(INTENT,), (ANSWER, END), (INTENT, ("step-answered", {"step": "target", "instance_id": "t"}))]
)
def test_less_than_request_and_answer_is_no_evidence(told):
    assert own_restores_in(run(*told), imported=False) == ()


def test_an_unfinished_recovery_is_not_called_completed():
    assert not own_restores_in(run(INTENT, ANSWER), imported=False)[0].completed


class Store:
    """A store with these runs, which finds all of them."""

    def __init__(self, *runs):
        self.runs = {f"r-{number}": one for number, one in enumerate(runs, 1)}

    def naming(self, ids, *kinds):
        return [SimpleNamespace(id=key) for key, one in self.runs.items() if ids and one.header.kind in kinds]

    def get(self, key):
        return self.runs[key]


def test_records_of_a_store_tell_about_the_nodes_that_are_asked_for():
    store = Store(run(INTENT, ANSWER, END))
    assert [one.node_id for one in own_restores_of(["new-1", "other"], store)] == ["new-1"]
    assert own_restores_of(["other"], store) == own_restores_of([], store) == ()


def test_imported_records_and_those_of_another_service_prove_nothing_even_with_the_same_ids(tmp_path):
    told, kept = run(INTENT, ANSWER, END), []
    for ending, changes in (("1", {}), ("2", {"service": "0" * 32}), ("3", {}), ("4", {"kind": "restore"})):
        header = told.header.model_copy(update={"plan_id": ending, "kind": changes.pop("kind", "recovery")})
        kept.append(told.model_copy(update={"id": f"r-20260520-093000-00000{ending}", "header": header, **changes}))
    with RecordStore.open(tmp_path / "records.sqlite", service="s", clock=lambda: NOW) as store:
        store._receive(kept, imported=frozenset({kept[2].id}))
        assert [one.record_id for one in own_restores_of(["new-1"], store)] == [kept[0].id]
