"""The page of a drill: running every cell is safe, and a person's word runs it once."""

from __future__ import annotations

import pytest

from ddmkit.errors import InputError
from ddmkit.guide import DrillGuide, open_drill
from ddmkit.handles.drill.result import DrillResult

CONFIRM = "create 3, delete 3"


@pytest.fixture
def guide(tmp_path, monkeypatch):
    for name in ("DDMKIT_NODE_PASSWORD", "DDMKIT_RECORDS", "DDMKIT_DEMO_WORLD"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DDMKIT_DEMO_NOW", "2026-05-20T12:00:00Z")
    monkeypatch.chdir(tmp_path)
    opened = open_drill("simulator", world="world.sqlite", approver="bob")
    yield opened
    opened.kit.close()


def test_running_every_cell_without_a_word_sends_nothing_and_says_what_is_missing(guide, tmp_path):
    shown = [guide.where(), guide.coverage(), guide.plan(), guide.run(), guide.save_report()]
    assert all(hasattr(one, "_repr_mimebundle_") for one in shown)
    assert "This page makes the data nodes and the target." in shown[0].text
    assert "confirm = 'create 3, delete 3'" in shown[3].text
    assert "no report" in shown[4].text
    assert len(guide.kit.records.list()) == 0
    assert not list(tmp_path.glob("drill-*"))


def test_a_word_runs_the_drill_once_and_the_report_is_saved(guide, tmp_path):
    result = guide.run(confirm=CONFIRM)
    assert isinstance(result, DrillResult)
    assert (result.verdict, result.report.approver) == ("passed", "bob")
    assert guide.run(confirm=CONFIRM) is result
    assert "Drill passed" in guide.save_report().text
    assert sorted(path.suffix for path in tmp_path.glob("drill-*")) == [".html", ".json"]
    again = DrillGuide(guide.kit, record=result.record.id)
    assert again.plan().confirmation == CONFIRM


def test_on_the_service_itself_the_digest_and_the_warnings_are_asked_for_too(guide):
    guide.kit.simulator.inject("vpc-denied")
    real = DrillGuide(guide.kit, source=guide.source, place="cloud")
    told = real.run(confirm=CONFIRM).text
    assert f"digest = {real.planned.digest!r}" in told
    assert "accept: 'same-network:" in told
    assert guide.kit.simulator.effective_changes() == []


def test_a_page_without_a_source_and_one_with_two_are_refused(guide):
    with pytest.raises(InputError, match="source: is empty"):
        DrillGuide(guide.kit).plan()
    with pytest.raises(InputError, match="source, record"):
        open_drill("simulator", source="a", record="r-1")
    with pytest.raises(InputError, match="on: 'moon'"):
        DrillGuide(guide.kit, source=guide.source, place="moon").plan()
