"""The claim of a step: one sending, one holder of what it changes, and nothing left over after a failure of the store."""

from __future__ import annotations

import pytest

from ddmkit.errors import RecordError, ServiceError
from ddmkit.records import ClaimConflict
from ddmkit.sending.claim import write_down_not_sent
from ddmkit.sending.send import carry_out
from tests.sending.conftest import NAME, STEP, begin


def test_a_step_is_sent_once_and_again_only_when_a_person_says_so(send, log, service):
    service.fault = "refused"
    with pytest.raises(ServiceError):
        send()
    with pytest.raises(ClaimConflict, match="was sent before"):
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
