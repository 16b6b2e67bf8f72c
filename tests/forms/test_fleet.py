"""The form of a fleet, from its table to its end, by its widgets."""

from __future__ import annotations

import csv

import pytest

import ddmkit
from ddmkit.forms import FleetForm


@pytest.fixture
def kit(monkeypatch):
    monkeypatch.setenv("DDMKIT_DEMO_SPEED", "100")
    with ddmkit.demo(scenario="fleet", size=3, operator="mel") as opened:
        yield opened


@pytest.fixture
def make(kit):
    forms = []

    def open_form(*table, **values):
        forms.append(FleetForm(kit, *table, poll_s=0.02, **values))
        return forms[-1]

    yield open_form
    for one in forms:
        one.close()


def is_shown(widget):
    return widget.layout.display is None


def approve(form):
    form.review.accept_all.click()
    form.approval.count.input.value = form.plan.confirmation
    form.approval.submit.click()
    assert form.wait(120)


def test_a_fleet_goes_from_a_csv_file_to_its_end(make, kit, tmp_path):
    path = tmp_path / "fleet.csv"
    rows = [{**row, "data_nodes": " ".join(row["data_nodes"])} for row in kit.scenario.rows]
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    form = make(str(path), waves=[1, "rest"], ticket="INC-7")
    assert (is_shown(form.load.widget), is_shown(form.review.widget), is_shown(form.watch.widget)) == (True, False, False)
    form.load.check.click()
    assert form.wait(120)
    assert is_shown(form.approval.widget)
    assert form.value is None
    assert kit.simulator.effective_restores() == []
    assert form.plan.digest in form.approval.facts.value
    approve(form)
    assert (is_shown(form.load.widget), is_shown(form.watch.widget)) == (False, True)
    assert form.value.status == "waiting"
    assert "wave 2 waits for its gate" in form.summary().text
    form.watch.go_on.click()
    assert form.wait(120)
    assert form.value.counts == {"completed": 3}
    assert form.value.record.run.header.ticket == "INC-7"
    assert "State: completed" in form.summary().text
    assert repr(form).startswith("<FleetForm:")


def test_nothing_is_sent_before_the_count_and_what_is_missing_is_said(make, kit):
    form = make(list(kit.scenario.rows))
    assert form.submit() is None
    assert "Check every row first" in form.approval.message.text
    form.check()
    assert form.submit() is None
    assert "confirm='restore 3'" in form.approval.message.text
    assert len(kit.records) == 0
    assert form.value is None


def test_a_wrong_table_or_setting_is_refused_in_place(make, kit):
    form = make()
    assert form.check() is None
    assert "Table: is not given" in form.load.message.text
    form.load.take.click()
    form.load.cap.input.value = "0"
    assert form.check() is None
    assert "cap: '0' is no whole number" in form.load.message.text
    assert not form.load.check.disabled
    form.load.cap.input.value = "2"
    assert form.check().cap == 2
    assert form.load.message.text == ""


def test_an_open_fleet_is_offered_and_gone_on_with_by_another_form(make, kit):
    first = make(list(kit.scenario.rows), waves=[1, "rest"])
    first.check()
    approve(first)
    run = first.value
    second = make()
    assert second.offer.record_ids == (run.id,)
    assert is_shown(second.offer.widget)
    second.offer.widget.children[1].children[0].click()
    assert second.value.id == run.id
    assert not is_shown(second.offer.widget)
    assert not second.watch.is_working  # nothing is sent until a person says so
    second.watch.go_on.click()
    assert second.wait(120)
    assert run.counts == {"completed": 3}
    second.start_another()
    assert (second.value, is_shown(second.load.widget)) == (None, True)
    third = make(fleet=run.id)
    assert third.value.status == "completed"
    unknown = make(fleet="r-1999")
    assert "r-1999" in unknown.message.text
    assert unknown.value is None


def test_a_form_that_is_stopped_gives_its_rows_back_and_a_colleague_finishes_them(make, kit):
    form = make(list(kit.scenario.rows), gate="none")
    form.check()
    form.review.accept_all.click()
    form.approval.count.input.value = "restore 3"
    run = form.submit()
    form.stop()
    assert form.wait(60)
    assert not form.watch.is_working
    assert kit.resume_fleet(run.id).work().counts == {"completed": 3}
    assert len(kit.simulator.effective_restores()) == 3
