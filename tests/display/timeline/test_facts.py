"""What a timeline shows, and which part of the time is looked at first."""

from datetime import UTC, datetime, timedelta

import pytest

from ddmkit.display.timeline.facts import LONGEST_PERIOD, read_facts, row_name
from ddmkit.models import Backup, RestorableRange
from ddmkit.times import Span

NOW = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RANGES = (
    RestorableRange(start_time=NOW - 3 * DAY, end_time=NOW - HOUR),
    RestorableRange(start_time=NOW - 9 * DAY, end_time=NOW - 5 * DAY),
)
BACKUPS = (
    Backup(id="new", created=NOW - 2 * HOUR, backup_type="metadata", status="normal"),
    Backup(id="old", created=NOW - 20 * DAY, backup_type="auto_metadata", status="normal"),
)


def test_ranges_and_backups_are_in_order_and_gaps_lie_between_the_ranges():
    facts = read_facts(RANGES, BACKUPS, NOW)
    assert [one.id for one in facts.backups] == ["old", "new"]
    assert facts.gaps == [Span(NOW - 5 * DAY, NOW - 3 * DAY)]
    assert facts.backup_types == ["auto_metadata", "metadata"]


def test_the_latest_restorable_instant_is_never_in_the_future():
    assert read_facts(RANGES, (), NOW).latest == NOW - HOUR
    ahead = RestorableRange(start_time=NOW - DAY, end_time=NOW + HOUR)
    assert read_facts([ahead], (), NOW).latest == NOW
    assert read_facts([RestorableRange(start_time=NOW + HOUR, end_time=NOW + DAY)], (), NOW).latest is None
    assert read_facts((), (), NOW).latest is None


def test_the_period_holds_everything_with_a_margin():
    domain = read_facts(RANGES, BACKUPS, NOW, point=NOW - 25 * DAY).domain
    assert domain.start < NOW - 25 * DAY
    assert domain.end > NOW


def test_facts_far_away_do_not_stretch_the_period_and_are_counted():
    far = Backup(id="far", created=datetime(1971, 1, 1, tzinfo=UTC))
    late = Backup(id="late", created=datetime(8000, 1, 1, tzinfo=UTC))
    facts = read_facts(RANGES, [*BACKUPS, far, late], NOW)
    assert facts.domain.end - facts.domain.start < 2 * LONGEST_PERIOD
    assert facts.outside() == 2


def test_without_any_facts_the_period_is_about_a_day():
    assert DAY < read_facts((), (), NOW).domain.end - read_facts((), (), NOW).domain.start < 2 * DAY


@pytest.mark.parametrize("incident", [NOW - 2 * HOUR, NOW, NOW - 20 * DAY])
def test_the_part_around_the_incident_is_looked_at_first(incident):
    facts = read_facts(RANGES, BACKUPS, NOW, incident=incident)
    assert facts.opening == facts.around_incident
    assert facts.opening.start < incident < facts.opening.end


@pytest.mark.parametrize(
    ("age_of_the_last_backup", "before"),
    [(timedelta(seconds=84), HOUR), (2 * HOUR, 2.5 * HOUR), (20 * HOUR, 4 * HOUR), (None, HOUR)],
)
def test_the_part_around_the_incident_is_as_short_as_the_last_backup_before_it_allows(age_of_the_last_backup, before):
    incident = NOW - DAY
    later = Backup(id="later", created=incident + HOUR)
    earlier = [] if age_of_the_last_backup is None else [Backup(id="e", created=incident - age_of_the_last_backup)]
    facts = read_facts(RANGES, [later, *earlier], NOW, incident=incident)
    assert facts.around_incident == Span(incident - before, incident + before / 2)


def test_the_part_around_an_incident_just_now_reaches_to_now():
    recent = read_facts(RANGES, BACKUPS, NOW, incident=NOW - HOUR / 2).around_incident
    assert NOW < recent.end < NOW + HOUR / 10
    assert recent.start < NOW - HOUR


def test_without_an_incident_the_last_day_is_looked_at_first():
    facts = read_facts(RANGES, BACKUPS, NOW)
    assert facts.around_incident is None
    assert facts.opening.end - facts.opening.start == DAY
    assert NOW <= facts.opening.end <= NOW + HOUR


def test_a_part_longer_than_the_period_is_the_period():
    facts = read_facts((), (), NOW)
    assert facts.last(7 * DAY) == facts.domain


def test_rows_have_short_names_also_for_types_that_nobody_knows():
    assert [row_name(one) for one in ("auto_metadata", "metadata", "")] == ["daily", "before an operation", "type not given"]
    assert row_name("a\nb" * 40).endswith("…")
    assert len(row_name("x" * 200)) == 22
