"""Running the checks."""

import pytest

from ddmkit.errors import InputError
from ddmkit.forms.steps.checks import Checklist, describe_acceptance
from tests.restore.steps import UNPROVED


@pytest.fixture
def checklist(kit, given):
    """A checklist with two warnings: neither the audit trail nor the network can be read."""
    for fault in UNPROVED:
        kit.simulator.inject(fault)
    return Checklist(lambda: kit.plan(**given), kit.now, describe=describe_acceptance)


def test_pressing_runs_every_check_and_shows_the_age_of_the_facts(checklist):
    checklist.again.click()
    assert checklist.plan.ready
    assert "Ready: 2 to accept" in checklist.results.value
    assert "Facts read 2026-05-20 12:00:00 UTC; valid until 2026-05-20 12:30:00 UTC" in checklist.age.value
    assert not checklist.again.disabled


def test_facts_too_old_to_act_on_say_so(checklist, kit):
    checklist.check()
    kit.simulator.advance(checklist.plan.expires - checklist.plan.created)
    kit.simulator.advance(checklist.plan.expires - checklist.plan.created)
    checklist.show_age()
    assert "too old to use: check again" in checklist.age.value


def test_it_yields_what_was_accepted_once_all_is(checklist):
    checklist.check()
    assert checklist.value is None
    checklist.accept(checklist.plan.warnings)
    assert set(checklist.value) == set(checklist.plan.warnings)


def test_the_tick_for_recovered_nodes_names_the_instant(checklist):
    checklist.check()
    words = [box.description for box in checklist.ticks.children[1:]]
    assert "The 2 data nodes were recovered to 2026-05-20 10:46:19 UTC. (nodes-recovered)" in words


def test_ticks_belong_to_one_plan(checklist):
    checklist.check()
    for box in checklist.ticks.children[1:]:
        box.value = True
    checklist.again.click()
    assert checklist.accepted == ()


def test_what_stands_against_checking_is_told():
    def refuse():
        raise InputError("is missing.", field="source")

    checklist = Checklist(refuse, lambda: None)
    checklist.again.click()
    assert "source: is missing." in checklist.message.text
    assert checklist.plan is None


def test_while_a_check_fails_nothing_is_to_be_ticked_and_the_rest_is_folded_away(kit, given):
    kit.simulator.inject("vpc-denied")
    old = next(one.id for one in kit.instances() if one.name == "ddm-empty-old-engine")
    checklist = Checklist(lambda: kit.plan(**{**given, "target": old}), kit.now)
    checklist.check()
    assert checklist.ticks.layout.display == "none"
    assert "1 check failed: fix what is named below" in checklist.message.text
    shown, folded = checklist.results.value.split("<details>")
    assert shown.index("target-version") < shown.index("same-network")
    assert "target-empty" in folded


def test_once_nothing_fails_the_ticks_are_there(checklist):
    checklist.check()
    assert checklist.ticks.layout.display is None
