"""The panel for a token that the service no longer accepts."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ddmkit.errors import InputError
from ddmkit.forms.widgets.panels.token_renewal import TokenPanel


class Kit:
    """A kit whose token was refused."""

    def __init__(self, **changes):
        self.is_refused, self.can_renew_token, self.simulator, self.given = True, True, None, []
        self.closing = SimpleNamespace(has_begun=False)
        self.settings = SimpleNamespace(credential_source="profile [basic]")
        vars(self).update(changes)

    def renew_token(self, token):
        if " " in token:
            raise InputError("holds a blank.", field="token", fix="Paste it again.")
        self.given.append(token)


@pytest.fixture
def renewed():
    return []


@pytest.fixture
def open_panel(renewed):
    def make(**changes):
        kit = Kit(**changes)
        panel = TokenPanel(kit, lambda: renewed.append(True))
        panel.draw()
        return kit, panel

    return make


def is_shown(widget):
    return widget.layout.display != "none"


@pytest.mark.parametrize(
    "changes", [{"is_refused": False}, {"closing": SimpleNamespace(has_begun=True)}], ids=["accepted", "closing"]
)
def test_it_is_shown_only_while_the_service_refuses(open_panel, changes):
    _, panel = open_panel(**changes)
    assert not is_shown(panel.widget)


def test_a_new_token_goes_to_the_kit_and_stays_in_no_field(open_panel, renewed):
    kit, panel = open_panel()
    assert is_shown(panel.widget)
    panel.field.value = " canary-token\n"
    assert (kit.given, renewed, panel.field.value) == (["canary-token"], [True], "")
    panel.take.click()
    assert "A new token is in use." in panel.message.text
    assert "canary" not in repr(panel.widget.children)


def test_a_token_that_cannot_be_one_is_refused_and_nothing_goes_on(open_panel, renewed):
    kit, panel = open_panel()
    panel.field.value = "two words"
    assert (kit.given, renewed) == ([], [])
    assert "holds a blank." in panel.message.text


def test_the_button_alone_asks_for_the_token(open_panel):
    _, panel = open_panel()
    panel.take.click()
    assert "Paste the token into the field first." in panel.message.text


def test_other_credentials_are_set_where_they_came_from(open_panel):
    _, panel = open_panel(can_renew_token=False)
    words = panel.widget.children[0].value
    assert "The service does not accept the credentials (profile [basic])" in words
    assert not is_shown(panel.widget.children[1])
