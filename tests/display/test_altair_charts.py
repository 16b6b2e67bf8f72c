from __future__ import annotations

import altair as alt
import pytest
import vl_convert

from ddmkit.display.altair_charts import DescribedChart, describe, draw_jobs, draw_timeline, render_png, render_svg


def empty_timeline(description: str = "in words") -> DescribedChart:
    return draw_timeline(
        bars=[], marks=[], rules=[], domain=(0, 86_400_000), title="t", notes=["n"], description=description
    )


def test_a_chart_carries_its_words_as_its_description() -> None:
    assert describe(empty_timeline("Backups: none")) == "Backups: none"
    assert describe(alt.layer(alt.Chart(alt.InlineData(values=[])).mark_bar())) == ""


def test_a_chart_is_a_picture_of_either_kind() -> None:
    assert (render_svg(empty_timeline()) or "").startswith("<svg")
    assert (render_png(empty_timeline()) or b"").startswith(b"\x89PNG")


def test_a_picture_that_cannot_be_drawn_is_none_and_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **options: object) -> str:
        raise ValueError("no such mark")

    monkeypatch.setattr(vl_convert, "vegalite_to_svg", refuse)
    assert render_svg(empty_timeline()) is None


def test_a_chart_is_white_so_that_it_reads_in_a_dark_theme() -> None:
    for chart in (empty_timeline(), draw_jobs([], domain=None, title="t", notes=[], description="d")):
        assert chart.to_dict()["background"] == "white"
