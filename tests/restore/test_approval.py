"""What keeps a plan from being sent, before and after the facts are read again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from ddmkit.errors import NotConfirmedError, NotReadyError
from ddmkit.restore.approval import describe_confirmation, find_new_obstacle, find_obstacle, missing_name, not_confirmed
from ddmkit.restore.checks.result import CheckResult
from ddmkit.restore.context import Confirmation

NOON = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)
PASSED = CheckResult(id="source-found", title="Source", status="pass", detail="Found.")
WARNED = CheckResult(id="clock-skew", title="Clock", status="warn", detail="2 min fast.", hint="Set it.")
FAILED = CheckResult(id="target-empty", title="Target", status="fail", detail="Holds 2 schemas.", hint="Use another.")


def plan(*checks, expires=NOON):
    warnings = tuple(check.id for check in checks if check.status == "warn")
    return SimpleNamespace(expires=expires, checks=checks, warnings=warnings)


def confirmation(name="new", *accepted):
    return Confirmation(operator="ada", target_name=name, accepted=frozenset(accepted), purpose="drill", ticket="OPS-7")


def obstacle(made, given, now=NOON):
    return find_obstacle(made, given, now, name="new", role="target")


def test_nothing_is_in_the_way_of_a_plan_that_is_fresh_ready_and_confirmed():
    assert obstacle(plan(PASSED, WARNED), confirmation("new", "clock-skew")) is None
    assert find_new_obstacle((PASSED, WARNED), confirmation("new", "clock-skew")) is None


def test_an_expired_plan_is_refused_first_with_its_age():
    found = obstacle(plan(FAILED), confirmation("wrong"), NOON + timedelta(minutes=5))
    assert isinstance(found, NotReadyError)
    assert "The plan expired 5 min ago" in str(found)
    assert found.checks == (FAILED,)


def test_a_failed_check_comes_before_a_missing_confirmation_and_tells_what_to_do():
    found = obstacle(plan(PASSED, FAILED), confirmation("wrong"))
    assert isinstance(found, NotReadyError)
    assert str(found).startswith("The plan is not ready; nothing was sent.")
    assert "- Target (target-empty): Holds 2 schemas. Use another." in str(found)


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        (confirmation("", "clock-skew"), ["confirm='new', the name of the target, typed exactly"]),
        (confirmation("New", "clock-skew"), ["confirm='new', the name of the target, typed exactly (given: 'New')"]),
        (confirmation("new"), ["accept='clock-skew': 2 min fast. Set it."]),
        (confirmation("new", "clock-skew", "no-check"), ["accept names 'no-check', which is no check"]),
    ],
)
def test_each_confirmation_that_is_missing_is_listed(given, missing):
    found = obstacle(plan(PASSED, WARNED), given)
    assert isinstance(found, NotConfirmedError)
    assert found.missing == tuple(missing)
    assert str(found).startswith("Nothing was sent, because a confirmation is missing:\n- ")


def test_a_new_failure_or_a_new_warning_stops_a_confirmed_plan():
    given = confirmation("new")
    assert "Something has changed since the plan was made; nothing was sent" in str(find_new_obstacle((FAILED,), given))
    found = find_new_obstacle((PASSED, WARNED), given)
    assert isinstance(found, NotConfirmedError)
    assert "a warning has appeared that nobody has accepted" in str(found)


def test_only_warnings_that_the_plan_has_are_recorded_as_accepted():
    told = describe_confirmation(plan(PASSED, WARNED), confirmation("new", "clock-skew", "source-found"))
    assert (told["operator"], told["accepted"], told["ticket"]) == ("ada", ["clock-skew"], "OPS-7")
    assert told["host"]
    assert told["system_user"]


def test_a_name_is_missing_unless_it_is_the_very_same():
    assert missing_name("shop", "source", "shop") == []
    assert missing_name("shop", "source", " shop") == [
        "confirm='shop', the name of the source, typed exactly (given: ' shop')"
    ]
    assert not_confirmed("No", ["a", "b"]).missing == ("a", "b")
