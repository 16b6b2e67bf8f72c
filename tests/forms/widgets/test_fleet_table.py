"""The table of a fleet: a page gets the rows that changed, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ddmkit.forms.widgets.fleet_table import FleetTable
from ddmkit.records.fleets.rules import ItemState
from tests.fleet.test_progress import fleet, item


@pytest.fixture
def table(monkeypatch):
    made = FleetTable(on_choose_many=lambda _keys: None)
    made.sent, made.traits_sent = [], []
    monkeypatch.setattr(made, "send", lambda content, buffers=None: made.sent.append(content))
    original = made._send
    monkeypatch.setattr(made, "_send", lambda content, buffers=None: made.traits_sent.append(content) or original(content))
    yield made
    made.close()


def test_the_page_gets_only_the_rows_that_changed(table):
    many = fleet(*(item(number, "held", reason="wait") for number in range(40)))
    table.show(many)
    table.traits_sent.clear()
    table.show(many)
    assert (table.sent, table.traits_sent) == ([], [])
    running = many.items[3]._replace(state=ItemState.RUNNING, reason="planned again", owner="ada@desk (process 7)")
    table.show(many.with_item(running))
    (message,) = table.sent
    assert [row["key"] for row in message["rows"]] == ["r3"]
    assert message["rows"][0]["cells"][1] == "… running"
    assert table.traits_sent == []
    assert table.view["rows"][3]["cells"][1] == "… running"  # for a page that is opened later
    assert table.get_state()["view"]["rows"][3]["cells"][1] == "… running"


def test_a_change_of_a_row_that_the_page_does_not_show_sends_nothing(table):
    many = fleet(*(item(number, "held", reason="wait") for number in range(40)))
    table.show(many)
    table.traits_sent.clear()
    table.show(many.with_item(many.items[30]._replace(state=ItemState.SKIPPED, reason="no")))
    assert (table.sent, table.traits_sent) == ([], [])


def test_rows_that_move_are_sent_whole_and_the_choice_is_kept(table):
    some = fleet(item(0, "waiting"), item(1, "waiting"))
    table.show(some)
    table.ask(sort=1)
    table.press("r0")
    table.show(some.with_item(some.items[1]._replace(state=ItemState.BLOCKED, reason="a check failed")))
    assert table.sent == []
    assert [row["key"] for row in table.view["rows"]] == ["r1", "r0"]
    assert table.selected == ["r0"]
    table.show(replace(some, items=some.items[:1]))
    assert [row["key"] for row in table.view["rows"]] == ["r0"]
