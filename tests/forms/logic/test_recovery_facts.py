"""The steps of a recovery as rows."""

from datetime import UTC, datetime, timedelta

from ddmkit.forms.logic.recovery_facts import STEP_COLUMNS, list_steps
from ddmkit.recovery.run.drive import StepStanding

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)


def cells(**changes):
    step = StepStanding(**{"step": "target", "title": "Create the target", "state": "running", **changes})
    row = list_steps([step], NOW)[0]
    assert len(row.cells) == len(STEP_COLUMNS)
    return [cell.text for cell in row.cells]


def test_a_step_that_goes_on_says_for_how_long():
    assert cells(since=NOW - timedelta(minutes=3))[2] == "11:57:00, for 3 min"


def test_a_step_that_has_ended_says_since_when_and_what_proves_it():
    told = cells(state="completed", since=NOW, proof="2 of 2 passed", made="id-1")
    assert told[2:] == ["12:00:00", "2 of 2 passed", "id-1"]


def test_a_step_that_failed_has_its_reason_and_one_that_has_not_begun_has_no_time():
    assert cells(state="failed", since=NOW, reason="busy", proof="x")[3] == "busy"
    assert cells(state="planned")[2:4] == ["", ""]
