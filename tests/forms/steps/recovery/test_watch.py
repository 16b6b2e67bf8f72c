"""Taking a whole recovery on, and what only a person can do."""

from datetime import timedelta

import pytest

from ddmkit.errors import DDMKitError, NotConfirmedError
from ddmkit.forms.logic.recovery_needs import NeedKind
from ddmkit.forms.steps.recovery.watch import RecoveryProgress
from ddmkit.forms.widgets.background import run_at_once
from tests.forms.rescuer import PASSWORD


@pytest.fixture
def watch(incident):
    made = RecoveryProgress(incident, poll_s=0, run=run_at_once)
    yield made
    made.close()


@pytest.fixture
def begin(incident):
    def start(password=PASSWORD):
        facts = incident.scenario
        plan = incident.plan_recovery(source=facts.source, restore_time=facts.restore_time)
        return incident.recover(plan, confirm=plan.source_name, node_password=password)

    return start


def test_before_anything_there_is_nothing_to_see(watch):
    assert watch.state == ""
    assert watch.value is None
    assert "none was started" in watch.summary().text


def test_a_lost_answer_is_released_by_a_person_and_the_step_is_sent_again(watch, begin, incident):
    incident.simulator.inject("html-502@RDS.CreateInstance*1")
    watch.begin(begin)
    assert watch.state == "unknown"
    assert watch.need is None
    panel = watch.unknown_outcome
    panel.reason_field.value, panel.name_field.value = "the list shows nothing", "ddm-orders-prod"
    panel.release.click()
    assert "Try again" in panel.message.text  # the request may still be on its way
    incident.simulator.advance(timedelta(minutes=16))
    panel.adopt.click()
    assert watch.state == "unknown"
    panel.release.click()
    assert watch.need.kind is NeedKind.SEND_AGAIN
    watch.decision.name_field.value = "ddm-orders-prod"
    watch.decision.password.input.value = PASSWORD
    watch.decision.button.click()
    assert watch.state == "completed"


def test_an_error_before_anything_began_is_for_the_caller(watch, incident, monkeypatch):
    def refuse():
        raise NotConfirmedError("Nothing was sent.", missing=["confirm"])

    with pytest.raises(NotConfirmedError):
        watch.begin(refuse)
    assert watch.state == ""


def test_after_a_restart_a_node_that_is_still_to_be_requested_asks_for_the_password(watch, begin, incident):
    incident.simulator.inject("busy-source*1")
    with pytest.raises(DDMKitError) as caught:
        begin()
    watch.resume(caught.value.record)
    assert watch.state == "stopped"
    assert watch.need.kind is NeedKind.SEND_AGAIN
    assert watch.need.asks_password
    watch.decision.name_field.value = "another"
    watch.decision.password.input.value = PASSWORD
    watch.decision.button.click()
    assert "still missing" in watch.decision.message.text
    assert watch.state == "stopped"
    watch.decision.name_field.value = "ddm-orders-prod"
    watch.decision.password.input.value = PASSWORD
    watch.decision.button.click()
    assert watch.state == "completed"
    assert watch.value is not None
    assert watch.need is None
    watch.forget()
    assert watch.state == ""


def test_a_run_of_another_day_is_confirmed_again(watch, begin, incident):
    run = begin()
    incident.simulator.advance(timedelta(hours=25))
    watch.follow(run)
    assert watch.need.kind is NeedKind.CONFIRM
    watch.decision.name_field.value = "ddm-orders-prod"
    watch.decision.button.click()
    assert watch.state == "completed"
