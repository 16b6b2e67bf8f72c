"""Giving a recovery up."""

from datetime import UTC, datetime, timedelta

import pytest

from ddmkit.forms.widgets.panels.giving_up import GivingUpPanel
from ddmkit.handles.recovery.abandon import Abandonment
from ddmkit.recovery.abandon import AbandonItem

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)


def todo(*whys):
    items = [
        AbandonItem(step="node:a", kind="node", id=f"id-{n}", name=f"n-{n}", created=NOW - timedelta(hours=1), why_not=why)
        for n, why in enumerate(whys)
    ]
    return Abandonment(record_id="r-1", source_name="orders", made_at=NOW, items=tuple(items))


@pytest.fixture
def pressed():
    return []


@pytest.fixture
def panel(pressed):
    return GivingUpPanel(lambda: pressed.append("read"), lambda: pressed.append("delete"))


def test_nothing_can_be_deleted_before_the_count_is_typed_exactly(panel, pressed):
    panel.show(todo("", ""))
    assert panel.delete.disabled
    panel.count_field.input.value = "delete 3"
    assert panel.delete.disabled
    panel.count_field.input.value = "delete 2"
    panel.delete.click()
    assert pressed == ["delete"]
    assert panel.delete.disabled


def test_what_stays_is_listed_with_its_reason_and_nothing_is_typed_for_nothing(panel):
    panel.show(todo("it is a data node of other"))
    assert "stays: it is a data node of other" in panel.table.view["rows"][0]["cells"]
    assert panel.count_field.widget.layout.display == "none"
    assert not panel.delete.disabled


def test_where_it_is_not_possible_there_is_no_button(panel):
    panel.explain("the metadata are restored")
    assert panel.look.layout.display == "none"
    assert "Not possible: the metadata are restored" in panel.words.value
