"""All records of a store: rows, frames, counts; a store without records is a store all the same."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ddmkit.errors import RecordError
from ddmkit.handles.records import RecordRow, Records, records_on_errors
from ddmkit.records import RecordStore, RunHeader
from ddmkit.records.runs import RunState, RunSummary

NOON = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)
COLUMNS = {
    **dict.fromkeys(("id", "kind", "state"), "string"),
    **dict.fromkeys(("created", "updated"), "datetime64[us, UTC]"),
    **dict.fromkeys(
        ("source_name", "target_name", "origin", "job_id", "operator", "purpose", "ticket", "digest", "service"), "string"
    ),
    "still_billed": "Int64",
}


@pytest.fixture
def open_shelf(tmp_path):
    """Open stores of their own, each with its runs: a pair of plan id and ticket."""
    stores = []

    def make(*plans):
        store = RecordStore.open(tmp_path / f"store-{len(stores)}.sqlite", service="ddm.example.com", clock=lambda: NOON)
        stores.append(store)
        for plan_id, ticket in plans:
            header = {"plan_id": plan_id, "digest": "d1", "project_id": "p", "source_id": "s-1", "target_id": "t-1"}
            store.begin(RunHeader(**header, operator="ada", ticket=ticket))
        return Records(store)

    yield make
    for store in stores:
        store.close()


def test_a_frame_of_an_empty_store_has_the_same_columns_and_no_rows(open_shelf):
    frame = open_shelf().frame()
    assert {name: str(kind) for name, kind in frame.dtypes.items()} == COLUMNS
    assert len(frame) == 0


def test_each_store_has_a_frame_of_its_own_and_frames_of_two_are_joined_as_they_are(open_shelf):
    import pandas as pd

    first, second = open_shelf(("plan-1", "OPS-1"), ("plan-2", "OPS-2")), open_shelf(("plan-3", "OPS-3"))
    assert list(first.frame()["ticket"]) == ["OPS-2", "OPS-1"]  # the newest first
    assert list(second.frame()["ticket"]) == ["OPS-3"]
    both = pd.concat([first.frame(), second.frame(), open_shelf().frame()], ignore_index=True)
    assert {name: str(kind) for name, kind in both.dtypes.items()} == COLUMNS
    assert sorted(both["ticket"]) == ["OPS-1", "OPS-2", "OPS-3"]
    assert set(both["source_name"]) == {"s-1"}  # the id stands where the service gave no name


def test_the_records_of_a_store_are_counted_and_iterated_newest_first(open_shelf):
    shelf = open_shelf(("plan-1", "OPS-1"), ("plan-2", "OPS-2"))
    assert len(shelf) == 2
    assert [row.ticket for row in shelf] == ["OPS-2", "OPS-1"]
    assert list(shelf) == list(shelf.list())
    empty = open_shelf()
    assert (len(empty), list(empty)) == (0, [])
    assert empty  # a store without records is a store all the same


@pytest.mark.parametrize(
    ("changes", "imported", "billed", "row"),
    [
        ({}, False, 0, ("s-1", "t-1", "own", None)),
        ({"source_name": "orders", "target_name": "orders-new"}, True, 2, ("orders", "orders-new", "imported", 2)),
    ],
)
def test_a_row_names_what_has_a_name_and_counts_what_is_billed(changes, imported, billed, row):
    header = RunHeader(plan_id="p", digest="d", project_id="p", source_id="s-1", target_id="t-1", **changes)
    times = {"created": NOON, "updated": NOON, "state": RunState.RUNNING}
    summary = RunSummary(id="r-20260520-120000-abcdef", service="s", header=header, imported=imported, **times)
    made = RecordRow.of(summary, still_billed=billed)
    assert (made.source_name, made.target_name, made.origin, made.still_billed) == row
    assert (made.imported, made.state, made.kind) == (imported, "running", "restore")


@pytest.mark.parametrize("is_kept", [True, False], ids=["a record that can be read", "a record that cannot be read"])
def test_an_error_carries_its_record_and_keeps_the_id_of_one_that_cannot_be_read(open_shelf, is_kept):
    shelf = open_shelf(("plan-1", "OPS-1"))
    given = shelf.list()[0].id if is_kept else "no-such-record"
    with pytest.raises(RecordError) as caught, records_on_errors(lambda: shelf):
        error = RecordError("lost")
        error.record = given
        raise error
    assert caught.value.record == given if not is_kept else caught.value.record.id == given
