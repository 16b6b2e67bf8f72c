"""The result of a check: a status, what was seen, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from ddmkit.models import RestoreRequest
from ddmkit.restore.inventory import Fact, Inventory

__all__ = ["RESTORING_METADATA", "Check", "CheckResult", "Finding", "Status", "fail", "ok", "skip", "unread", "warn"]

# The page that holds the preconditions of a metadata restore (support.huaweicloud.com, usermanual-ddm, ddm_0600017).
RESTORING_METADATA = "DDM manual, Restoring Metadata"

_LOOK_YOURSELF = "Look in the console, and accept this only if you have seen it for yourself."

Status = Literal["pass", "warn", "fail", "skip"]


class CheckResult(BaseModel):
    """The result of one check: ``detail`` is what was seen, ``hint`` what to do, ``rule`` the service's rule behind it.

    ``evidence`` lists the single facts, such as ids and the places where they were found.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    title: str
    status: Status
    detail: str
    hint: str = ""
    rule: str = ""
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class Finding:
    """The result of a check's function; the id, title and rule of the check are added by ``Check.run``."""

    status: Status
    detail: str
    hint: str = ""
    evidence: tuple[str, ...] = ()

    def as_result(self, check_id: str, title: str, rule: str) -> CheckResult:
        """Return the finding as the result of a check."""
        return CheckResult(id=check_id, title=title, rule=rule, **vars(self))


@dataclass(frozen=True)
class Check:
    """One check: its id, its title for people, the service's rule behind it, and its function."""

    id: str
    title: str
    rule: str
    find: Callable[[Inventory, RestoreRequest], Finding]

    def run(self, inventory: Inventory, request: RestoreRequest) -> CheckResult:
        """Run the check once and return the result."""
        return self.find(inventory, request).as_result(self.id, self.title, self.rule)


def ok(detail: str, evidence: tuple[str, ...] = ()) -> Finding:
    """Return a finding that passes."""
    return Finding("pass", detail, evidence=evidence)


def warn(detail: str, hint: str, evidence: tuple[str, ...] = ()) -> Finding:
    """Return a warning, which a person has to accept."""
    return Finding("warn", detail, hint, evidence)


def fail(detail: str, hint: str, evidence: tuple[str, ...] = ()) -> Finding:
    """Return a failure, which stops the restore."""
    return Finding("fail", detail, hint, evidence)


def unread(detail: str, hint: str, *facts: Fact[Any]) -> Finding:
    """Return the finding of a check that needs facts which could not be read.

    A failed read that can be tried again stops the restore. A call that this edition of the service does not publish would
    stop the restore for ever: when only such calls are missing, a person looks in the console and accepts the warning.
    """
    if facts and all(fact.unpublished for fact in facts):
        return warn(f"{detail} This edition of the service does not publish the call.", f"{_LOOK_YOURSELF} {hint}")
    return fail(detail, f"Try again. {hint}" if facts else hint)


def skip(detail: str) -> Finding:
    """Return the finding of a check that does not apply."""
    return Finding("skip", detail)
