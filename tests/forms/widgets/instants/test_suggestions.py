"""The suggested points as buttons."""

from datetime import UTC, datetime

from ddmkit.forms.logic.point_options import ChosenPoint
from ddmkit.forms.logic.suggestions import Suggestion
from ddmkit.forms.widgets.instants.suggestions import SuggestionList
from ddmkit.models import Backup

NOON = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)
BACKUP = Backup(id="b", created=NOON)
FOUND = (Suggestion("The backup", "made before", NOON, BACKUP), Suggestion("The instant", "<b>late</b>", NOON))


def test_suggestions_are_numbered_marked_and_clicked():
    chosen = []
    shown = SuggestionList(chosen.append)
    shown.show(FOUND, "Europe/Berlin", NOON, ChosenPoint(NOON).key)
    presses, reasons = shown.rows.children[::2], shown.rows.children[1::2]
    assert [one.description for one in presses] == ["1. The backup", "✓ 2. The instant: chosen"]
    assert "14:00:00 Europe/Berlin" in reasons[0].value
    assert "<b>" not in reasons[1].value
    for one in presses:
        one.click()
    assert chosen == ["b", NOON]
    shown.mark("b")
    assert presses[0].description == "✓ 1. The backup: chosen"


def test_a_suggestion_that_stays_keeps_its_button_and_none_hides_the_list():
    shown = SuggestionList(print)
    shown.show(FOUND, "UTC", NOON, "")
    kept = shown.rows.children[2:]
    shown.show(FOUND[1:], "UTC", NOON, "")
    assert shown.rows.children == kept
    assert kept[0].description == "1. The instant"
    shown.show((), "UTC", NOON, "")
    assert shown.widget.layout.display == "none"
