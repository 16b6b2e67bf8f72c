"""The page of a fleet: running every cell is safe, and a person's approval is for one plan."""

from __future__ import annotations

import pytest

from ddmkit.display.html import Fragment
from ddmkit.errors import InputError
from ddmkit.guide import FleetGuide, open_fleet
from ddmkit.handles.fleet.run import FleetRun


@pytest.fixture
def open_page(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DDMKIT_DEMO_SPEED", "100")
    opened = []

    def make(**given):
        opened.append(
            open_fleet("simulator", **{"world": "world.sqlite", "scenario": "fleet:3", "waves": "1, rest", **given})
        )
        return opened[-1]

    yield make
    for one in opened:
        one.kit.close()


def sent(guide):
    return guide.kit.simulator.effective_restores()


def word_for(plan):
    accept = {item.row: list(item.warnings) for item in plan.items}
    return {"confirm": plan.confirmation, "digest": plan.digest, "accept": accept}


def test_running_every_cell_without_a_word_sends_nothing_and_says_what_is_missing(open_page):
    guide = open_page()
    shown = [guide.where(), guide.plan(), guide.approve(), guide.work(go_on=True), guide.decisions(), guide.save_record()]
    assert all(hasattr(one, "_repr_mimebundle_") for one in shown)
    assert shown[2].text.startswith("Nothing was sent. To restore, read the plan above")
    assert "confirm = 'restore 3'" in shown[2].text
    assert f"digest = {guide.current_plan.digest!r}" in shown[2].text
    assert sent(guide) == []
    assert len(guide.kit.records) == 0


@pytest.mark.parametrize("changed", [{"confirm": ""}, {"confirm": "restore 2"}, {"digest": "0123456789ab"}])
def test_half_a_word_sends_nothing(open_page, changed):
    guide = open_page()
    told = guide.approve(**{**word_for(guide.plan()), **changed})
    assert isinstance(told, Fragment)
    assert "confirm = 'restore 3'" in told.text
    assert len(guide.kit.records) == 0


def test_a_whole_word_works_up_to_the_gate_and_a_later_page_goes_on_once(open_page, tmp_path):
    guide = open_page()
    word = word_for(guide.plan())
    run = guide.approve(**word, ticket="INC-7")
    assert isinstance(run, FleetRun)
    assert guide.approve(**word) is run
    assert "wave 2 waits for its gate" in guide.work().text
    assert len(sent(guide)) == 1
    later = open_page()
    assert later.plan().digest == word["digest"]
    assert not later.current_plan.ready  # the first target is not empty any more
    assert later.approve(**word).id == run.id
    assert "3 completed" in later.work(go_on=True).text
    assert len(sent(later)) == 3
    assert f"kit.resume_fleet('{run.id}')" in later.decisions().text
    told = later.save_record().text
    assert f"ddmkit records verify {run.id}" in told
    assert len(list((tmp_path / run.id).glob("*.ddmrecord.json"))) == 4
    assert "does not repeat a fleet that was completed" in open_page().approve(**word).text


def test_the_form_and_the_cells_share_one_fleet(open_page):
    guide = open_page()
    form = guide.form(ticket="INC-7")
    assert guide.form() is form
    form.check()
    form.review.accept_all.click()
    form.approval.count.input.value = "restore 3"
    run = form.submit()
    assert form.wait(120)
    assert guide.run is run
    assert "1 completed" in guide.work().text
    form.close()


def test_a_page_without_a_table_and_wrong_parameters_say_so(open_page):
    guide = open_page(table=[{"row": "r1"}])
    with pytest.raises(InputError, match="row r1: source: is not given"):
        guide.plan()
    guide.table = None
    with pytest.raises(InputError, match="table: is empty"):
        guide.plan()
    with pytest.raises(InputError, match="confirm: 3 is not text"):
        guide.approve(confirm=3)
    with pytest.raises(InputError, match="accept"):
        guide.approve(accept=["idle"])


def test_a_row_that_is_not_ready_is_named(open_page):
    guide = open_page()
    rows = list(guide.kit.scenario.rows)
    guide.table = [{**rows[0], "target": rows[0]["source"]}, *rows[1:]]
    told = guide.approve(**word_for(guide.plan()))
    assert "row shop-001 is not ready: " in told.text
    assert len(guide.kit.records) == 0


def test_a_new_world_is_named_for_the_next_run(monkeypatch):
    monkeypatch.delenv("DDMKIT_DEMO_WORLD", raising=False)
    guide = open_fleet(scenario="fleet:1")
    try:
        assert isinstance(guide, FleetGuide)
        assert "world = " in guide.approve().text
    finally:
        guide.kit.close()
