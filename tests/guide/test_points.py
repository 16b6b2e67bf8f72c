"""Two points described: what is said about each rests on the facts alone."""

from datetime import UTC, datetime, timedelta

import pytest

from ddmkit.guide.points import Candidate, KnownFacts, describe_nearest, describe_point
from ddmkit.models import Backup, DataNode, RestorableRange, Schema

NOW = datetime(2026, 5, 20, 9, 30, tzinfo=UTC)
INCIDENT = NOW - timedelta(hours=1)
EARLY, LATE = INCIDENT - timedelta(hours=5), INCIDENT - timedelta(seconds=40)


def backup(made, name="daily", kind="auto_metadata"):
    return Backup(id=f"{name}br09", name=name, created=made, backup_type=kind, status="normal")


def known_facts(**changes):
    known = {
        "now": NOW,
        "incident": INCIDENT,
        "backups": [backup(EARLY)],
        "ranges": [RestorableRange(start_time=NOW - timedelta(days=2), end_time=NOW - timedelta(minutes=2))],
        "schemas": [Schema(name="old", created=NOW - timedelta(days=9)), Schema(name="young", created=NOW)],
    }
    return KnownFacts(**{**known, **changes})


def at(instant, chosen=None):
    return Candidate(instant, chosen, [DataNode(instance_id="n1", instance_name="rds-1")])


def test_a_backup_says_its_age_distance_expiry_nodes_and_schemas():
    said = describe_point(at(EARLY, backup(EARLY)), known_facts())
    assert said["kind"] == "backup"
    assert said["age"] == "6 h ago"
    assert said["distance to the incident"] == "5 h before it"
    assert said["backup in use"] == "daily (chosen)"
    assert said["backup expires"].endswith("in 29 d 18 h")
    assert said["in a restorable range"] == "yes"
    assert said["data nodes then"] == "1 (rds-1)"
    assert said["schemas"].startswith("1 (old) of today's 2 existed then")


def test_a_point_in_time_uses_the_newest_backup_before_it():
    said = describe_point(at(LATE), known_facts(backups=[backup(EARLY), backup(LATE + timedelta(seconds=1), "later")]))
    assert said["kind"] == "point in time"
    assert said["backup in use"] == "daily (expected: the newest, made 4 h 59 min before)"
    assert describe_point(at(LATE), known_facts(backups=[]))["backup in use"] == "none made before that instant is listed"


def test_a_point_after_the_incident_is_told_loudly():
    assert "AFTER it" in describe_point(at(INCIDENT), known_facts())["distance to the incident"]
    assert describe_point(at(LATE), known_facts(incident=None))["distance to the incident"] == "no incident is given"


def test_a_point_in_a_gap_names_the_nearest_that_can_be_restored_to():
    said = describe_point(at(NOW - timedelta(days=3)), known_facts())
    assert said["in a restorable range"] == "no; nearest: 2026-05-18 09:30:00 UTC"
    assert describe_point(at(LATE), known_facts(ranges=[]))["in a restorable range"] == "no; the service lists none"


def test_a_backup_about_to_vanish_is_told_loudly():
    old = NOW - timedelta(days=29, hours=12)
    assert describe_point(at(old, backup(old)), known_facts())["backup expires"].endswith("in 12 h, SOON")


def test_what_cannot_be_read_of_a_deleted_source_is_said():
    said = describe_point(Candidate(LATE, None, None), known_facts(ranges=None, schemas=None))
    assert said["data nodes then"] == said["in a restorable range"] == "not readable"
    assert "the source is gone" in said["schemas"]


@pytest.mark.parametrize(
    ("first", "second", "incident", "said"),
    [
        (EARLY, LATE, INCIDENT, "Nearest before the incident: second, 40 s before it"),
        (EARLY, NOW, INCIDENT, "Nearest before the incident: first, 5 h before it"),
        (NOW, NOW, INCIDENT, "No point lies before the incident"),
        (LATE, LATE, INCIDENT, "first and second lie 40 s before the incident"),
        (EARLY, LATE, None, "No incident is given"),
    ],
)
def test_the_point_that_loses_least_is_named(first, second, incident, said):
    assert said in describe_nearest({"first": at(first), "second": at(second)}, incident)
