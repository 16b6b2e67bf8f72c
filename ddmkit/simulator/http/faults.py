"""Named faults: which calls trigger them, and how often.

The effects are elsewhere: `http.gateway` for faults of a call, `rules.restores` for faults of a job. Faults belong to one
running simulator, not to its world.
"""

from __future__ import annotations

import random
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from ddmkit.simulator.http.operations import ALL_OPERATIONS, CLOUD, Operation
from ddmkit.simulator.storage.clock import machine_ms

__all__ = ["FAULTS", "NETWORK_FAULTS", "RECOVERY_FAULTS", "ActiveFaults", "Fault", "parse_fault"]

FAULTS: Mapping[str, str] = MappingProxyType(
    {
        "lost-answer": "the call is carried out, then the connection closes without a response",
        "refused-busy": "409 DBS.200019, another operation is being performed",
        "throttled": "429 APIGW.0308 with Retry-After",
        "server-error": "500 without anything being carried out",
        "slow": "the response is slow",
        "job-fails": "the restore job ends as Failed, with a reason in the task list",
        "job-stalls": "the restore job never ends",
        "job-late": "the first two reads do not find the restore job",
        "token-expires": "401 APIGW.0307 at the next call with a token; all tokens issued so far expire",
        "bad-json": "the call is carried out, its response is not JSON",
        "cut-pages": "a page contains fewer rows than requested, though more exist",
        "html-502": "502 with a page of HTML, without anything being carried out",
        "truncated-body": "the call is carried out, the connection breaks in the middle of the response",
        "wrong-total": "the total of a list is one row too high",
        "duplicate-rows": "a page contains a row twice",
        "skewed-clock": "the Date header and the clock for signatures are 20 minutes fast",
        "dies-after-accept": "the call is carried out, then the connection closes, and so do those of the next three calls",
        "ha-missing": "400 DBS.280285 Invalid AZ. for a new data node, as without a complete ha block",
        "sold-out": "400 DBS.280450 for a new data node; the flavours of the first zone are sold out",
        "quota": "413 DBS.200046 for a new data node; the quota of instances is used up",
        "busy-source": "409 DBS.200047 for a new data node, the source is busy",
        "time-gap": "the recovery ranges of the data nodes have a gap around the scenario's time",
        "time-too-new": "the recovery ranges of the data nodes end five minutes before the scenario's time",
        "backup-failed": "the data nodes' full backups failed, their recovery ranges begin after the scenario's time",
        "timeout-but-created": "500 DBS.111205 for a new data node, which is created all the same",
        "no-id-in-answer": "the answer for a new data node has no instance id",
        "password-echoed": "the answer for a new data node repeats the password",
        "restore-point-echoed": "the answer for a new data node repeats the restore point",
        "restore-point-not-echoed": "the answer for a new data node does not repeat the restore point",
        "node-job-late": "the job of a new data node is not found for several reads",
        "node-job-failed": "the job of a new data node fails, with a reason",
        "stuck-build": "a new data node stays in BUILD",
        "late-private-ip": "the private address of a new data node is known late",
        "backing-up-after": "the first backup of a new data node takes long",
        "plain-instance": "a new data node is empty, as if the restore point had been forgotten",
        "wrong-time": "a new data node is recovered to an hour after the requested time",
        "wrong-source": "a new data node is recovered from another data node of the same instance",
        "trace-missing": "the audit log has no trace of data nodes",
        "trace-text": "the request of an audit trace is JSON text within JSON text",
        "trace-object": "the request of an audit trace is an object",
        "trace-empty-request": "the request of an audit trace is empty",
        "trace-expired": "all audit traces are older than seven days",
        "cts-denied": "403 for all calls of the audit service",
        "sg-differs-ok": "free data nodes are in another security group, which admits the DDM instances",
        "sg-differs-denied": "free data nodes are in another security group, which admits nobody else",
        "sg-rule-deny-first": "free data nodes are in another security group; a rule that denies goes first",
        "subnet-differs": "free data nodes are in another subnet",
        "node-in-extended-network": "free data nodes are in a subnet of the VPC's extended network",
        "vpc-denied": "403 for all calls of the network service",
        "ddm-create-failed": "the creation of a DDM instance fails",
        "ddm-accounts-present": "a new DDM instance has an account",
        "delete-refused-restoring": "409 for the deletion of a data node, its backup is being restored",
    }
)

RESTORE, NEW_NODE, NEW_INSTANCE = "RestoreMetadata", "RDS.CreateInstance", "CreateDdmInstance"
SKEW_MS = 20 * 60_000
LISTS = frozenset(operation.name for operation in ALL_OPERATIONS if operation.rows)
_RESTORE_FAULTS = {"lost-answer", "refused-busy", "dies-after-accept", "job-fails", "job-stalls", "job-late"}
_LIST_FAULTS = {"cut-pages", "wrong-total", "duplicate-rows"}
_NODE_FAULTS = {
    *("ha-missing", "sold-out", "quota", "busy-source", "timeout-but-created", "no-id-in-answer", "password-echoed"),
    *("restore-point-echoed", "restore-point-not-echoed", "node-job-late", "node-job-failed", "stuck-build"),
    *("late-private-ip", "backing-up-after", "plain-instance", "wrong-time", "wrong-source"),
}
_USUAL: Mapping[str, str] = {
    **dict.fromkeys(_RESTORE_FAULTS, RESTORE),
    **dict.fromkeys(_NODE_FAULTS, NEW_NODE),
    "ddm-create-failed": NEW_INSTANCE,
    "ddm-accounts-present": NEW_INSTANCE,
    "delete-refused-restoring": "RDS.DeleteInstance",
    **dict.fromkeys(("time-gap", "time-too-new", "backup-failed"), "RDS.ListRestoreTimes"),
    **dict.fromkeys(
        ("trace-missing", "trace-text", "trace-object", "trace-empty-request", "trace-expired"), "CTS.ListTraces"
    ),
}
_SERVICE_FAULTS = {"cts-denied": "cts", "vpc-denied": "vpc"}
NETWORK_FAULTS = ("sg-differs-ok", "sg-differs-denied", "sg-rule-deny-first", "subnet-differs", "node-in-extended-network")
# Faults that only a whole recovery meets; the restore of metadata alone does not.
RECOVERY_FAULTS = frozenset({*_USUAL, *_SERVICE_FAULTS, *NETWORK_FAULTS}) - _RESTORE_FAULTS
# States of the service and not single accidents: without a number they last.
_LASTING = {
    *("skewed-clock", "sold-out", "quota", "time-gap", "time-too-new", "backup-failed", "cts-denied", "vpc-denied"),
    *("trace-missing", "trace-text", "trace-object", "trace-empty-request", "trace-expired"),
    *NETWORK_FAULTS,
}
_TEXT = re.compile(r"(?P<name>[^@*%]+)(?:@(?P<operation>[^*%]+))?(?:\*(?P<times>\d*)|%(?P<percent>\d+(?:\.\d+)?))?")


@dataclass(frozen=True)
class Fault:
    """A fault. An empty `operation` means the usual operations of the fault; `times` None means always."""

    name: str
    operation: str = ""
    times: int | None = 1
    percent: float = 100.0

    def applies_to(self, operation: Operation) -> bool:
        """Whether this fault applies to an operation."""
        if self.operation:
            return operation.name == self.operation
        if self.name in _USUAL:
            return operation.name == _USUAL[self.name]
        if self.name in _SERVICE_FAULTS:
            return operation.service == _SERVICE_FAULTS[self.name]
        return operation.family in CLOUD and (self.name not in _LIST_FAULTS or bool(operation.rows))

    def __str__(self) -> str:
        """Return the fault as the text that `parse_fault` reads."""
        place = f"@{self.operation}" if self.operation else ""
        if self.percent < 100:
            return f"{self.name}{place}%{self.percent:g}"
        return f"{self.name}{place}*{'' if self.times is None else self.times}"


def parse_fault(text: str | Fault) -> Fault:
    """Parse `NAME[@Operation][*TIMES|%PERCENT]`; `*` alone means always. Raise ValueError for unknown names."""
    if isinstance(text, Fault):
        text = str(text)
    match = _TEXT.fullmatch(text.strip())
    name = match["name"] if match else text
    if match is None or name not in FAULTS:
        raise ValueError(
            f"There is no fault {name!r}; there are {', '.join(FAULTS)}, each as NAME[@Operation][*TIMES|%PERCENT]."
        )
    operation = match["operation"] or ""
    known = sorted(known.name for known in ALL_OPERATIONS)
    if operation and operation not in known:
        raise ValueError(f"There is no operation {operation!r} for the fault {name!r}; there are {', '.join(known)}.")
    if match["percent"]:
        return Fault(name, operation, None, min(100.0, float(match["percent"])))
    if match["times"] and int(match["times"]) == 0:
        raise ValueError(f"The fault {text!r} would never be triggered; leave it out, or give a number above 0.")
    always = match["times"] == "" or (match["times"] is None and name in _LASTING)
    return Fault(name, operation, None if always else int(match["times"] or 1))


class ActiveFaults:
    """The active faults of a simulator. A seed makes the faults with a percentage reproducible."""

    def __init__(self, seed: str) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - reproducible faults, no secret
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._calls_to_drop = 0

    def add(self, fault: Fault) -> None:
        """Add an active fault."""
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Remove all faults."""
        with self._lock:
            self._faults.clear()
            self._calls_to_drop = 0

    def is_active(self, name: str) -> bool:
        """Whether a fault is active; does not count down its times."""
        with self._lock:
            return any(fault.name == name for fault in self._faults)

    def take(self, name: str, operation: Operation) -> bool:
        """Whether a fault is triggered by this call; if so, count down its remaining times."""
        with self._lock:
            for index, fault in enumerate(self._faults):
                if fault.name == name and fault.applies_to(operation) and self._chance.random() * 100 < fault.percent:
                    self._count_down(index)
                    return True
        return False

    def gateway_ms(self) -> int:
        """Return the gateway's time in milliseconds since the epoch: the machine's clock, or a skewed one."""
        return machine_ms() + (SKEW_MS if self.is_active("skewed-clock") else 0)

    def drop_next_calls(self, calls: int) -> None:
        """Leave the next calls without a response."""
        with self._lock:
            self._calls_to_drop = calls

    def should_drop_call(self) -> bool:
        """Whether this call must stay without a response; counts down."""
        with self._lock:
            dropped = self._calls_to_drop > 0
            self._calls_to_drop -= dropped
        return dropped

    def _count_down(self, index: int) -> None:
        fault = self._faults[index]
        if fault.times is None:
            return
        if fault.times <= 1:
            del self._faults[index]
        else:
            self._faults[index] = replace(fault, times=fault.times - 1)
