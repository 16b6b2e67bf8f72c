"""What a check gives: a status in words, what it saw, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict

from ddmkit.models import RestoreRequest
from ddmkit.restore.inventory import Inventory

__all__ = ["RESTORING_METADATA", "Check", "CheckResult", "Finding", "Status", "fail", "ok", "skip", "warn"]

# The page that holds the preconditions of a metadata restore (support.huaweicloud.com, usermanual-ddm, ddm_0600017).
RESTORING_METADATA = "DDM manual, Restoring Metadata"

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


def skip(detail: str) -> Finding:
    """The check does not apply here."""
    return Finding("skip", detail)
