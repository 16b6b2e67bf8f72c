"""Which schemas come back: first those that are missing now, by the service's own notes."""

from datetime import UTC, datetime, timedelta

import pytest

from ddmkit.forms.logic.schemas_back import describe_back, find_dropped
from ddmkit.models import Backup, Schema

MADE = datetime(2026, 5, 20, 10, 46, tzinfo=UTC)


def backup(note, hours=0):
    return Backup(id=f"b{hours}", created=MADE + timedelta(hours=hours), description=note)


NOTES = [
    backup("auto metadata backup", -24),
    backup("metadata backup before deleting schema old_one", -1),
    backup("metadata backup before deleting schema orders"),
    backup("metadata backup before deleting schema orders", 2),
    backup("metadata backup before deleting schema billing", 3),
    backup("metadata backup before deleting the instance", 4),
]


def test_a_schema_is_missing_when_a_note_since_then_calls_it_deleted_and_it_is_not_there_now():
    assert {name: one.id for name, one in find_dropped(NOTES, ["billing"], MADE).items()} == {"orders": "b0"}
    assert find_dropped(NOTES, [], None) == {}


def test_what_is_missing_stands_first_with_the_note_that_says_so():
    told = describe_back({"customers": Schema(name="customers")}, ["customers", "billing"], NOTES, MADE)
    assert told == (
        "first what is missing on the source now: orders (deleted since, says the note on the backup of 2026-05-20 10:46:00 "
        "UTC). Then customers (1 that the source still has), and any others that were dropped since: the service does not "
        "list those"
    )


@pytest.mark.parametrize(
    ("schemas", "said"),
    [
        (None, "all that the backup contains; the source cannot be read, so their names are not known"),
        ({}, "all that the backup contains; the source has none of them now, so they are any that were dropped since"),
        ({"a": Schema(name="a")}, "a (1 that the source still has), and any that were dropped since"),
    ],
)
def test_without_a_note_nothing_is_guessed(schemas, said):
    assert describe_back(schemas, [], [backup("auto metadata backup")], MADE).startswith(said)


def test_many_names_are_cut_with_their_number_and_hostile_ones_stay_on_one_line():
    many = {f"s{number:02}": Schema(name=f"s{number:02}") for number in range(15)}
    assert "s11 and 3 more (15 that the source still has)" in describe_back(many, many, [], MADE)
    told = describe_back({}, [], [backup("before deleting schema a\u202eb\x1b[2J")], MADE)
    assert "\x1b" not in told
    assert "\u202e" not in told
