"""The four results of a check, and what a fact that could not be read makes of one."""

from __future__ import annotations

import pytest

from ddmkit.restore.checks.result import Check, fail, ok, skip, unread, warn
from tests.restore.builders import Fact, inventory, request

REFUSED, UNPUBLISHED = Fact(problem="503"), Fact(problem="404", unpublished=True)


@pytest.mark.parametrize(
    ("found", "status", "hint"),
    [
        (ok("seen"), "pass", ""),
        (warn("seen", "look"), "warn", "look"),
        (fail("seen", "mend"), "fail", "mend"),
        (skip("seen"), "skip", ""),
    ],
)
def test_a_result_carries_what_its_check_says_of_itself(found, status, hint):
    result = Check("id", "title", "rule", lambda *_: found).run(inventory(), request())
    assert (result.id, result.title, result.rule) == ("id", "title", "rule")
    assert (result.status, result.detail, result.hint) == (status, "seen", hint)


@pytest.mark.parametrize(
    ("facts", "status", "hint"),
    [
        ((), "fail", "Mend it."),
        ((REFUSED,), "fail", "Try again. Mend it."),
        ((UNPUBLISHED, REFUSED), "fail", "Try again. Mend it."),
        ((UNPUBLISHED, UNPUBLISHED), "warn", "Look in the console, and accept this only if you have seen it for yourself."),
    ],
)
def test_only_calls_that_this_edition_does_not_have_leave_the_decision_to_a_person(facts, status, hint):
    found = unread("Not readable.", "Mend it.", *facts)
    assert found.status == status
    assert found.hint.startswith(hint)
