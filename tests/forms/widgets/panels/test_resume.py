"""The offer to go on with what is open."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from ddmkit.errors import RecordError
from ddmkit.forms.widgets.panels.resume import ResumeOffer

NOON = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)
KIT = SimpleNamespace(now=lambda: NOON)


def row(number, **changes):
    usual = {
        "id": f"r-{number}",
        "kind": "restore",
        "state": "running",
        "source_name": f"shop-{number}",
        "target_name": "new",
        "created": NOON - timedelta(minutes=5),
        "operator": "ada",
    }
    return SimpleNamespace(**{**usual, **changes})


@pytest.fixture
def resumed():
    return []


@pytest.fixture
def offer(resumed):
    return lambda *rows: ResumeOffer(KIT, resumed.append, lambda: rows)


def lines(made):
    return made.widget.children[1:]


def is_shown(made):
    return made.widget.layout.display != "none"


def test_nothing_is_offered_where_nothing_is_open(offer):
    made = offer()
    assert (made.record_ids, is_shown(made), made.widget.children) == ((), False, ())


def test_an_open_restore_is_offered_with_its_state_and_its_operator_and_continued_once(offer, resumed):
    made = offer(row(1, source_name="<b>shop</b>", operator="<i>ada</i>"))
    press, words = lines(made)[0].children
    assert "Continue: <b>shop</b> → new" in press.description
    assert "running, started 5 min ago by" in words.value
    assert "<i>" not in words.value
    assert (is_shown(made), resumed) == (True, [])
    press.click()
    assert (resumed, press.disabled) == (["r-1"], True)


def test_of_many_the_first_five_are_offered_and_the_count_is_told(offer):
    made = offer(*map(row, range(7)))
    assert "7 are open; the newest 5:" in made.widget.children[0].value
    assert len(lines(made)) == 5
    assert len(made.record_ids) == 7
    assert "A recovery is open:" in offer(row(1, kind="recovery")).widget.children[0].value


def test_records_that_cannot_be_read_are_told_and_a_watched_restore_hides_the_offer(resumed):
    def refuse():
        raise RecordError("The store is locked.")

    made = ResumeOffer(KIT, resumed.append, refuse)
    assert "records not readable" in made.widget.children[0].value
    made.hide()
    assert not is_shown(made)
