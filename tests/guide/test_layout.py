"""The outputs of a page: the same words as HTML and as text, and paths that a reader can follow."""

from __future__ import annotations

from pathlib import Path

import pytest

from ddmkit.display.recovery import NOT_PREPARED
from ddmkit.guide.layout import ask_for, describe_lines, describe_path, headed, point_to_recovery, stack


def test_lines_are_text_and_escaped_html():
    shown = describe_lines("a <b>", "c & d")
    assert shown.text == "a <b>\nc & d"
    assert "a &lt;b&gt;" in shown.html
    assert "<b>" not in shown.html


def test_a_title_stands_above_its_lines():
    assert headed("Next:", "one", "two").text == "Next:\n  one\n  two"


def test_parts_stand_below_each_other():
    shown = stack(describe_lines("one"), describe_lines("two"))
    assert shown.text == "one\n\ntwo"
    assert shown.html.index("one") < shown.html.index("two")


@pytest.mark.parametrize(
    ("names", "advice"), [(("source",), []), (("target",), [NOT_PREPARED]), (("source", "data_nodes"), [NOT_PREPARED])]
)
def test_what_may_not_exist_yet_leads_to_a_whole_recovery(names, advice):
    assert point_to_recovery(names) == advice
    shown = ask_for(*names).text
    assert f"fill in {' and '.join(f'`{name}`' for name in names)} at the top" in shown
    assert (NOT_PREPARED in shown) == bool(advice)


def test_a_path_is_relative_below_the_folder_of_the_page_and_absolute_elsewhere(tmp_path, monkeypatch):
    here = tmp_path / "page"
    here.mkdir()
    monkeypatch.chdir(here)
    assert describe_path(here / "out" / "x.html") == str(Path("out") / "x.html")
    assert describe_path(tmp_path / "x.html") == str((tmp_path / "x.html").resolve())
