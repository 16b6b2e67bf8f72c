"""The records that a fleet names: present, intact, and the ones that it means."""

from __future__ import annotations

import pytest

from ddmkit.records.files.named_records import named_records, verify_named


@pytest.fixture
def fleet(file_store, header):
    """Return a function that gives the run of a fleet, and the runs of its two rows."""
    fleet_id = file_store.begin(header("plan-fleet", kind="fleet", source_id="fleet", target_id="fleet"))
    items = [file_store.begin(header(f"plan-{number}", target_id=f"target-{number}")) for number in (1, 2)]

    def name(row, record, state="completed"):
        last = file_store.get(record).events[-1].sha256
        data = {"row": row, "state": state, "reason": "why", "record": record, "record_sha256": last}
        file_store.append(fleet_id, "fleet-item", data)

    name("r1", items[0], "unknown")
    file_store.append(items[0], "note", {"text": "looked at"})
    name("r1", items[0])
    name("r2", items[1])
    file_store.append(fleet_id, "fleet-item", {"row": "r3", "state": "skipped", "reason": "not needed"})
    return lambda: (file_store.get(fleet_id), [file_store.get(one) for one in items])


def test_each_row_is_named_once_as_it_was_named_last(fleet):
    run, items = fleet()
    assert [(one.row, one.record) for one in named_records(run)] == [("r1", items[0].id), ("r2", items[1].id)]
    assert named_records(run)[0].sha256 == items[0].events[-1].sha256
    assert verify_named(run, items) == []


def test_a_record_that_is_missing_edited_exchanged_or_strange_is_found(fleet, file_store, header):
    run, (first, second) = fleet()
    (missing,) = verify_named(run, [first])
    assert missing.what == f"row r2: its record {second.id} is not among the files"
    event = first.events[-1]
    edited = first.model_copy(update={"events": (*first.events[:-1], event.model_copy(update={"data": {"text": "no"}}))})
    assert "row r1" in verify_named(run, [edited, second])[0].what
    assert "is not as it was written" in verify_named(run, [edited, second])[0].what
    cut = first.model_copy(update={"events": first.events[:1]})
    assert "is another one than the fleet names" in verify_named(run, [cut, second])[0].what
    stranger = file_store.get(file_store.begin(header("plan-9", target_id="target-9")))
    assert verify_named(run, [first, second, stranger])[0].what == f"record {stranger.id} is not named by the fleet"


def test_what_a_row_s_record_gained_later_does_not_matter(fleet, file_store):
    _, (first, _) = fleet()
    file_store.append(first.id, "note", {"text": "a colleague looked at it"})
    run, items = fleet()
    assert verify_named(run, items) == []
