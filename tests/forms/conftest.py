"""A kit on a standing clock, and a person who walks through the form by its widgets."""

import functools
from datetime import UTC, datetime

import pytest

import ddmkit
from ddmkit.forms import RecoveryForm, RestoreForm
from ddmkit.forms.logic.wizard_state import Step
from ddmkit.service.client import Client
from tests.forms.rescuer import Rescuer

NOON = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def now():
    return NOON


@pytest.fixture(autouse=True)
def reads_repeated_at_once(monkeypatch):
    """Pauses between repeated reads are not waited for."""
    monkeypatch.setattr("ddmkit.kit.Client", functools.partial(Client, sleep=lambda seconds: None))


@pytest.fixture
def open_kit(tmp_path):
    opened = []

    def make(scenario=None, **options):
        made = ddmkit.demo(scenario, now=NOON, world=tmp_path / f"world{len(opened)}.sqlite", operator="mel", **options)
        opened.append(made)
        return made

    yield make
    for one in opened:
        one.close()


@pytest.fixture
def kit(open_kit):
    return open_kit()


class Person:
    """Presses and types, and waits until the form has answered."""

    def __init__(self, form, kit):
        self.form, self.kit, self.facts = form, kit, kit.scenario

    def press(self, button):
        assert not button.disabled, f"{button.description} is disabled in {self.form.step}"
        button.click()
        assert self.form.wait(30)

    def go_on(self):
        self.press(self.form.stepper.on)

    def choose(self, listed, key):
        listed.press(key)
        assert self.form.wait(30)

    def reach(self, step):
        acts = {
            Step.SOURCE: self.choose_source,
            Step.POINT: self.choose_backup,
            Step.TARGET: self.choose_target,
            Step.CHECK: self.accept_all,
            Step.REVIEW: lambda: None,
        }
        while self.form.step is not step:
            acts[self.form.step]()
            self.go_on()
        return self

    def choose_source(self):
        self.choose(self.form.source.list, self.facts.source)

    def choose_backup(self):
        self.choose(self.form.point.list, self.facts.backup_id)

    def choose_target(self):
        self.choose(self.form.target.list, self.facts.target)
        self.press(self.form.target.rows.take)

    def accept_all(self):
        for box in self.form.checks.ticks.children[1:]:
            box.value = True

    def submit(self):
        self.form.confirmation.name_field.input.value = self.form.plan.target_name
        self.press(self.form.confirmation.submit)


@pytest.fixture
def walk(kit):
    forms = []

    def begin(on=None, **values):
        form = RestoreForm(on or kit, poll_s=0, **values)
        forms.append(form)
        return Person(form, on or kit)

    yield begin
    for form in forms:
        form.close()


@pytest.fixture
def given(kit):
    """The scenario's values as a pre-filled notebook hands them in."""
    facts = kit.scenario
    return {"source": facts.source, "backup_id": facts.backup_id, "target": facts.target, "data_nodes": facts.data_nodes}


@pytest.fixture
def incident(open_kit, monkeypatch):
    """A kit on a world in which everything has to be recovered."""
    monkeypatch.delenv("DDMKIT_NODE_PASSWORD", raising=False)
    return open_kit("whole-incident")


@pytest.fixture
def recover():
    """Return a maker of forms for a whole recovery, each with a person in front of it."""
    forms = []

    def make(kit, **values):
        forms.append(RecoveryForm(kit, poll_s=0, **values))
        return Rescuer(forms[-1], kit)

    yield make
    for form in forms:
        form.close()
