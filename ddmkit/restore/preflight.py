"""Run every check on one inventory. All checks run and all are shown, so that five problems can be fixed at once.

The list below is the only place that names the checks and their order.
"""

from __future__ import annotations

from typing import Protocol

from ddmkit.models import RestoreRequest
from ddmkit.restore.checks.environment import ENVIRONMENT_CHECKS
from ddmkit.restore.checks.nodes import NODE_CHECKS
from ddmkit.restore.checks.point import INCIDENT_CHECKS, POINT_CHECKS
from ddmkit.restore.checks.result import Check, CheckResult
from ddmkit.restore.checks.source import SOURCE_CHECKS
from ddmkit.restore.checks.target import TARGET_CHECKS
from ddmkit.restore.inventory import Inventory

__all__ = ["CHECKS", "Judged", "failed_ids", "is_ready", "run_preflight", "warned_ids"]

CHECKS: tuple[Check, ...] = (
    *SOURCE_CHECKS,
    *POINT_CHECKS,
    *TARGET_CHECKS,
    *NODE_CHECKS,
    *ENVIRONMENT_CHECKS,
    *INCIDENT_CHECKS,
)


def run_preflight(inventory: Inventory, request: RestoreRequest) -> tuple[CheckResult, ...]:
    """Run all checks, in order; a failed check does not stop the others."""
    return tuple(check.run(inventory, request) for check in CHECKS)


class HasChecks(Protocol):
    """Something with the results of checks."""

    @property
    def checks(self) -> tuple[CheckResult, ...]: ...  # the name is enough


class Judged:
    """What the results of checks mean for a plan, or for a row of one."""

    @property
    def ready(self: HasChecks) -> bool:
        """No check failed. Warnings may stand; a person accepts each."""
        return is_ready(self.checks)

    @property
    def failed(self: HasChecks) -> tuple[str, ...]:
        """The ids of the checks that failed."""
        return failed_ids(self.checks)

    @property
    def warnings(self: HasChecks) -> tuple[str, ...]:
        """The ids of the warnings that a person has to accept."""
        return warned_ids(self.checks)


def is_ready(checks: tuple[CheckResult, ...]) -> bool:
    """Return whether no check failed; warnings are for a person to accept."""
    return not failed_ids(checks)


def failed_ids(checks: tuple[CheckResult, ...]) -> tuple[str, ...]:
    """Return the ids of the checks that failed."""
    return tuple(check.id for check in checks if check.status == "fail")


def warned_ids(checks: tuple[CheckResult, ...]) -> tuple[str, ...]:
    """Return the ids of the checks that warn."""
    return tuple(check.id for check in checks if check.status == "warn")
