"""An answer that was lost: what was made is found by its traces, or a person says what it was."""

from __future__ import annotations

import pytest

from ddmkit.errors import InputError, UnknownOutcomeError
from ddmkit.records import ClaimConflict
from ddmkit.records.runs import Owner
from ddmkit.sending.claim import claim_step
from ddmkit.sending.reconcile import adopt, reconcile
from tests.sending.conftest import FIRST, NAME, SECOND, STEP, begin, kinds


@pytest.mark.parametrize("fault", ["lost", "behind a 5xx"])
def test_what_was_made_without_an_answer_is_found_by_its_name_and_adopted(send, log, service, fault):
    service.fault = fault
    send()
    view = log.read()
    assert (view.state, view.instance_id, len(service.sent)) == ("running", FIRST, 1)
    adopted = view.events[-1].data
    assert (adopted["by"], adopted["evidence"]["name"]) == ("the program: the only instance that fits", NAME)
    assert [read["operation"] for read in adopted["reads"]] == ["List"]
    assert view.run.state == "running"


@pytest.mark.parametrize("fault", ["lost before", "nothing made"])
def test_a_request_without_any_trace_stays_unknown_and_is_not_sent_again(send, log, service, fault):
    service.fault = fault
    with pytest.raises(UnknownOutcomeError, match=f"No instance with the name {NAME} has appeared since") as caught:
        send()
    assert f"kit.adopt('{log.run_id}', instance_id, step='{STEP}')" in str(caught.value)
    assert f"kit.release('{log.run_id}', reason=..., confirm='shop', step='{STEP}')" in str(caught.value)
    assert (kinds(log)[-2:], log.read().run.state, len(service.sent)) == (["unknown", "looked"], "unknown", 1)
    with pytest.raises(ClaimConflict):
        send(again=True)


def test_an_instance_that_appears_late_is_adopted_by_the_next_look(lost, log, service, step, run_id, context, clock):
    clock.move(minutes=5)
    service.add()
    reconcile(step, run_id, context)
    assert (log.read().state, log.read().instance_id, len(service.sent)) == ("running", FIRST, 1)


def test_an_instance_of_another_run_is_not_taken_for_it(lost, service, store, step, run_id, context, log):
    other, made = begin(store, "recovery-2"), service.add()
    store.claim(other, {}, owner=Owner("eve", "desk-2", 8), step="node:rds-2", claim_key="node:rds-2")
    store.append(other, "answered", {"instance_id": made}, step="node:rds-2")
    with pytest.raises(UnknownOutcomeError):
        reconcile(step, run_id, context)
    with pytest.raises(InputError, match="belongs to another record"):
        adopt(step, run_id, made, context, operator="ada")
    assert log.read().instance_id == ""


def test_of_two_instances_none_is_taken_until_a_person_says_which(send, log, service, step, run_id, context):
    service.fault = "made twice"
    with pytest.raises(UnknownOutcomeError, match="2 instances could be it") as caught:
        send()
    assert [one.id for one in caught.value.candidates] == [FIRST, SECOND]
    assert log.read().events[-1].data["instances"] == [FIRST, SECOND]
    with pytest.raises(InputError, match=f"no instance with the name {NAME}; these are: {FIRST}, {SECOND}"):
        adopt(step, run_id, service.add("another"), context, operator="ada")
    adopt(step, run_id, SECOND, context, operator="grace")
    assert (log.read().state, log.read().instance_id, log.read().events[-1].data["by"]) == ("running", SECOND, "grace")
    with pytest.raises(InputError, match=rf"step {STEP} of run {run_id} is running, not unknown: there is nothing to adopt"):
        adopt(step, run_id, FIRST, context, operator="grace")


def test_a_list_that_cannot_be_read_is_not_taken_for_an_empty_one(service, send, log):
    service.fault, service.broken = "lost", "/instances"
    with pytest.raises(UnknownOutcomeError, match="could not be read"):
        send()
    assert log.read().state == "unknown"


def test_a_process_that_died_after_its_claim_leaves_a_step_to_look_for(step, run_id, context, service, log):
    claim_step(step, run_id, context, operator="ada")
    assert log.read().state == "sending"
    service.add()
    reconcile(step, run_id, context)
    assert (log.read().state, service.sent) == ("running", [])
