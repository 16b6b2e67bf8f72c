"""Handing over, and giving up, by the record of a recovery."""

import pytest

from ddmkit.forms.steps.recovery.hand_over import HandOverForm
from tests.forms.rescuer import PASSWORD


@pytest.fixture
def begun(incident):
    """A recovery whose requests were sent, and that nobody has taken on."""
    facts = incident.scenario
    plan = incident.plan_recovery(source=facts.source, restore_time=facts.restore_time)
    return incident.recover(plan, confirm=plan.source_name, node_password=PASSWORD)


def test_before_the_end_there_is_no_offer_and_what_was_created_can_be_listed(incident, begun):
    form = HandOverForm(incident, poll_s=0)
    assert "none yet" in form.summary().text
    form.show_record(begun.record)
    assert form.value is begun.record
    assert form.offers == ()
    assert form.what_next.widget.layout.display == "none"  # the step Watch says what to do
    assert "the step Watch says what is needed" in form.summary().text
    form.list_created()
    assert form.giving_up.message.text or form.giving_up.todo is not None
    form.forget()
    assert form.value is None
    assert "none yet" in form.summary().text


def test_the_end_has_the_address_the_sessions_and_the_offers(incident, begun):
    run = begun.wait(poll_s=0, say=None)
    form = HandOverForm(incident, poll_s=0)
    form.show_record(run.record)
    told = form.summary().text
    assert run.address in told
    assert f"New address: {run.address}" in form.what_next.letter.text
    assert form.what_next.letter.text in told
    assert "shop_rw: 2 sessions" in told
    assert [one.offer.id for one in form.offers] == ["administrator", "source-read-only"]
    assert "Not possible" in form.giving_up.words.value
    panel = form.offers[0]
    panel.account_field.input.value, panel.name_field.input.value = "dba_admin", "ddm-orders-prod"
    panel.password.input.value = PASSWORD
    panel.button.click()
    assert [one.offer.id for one in form.offers] == ["source-read-only"]
    assert PASSWORD not in form.summary().html + repr(form)
