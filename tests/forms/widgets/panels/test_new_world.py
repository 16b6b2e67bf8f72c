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


def test_without_faults_the_simulator_answers_again(kit, calls):
    (panel,) = panels_of(kit, calls.append)
    fault, clear = panel.children[2].children
    assert clear.description == "Clear faults"
    for is_cleared in (False, True):
        fault.value = "server-error"
        if is_cleared:
            clear.click()
        seen = len(kit.simulator.requests)
        assert kit.instances()  # a read that fails is repeated
        assert all(one.status == 200 for one in kit.simulator.requests[seen:]) is is_cleared
        fault.value = "choose a fault"
    assert "Nothing fails any more" in panel.children[3].value
