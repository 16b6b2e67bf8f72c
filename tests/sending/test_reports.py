"""How an error grows by what happens after it, and how a conflict of claims is told."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ddmkit.errors import BusyError
from ddmkit.records.runs import Claim, ClaimConflict, Owner
from ddmkit.sending.reports import add_unwritten, describe_error, told_as_busy


def test_the_conflict_names_the_first_and_says_that_nothing_was_sent():
    claim = Claim("r-1", Owner("grace", "host", 7), datetime(2026, 5, 20, tzinfo=UTC), "delete:n")
    with (
        pytest.raises(BusyError, match=r"grace was first\. Nothing was sent\. Look at it: kit\.resume\('r-1'\)") as caught,
        told_as_busy("r-2"),
    ):
        raise ClaimConflict("grace was first.", reason="plan", claim=claim)
    assert (caught.value.record, caught.value.started) == ("r-2", False)


def test_a_report_is_added_and_never_replaces_the_error():
    error = BusyError("The service is busy.", started=False)
    add_unwritten(error, OSError("the disk is full"))
    assert str(error) == "The service is busy. That could not be written to the record: the disk is full"


def test_only_the_text_of_our_own_errors_is_repeated():
    assert describe_error(BusyError("busy", started=False)) == "busy"
    assert describe_error(ValueError("SELECT secret")) == "ValueError."
