"""Reading what every row would do, accepting warnings, and the typed count."""

from __future__ import annotations

import pytest

from ddmkit.forms.steps.fleet.approve import FleetApproval, FleetReview
from tests.forms.logic.fleet.test_rows import check, plan


@pytest.fixture
def warned():
    return plan([check("old", "warn")], [check("old", "warn")], [check("idle", "pass")])


def test_warnings_are_accepted_one_by_one_or_all_and_another_plan_starts_anew(warned):
    said = []
    review = FleetReview(lambda: said.append(review.open_warnings))
    review.set_plan(warned)
    assert (review.open_warnings, review.accepted) == (2, {})
    review.warnings.press("r1/old")
    assert (review.accepted, said) == ({"r1": ["old"]}, [1])
    review.accept_all.click()
    assert (review.accepted, said) == ({"r1": ["old"], "r2": ["old"]}, [1, 0])
    review.set_plan(warned)
    assert review.accepted == {}


def test_what_is_said_of_the_plan_names_waves_and_the_stop(warned):
    review = FleetReview(lambda: None)
    review.set_plan(warned)
    assert "3 rows in waves of 1, 2. All rows are ready. Paused after 3 bad rows" in review.said.value
    review.set_plan(plan([check("full", "fail")], [check("idle", "pass")]))
    assert "1 row not ready: correct it." in review.said.value
    assert review.checks.view["rows"][0]["cells"][0] == "✗ fail"


def test_the_button_needs_a_ready_plan_accepted_warnings_and_the_count(warned):
    sent = []
    approval = FleetApproval(lambda: sent.append(1), purpose="lost", ticket="INC-7")
    approval.set_plan(warned, "mel")
    approval.draw(2)
    assert approval.submit.disabled
    assert "2 warnings to accept above." in approval.message.text
    approval.draw(0)
    assert (approval.message.text, approval.submit.disabled) == ("", True)
    approval.count.input.value = "Restore 3"
    assert approval.submit.disabled
    assert approval.count.message.text == "Type: restore 3"
    approval.count.input.value = "restore 3"
    assert not approval.submit.disabled
    approval.submit.click()
    assert sent == [1]
    approval.purpose.input.value = "x" * 501
    assert "Shorten the purpose" in approval.submit.tooltip
    assert "mel" in approval.facts.value


def test_the_count_belongs_to_one_digest_and_a_plan_that_is_not_ready_cannot_be_approved(warned):
    approval = FleetApproval(lambda: None, purpose="", ticket="")
    approval.set_plan(warned, "mel")
    approval.count.input.value = "restore 3"
    approval.set_plan(warned, "mel")
    assert approval.count.value == "restore 3"
    approval.set_plan(plan([check("full", "fail")], [check("idle", "pass")]), "mel")
    assert approval.count.value == ""
    approval.count.input.value = "restore 2"
    assert approval.submit.disabled
    assert "not ready" in approval.submit.tooltip
