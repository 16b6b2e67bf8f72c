"""A click and work in the background meet: what was chosen last is what the form has and shows."""

import threading

import pytest

from ddmkit.forms import PointForm, RestoreForm
from ddmkit.forms.logic.wizard_state import Step
from ddmkit.forms.steps import point as point_module


class Meeting:
    """Holds the first call of a function up in the background until a click was made, or had to wait for its turn."""

    def __init__(self, called):
        self._called, self._clicking = called, threading.main_thread()
        self.is_held, self.clicked = threading.Event(), threading.Event()

    def __call__(self, *given, **named):
        if threading.current_thread() is not self._clicking and not self.is_held.is_set():
            self.is_held.set()
            self.clicked.wait(0.5)
        return self._called(*given, **named)

    def click(self, act):
        assert self.is_held.wait(30)
        act()
        self.clicked.set()


@pytest.fixture
def meet(monkeypatch):
    def make(place, name):
        meeting = Meeting(getattr(place, name))
        monkeypatch.setattr(place, name, meeting)
        return meeting

    return make


def test_what_is_typed_while_the_list_is_read_is_what_is_chosen(kit, meet):
    form = PointForm(kit, source=kit.scenario.source)
    form.text_field.input.value = "2026-05-20 10:45"
    meeting = meet(point_module, "read_point")
    reading = threading.Thread(target=form.refresh)
    reading.start()
    meeting.click(lambda: setattr(form.text_field.input, "value", kit.scenario.backup_id))
    reading.join(30)
    assert form.backup_id == kit.scenario.backup_id
    assert form.list.chosen == kit.scenario.backup_id


def test_a_click_on_a_row_while_the_list_is_read_is_not_lost(kit, meet):
    form = PointForm(kit, source=kit.scenario.source)
    meeting = meet(form.list, "_draw")  # called while the rows are replaced
    reading = threading.Thread(target=form.refresh)
    reading.start()
    meeting.click(lambda: form.list.press(kit.scenario.backup_id))
    reading.join(30)
    assert form.backup_id == kit.scenario.backup_id


@pytest.mark.parametrize("name", ["_draw_panel", "draw"])
def test_a_step_that_ends_while_another_is_opened_does_not_bring_its_own_back(kit, meet, name):
    form = RestoreForm(kit, source=kit.scenario.source, backup_id=kit.scenario.backup_id)
    form.go_to(Step.POINT)
    meeting = meet(form.stepper, name)
    form._in_background(lambda: None)
    meeting.click(lambda: form.go_to(Step.SOURCE))
    assert form.wait(30)
    assert form.step is Step.SOURCE
    assert form.stepper.line.current == "source"
    assert [step for step, panel in form.stepper.panels.items() if panel.layout.display is None] == [Step.SOURCE]
    form.close()
