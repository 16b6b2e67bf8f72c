"""What the record says while a restore is watched."""

from datetime import timedelta

import pytest

from ddmkit.forms.readers.watched_run import describe_expected, read_expected, read_log, read_plan


@pytest.fixture
def job(kit, given):
    plan = kit.plan(**given)
    made = kit.submit(plan, confirm=plan.target_name, accept=plan.warnings)
    made.wait(poll_s=0)
    return made


def test_every_event_is_listed_with_its_time(job):
    told = read_log(job.record)
    lines = told.text.splitlines()
    assert lines[0] == f"Event log, newest first, {len(lines) - 1} entries:"
    assert "target read back" in lines[1]
    assert any("the request leaves" in line for line in lines)
    assert any("the service accepted" in line for line in lines)
    assert all(line.lstrip().startswith("2026-05-20") for line in lines[1:])
    assert told.html.count("<li>") == len(lines) - 1


def test_the_plan_that_was_sent_is_shown_in_a_few_lines(job, kit):
    assert kit.scenario.target in read_plan(job.record)


def test_the_expected_duration_is_that_of_earlier_restores(kit, job):
    assert "as the one completed restore on record took" in read_expected(kit)


@pytest.mark.parametrize(
    ("earlier", "said"),
    [
        ([], "not known: no completed restore is on record"),
        ([timedelta(seconds=61)], "about 1 min"),
        ([timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=9)], "about 2 min: the last 3 completed"),
    ],
)
def test_the_middle_and_the_range_are_said(earlier, said):
    assert said in describe_expected(earlier)
