"""What a check gives: a status in words, what it saw, and what to do about it."""

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
    """The result of one check: ``detail`` is what was seen, ``hint`` what to do, ``rule`` the service's rule behind it."""

    model_config = ConfigDict(frozen=True)

    id: str
    title: str
    status: Status
    detail: str
    hint: str = ""
    rule: str = ""


@dataclass(frozen=True)
class Finding:
    """What a check's function says; its id, title and rule stand in the table of checks."""

    status: Status
    detail: str
    hint: str = ""


@dataclass(frozen=True)
class Check:
    """One check: its id, its title for people, the rule it rests on, and the function that looks."""

    id: str
    title: str
    rule: str
    look: Callable[[Inventory, RestoreRequest], Finding]

    def run(self, inventory: Inventory, request: RestoreRequest) -> CheckResult:
        """Look once and give the result."""
        found = self.look(inventory, request)
        return CheckResult(
            id=self.id, title=self.title, rule=self.rule, status=found.status, detail=found.detail, hint=found.hint
        )


def ok(detail: str) -> Finding:
    """All is as it must be."""
    return Finding("pass", detail)


def warn(detail: str, hint: str) -> Finding:
    """A person has to know and accept this."""
    return Finding("warn", detail, hint)


def fail(detail: str, hint: str) -> Finding:
    """The restore cannot go on like this."""
    return Finding("fail", detail, hint)


def unread(detail: str, hint: str, *facts: Fact[Any]) -> Finding:
    """Return what a check finds when it cannot judge without these facts, which could not be read.

    A read that can be tried again stops the restore. A call that this edition of the service does not publish would stop
    it for ever: when nothing but such calls is in the way, a person looks for themselves and accepts the warning.
    """
    if facts and all(fact.unpublished for fact in facts):
        return warn(f"{detail} This edition of the service does not publish the call.", f"{_LOOK_YOURSELF} {hint}")
    return fail(detail, f"Try again. {hint}" if facts else hint)


def skip(detail: str) -> Finding:
    """The check does not apply here."""
    return Finding("skip", detail)
