"""All preconditions of a recovery, in order. They are checked before anything is created. Source: proofs.md 6."""

from __future__ import annotations

from ddmkit.restore.checks.result import CheckResult
from ddmkit.restore.proofs.purchase_checks import PURCHASE_CHECKS
from ddmkit.restore.proofs.recovery_facts import Precondition, RecoveryFacts
from ddmkit.restore.proofs.source_checks import SOURCE_CHECKS
from ddmkit.restore.proofs.time_checks import TIME_CHECKS

__all__ = ["PRECONDITIONS", "check_preconditions"]

PRECONDITIONS: tuple[Precondition, ...] = (*SOURCE_CHECKS, *TIME_CHECKS, *PURCHASE_CHECKS)


def check_preconditions(facts: RecoveryFacts) -> tuple[CheckResult, ...]:
    """Run all preconditions, in order; a failed one does not stop the others."""
    return tuple(check.run(facts) for check in PRECONDITIONS)
