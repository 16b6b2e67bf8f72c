from __future__ import annotations

import json
import re
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import altair as alt
import pytest
import vl_convert

from ddmkit.display import altair_charts
from ddmkit.display.charts import jobs_chart, jobs_text, timeline_chart, timeline_text
from ddmkit.models import Backup, Job, RestorableRange
from ddmkit.times import to_ms

NOW = datetime(2025, 5, 20, 10, 0, tzinfo=UTC)
EVIL = "<script>alert(1)</script>"


def svg_of(chart: Any) -> str:
    """Draw a chart as the text that its picture is made of."""
    return str(altair_charts._render(chart, "vegalite_to_svg"))


def day(number: float) -> datetime:
    return NOW - timedelta(days=number)


def backup(age: float = 1, **more: Any) -> Backup:
    return Backup(
        **{"id": f"{age}-br09", "name": "b", "status": "normal", "backup_type": "auto_metadata", "created": day(age), **more}
    )


RANGES = [RestorableRange(start_time=day(7), end_time=day(4)), RestorableRange(start_time=day(2), end_time=day(0.01))]
BACKUPS = [backup(1), backup(2), backup(0.2, backup_type="metadata")]


def rows_of(chart: alt.LayerChart) -> list[dict[str, Any]]:
    spec = chart.to_dict()
    inline = [layer["data"]["values"] for layer in spec["layer"] if "values" in layer.get("data", {})]
    return [row for values in [*spec.get("datasets", {}).values(), *inline] for row in values]


def words_of(chart: alt.LayerChart) -> str:
    return json.dumps(chart.to_dict(), ensure_ascii=False)


def test_a_timeline_has_ranges_gaps_backups_and_moments() -> None:
    chart = timeline_chart(RANGES, BACKUPS, NOW, point=day(3), incident=day(0.5))
    assert isinstance(chart, alt.LayerChart)
    rows = rows_of(chart)
    assert {row["row"] for row in rows} == {
        "can be restored to",
        "backup: auto_metadata",
        "backup: metadata",
        "now",
        "chosen point",
        "incident",
    }
    gaps = [row for row in rows if row.get("kind", "").startswith("gap")]
    assert [(row["start"], row["end"]) for row in gaps] == [(to_ms(day(4)), to_ms(day(2)))]
    assert gaps[0]["label"] == "gap 2 d"


def test_the_time_axis_is_in_utc_and_says_so() -> None:
    said = words_of(timeline_chart(RANGES, BACKUPS, NOW))
    assert '"title": "time (UTC)"' in said
    assert '"type": "utc"' in said


def test_a_backup_tells_its_id_and_both_times_when_pointed_at() -> None:
    chart = timeline_chart([], [backup(1, id="x-br09")], NOW, zone="Asia/Shanghai")
    row = next(row for row in rows_of(chart) if row.get("id") == "x-br09")
    assert row["utc"] == "2025-05-19 10:00:00 UTC, 1 d ago"
    assert row["local"] == "2025-05-19 18:00:00 +0800 Asia/Shanghai"
    assert row["status"] == "✓ normal"


def test_types_differ_in_shape_and_in_colour() -> None:
    spec = timeline_chart(RANGES, BACKUPS, NOW).to_dict()
    marks = next(layer for layer in spec["layer"] if layer["encoding"].get("shape", {}).get("field") == "type")
    for channel in ("shape", "color"):
        chosen = marks["encoding"][channel]["scale"]["range"]
        assert len(set(chosen)) == len(chosen)


@pytest.mark.parametrize("ranges", [[], RANGES])
@pytest.mark.parametrize("backups", [[], BACKUPS])
def test_a_timeline_is_drawn_whatever_is_missing(ranges: list[Any], backups: list[Any]) -> None:
    assert svg_of(timeline_chart(ranges, backups, NOW)).startswith("<svg")


def test_many_backups_are_thinned_and_the_chart_says_so() -> None:
    many = [backup(index / 100) for index in range(6000)]
    chart = timeline_chart(RANGES, many, NOW)
    ids = {row["id"] for row in rows_of(chart) if "id" in row}
    assert len(ids) == 5000
    assert {many[0].id, many[-1].id} <= ids
    assert chart.to_dict()["title"]["subtitle"] == ["5,000 of 6,000 backups drawn, evenly thinned"]


def test_five_thousand_backups_are_all_drawn() -> None:
    chart = timeline_chart([], [backup(index / 100) for index in range(5000)], NOW)
    assert len([row for row in rows_of(chart) if "id" in row]) == 5000
    assert not chart.to_dict()["title"].get("subtitle")


def test_a_reversed_range_is_not_drawn() -> None:
    chart = timeline_chart([RestorableRange(start_time=day(1), end_time=day(2))], [], NOW)
    assert not [row for row in rows_of(chart) if "start" in row]


def test_the_bundle_shows_in_jupyterlab_without_a_host_and_as_text() -> None:
    bundle = timeline_chart(RANGES, BACKUPS, NOW)._repr_mimebundle_(include=None, exclude=None)
    assert set(bundle) == {"application/vnd.vegalite.v5+json", "text/plain", "image/png"}
    assert bundle["application/vnd.vegalite.v5+json"]["$schema"].endswith("/v5.6.1.json")
    assert bundle["text/plain"].startswith("Restorable ranges: 2")
    assert "http" not in json.dumps({**bundle["application/vnd.vegalite.v5+json"], "$schema": ""})


def test_the_chart_is_valid_in_the_grammar_that_front_ends_carry(capfd: pytest.CaptureFixture[str]) -> None:
    for chart in (
        timeline_chart(RANGES, BACKUPS, NOW, point=day(3), incident=day(3.1)),
        jobs_chart([Job(id="j", created_time=NOW)]),
    ):
        spec = chart._repr_mimebundle_()["application/vnd.vegalite.v5+json"]
        assert vl_convert.vegalite_to_svg(spec, vl_version="5.8", show_warnings=True).startswith("<svg")
    assert "WARN" not in capfd.readouterr().err


def test_the_words_survive_further_altair_calls() -> None:
    chart = timeline_chart(RANGES, BACKUPS, NOW).properties(width=300)
    assert chart._repr_mimebundle_()["text/plain"].startswith("Restorable ranges: 2")


def test_without_a_converter_pages_get_the_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    chart = timeline_chart(RANGES, [backup(1, status=EVIL)], NOW)
    assert set(chart._repr_mimebundle_()) == {"application/vnd.vegalite.v5+json", "text/plain"}


def test_names_cannot_break_out_of_the_picture() -> None:
    chart = timeline_chart(RANGES, [backup(1, name=EVIL, backup_type=EVIL, id=EVIL)], NOW, title=EVIL)
    assert "<script" not in svg_of(chart)
    jobs = [Job(id=EVIL, name=EVIL, status=EVIL, created_time=NOW)]
    assert "<script" not in svg_of(jobs_chart(jobs, title=EVIL))


def test_a_timeline_in_words_says_ranges_gaps_backups_and_moments() -> None:
    text = timeline_text(RANGES, BACKUPS, NOW, point=day(3), incident=day(0.5), zone="Europe/Berlin")
    assert text.splitlines() == [
        "Restorable ranges: 2",
        "  2025-05-13 10:00:00 UTC to 2025-05-16 10:00:00 UTC, 3 d",
        "  gap of 2 d, cannot be restored to",
        "  2025-05-18 10:00:00 UTC to 2025-05-20 09:45:36 UTC, 1 d 23 h",
        "Backups: 3: 2 daily (auto_metadata), 1 before an operation (metadata)",
        "  newest: 2025-05-20 05:12:00 UTC, 4 h 48 min ago, normal, 0.2-br09",
        "Incident: 2025-05-19 22:00:00 UTC = 2025-05-20 00:00:00 Europe/Berlin (+0200) = 1747692000000 ms, 12 h ago",
        "Chosen point: 2025-05-17 10:00:00 UTC = 2025-05-17 12:00:00 Europe/Berlin (+0200) = 1747476000000 ms, 3 d ago",
        "  lies in no restorable range; nearest legal instants: 2025-05-16 10:00:00 UTC and 2025-05-18 10:00:00 UTC",
        "Now: 2025-05-20 10:00:00 UTC",
    ]


def test_an_empty_timeline_in_words_says_none() -> None:
    text = timeline_text([], [], NOW, point=day(1))
    assert "Restorable ranges: none\nBackups: none" in text
    assert "lies in no restorable range\n" in text


def test_a_point_inside_is_said_to_be_inside() -> None:
    assert "lies in a restorable range" in timeline_text(RANGES, [], NOW, point=day(1))


def test_many_ranges_in_words_are_counted() -> None:
    ranges = [RestorableRange(start_time=day(index + 0.5), end_time=day(index)) for index in range(1, 41)]
    text = timeline_text(ranges, [], NOW)
    assert text.count(" to 2025") == 20
    assert "20 of 40 ranges, the newest" in text


def job(number: int, status: str = "Completed", **more: Any) -> Job:
    start = NOW - timedelta(hours=number)
    given = {"id": f"same-start-{number}", "name": "Restore", "status": status, "created_time": start}
    return Job(**{**given, "end_time": start + timedelta(minutes=25), **more})


def test_jobs_are_bars_from_start_to_end() -> None:
    rows = {row["id"]: row for row in rows_of(jobs_chart([job(2), job(1, "Running")], NOW))}
    assert rows["same-start-2"]["took"] == "25 min"
    assert rows["same-start-1"]["end"] == to_ms(NOW)
    assert len({row["row"] for row in rows.values()}) == 2


def test_a_job_says_beside_its_mark_how_it_went_how_long_it_took_and_when() -> None:
    (row,) = [row for row in rows_of(jobs_chart([job(2)], NOW)) if row["id"] == "same-start-2"]
    assert row["words"] == f"✓ Completed, 25 min, {NOW - timedelta(hours=2):%d %b %H:%M}"


def test_a_long_id_is_shortened_in_its_row_unless_two_would_be_one() -> None:
    ids = ["69f64161e8174eed1ceb9768a3ad455e", "61dcc69804dc84a3919b7744aa5e7064", "a" * 31 + "1", "a" * 31 + "2"]
    rows = rows_of(jobs_chart([job(number, id=one) for number, one in enumerate(ids, 1)], NOW))
    shown = {row["id"]: row["row"] for row in rows}
    assert shown[ids[0]] == "Restore 69f64161e817…"
    assert shown[ids[2]] == f"Restore {ids[2]}"
    assert len(set(shown.values())) == 4


def test_many_jobs_are_cut_to_the_newest_and_the_chart_says_so() -> None:
    chart = jobs_chart([job(number) for number in range(1, 151)], NOW)
    assert {row["id"] for row in rows_of(chart)} == {f"same-start-{number}" for number in range(1, 101)}
    assert chart.to_dict()["title"]["subtitle"] == ["100 of 150 jobs, the newest"]


@pytest.mark.parametrize("jobs", [[], [Job(id="j")], [job(1, "Running")], [job(1, created_time=NOW, end_time=NOW)]])
def test_jobs_are_drawn_whatever_is_missing(jobs: list[Job]) -> None:
    assert svg_of(jobs_chart(jobs)).startswith("<svg")


def test_jobs_in_words_count_states_and_give_reasons() -> None:
    jobs = [job(1), job(2), job(3, "Failed", fail_reason="node\ngone"), job(4, "Failed")]
    assert jobs_text(jobs).splitlines() == [
        "Jobs: 4: 2 ✓ Completed, 2 ✗ Failed",
        "  Restore same-start-3: node gone",
        "  Restore same-start-4: no reason given",
    ]
    assert jobs_text([]) == "Jobs: none"


def test_many_failed_jobs_in_words_are_counted() -> None:
    assert jobs_text([job(number, "Failed") for number in range(1, 31)]).endswith("20 of 30 failed jobs")


def test_a_picture_asks_no_other_host() -> None:
    assert not re.search(r'(href|src)="', svg_of(timeline_chart(RANGES, BACKUPS, NOW)))


def test_a_short_job_has_a_mark_and_its_state_stays_inside_the_picture() -> None:
    early = Job(id="early", status="Completed", created_time=NOW - timedelta(days=9), end_time=NOW - timedelta(days=9))
    late = Job(id="late", status="Failed", created_time=NOW - timedelta(minutes=1), end_time=NOW)
    spec = jobs_chart([early, late], NOW).to_dict()

    def ids(kind: str, align: str | None = None) -> list[str]:
        (layer,) = (one for one in spec["layer"] if (one["mark"]["type"], one["mark"].get("align")) == (kind, align))
        data = layer.get("data") or spec["data"]  # rows that several layers draw stand once
        rows = data["values"] if "values" in data else spec["datasets"][data["name"]]
        return [row["id"] for row in rows]

    assert ids("point") == ["late", "early"]
    assert ids("text", "left") == ["early"]
    assert ids("text", "right") == ["late"]
