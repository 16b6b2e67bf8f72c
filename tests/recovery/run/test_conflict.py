"""Who was first with a claim is told as an error that says that nothing was sent."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ddmkit.errors import BusyError
from ddmkit.records.runs import Claim, ClaimConflict, Owner
from ddmkit.recovery.run.conflict import told_as_busy


def test_the_conflict_names_the_first_and_says_that_nothing_was_sent():
    claim = Claim("r-1", Owner("grace", "host", 7), datetime(2026, 5, 20, tzinfo=UTC), "delete:n")
    with (
        pytest.raises(BusyError, match=r"grace was first\. Nothing was sent\. Look at it: kit\.resume\('r-1'\)") as caught,
        told_as_busy("r-2"),
    ):
        raise ClaimConflict("grace was first.", reason="plan", claim=claim)
    assert (caught.value.record, caught.value.started) == ("r-2", False)
