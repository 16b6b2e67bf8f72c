"""What a person is told when another kernel, run or restore holds what a step would change."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ddmkit.errors import BusyError
from ddmkit.records.runs import ClaimConflict

__all__ = ["told_as_busy"]


@contextmanager
def told_as_busy(run_id: str) -> Iterator[None]:
    """Turn the conflict of a claim into ``BusyError``: nothing was sent, and the message says who was first."""
    try:
        yield
    except ClaimConflict as conflict:
        error = BusyError(f"{conflict} Nothing was sent. Look at it: kit.resume({conflict.run_id!r}).", started=False)
        error.record = run_id
        raise error from conflict
