"""The creation of an instance, a step that is no restore, against a service on real HTTP."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from ddmkit.errors import InputError, NotConfirmedError, NotReadyError, RecordError, ServiceError, UnknownOutcomeError
from ddmkit.records import ClaimConflict, verify_chain
from ddmkit.records.runs import Owner
from ddmkit.sending.claim import claim_step, write_down_not_sent
from ddmkit.sending.log import StepLog
from ddmkit.sending.reconcile import adopt, reconcile
from ddmkit.sending.release import release
from ddmkit.sending.send import carry_out
from ddmkit.sending.step import Accepted
from tests.sending.conftest import NAME, PASSWORD, STEP, TOKEN, begin

FIRST = f"{1:032x}in01"
SECOND = f"{2:032x}in01"


@pytest.fixture
def log(store, run_id):
    return StepLog(store, run_id, STEP)


@pytest.fixture
def send(step, run_id, context):
    def send_it(**options):
        carry_out(step, run_id, context, operator="ada", **options)

    return send_it


@pytest.fixture
def let_go(step, run_id, context, clock):
    def let_it_go(minutes=15, **changes):
        clock.move(minutes=minutes)
        given = {"reason": "nothing is listed", "confirm": "shop", "operator": "ada", **changes}
        release(step, run_id, context, **given)

    return let_it_go


@pytest.fixture
def lost(service, send):
    """A step that was sent, and of which nothing appeared."""
    service.fault = "lost before"
    with pytest.raises(UnknownOutcomeError) as caught:
        send()
    return caught.value


def kinds(log):
    return [event.kind for event in log.read().events]


def all_text(store):
    with store._reader.connect() as connection:
        tables = ("events", "runs", "step_claims", "step_sends", "jobs")
        return "".join(str(row) for name in tables for row in connection.execute(text(f"SELECT * FROM ddmkit_{name}")))


# The good end and the refusal -----------------------------------------------------------------------------------------


def test_an_answer_names_the_instance_and_the_job_and_the_record_holds_the_request_without_its_secret(
    send, log, service, store
):
    send()
    view = log.read()
    assert (view.state, view.job_id, view.instance_id) == ("running", "job-1", FIRST)
    assert service.sent == [{**view.intent.data["body"], "password": PASSWORD}]
    assert PASSWORD not in str(view.intent.data["body"]["password"])
    assert (view.intent.data["token"], view.intent.data["instance_name"]) == (TOKEN, NAME)
    assert view.run.state == "running"
    assert store.owned_ids() == {"job-1", FIRST}
    assert store.holder_of_key("p", STEP).step == STEP
    assert PASSWORD not in all_text(store)
    assert verify_chain(view.run) == []


def test_an_id_that_the_answer_does_not_name_is_written_down_later(send, log, service, store):
    service.fault = "late id"
    send()
    assert (log.read().job_id, log.read().instance_id) == ("job-1", "")
    log.append("made", {"instance_id": FIRST})
    assert (log.read().state, log.read().instance_id) == ("running", FIRST)
    assert store.owned_ids() == {"job-1", FIRST}


def test_a_refusal_frees_the_step_and_stops_the_run_and_its_text_holds_no_secret(send, log, service, store):
    service.fault = "refused"
    with pytest.raises(ServiceError, match=r"DBS\.200023") as caught:
        send()
    assert caught.value.record == log.run_id
    assert PASSWORD not in str(caught.value)
    assert (kinds(log)[-2:], log.read().run.state) == (["freed", "explained"], "stopped")
    assert store.holder_of_key("p", STEP) is None
    assert PASSWORD not in all_text(store)


def test_a_step_is_sent_once_and_again_only_when_a_person_says_so(send, log, service):
    service.fault = "refused"
    with pytest.raises(ServiceError):
        send()
    with pytest.raises(RecordError, match="was sent before"):
        send()
    assert len(service.sent) == 1
    send(again=True)
    assert log.read().state == "running"
    with pytest.raises(ClaimConflict, match="has been sent already"):
        send(again=True)
    first, second = service.sent
    assert first == second
    names = {event.data["instance_name"] for event in log.read().events if event.kind == "intent"}
    assert (names, len(service.sent), len(service.instances)) == ({NAME}, 2, 1)


def test_two_runs_do_not_recover_one_node_at_the_same_time(send, store, step, context, service):
    send()
    with pytest.raises(ClaimConflict, match="is not free") as caught:
        carry_out(step, begin(store, "recovery-2"), context, operator="eve")
    assert (caught.value.step, caught.value.owner.operator) == (STEP, "ada")
    assert len(service.sent) == 1


# A lost answer --------------------------------------------------------------------------------------------------------


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


def test_an_older_instance_with_the_name_is_not_taken_for_it(service, clock, send, log):
    service.add()
    clock.move(minutes=3)
    service.fault = "lost before"
    with pytest.raises(UnknownOutcomeError, match="has appeared since"):
        send()
    assert log.read().instance_id == ""


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


def test_a_program_that_was_held_up_after_its_claim_sends_nothing(step, run_id, context, clock, service, monkeypatch, log):
    claim = type(context.store).claim

    def claim_and_sleep(*given, **options):
        event = claim(*given, **options)
        clock.move(seconds=61)
        return event

    monkeypatch.setattr(type(context.store), "claim", claim_and_sleep)
    with pytest.raises(InputError, match="held up before it could send"):
        carry_out(step, run_id, context, operator="ada")
    assert (service.sent, kinds(log)) == ([], ["intent", "freed"])


def test_a_store_that_fails_before_the_request_leaves_is_caught_up_later(step, run_id, context, service, monkeypatch, log):
    write, broken = context.store._write, []

    def fail(doing, work, **options):
        if broken:
            raise RecordError("the store is gone")
        outcome = write(doing, work, **options)
        broken.append(doing)  # the claim is kept, and everything after it fails
        raise RecordError(f"the connection broke: {outcome.kind}")

    monkeypatch.setattr(context.store, "_write", fail)
    with pytest.raises(RecordError, match="Nothing was sent: no recovery of a node was started"):
        carry_out(step, run_id, context, operator="ada")
    monkeypatch.undo()
    assert log.read().state == "sending"
    write_down_not_sent(context)
    assert (log.read().state, service.sent, context.not_sent) == ("freed", [], {})


# A name that exists already ---------------------------------------------------------------------------------------------


def test_a_name_that_exists_when_it_is_sent_again_is_what_the_first_request_made(lost, send, let_go, log, service, clock):
    let_go()
    assert (log.read().state, log.read().run.state) == ("released", "waiting")
    service.add()
    clock.move(minutes=10)
    service.fault = "exists"
    send(again=True)
    assert (log.read().state, log.read().instance_id, len(service.instances)) == ("running", FIRST, 1)
    assert [event.data.get("code") for event in log.read().events if event.kind == "unknown"] == [None, "DBS.200022"]
    assert service.sent[0] == service.sent[1]


def test_a_name_that_exists_and_is_not_found_stays_unknown_and_is_never_replaced(service, send, log):
    service.fault = "exists"
    with pytest.raises(UnknownOutcomeError, match=r"its answer \(HTTP 409 DBS\.200022\) does not tell"):
        send()
    assert (log.read().state, {one["name"] for one in service.sent}) == ("unknown", {NAME})


# Released by a person -----------------------------------------------------------------------------------------------------


def test_a_creation_is_released_fifteen_minutes_after_its_intent_and_not_before(lost, let_go, log, clock):
    with pytest.raises(NotReadyError, match=r"an instance may appear late, too\. Try again in 15 min"):
        let_go(minutes=14)
    let_go(minutes=1)
    released = log.read().events[-1]
    assert (released.kind, released.data["operator"]) == ("released", "ada")
    assert released.data["evidence"] == [f"No instance with the name {NAME} is listed, nor its tag or its task."]
    assert [read["operation"] for read in released.data["reads"]] == ["List", "List"]


@pytest.mark.parametrize(
    ("trace", "words"),
    [
        (lambda service: service.add(), f"{NAME} {FIRST}"),
        (lambda service: service.tags.append("x"), "the tag is on x"),
        (lambda service: service.tasks.append("t"), "the task t names it"),
    ],
    ids=["name", "tag", "task"],
)
def test_nothing_is_released_while_anything_shows_that_it_had_an_effect(lost, let_go, log, service, trace, words):
    trace(service)
    with pytest.raises(NotReadyError, match=f"something was started.*{words}"):
        let_go()
    assert log.read().state == "unknown"


@pytest.mark.parametrize("call", ["/instances", "/traces"])
def test_nothing_is_released_on_what_cannot_be_read(lost, let_go, log, service, call):
    service.broken = call
    with pytest.raises(NotReadyError, match="its traces cannot be read"):
        let_go()
    assert log.read().state == "unknown"


def test_releasing_takes_a_reason_and_the_name(lost, let_go):
    with pytest.raises(NotConfirmedError) as caught:
        let_go(reason=" ", confirm=NAME)
    assert len(caught.value.missing) == 2


def test_a_step_that_was_never_sent_is_not_released(let_go):
    with pytest.raises(InputError, match="is opened, not unknown"):
        let_go()


def test_a_step_whose_job_and_instance_are_gone_is_closed_by_a_person(send, let_go, log, service):
    send()
    with pytest.raises(InputError, match="the service knows its job job-1"):
        let_go()
    service.jobs.clear()
    with pytest.raises(NotReadyError, match="something was started"):
        let_go()
    service.broken = "/jobs"
    with pytest.raises(NotReadyError, match="the job job-1 cannot be read"):
        let_go()
    service.broken = ""
    service.instances.clear()
    let_go()
    gone = log.read().events[-1]
    assert (gone.kind, gone.data["instance_id"], log.read().state) == ("gone", FIRST, "released")


def test_the_answer_of_a_step_is_kept_without_the_ids_that_it_does_not_name():
    said = Accepted(job_id="job-1", status=202, more={"restore_point": {"restore_time": 1}}).for_record()
    assert said == {
        "job_id": "job-1",
        "status": 202,
        "request_id": "",
        "service_time": None,
        "restore_point": {"restore_time": 1},
    }
