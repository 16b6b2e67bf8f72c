"""Coverage: what needs a drill most comes first; only drills that passed count."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ddmkit.drills.build import build_report
from ddmkit.drills.coverage import list_coverage, remind
from ddmkit.drills.history import HeldDrill
from tests.drills.samples import course, recovery, setup

BASE = build_report(recovery(), setup(recovery()), course(recovery()))
NOW = BASE.made_at + timedelta(days=10)


def held(source, days_ago, verdict="passed", **changes):
    at = NOW - timedelta(days=days_ago)
    more = {"made_at": at, "next_due": at + timedelta(days=90), "source_id": source, "source_name": source.upper()}
    return HeldDrill(f"r-{source}-{days_ago}", BASE.model_copy(update={**more, "verdict": verdict, **changes}))


def test_what_needs_a_drill_most_comes_first():
    known = [
        held("covered", 1),
        held("failed", 2, "failed"),
        held("covered", 3, "failure seen"),
        held("gone", 5, where="cloud"),
        held("late", 100),
    ]
    sources = {"covered": "Covered", "failed": "Failed", "late": "Late", "never": "Never"}
    rows = {row.source_id: row for row in list_coverage(sources, known, now=NOW)}
    assert list(rows) == ["never", "failed", "late", "covered", "gone"]
    assert [row.state for row in rows.values()] == ["never drilled", "never passed", "overdue", "covered", "covered"]
    covered = rows["covered"]
    assert (covered.passed, covered.oldest) == (NOW - timedelta(days=1), NOW - timedelta(days=3))
    assert (covered.drills, covered.never_failed, covered.in_cloud) == (2, False, None)
    assert (rows["gone"].source_name, rows["gone"].in_cloud) == ("GONE", NOW - timedelta(days=5))
    assert (rows["never"].next_due, rows["never"].never_failed) == (None, True)
    assert rows["late"].next_due == NOW - timedelta(days=10)


@pytest.mark.parametrize(
    ("known", "told"),
    [
        ([], "no drill has passed yet"),
        ([held("a", 40)], "the last drill passed 40 d ago"),
        ([held("a", 3, "failed"), held("b", 40)], "the last drill passed 40 d ago"),
        ([held("a", 3, "failure seen")], "no drill has passed yet"),
        ([held("a", 30)], ""),
        ([held("b", 40), held("a", 3)], ""),
    ],
)
def test_a_reminder_comes_when_no_drill_has_passed_in_the_given_days(known, told):
    reminder = remind(known, days=30, now=NOW)
    assert told in reminder
    assert bool(reminder) is bool(told)
