"""What is measured: six moments, who spent the time, the longest gap between backups."""

from datetime import UTC, datetime, timedelta

import pytest

from ddmkit.drills.measure import Gap, Moment, find_moments, longest_gap, restore_events, split_time
from tests.drills.samples import recovery, restore, without

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize("run", [recovery(), restore()], ids=["recovery", "restore"])
def test_the_six_moments_are_in_order(run):
    address = run.events[-1].at + timedelta(minutes=1)
    declared = run.created - timedelta(minutes=4)
    moments = find_moments(run, declared=declared, planned=run.created, address=address, problem="")
    assert [one.name for one in moments] == [
        "incident declared",
        "planned",
        "sent",
        "job ended",
        "verified",
        "address confirmed",
    ]
    times = [one.at for one in moments]
    assert None not in times
    assert times == sorted(times)


def test_a_moment_that_was_not_reached_says_why():
    run = without(recovery(), "verified", "step-intent")
    moments = find_moments(run, declared=run.created, planned=run.created, address=None, problem="the job failed")
    by_name = {one.name: one for one in moments}
    for name in ("sent", "verified", "address confirmed"):
        assert by_name[name] == Moment(name=name, why="not reached: the job failed")
    quiet = find_moments(run, declared=run.created, planned=run.created, address=None, problem="")
    assert quiet[-1].why == "not reached: the record does not have it"


def test_the_time_of_a_recovery_is_people_s_before_the_opening_then_the_service_s_then_of_reading_back():
    run = recovery()
    split = split_time(run, declared=run.created - timedelta(minutes=4), address=run.events[-1].at + timedelta(seconds=30))
    assert (split.people_s, split.service_s, split.verification_s) == (240, 150, 30)
    assert split.total_s == 420


def test_the_time_of_a_restore_is_split_at_its_request_and_at_the_end_of_its_job():
    run = restore()
    split = split_time(run, declared=run.created - timedelta(minutes=2), address=run.events[-1].at)
    assert (split.people_s, split.service_s, split.verification_s) == (120, 60, 0)


def test_without_an_address_or_a_verification_there_is_no_time():
    run = recovery()
    assert split_time(run, declared=run.created, address=None) is None
    assert split_time(without(run, "verified"), declared=run.created, address=run.created) is None
    assert split_time(without(restore(), "completed"), declared=run.created, address=run.created) is None


def test_events_of_the_restore_are_those_of_the_run_or_of_its_step():
    assert len(restore_events(restore(), "intent")) == 1
    (of_step,) = restore_events(recovery(), "intent")
    assert of_step.data["step"] == "restore"


def hours(*ago):
    return [NOW - timedelta(hours=one) for one in ago]


@pytest.mark.parametrize(
    ("made", "since", "gap"),
    [
        (hours(1, 25, 49), None, hours(30 * 24, 49)),  # nothing known before the first
        (hours(1, 25, 49), NOW - timedelta(hours=60), hours(49, 25)),  # the earlier of two
        (hours(1, 25, 80 * 24), None, hours(80 * 24, 25)),  # reaches into the window: counts whole
        (hours(50, 60), NOW - timedelta(hours=61), hours(50, 0)),  # up to the present
        ([], NOW - timedelta(hours=5), hours(5, 0)),
        ([NOW + timedelta(hours=1)], NOW - timedelta(hours=5), hours(5, 0)),  # a wrong clock makes no backup
    ],
)
def test_the_longest_gap_has_its_dates(made, since, gap):
    assert longest_gap(made, now=NOW, since=since) == Gap(start=gap[0], end=gap[1])
    assert longest_gap(made, now=NOW, since=since).length == gap[1] - gap[0]
