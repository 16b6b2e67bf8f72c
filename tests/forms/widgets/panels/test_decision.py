"""What a recovery waits for."""

import pytest

from ddmkit.errors import InputError
from ddmkit.forms.logic.recovery_needs import Need, NeedKind
from ddmkit.forms.widgets.panels.decision import DecisionPanel
from ddmkit.restore.checks.result import CheckResult

WARNING = CheckResult(id="same-network:a", title="Network", status="warn", detail="Not <b>read</b>.", rule="")


@pytest.fixture
def decided():
    return []


@pytest.fixture
def panel(decided):
    return DecisionPanel(decided.append, lambda check: check.detail)


def test_every_warning_needs_its_tick(panel, decided):
    need = Need(NeedKind.ACCEPT, "prove-network", "Prove", "Not read.", (WARNING,))
    panel.show(need)
    assert "Not read." not in panel.words.value  # the warning beside its box says so
    assert "read" in panel.ticks.children[0].description
    panel.button.click()
    assert decided == []
    panel.ticks.children[0].value = True
    panel.button.click()
    assert decided == [need]
    assert panel.accepted == ("same-network:a",)


def test_a_name_and_a_password_are_asked_for_where_they_are_needed(panel, decided):
    panel.show(Need(NeedKind.SEND_AGAIN, "node:a", "Recover a", "busy"))
    panel.button.click()
    assert "Name of the source: is empty" in panel.message.text
    panel.show(Need(NeedKind.PASSWORD, "node:a", "Recover a", ""))
    panel.button.click()
    assert "Node password: is missing" in panel.message.text
    assert decided == []


def test_an_equal_need_keeps_what_was_typed_and_another_one_does_not(panel):
    panel.show(Need(NeedKind.CONFIRM))
    panel.name_field.value = "orders"
    panel.show(Need(NeedKind.CONFIRM))
    assert panel.name_field.value == "orders"
    panel.show(Need(NeedKind.SEND_AGAIN, "target"))
    assert panel.name_field.value == ""


def test_the_panel_appears_only_with_the_words_of_the_present_need(panel):
    panel.show(Need(NeedKind.CONFIRM, reason="a day ago"))
    panel.show(None)
    shown = []
    panel.widget.observe(lambda change: shown.append((change["new"].display, panel.words.value)), names="layout")
    panel.show(Need(NeedKind.SEND_AGAIN, "node:a", "Recover a", "busy"))
    assert [display for display, _ in shown] == [None]
    assert "busy" in shown[0][1]
    assert "a day ago" not in shown[0][1]


def test_what_cannot_be_sent_again_has_no_button(panel):
    panel.show(Need(NeedKind.GIVE_UP, "restore", "Restore <x>", "failed"))
    assert panel.button.layout.display == "none"
    assert "Hand over" in panel.words.value
    assert "<x>" not in panel.words.value


def test_an_error_is_shown_and_the_password_is_forgotten(panel):
    panel.show(Need(NeedKind.PASSWORD, "node:a"))
    panel.password.input.value = "Canary-7-ofTheNodes"

    def refuse():
        raise InputError("is wrong.", field="step")

    panel.attempt(refuse)
    assert "step: is wrong" in panel.message.text
    assert panel.given_password is None
