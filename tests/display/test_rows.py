from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

import ddmkit.models
from ddmkit.display.rows import Rows
from ddmkit.models import Backup, Job, Schema, ServiceModel, UsedNode

START = datetime(2025, 5, 20, tzinfo=UTC)


def make_backups(count: int) -> list[Backup]:
    return [
        Backup(id=f"{index:032d}br09", name=f"b{index}", created=START - timedelta(days=index)) for index in range(count)
    ]


def test_rows_are_a_sequence() -> None:
    items = make_backups(3)
    rows = Rows(Backup, items)
    assert isinstance(rows, Sequence)
    assert (len(rows), rows[0], rows[-1], list(rows)) == (3, items[0], items[2], items)
    assert items[1] in rows
    assert rows.index(items[1]) == 1
    with pytest.raises(IndexError):
        rows[3]


def test_a_slice_is_rows_that_keep_their_words() -> None:
    rows = Rows(Backup, make_backups(3), title="Backups", empty="none at all", now=START)
    assert isinstance(rows[:2], Rows)
    assert rows[:2] == Rows(Backup, make_backups(2))
    assert repr(rows[3:]) == "Rows[Backup]: none at all"
    assert "Backups" in rows[:2]._repr_html_()


def test_rows_are_equal_by_their_models() -> None:
    assert Rows(Backup, make_backups(2)) == Rows(Backup, iter(make_backups(2)), title="other")
    assert hash(Rows(Backup, make_backups(2))) == hash(Rows(Backup, make_backups(2)))
    assert Rows(Backup) != Rows(Job)
    assert Rows(Backup) != Rows(Backup, make_backups(1))
    assert Rows(Backup) != []


def test_rows_do_not_change_with_what_they_were_made_of() -> None:
    items = make_backups(1)
    rows = Rows(Backup, items)
    items.clear()
    assert len(rows) == 1
    with pytest.raises(TypeError):
        rows[0] = None


MODELS = [
    model
    for model in vars(ddmkit.models).values()
    if isinstance(model, type) and issubclass(model, ServiceModel) and model is not ServiceModel
]


@pytest.mark.parametrize("model", MODELS)
def test_a_frame_has_every_field_under_its_wire_name_also_when_empty(model: type[ServiceModel]) -> None:
    frame = Rows(model).frame()
    assert list(frame.columns) == list(model.model_fields)
    assert len(frame) == 0


def test_a_frame_is_typed_alike_full_and_empty() -> None:
    full, empty = Rows(Backup, make_backups(3)).frame(), Rows(Backup).frame()
    assert full.dtypes.equals(empty.dtypes)
    assert {name: str(full.dtypes[name]) for name in ("id", "created", "updated", "file_size")} == {
        "id": "string",
        "created": "datetime64[us, UTC]",
        "updated": "datetime64[us, UTC]",
        "file_size": "float64",
    }


def test_times_in_a_frame_are_the_same_instants() -> None:
    frame = Rows(Backup, make_backups(2)).frame()
    assert [stamp.to_pydatetime() for stamp in frame["created"]] == [START, START - timedelta(days=1)]
    assert frame["updated"].isna().all()


def test_missing_numbers_are_missing_and_whole_numbers_stay_whole() -> None:
    rows = Rows(Schema, [Schema(name="a", shard_number=8), Schema(name="b")])
    frame = rows.frame()
    assert str(frame["shard_number"].dtype) == "Int64"
    assert frame["shard_number"][0] == 8
    assert frame["shard_number"][1] is pd.NA


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 2**64, 10**400], ids=lambda number: f"{number.bit_length()}-bits")
def test_a_whole_number_of_any_size_is_kept_in_a_frame(number: int) -> None:
    frame = Rows(Schema, [Schema(name="a", shard_number=number), Schema(name="b")]).frame()
    assert frame["shard_number"].to_list() == [number, None]


@pytest.mark.parametrize("number", [2**63 - 1, -(2**63) + 1])
def test_the_largest_whole_numbers_of_64_bits_keep_their_type(number: int) -> None:
    frame = Rows(Schema, [Schema(name="a", shard_number=number)]).frame()
    assert str(frame["shard_number"].dtype) == "Int64"
    assert frame["shard_number"][0] == number


def test_nested_rows_are_plain_lists() -> None:
    frame = Rows(Schema, [Schema(name="a", used_rds=(UsedNode(id="n", name="rds"),))]).frame()
    assert frame["used_rds"][0] == [{"id": "n", "name": "rds", "status": ""}]
    assert Rows(Job, [Job(id="j", operations=("toBeRetried",))]).frame()["operations"][0] == ["toBeRetried"]


@pytest.mark.parametrize(
    ("count", "page", "short"),
    [
        (1, "1 row", "1 row"),
        (10, "10 rows", "10 rows"),
        (11, "11 rows", "10 of 11 rows; .frame() has all"),
        (50, "50 rows", "10 of 50 rows; .frame() has all"),
        (51, "50 of 51 rows; .frame() has all", "10 of 51 rows; .frame() has all"),
        (5000, "50 of 5,000 rows; .frame() has all", "10 of 5,000 rows; .frame() has all"),
    ],
)
def test_what_is_cut_is_counted(count: int, page: str, short: str) -> None:
    rows = Rows(Backup, make_backups(count))
    assert f">{page}</div>" in rows._repr_html_()
    assert repr(rows).endswith(short)
    assert repr(rows).startswith(f"Rows[Backup]: {count:,} row")
    assert len(rows.frame()) == count


def test_a_page_of_many_rows_stays_small() -> None:
    assert len(Rows(Backup, make_backups(5000))._repr_html_()) < 100_000


@pytest.mark.parametrize(("limit", "shown"), [(None, 200), (7, 7), (0, 0), (-1, 0), (999, 200)])
def test_a_table_shows_as_many_rows_as_asked_for(limit: int | None, shown: int) -> None:
    assert Rows(Backup, make_backups(200)).table(limit).html.count("<tr") == (shown + 1 if shown else 0)


def test_a_table_can_have_a_title_of_its_own() -> None:
    rows = Rows(Backup, make_backups(1), title="Backups")
    assert ("Backups of it" in rows.table(title="Backups of it").html, "Backups of it" in rows.table().html) == (True, False)


def test_a_table_has_an_end_and_says_so() -> None:
    assert "5,000 of 5,001 rows" in Rows(Backup, make_backups(5001)).table().text


def test_the_bundle_has_text_beside_html_and_no_script() -> None:
    evil = Backup(id="<script>", name="<script>alert(1)</script>", created=START, status="<img src=x>")
    bundle = Rows(Backup, [evil], title="<script>")._repr_mimebundle_(include=None, exclude=None)
    assert set(bundle) == {"text/plain", "text/html"}
    assert "<script" not in bundle["text/html"]
    assert "<img" not in bundle["text/html"]
    assert "&lt;script&gt;alert(1)" in bundle["text/html"]


def test_an_empty_list_says_why() -> None:
    rows = Rows(Backup, title="Backups", empty="no backups: the service keeps them for 30 days")
    assert "no backups: the service keeps them for 30 days" in rows._repr_html_()
    assert repr(Rows(Backup)) == "Rows[Backup]: no rows"


def test_ages_and_local_times_are_shown_when_known() -> None:
    text = repr(Rows(Backup, make_backups(1), now=START + timedelta(hours=5), zone=ZoneInfo("Europe/Berlin")))
    assert "5 h ago" in text
    assert "2025-05-20 00:00:00 (02:00:00 +0200)" in text


def run_fresh(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_showing_loads_no_heavy_neighbour() -> None:
    code = (
        "import sys, ddmkit.display.rows as t, ddmkit.display.charts, ddmkit.display.progress, ddmkit.display.plans\n"
        "from ddmkit.models import Job\n"
        "t.Rows(Job, [Job(id='j')])._repr_mimebundle_()\n"
        "print([name for name in ('pandas', 'altair', 'ipywidgets', 'numpy') if name in sys.modules])"
    )
    assert run_fresh(code) == "[]"


def test_any_model_can_be_shown() -> None:
    for model in MODELS:
        required: dict[str, Any] = {
            name: START if "time" in name or name == "created" else "x"
            for name, field in model.model_fields.items()
            if field.is_required()
        }
        assert "1 row" in Rows(model, [model(**required)])._repr_html_()
