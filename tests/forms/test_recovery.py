"""The whole recovery, by the form's widgets, on the simulator."""

import gc
import json

import ipywidgets

from ddmkit.forms import RestoreForm
from ddmkit.forms.logic.wizard_state import Step, StepState
from tests.forms.rescuer import PASSWORD


def test_a_recovery_by_clicks_alone_from_choosing_to_the_new_address(recover, incident):
    form = recover(incident).recover()
    assert form.watch.message.text == ""
    assert form.states[Step.WATCH] is StepState.DONE
    assert form.step is Step.RESULTS
    assert form.value.status == "completed"
    assert form.value.address in form.results.details.value
    assert [panel.offer.id for panel in form.results.offers] == ["administrator", "source-read-only"]
    assert len(form.watch.table._all) == 8


def test_the_password_is_in_no_widget_and_in_no_summary(recover, incident):
    form = recover(incident).recover()
    widgets = [one for one in gc.get_objects() if isinstance(one, ipywidgets.Widget) and one.comm is not None]
    shown = json.dumps([one.get_state() for one in widgets], default=str)
    assert PASSWORD not in shown
    assert PASSWORD not in form.summary().html
    assert form.confirmation.password.get() is None


def test_nothing_is_sent_before_everything_is_typed(recover, incident):
    person = recover(incident).reach(Step.CONFIRM)
    confirmation = person.form.confirmation
    for wrong in ({"name": "ddm-orders"}, {"digest": "0"}, {"count": "2"}, {"password": "short"}):
        person.fill_in(**wrong)
        assert confirmation.submit.disabled, wrong
        confirmation.password.drop()
    person.fill_in()
    assert not confirmation.submit.disabled
    assert [one for one in incident.simulator.requests if (one.method, one.path[-10:]) == ("POST", "/instances")] == []


def test_another_plan_asks_for_every_word_again(recover, incident):
    person = recover(incident).reach(Step.CONFIRM)
    person.fill_in()
    person.form.go_to(Step.TARGET)
    person.form.target.throwaway.value = True
    assert person.form.plan is None
    person.reach(Step.CONFIRM)
    fields = person.form.confirmation
    assert (fields.name_field.value, fields.digest_field.value, fields.count_field.value) == ("", "", "")
    assert not fields.password.is_given
    assert "drill" in person.form.review.words.value.lower()


def test_a_warning_that_appears_later_is_accepted_by_name_and_the_run_goes_on(recover, incident, monkeypatch):
    person, begin = recover(incident).reach(Step.CONFIRM), incident.recover

    def begin_and_deny(*plan, **given):
        run = begin(*plan, **given)
        incident.simulator.inject("vpc-denied")
        return run

    monkeypatch.setattr(incident, "recover", begin_and_deny)
    person.fill_in()
    person.press(person.form.confirmation.submit)
    form = person.form
    assert form.step is Step.WATCH
    assert form.states[Step.WATCH] is StepState.BLOCKED
    panel = form.watch.decision
    person.press(panel.button)
    assert "not all ticked" in panel.message.text
    for box in panel.ticks.children:
        box.value = True
    person.press(panel.button)
    assert form.value.status == "completed"


def test_a_refused_node_is_sent_again_with_the_name_of_the_source(recover, incident):
    person = recover(incident).reach(Step.CONFIRM)
    person.fill_in()
    incident.simulator.inject("busy-source*1")
    person.press(person.form.confirmation.submit)
    form = person.form
    assert form.watch.state == "stopped", form.confirmation.outcome.text
    panel = form.watch.decision
    assert panel.button.description == "Send this step again"
    panel.name_field.value = "ddm-orders-prod"
    panel.password.input.value = PASSWORD
    person.press(panel.button)
    assert form.value.status == "completed"


def test_a_recovery_is_gone_on_with_after_a_restart_and_asks_for_the_password_again(recover, incident):
    plan = incident.plan_recovery(source=incident.scenario.source, restore_time=incident.scenario.restore_time)
    run = incident.recover(plan, confirm="ddm-orders-prod", node_password=PASSWORD)
    other = recover(incident)
    assert other.form.offer.record_ids == (run.id,)
    form = recover(incident, record=run.id).form
    assert form.wait(180)
    assert form.value.status == "completed"
    assert form.step is Step.RESULTS


def test_what_a_drill_has_created_is_deleted_after_its_count_was_typed(recover, incident):
    person = recover(incident, throwaway=True)
    form = person.recover()
    panel = form.results.giving_up
    person.press(panel.look)
    assert panel.todo is not None, panel.message.text
    assert len(panel.todo.deletable) == 3
    assert panel.delete.disabled
    panel.count_field.input.value = "delete 3"
    person.press(panel.delete)
    assert panel.message.text == ""
    assert form.watch.state == "abandoned"
    assert "What the list named was deleted" in form.results.details.value
    assert not [one for one in incident.instances() if "drill" in one.name]


def test_an_offer_is_carried_out_after_the_name_was_typed(recover, incident):
    person = recover(incident)
    form = person.recover()
    panel = form.results.offers[1]
    panel.name_field.input.value = "ddm-orders-prod "
    assert panel.button.disabled
    panel.name_field.input.value = "ddm-orders-prod"
    person.press(panel.button)
    assert [one.offer.id for one in form.results.offers] == ["administrator", "lift-read-only"]


def test_the_page_of_the_kit_is_resumed_by_the_right_form(recover, incident):
    form = recover(incident).recover()
    wrong = RestoreForm(incident)
    assert wrong.offer.record_ids == ()
    wrong.resume(form.watch.record_id)
    assert wrong.wait(180)
    assert "RecoveryForm(kit, record=...)" in wrong.watch.message.text
    wrong.close()


def test_a_summary_says_how_the_recovery_stands(recover, incident):
    person = recover(incident)
    assert "1. Source: ready" in person.form.summary().text
    person.recover()
    told = person.form.summary().text
    assert "8. Hand over" in told
    assert "applications connect to" in told
    assert "POST /v3/" in person.form.summary().html
    assert "(in full in the record)" in told
