"""The phases of an RDS instance: it is created, backed up for the first time, and then in use.

The clock decides the phase; nothing is stored meanwhile. Sources: RDS API, "Querying DB Instances" (the status words); the
provider's Terraform code, which waits for ACTIVE or BACKING UP.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ddmkit.simulator.storage.clock import WorldClock
from ddmkit.simulator.storage.schema import DataNode

__all__ = ["NEVER_MS", "NodeTimes", "as_shown", "has_address", "is_changing", "rds_status"]

NEVER_MS = 10**15  # an instant that no clock reaches
_WORDS = {
    "normal": "ACTIVE",
    "abnormal": "FAILED",
    "createfail": "CREATE FAIL",
    "frozen": "FROZEN",
    "data_disk_full": "STORAGE FULL",
    "shutdown": "SHUTDOWN",
}


@dataclass(frozen=True)
class NodeTimes:
    """How long the work of RDS takes, in milliseconds; a stopped clock needs a few steps."""

    recovery: int
    first_backup: int
    address: int
    short_job: int
    job_hidden: int
    trace_hidden: int

    @staticmethod
    def of(clock: WorldClock, speed: float) -> NodeTimes:
        """Return the times of a world at a speed."""
        running = (2_000, 600, 200, 500, 250, 1_000)
        stopped = (60_000, 30_000, 15_000, 20_000, 20_000, 20_000)
        chosen = stopped if clock.is_stopped else running
        return NodeTimes(*(max(1, round(value / speed)) for value in chosen))


def rds_status(node: DataNode, now: int) -> str:
    """Return the status word of RDS."""
    if node.ready_at is not None and now < node.ready_at:
        return "BUILD"
    if node.failed:
        return "CREATE FAIL"
    if node.quiet_at is not None and now < node.quiet_at:
        return "BACKING UP"
    return _WORDS.get(node.status, node.status.upper())


def as_shown(node: DataNode, now: int) -> DataNode:
    """Return the node with the status and the address that the calls of DDM show."""
    if node.ready_at is None:
        return node
    if now < node.ready_at:
        return replace(node, status="creating", private_ip="")
    status = "createfail" if node.failed else node.status
    return replace(node, status=status, private_ip=node.private_ip if has_address(node, now) else "")


def has_address(node: DataNode, now: int) -> bool:
    """Whether the private address is known."""
    return not node.failed and now >= max(node.ready_at or 0, node.address_at or 0)


def is_changing(node: DataNode, now: int) -> bool:
    """Whether the work on the node is unfinished; an instance that is stuck never finishes."""
    ends = [instant for instant in (node.ready_at, node.quiet_at, node.address_at) if instant is not None]
    return any(now < instant for instant in ends) and not (node.failed and now >= (node.ready_at or 0))
