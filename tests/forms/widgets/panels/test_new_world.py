"""The simulator's controls above the form."""

import pytest

from ddmkit.errors import DDMKitError
from ddmkit.forms.widgets.panels.new_world import WorldPanel, panels_of


@pytest.fixture
def calls():
    return []


@pytest.fixture
def panel(calls):
    return WorldPanel(
        {"one": "the first", "two": "the second"},
        "two",
        lambda name: calls.append(("begin", name)),
        faults={"slow": "the response is slow"},
        inject=lambda name: calls.append(("inject", name)),
        clear=lambda: calls.append(("clear",)),
    )


def test_the_present_scenario_is_described_and_another_one_is_started(panel, calls):
    assert "the second" in panel.details.value
    panel.pick.value = "one"
    assert "the first" in panel.details.value
    panel.new.click()
    assert calls == [("begin", "one")]


def test_a_chosen_fault_happens_once_and_all_can_be_removed(panel, calls):
    panel.fault.value = "slow"
    assert "slow, once: the response is slow" in panel.message.text
    panel.clear.click()
    assert calls == [("inject", "slow"), ("clear",)]
    assert panel.fault.value == "choose a fault"


def test_a_refusal_is_shown_and_the_button_works_again():
    def refuse(_name):
        raise DDMKitError("not now")

    panel = WorldPanel({"one": "the first"}, "gone", refuse, faults={}, inject=print, clear=print)
    panel.new.click()
    assert "not now" in panel.message.text
    assert not panel.new.disabled


def test_the_simulator_plays_its_own_scenarios_and_faults(kit, calls, monkeypatch):
    monkeypatch.setattr(kit.simulator, "inject", calls.append)
    (panel,) = panels_of(kit, calls.append)
    pick, new = panel.children[0].children
    assert pick.value == "dropped-schema"
    new.click()
    fault, _clear = panel.children[2].children
    fault.value = "server-error"
    assert calls == ["dropped-schema", "server-error"]
