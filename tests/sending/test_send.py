"""Sending the one request of a step, against a service on real HTTP: accepted, refused, or held up."""

from __future__ import annotations

import pytest

from ddmkit.errors import InputError, ServiceError
from ddmkit.records import verify_chain
from ddmkit.sending.send import carry_out
from tests.sending.conftest import FIRST, NAME, PASSWORD, STEP, TOKEN, all_text, kinds


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


def test_a_refusal_frees_the_step_and_stops_the_run_and_its_text_holds_no_secret(send, log, service, store):
    service.fault = "refused"
    with pytest.raises(ServiceError, match=r"DBS\.200023") as caught:
        send()
    assert caught.value.record == log.run_id
    assert PASSWORD not in str(caught.value)
    assert (kinds(log)[-2:], log.read().run.state) == (["freed", "explained"], "stopped")
    assert store.holder_of_key("p", STEP) is None
    assert PASSWORD not in all_text(store)


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
