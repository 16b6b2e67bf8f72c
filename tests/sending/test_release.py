"""A person says that a step started nothing: only after time, on reads, with a reason and the name."""

from __future__ import annotations

import pytest

from ddmkit.errors import InputError, NotConfirmedError, NotReadyError
from tests.sending.conftest import FIRST, NAME


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
