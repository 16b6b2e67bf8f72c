"""Reading what was typed for a point, and saying it."""

from datetime import UTC, datetime, timedelta

import pytest

from ddmkit.errors import InputError
from ddmkit.forms.logic.point_options import (
    POINT_COLUMNS,
    ChosenPoint,
    PointOptions,
    describe_gaps,
    describe_point,
    format_local,
    list_points,
    point_of_key,
    read_point,
    write_instant,
)
from ddmkit.models import Backup, RestorableRange


@pytest.fixture
def offer(now):
    day = timedelta(days=1)
    ranges = (
        RestorableRange(start_time=now - 4 * day, end_time=now - 3 * day),
        RestorableRange(start_time=now - 2 * day, end_time=now),
    )
    backups = (
        Backup(id="b-new", name="new", created=now - day / 2, status="normal", backup_type="metadata"),
        Backup(id="b-bad", name="bad", created=now - day, status="deleting"),
        Backup(id="b-old", name="old", created=now - 5 * day, status="normal"),
    )
    return PointOptions(backups, ranges)


def test_a_backups_id_chooses_it(offer, now):
    chosen = read_point(" b-new ", offer, "UTC", now)
    assert chosen.arguments() == {"backup_id": "b-new"}


def test_a_backups_name_chooses_it_when_only_one_has_it(offer, now):
    assert read_point("new", offer, "UTC", now).backup.id == "b-new"
    twins = PointOptions((offer.backups[0], offer.backups[2].model_copy(update={"name": "new"})))
    with pytest.raises(InputError, match="2 backups have this name"):
        read_point("new", twins, "UTC", now)


def test_a_time_without_offset_is_read_in_the_zone_and_names_the_backup_expected(offer, now):
    chosen = read_point("2026-05-20 10:00", offer, "Europe/Berlin", now)
    assert chosen.instant == datetime(2026, 5, 20, 8, tzinfo=UTC)
    assert chosen.expected.id == "b-new"
    said = dict(describe_point(chosen, "Europe/Berlin", now))
    assert "10:00:00 Europe/Berlin" in said["Point in time"]
    assert "1779264000000 ms, 4 h ago" in said["Point in time"]
    assert "made 8 h before" in said["Backup"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2026-05-17 18:00", "Nearest restorable: 2026-05-17 12:00:00 UTC and 2026-05-18 12:00:00 UTC"),
        ("2026-05-21 10:00", "future"),
        ("2026-05-32 10:00", "2026-05-32 10:00"),
        ("1779264000", "seconds"),
        ("b-gone", "neither a backup of this source nor a time"),
        ("b-bad", "deleting"),
    ],
)
def test_what_cannot_be_gone_back_to_is_refused_with_the_reason(offer, now, text, said):
    with pytest.raises(InputError) as caught:
        read_point(text, offer, "UTC", now)
    assert said in str(caught.value)
    assert caught.value.field == "Point"


def test_a_refused_time_and_the_nearest_ones_are_named_in_the_zone_in_which_times_are_typed(offer, now):
    with pytest.raises(InputError) as caught:
        read_point("2026-05-17 20:00", offer, "Europe/Berlin", now)
    assert caught.value.problem == "2026-05-17 20:00:00 Europe/Berlin (+0200) lies in no restorable range."
    assert "2026-05-17 14:00:00 Europe/Berlin (+0200) and 2026-05-18 14:00:00 Europe/Berlin (+0200)" in caught.value.fix
    with pytest.raises(InputError, match=r"2026-05-21 10:00:00 Europe/Berlin \(\+0200\) lies in the future"):
        read_point("2026-05-21 10:00", offer, "Europe/Berlin", now)


def test_ranges_that_cannot_be_read_stand_against_nothing(now):
    unread = PointOptions(ranges_problem="refused.")
    assert read_point("2026-05-10 10:00", unread, "UTC", now).expected is None
    assert "not known: refused." in describe_gaps(unread)[0]


def test_a_written_instant_reads_back_as_the_same(offer, now):
    instant = now - timedelta(hours=30, milliseconds=4)
    for zone in ("UTC", "America/New_York"):
        assert read_point(write_instant(instant, zone), offer, "Asia/Shanghai", now).instant == instant


def test_gaps_are_listed_with_their_length(offer):
    assert "2026-05-17 12:00:00 UTC to 2026-05-18 12:00:00 UTC (1 d)" in describe_gaps(offer)[0]
    assert "2026-05-17 14:00:00 Europe/Berlin (+0200) to 2026-05-18 14:00" in describe_gaps(offer, "Europe/Berlin")[0]


def test_a_source_without_anything_to_restore_from_sends_a_person_back(offer):
    assert "Choose another source" in describe_gaps(PointOptions())[0]
    assert "choose a backup" in describe_gaps(PointOptions(offer.backups))[0]


def test_a_local_time_has_its_zone_and_offset(now):
    assert format_local(now, "UTC") == "2026-05-20 12:00:00 UTC"
    later = now + timedelta(milliseconds=7)
    assert format_local(later, "Asia/Kathmandu") == "2026-05-20 17:45:00.007 Asia/Kathmandu (+0545)"


def test_the_list_holds_ends_of_ranges_and_every_backup_with_days_left(offer, now):
    rows = list_points(offer, "UTC", now)
    assert point_of_key(rows[0].key) == now
    told = [point_of_key(row.key) for row in rows]
    made = {one.id: one.created for one in offer.backups}
    instants = [made[one] if isinstance(one, str) else one for one in told]
    assert instants == sorted(instants, reverse=True)
    assert [one for one in told if isinstance(one, str)] == ["b-new", "b-bad", "b-old"]
    texts = [[cell.text for cell in row.cells] for row in rows]
    assert texts[0][:2] == ["2026-05-20 12:00:00", "end of a restorable range of 2 d, from 2026-05-18 12:00:00 UTC"]
    assert "29 d more" in texts[2]
    assert {len(one) for one in texts} == {len(POINT_COLUMNS)}


def test_a_backup_that_is_not_normal_is_listed_and_cannot_be_chosen(offer, now):
    reasons = {row.key: row.reason for row in list_points(offer, "UTC", now)}
    assert reasons["b-bad"] == "the backup is deleting, not normal."
    assert not any(reason for key, reason in reasons.items() if key != "b-bad")


def test_another_zone_stands_behind_utc(offer, now):
    assert list_points(offer, "Europe/Berlin", now)[0].cells[0].text == "2026-05-20 12:00:00 (14:00:00 +0200)"


def test_a_choice_has_the_key_of_its_row(offer, now):
    assert ChosenPoint(now).key == list_points(offer, "UTC", now)[0].key
