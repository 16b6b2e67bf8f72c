from __future__ import annotations

import re
from pathlib import Path

import altair as alt
import pytest
import vl_convert

from ddmkit.display import altair_charts
from ddmkit.display.altair_charts import DescribedChart, describe, draw_jobs, draw_timeline, render_png


def empty_timeline(description: str = "in words") -> DescribedChart:
    return draw_timeline(
        bars=[], marks=[], rules=[], domain=(0, 86_400_000), title="t", notes=["n"], description=description
    )


def test_a_chart_carries_its_words_as_its_description() -> None:
    assert describe(empty_timeline("Backups: none")) == "Backups: none"
    assert describe(alt.layer(alt.Chart(alt.InlineData(values=[])).mark_bar())) == ""


def test_a_chart_is_a_picture() -> None:
    assert (render_png(empty_timeline()) or b"").startswith(b"\x89PNG")


def test_a_picture_that_cannot_be_drawn_is_none_and_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **options: object) -> str:
        raise ValueError("no such mark")

    monkeypatch.setattr(vl_convert, "vegalite_to_png", refuse)
    assert render_png(empty_timeline()) is None


def charts() -> list[DescribedChart]:
    bars = [{"kind": kind, "row": "r", "start": 0, "end": 9, "middle": 4, "label": "gap"} for kind in ("range", "gap")]
    marks = [{"row": "backup: x", "type": "x", "at": 1, "usable": True}]
    rules = [{"row": name, "at": 1, "label": name, "late": False} for name in ("now", "incident", "chosen point")]
    jobs = [{"row": "j", "start": 0, "end": 9, "tone": "good", "words": "w", "late": False}]
    return [
        draw_timeline(bars=bars, marks=marks, rules=rules, domain=(0, 9), title="t", notes=[], description="d"),
        draw_jobs(jobs, domain=(0, 9), title="t", notes=[], description="d"),
    ]


@pytest.mark.parametrize("chart", charts(), ids=["timeline", "jobs"])
def test_a_chart_follows_the_theme_of_its_page(chart: DescribedChart) -> None:
    spec = chart.to_dict()
    assert "background" not in spec
    assert not {"axis", "title", "background"} & spec.get("config", {}).keys()
    for theme, words, other in (({}, "#222222", "#f2f2f2"), ({"theme": "dark"}, "#f2f2f2", "#222222")):
        drawn = vl_convert.vegalite_to_svg(spec, **theme)
        assert words in drawn
        assert other not in drawn


def test_a_picture_is_white_because_it_does_not_know_its_page() -> None:
    for chart in charts():
        drawn = altair_charts._render(chart, "vegalite_to_svg")
        assert 'fill="white"' in drawn
        assert "#222222" in drawn


@pytest.mark.parametrize("paper", ["#ffffff", "#333333"])
def test_the_colours_of_marks_are_seen_on_both_backgrounds(paper: str) -> None:
    for colour in re.findall(r'"(#[0-9a-f]{6})"', Path(altair_charts.__file__).read_text("utf-8").split("_INK =")[0]):
        assert contrast(colour, paper) >= 3, colour


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours as WCAG 2 computes it."""
    first, second = sorted((luminance(one), luminance(other)), reverse=True)
    return (first + 0.05) / (second + 0.05)


def luminance(colour: str) -> float:
    shares = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [share / 12.92 if share <= 0.03928 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return sum(weight * share for weight, share in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
