"""All preconditions of a recovery, in order. They are checked before anything is created. Source: proofs.md 6."""

from __future__ import annotations

from ddmkit.restore.checks.result import CheckResult, skip
from ddmkit.restore.proofs.purchase_checks import PURCHASE_CHECKS
from ddmkit.restore.proofs.recovery_facts import Precondition, RecoveryFacts
from ddmkit.restore.proofs.source_checks import SOURCE_CHECKS
from ddmkit.restore.proofs.time_checks import TIME_CHECKS

__all__ = ["PRECONDITIONS", "check_preconditions"]

PRECONDITIONS: tuple[Precondition, ...] = (*SOURCE_CHECKS, *TIME_CHECKS, *PURCHASE_CHECKS)


def check_preconditions(facts: RecoveryFacts) -> tuple[CheckResult, ...]:
    """Run all preconditions, in order; a failed one does not stop the others. Those of nodes need the list of nodes."""
    if facts.nodes:
        return tuple(check.run(facts) for check in PRECONDITIONS)
    unknown = skip("The source's data nodes at that point are not known.")
    of_nodes = tuple(unknown.as_result(one.id, one.title, one.rule) for one in (*SOURCE_CHECKS, *TIME_CHECKS))
    return (*of_nodes, *(check.run(facts) for check in PURCHASE_CHECKS))
