"""What the record says about one step."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ddmkit.errors import InputError
from ddmkit.records.runs import Owner
from tests.sending.conftest import FIRST, STEP


def test_an_id_that_the_answer_does_not_name_is_written_down_later(send, log, service, store):
    service.fault = "late id"
    send()
    assert (log.read().job_id, log.read().instance_id) == ("job-1", "")
    log.append("made", {"instance_id": FIRST})
    assert (log.read().state, log.read().instance_id) == ("running", FIRST)
    assert store.owned_ids() == {"job-1", FIRST}


def test_a_step_without_an_intent_was_never_sent(log):
    with pytest.raises(InputError, match=rf"step {STEP} of run {log.run_id} was never sent"):
        _ = log.read().intent


def test_the_time_of_sending_is_the_services_own_where_the_record_has_it(log, store, clock):
    first = clock.now - timedelta(minutes=5)
    for facts in ({"service_time": first}, {}):
        log.claim(facts, owner=Owner("ada", "desk-1", 7), claim_key=STEP, again=facts == {})
        log.settle("freed", {"reason": "busy"})
    view = log.read()
    assert (view.first_sent_at, view.sent_at) == (first, view.intent.at)
