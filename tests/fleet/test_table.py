"""Reading the table of a fleet: what is a row, and what is refused before any request."""

from __future__ import annotations

import io

import pandas as pd
import pytest

from ddmkit.errors import InputError
from ddmkit.fleet.table import MOST_ROWS, read_table

SOURCE, TARGET, OTHER = f"{'a' * 32}in09", f"{'b' * 32}in09", f"{'c' * 32}in09"
NODE, SECOND = f"{'d' * 32}in01", f"{'e' * 32}in01"
ROW = {"row": "r1", "source": SOURCE, "target": TARGET, "data_nodes": [NODE, SECOND], "restore_time": 1747735952000}


def another(**changes):
    return {**ROW, "row": "r2", "target": OTHER, "data_nodes": [f"{'f' * 32}in01"], **changes}


def refused(*rows, **options):
    with pytest.raises(InputError) as told:
        read_table(list(rows), **options)
    return str(told.value)


def test_a_row_with_data_nodes_is_a_restore_and_one_without_a_recovery():
    restore, recovery = read_table([ROW, {"row": "r2", "source": OTHER, "backup_id": "b" * 32}])
    assert (restore.row, restore.kind, restore.target, restore.node_ids) == ("r1", "restore", TARGET, (NODE, SECOND))
    assert (recovery.row, recovery.kind, recovery.target, recovery.node_ids) == ("r2", "recovery", "new", ())
    assert restore.given["restore_time"] == 1747735952000


def test_a_frame_a_file_and_mappings_give_the_same_rows(tmp_path):
    path = tmp_path / "fleet.csv"
    path.write_text(
        f"row, source,target,data_nodes,restore_time,incident\nr1,{SOURCE},{TARGET},{NODE} {SECOND},2025-05-20T10:12:32Z,\n"
    )
    frame = pd.read_csv(io.StringIO(path.read_text()), skipinitialspace=True)
    mapping = {**ROW, "restore_time": "2025-05-20T10:12:32Z"}
    assert read_table(path) == read_table(str(path)) == read_table(frame) == read_table([mapping])


def test_empty_cells_and_numbers_of_pandas_are_read_as_what_they_mean():
    recovery = {"row": "r2", "source": OTHER, "backup_id": "b" * 32}
    frame = pd.DataFrame([ROW, recovery])  # the column restore_time becomes a float, because one cell is empty
    first, second = read_table(frame)
    assert first.given["restore_time"] == 1747735952000
    assert set(second.given) == {"source", "backup_id"}
    stamped = pd.DataFrame([{**ROW, "restore_time": pd.Timestamp("2025-05-20T10:12:32Z"), "incident": pd.NaT}])
    assert read_table(stamped)[0].given["restore_time"] == "2025-05-20T10:12:32+00:00"


def test_nodes_and_overrides_are_written_as_pairs_or_json():
    row = {
        "row": "r",
        "source": SOURCE,
        "backup_id": "b",
        "nodes": f"{NODE}={SECOND}",
        "like": '{"target": {"node_num": 1}}',
        "throwaway": "yes",
    }
    (read,) = read_table([row])
    assert read.given["nodes"] == {NODE: SECOND}
    assert read.given["like"] == {"target": {"node_num": 1}}
    assert read.given["throwaway"] is True


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "has no rows"),
        ([{**ROW, "price": 3}], "'price' is not known"),
        ([{**ROW, "node_password": "x"}], "'node_password' is named like a secret"),
        ([{**ROW, "api_token": "x"}], "'api_token' is named like a secret"),
        ([{**ROW, "AK": "x"}], "'AK' is named like a secret"),
        ([{name: value for name, value in ROW.items() if name != "row"}], "row number 1: row: has no id"),
        ([{**ROW, "row": "a b"}], "'a b' is no id of a row"),
        ([{**ROW, "source": ""}], "row r1: source: is not given"),
        ([{**ROW, "kind": "copy"}], "'copy' is no kind of row"),
        ([{**ROW, "throwaway": True}], "throwaway does not go with a restore"),
        ([{**ROW, "kind": "recovery"}], "data_nodes does not go with a recovery"),
        ([ROW, another(row="r1")], "the id r1 stands in 2 rows: r1, r1"),
        ([ROW, another(target=TARGET)], f"the target {TARGET} stands in 2 rows: r1, r2"),
        ([ROW, another(data_nodes=[NODE])], f"the data node {NODE} stands in 2 rows: r1, r2"),
        (
            [{"row": "r1", "source": SOURCE, "backup_id": "b"}, {"row": "r2", "source": SOURCE, "backup_id": "c"}],
            f"the source of a recovery {SOURCE} stands in 2 rows",
        ),
        ([{**ROW, "project_id": "p1"}, another(project_id="p2")], "the rows are of 2 projects: p1, p2"),
        ([{**ROW, "row": f"r{number}"} for number in range(MOST_ROWS + 1)], "has 1,001 rows"),
        ([{"row": "r", "source": SOURCE, "nodes": "a:b", "backup_id": "b"}], "'a:b' cannot be read"),
        ([{"row": "r", "source": SOURCE, "like": "{", "backup_id": "b"}], "is no JSON"),
        ([{"row": "r", "source": SOURCE, "throwaway": "perhaps", "backup_id": "b"}], "'perhaps' is neither true nor false"),
    ],
)
def test_what_cannot_be_right_is_refused_and_named(rows, said):
    assert said in refused(*rows)


def test_the_value_of_a_secret_is_not_repeated():
    assert "canary" not in refused({**ROW, "password": "canary"})


def test_all_problems_are_told_at_once():
    said = refused({**ROW, "source": ""}, another(kind="copy"))
    assert "row r1" in said
    assert "row r2" in said


def test_rows_of_another_project_than_the_connection_are_refused():
    assert "this connection is of project p9" in refused({**ROW, "project_id": "p1"}, project_id="p9")


@pytest.mark.parametrize("given", [3, None, b"row", {"row": "r1"}])
def test_what_is_no_table_is_refused(given):
    with pytest.raises(InputError, match="is no table but"):
        read_table(given)


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(InputError, match="cannot be read as a CSV file"):
        read_table(tmp_path / "missing.csv")
    broken = tmp_path / "broken.csv"
    broken.write_text("row,source\nr1,a,b\n")
    with pytest.raises(InputError, match="more cells than there are columns"):
        read_table(broken)
