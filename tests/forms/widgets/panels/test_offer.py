"""Offers after a recovery."""

import pytest

from ddmkit.forms.widgets.panels.offer import OfferPanel
from ddmkit.recovery.offers import ADMINISTRATOR, SOURCE_READ_ONLY, Offer

REQUEST = {"service": "DDM", "method": "PUT", "path": "/v3/p/x", "body": {"readonly": True}}


@pytest.fixture
def sent():
    return []


def test_an_offer_shows_its_request_and_sends_nothing_by_itself(sent):
    panel = OfferPanel(Offer(id=SOURCE_READ_ONLY, title="Make <it> read-only", request=REQUEST), "orders", sent.append)
    shown = panel.widget.children[0].value
    assert "DDM PUT /v3/p/x" in shown
    assert "<it>" not in shown
    panel.name_field.input.value = "another"
    assert panel.button.disabled
    assert panel.name_field.message.text == "Type: orders"
    panel.name_field.input.value = ""
    assert panel.name_field.message.text == ""
    panel.name_field.input.value = "orders"
    assert not panel.button.disabled
    assert sent == []
    panel.button.click()
    assert sent == [panel]
    assert panel.button.disabled
    panel.attempt(lambda: None)
    assert not panel.button.disabled


def test_an_account_without_a_name_or_a_password_is_asked_for_before_anything_is_sent(sent):
    panel = OfferPanel(Offer(id=ADMINISTRATOR, title="Create", request=REQUEST), "orders", sent.append)
    panel.name_field.input.value, panel.account_field.input.value = "orders", "dba_admin"
    panel.button.click()
    assert "its password first" in panel.message.text
    panel.password.input.value = "Canary-7"
    panel.button.click()
    assert sent == [panel]


def test_the_password_of_an_account_is_in_no_widget_and_given_out_once(sent):
    panel = OfferPanel(Offer(id=ADMINISTRATOR, title="Create", request=REQUEST), "orders", sent.append)
    panel.password.input.value = "Canary-7"
    assert panel.password.input.value == ""
    assert panel.take_password().get_secret_value() == "Canary-7"
    assert panel.take_password() is None
