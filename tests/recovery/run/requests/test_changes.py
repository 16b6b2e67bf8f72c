"""Changes and deletions as steps: what can be found out about a lost answer."""

from __future__ import annotations

from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from ddmkit.errors import InputError, NotFoundError, NotReadyError, UnreachableError
from ddmkit.recovery.run.requests.changes import ChangeStep, DeletionStep
from ddmkit.service.calls import Call


@contextmanager
def no_reads():
    yield []


def values(**changes):
    service = SimpleNamespace(collect_reads=no_reads)
    call = Call("DeleteInstance", "delete", "DELETE", "/v3/p/instances/n1")
    made = {"name": "delete:n1", "claim_key": "delete:n1", "title": "deletion of n", "confirm_name": "orders", "service": service, "call": call, "send": lambda check, attempt: attempt}  # fmt: skip
    return {**made, **changes}


def deletion(is_listed):
    return DeletionStep(instance_id="n1", is_listed=is_listed, **values())


def test_a_deletion_was_carried_out_when_the_instance_is_gone():
    assert deletion(lambda: True).search(None, set()) == ()
    (found,) = deletion(lambda: False).search(None, set())
    assert (found.words, found.id) == ("n1 is gone", "gone:n1")


def test_a_deletion_is_released_only_while_the_instance_is_listed():
    assert deletion(lambda: True).prove_nothing_started(None).sentences == ("n1 is still listed.",)

    def unknown():
        raise NotFoundError("n1")

    def unreachable():
        raise UnreachableError("no answer", sent=True)

    for is_listed, said in ((lambda: False, "is gone"), (unknown, "is gone"), (unreachable, "cannot be read")):
        with pytest.raises(NotReadyError, match=said):
            deletion(is_listed).prove_nothing_started(None)


def test_a_deletion_is_decided_by_the_list_and_not_by_a_person():
    with pytest.raises(InputError, match="not adopted"):
        deletion(lambda: True).candidate("j")


def test_another_change_may_be_sent_again_and_is_sent_as_it_was_given():
    step = ChangeStep(**values(name="refresh", claim_key="sync:t"))
    assert step.search(None, set()) == ()
    assert "same effect" in step.prove_nothing_started(None).sentences[0]
    assert step.candidate("j").job_id == "j"
    assert step.send(last_check=lambda: None, attempt="attempt") == "attempt"
