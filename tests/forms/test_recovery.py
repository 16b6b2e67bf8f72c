"""The whole recovery, by the form's widgets, on the simulator."""

import gc
import json

import ipywidgets
import pytest

from ddmkit.forms import RecoveryForm
from ddmkit.forms.logic.wizard_state import Step, StepState

PASSWORD = "Canary-7-ofTheNodes"


class Rescuer:
    """Presses and types, and waits until the form has answered."""

    def __init__(self, form, kit):
        self.form, self.kit, self.facts = form, kit, kit.scenario

    def press(self, button):
        assert not button.disabled, f"{button.description} is disabled in {self.form.step}"
        button.click()
        assert self.form.wait(60)

    def go_on(self):
        self.press(self.form.stepper.on)

    def reach(self, step):
        acts = {Step.SOURCE: self.choose_source, Step.POINT: self.choose_point}
        while self.form.step is not step:
            acts.get(self.form.step, lambda: None)()
            self.go_on()
        return self

    def choose_source(self):
        self.form.source.list.press(self.facts.source)
        assert self.form.wait(30)

    def choose_point(self):
        self.form.point.restore_time = self.facts.restore_time

    def fill_in(self, **wrong):
        plan, fields = self.form.plan, self.form.confirmation
        given = {"name": plan.source_name, "digest": plan.digest[:6], "count": str(plan.new_instances), **wrong}
        fields.name_field.input.value = given["name"]
        fields.digest_field.input.value = given["digest"]
        fields.count_field.input.value = given["count"]
        fields.password.input.value = given.get("password", PASSWORD)

    def recover(self):
        self.reach(Step.CONFIRM).fill_in()
        self.press(self.form.confirmation.submit)
        return self.form


@pytest.fixture
def world(open_kit):
    return open_kit("whole-incident")


@pytest.fixture
def begin():
    forms = []

    def make(kit, **values):
        forms.append(RecoveryForm(kit, poll_s=0, **values))
        return Rescuer(forms[-1], kit)

    yield make
    for form in forms:
        form.close()


def created(kit):
    return [one for one in kit.node_instances() if one.name.startswith("rds-orders")]


def test_a_recovery_by_clicks_alone_from_choosing_to_the_new_address(begin, world):
    form = begin(world).recover()
    assert form.watch.message.text == ""
    assert form.states[Step.WATCH] is StepState.DONE
    assert form.step is Step.RESULTS
    assert form.value.status == "completed"
    assert form.value.address in form.results.details.value
    assert [panel.offer.id for panel in form.results.offers] == ["administrator", "source-read-only"]
    assert len(form.watch.table._all) == 8


def test_the_password_is_in_no_widget_and_in_no_summary(begin, world):
    form = begin(world).recover()
    widgets = [one for one in gc.get_objects() if isinstance(one, ipywidgets.Widget)]
    shown = json.dumps([one.get_state() for one in widgets], default=str)
    assert PASSWORD not in shown
    assert PASSWORD not in form.summary().html
    assert form.confirmation.password.get() is None
