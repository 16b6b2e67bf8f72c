"""The creation of an instance: found by its unique name, never replaced, and released only when nothing names it."""

from __future__ import annotations

import pytest

from ddmkit.errors import NotReadyError, UnknownOutcomeError
from tests.sending.conftest import FIRST, NAME


def test_an_older_instance_with_the_name_is_not_taken_for_it(service, clock, send, log):
    service.add()
    clock.move(minutes=3)
    service.fault = "lost before"
    with pytest.raises(UnknownOutcomeError, match="has appeared since"):
        send()
    assert log.read().instance_id == ""


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
    with pytest.raises(
        UnknownOutcomeError,
        match=r"its answer \(HTTP 409 DBS\.200022: an instance of that name exists already\) does not tell",
    ):
        send()
    assert (log.read().state, {one["name"] for one in service.sent}) == ("unknown", {NAME})


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
