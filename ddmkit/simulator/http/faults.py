"""Faults that a caller asks for, by name: at which call they strike and how often.

Only bookkeeping; what a fault does to a call is left to the gateway, and to the restores for those of a job. Faults belong
to one running simulator, not to its world.
"""

from __future__ import annotations

import random
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from ddmkit.simulator.http.operations import DDM, OPERATIONS, Operation

__all__ = ["FAULTS", "Fault", "FaultBook", "parse_fault"]

FAULTS: Mapping[str, str] = MappingProxyType(
    {
        "lost-answer": "the call is carried out, then the connection closes without an answer",
        "refused-busy": "409 DBS.200019, another operation is being performed",
        "throttled": "429 APIGW.0308 with Retry-After",
        "server-error": "500 without anything being carried out",
        "slow": "the answer takes a while",
        "job-fails": "the restore job ends as Failed, with a reason in the task list",
        "job-stalls": "the restore job never ends",
        "job-late": "the restore job is not found at the first two looks",
        "token-expires": "401 APIGW.0307 at the next call with a token; all tokens issued so far are dead",
        "bad-json": "the call is carried out, its answer is no JSON",
        "cut-pages": "a page holds fewer rows than were asked for, though more exist",
        "html-502": "502 with a page of HTML, without anything being carried out",
        "truncated-body": "the call is carried out, the connection breaks in the middle of the answer",
        "wrong-total": "a list announces one row more than it has",
        "duplicate-rows": "a page repeats a row",
        "skewed-clock": "the Date header and the clock for signatures are 20 minutes fast",
        "dies-after-accept": "the call is carried out, then the connection closes, and so do those of the next three calls",
    }
)

RESTORE = "RestoreMetadata"
LISTS = frozenset(operation.name for operation in OPERATIONS if operation.rows)
_AT_THE_RESTORE = {"lost-answer", "refused-busy", "dies-after-accept", "job-fails", "job-stalls", "job-late"}
_AT_LISTS = {"cut-pages", "wrong-total", "duplicate-rows"}
_TEXT = re.compile(r"(?P<name>[^@*%]+)(?:@(?P<operation>[^*%]+))?(?:\*(?P<times>\d*)|%(?P<percent>\d+(?:\.\d+)?))?")


@dataclass(frozen=True)
class Fault:
    """A fault at an operation (empty: the fault's usual ones), so many more times (None: always), with a chance."""

    name: str
    operation: str = ""
    times: int | None = 1
    percent: float = 100.0

    def strikes_at(self, operation: Operation) -> bool:
        """Whether this fault is meant for an operation."""
        if self.operation:
            return operation.name == self.operation
        if self.name in _AT_THE_RESTORE:
            return operation.name == RESTORE
        return operation.family in DDM and (self.name not in _AT_LISTS or bool(operation.rows))

    def __str__(self) -> str:
        """Return the fault as the text it is asked for with."""
        place = f"@{self.operation}" if self.operation else ""
        if self.percent < 100:
            return f"{self.name}{place}%{self.percent:g}"
        return f"{self.name}{place}*{'' if self.times is None else self.times}"


def parse_fault(text: str | Fault) -> Fault:
    """Read `NAME[@Operation][*TIMES|%PERCENT]`; `*` alone means always. Raise ValueError naming what is known."""
    if isinstance(text, Fault):
        text = str(text)
    match = _TEXT.fullmatch(text.strip())
    name = match["name"] if match else text
    if match is None or name not in FAULTS:
        raise ValueError(
            f"There is no fault {name!r}; there are {', '.join(FAULTS)}, each as NAME[@Operation][*TIMES|%PERCENT]."
        )
    operation = match["operation"] or ""
    known = sorted(known.name for known in OPERATIONS)
    if operation and operation not in known:
        raise ValueError(f"There is no operation {operation!r} for the fault {name!r}; there are {', '.join(known)}.")
    if match["percent"]:
        return Fault(name, operation, None, min(100.0, float(match["percent"])))
    if match["times"] and int(match["times"]) == 0:
        raise ValueError(f"The fault {text!r} would never strike; leave it out, or say how often.")
    always = match["times"] == "" or (match["times"] is None and name == "skewed-clock")
    return Fault(name, operation, None if always else int(match["times"] or 1))


class FaultBook:
    """The faults in force. Chance comes from a seed, so that the same calls meet the same faults."""

    def __init__(self, seed: str) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - a seeded order of faults, nothing secret
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._gone_for = 0

    def add(self, fault: Fault) -> None:
        """Put a fault in force beside the others."""
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Lift all faults."""
        with self._lock:
            self._faults.clear()
            self._gone_for = 0

    def holds(self, name: str) -> bool:
        """Whether a fault is in force, without using it up."""
        with self._lock:
            return any(fault.name == name for fault in self._faults)

    def take(self, name: str, operation: Operation) -> bool:
        """Whether a fault strikes this call; one that strikes is used up by one."""
        with self._lock:
            for index, fault in enumerate(self._faults):
                if fault.name == name and fault.strikes_at(operation) and self._chance.random() * 100 < fault.percent:
                    self._use(index)
                    return True
        return False

    def go_away(self, calls: int) -> None:
        """Answer none of the next calls."""
        with self._lock:
            self._gone_for = calls

    def is_gone(self) -> bool:
        """Whether this call meets a service that seems gone; counts down."""
        with self._lock:
            gone = self._gone_for > 0
            self._gone_for -= gone
        return gone

    def _use(self, index: int) -> None:
        fault = self._faults[index]
        if fault.times is None:
            return
        if fault.times <= 1:
            del self._faults[index]
        else:
            self._faults[index] = replace(fault, times=fault.times - 1)
