"""The list of what a recovery created: what goes, what stays and why, and what has to be typed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ddmkit.handles.recovery.abandon import Abandonment
from ddmkit.recovery.abandon import AbandonItem

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)


def item(**changes):
    values = {"step": "node:a", "kind": "node", "id": "new-1", "name": "orders-n1-7f", "created": NOW - timedelta(hours=1)}
    return AbandonItem(**{**values, "billing": "billed on demand", **changes})


def todo(*items):
    return Abandonment(record_id="r-1", source_name="orders", made_at=NOW, items=items)


def test_the_list_says_what_goes_what_stays_and_what_to_type():
    shown = todo(
        item(kind="target", step="target", id="new-t", name="orders-7f"),
        item(),
        item(id="new-2", why_not="it is a data node of other"),
        item(id="new-3", is_gone=True),
    ).show()
    for told in ("type: delete 2", "will be deleted", "stays: it is a data node of other", "gone", "1 h ago", "new-t"):
        assert told in shown.text
        assert told in shown.html


def test_nothing_is_typed_where_nothing_can_be_deleted():
    assert "type:" not in todo(item(is_gone=True)).show().text
    assert "nothing was created" in todo().show().text
    assert repr(todo(item())) == "<abandon r-1: delete 1>"
    assert set(todo()._repr_mimebundle_()) == {"text/plain", "text/html"}
