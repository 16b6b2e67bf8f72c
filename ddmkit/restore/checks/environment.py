"""Checks of the environment: no other job runs, the clocks agree, and no equal restore failed before."""

from __future__ import annotations

from datetime import timedelta

from ddmkit.models import RestoreRequest
from ddmkit.restore.checks.result import Check, Finding, fail, ok, warn
from ddmkit.restore.inventory import Inventory
from ddmkit.times import format_duration, format_utc

__all__ = ["ENVIRONMENT_CHECKS", "check_instances_idle"]

SKEW_NOTICED = timedelta(minutes=1)
SKEW_REFUSED = timedelta(minutes=15)


def check_instances_idle(inventory: Inventory, request: RestoreRequest) -> Finding:
    """No job runs on source or target."""
    if inventory.jobs.value is None:
        return warn(
            f"The jobs cannot be read ({inventory.jobs.problem}).",
            "Make sure in the console that nothing runs on source and target.",
        )
    running = inventory.running_jobs((request.source_instance_id, request.target_instance_id))
    if running:
        job = running[0]
        since = f", since {format_utc(job.created_time)}" if job.created_time else ""
        more = f" and {len(running) - 1} more" if len(running) > 1 else ""
        return fail(
            f"{job.name} ({job.id}) runs on {job.instance_name or job.instance_id}{since}{more}.",
            "Wait until it has ended, then check again.",
        )
    return ok("No job runs on source or target.")


def check_clock_skew(inventory: Inventory, _request: RestoreRequest) -> Finding:
    """This machine's clock and the service's agree."""
    skew = inventory.clock_skew
    if skew is None:
        return warn("The service did not tell its time.", "Make sure that this machine's clock is set by the network.")
    detail = (
        f"This machine's clock is {format_duration(skew)} {'behind' if skew > timedelta(0) else 'ahead of'} the service's."
    )
    if abs(skew) > SKEW_REFUSED and inventory.signs_requests:
        return fail(detail, "Set the clock: the service refuses signed requests that are more than 15 minutes off.")
    if abs(skew) > SKEW_NOTICED:
        return warn(detail, "Set the clock, and choose points in time by the service's, not by this machine's.")
    return ok("The clocks agree to within a minute.")


def check_earlier_attempts(inventory: Inventory, _request: RestoreRequest) -> Finding:
    """The same restore has not failed before."""
    if inventory.failed_before:
        return warn(
            f"The same restore failed before: {', '.join(inventory.failed_before)}.",
            "Read kit.records.get(id) for the reason first; the same request to the same target may fail again.",
        )
    return ok("No earlier attempt of this restore failed.")


ENVIRONMENT_CHECKS = (
    Check(
        "instances-idle",
        "Running jobs on source and target",
        "error code DBS.200019: one operation at a time",
        check_instances_idle,
    ),
    Check("clock-skew", "Clock difference", "API signing guide: at most 15 minutes apart", check_clock_skew),
    Check("tried-before", "Earlier attempts of this restore", "the records of this store", check_earlier_attempts),
)
