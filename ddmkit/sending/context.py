"""What the sending of every request needs: the record store, and time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ddmkit.service.deadline import Attempt

if TYPE_CHECKING:
    from ddmkit.records.store import RecordStore

__all__ = ["SendingContext"]


@dataclass(frozen=True, kw_only=True)
class SendingContext:
    """The record store and the clock. ``now`` and ``sleep`` are parameters, so that no test waits.

    After a lost answer its traces are searched for every ``poll_every_s`` seconds during ``grace``, before a person decides.
    ``operator`` is the name of the person. ``begin_attempt`` starts the total time of one request. ``not_sent`` holds, by
    run and step, the marks of claims that surely sent nothing while the store could not record that.
    """

    store: RecordStore
    now: Callable[[], datetime]
    sleep: Callable[[float], None]
    grace: timedelta = timedelta(seconds=20)
    poll_every_s: float = 2.0
    operator: str = ""
    begin_attempt: Callable[[], Attempt] = Attempt
    not_sent: dict[tuple[str, str], str] = field(default_factory=dict)
