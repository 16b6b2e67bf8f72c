"""What keeps a plan from being sent: it is too old, a check failed, or a confirmation is missing. Pure.

Restores and whole recoveries ask the same questions, once before and once after the facts are read again.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Protocol

from ddmkit.errors import NotConfirmedError, NotReadyError
from ddmkit.restore.checks.result import CheckResult
from ddmkit.restore.context import Confirmation
from ddmkit.restore.provenance import system_user
from ddmkit.times import format_ago

__all__ = ["describe_confirmation", "find_new_obstacle", "find_obstacle", "missing_name", "not_confirmed"]


class PlanToSend(Protocol):
    """What is asked of a plan."""

    @property
    def expires(self) -> datetime: ...  # the names are enough
    @property
    def checks(self) -> tuple[CheckResult, ...]: ...
    @property
    def warnings(self) -> tuple[str, ...]: ...


def find_obstacle(
    plan: PlanToSend, confirmation: Confirmation, now: datetime, *, name: str, role: str
) -> NotReadyError | NotConfirmedError | None:
    """Return why a plan may not be sent as it was shown, or ``None``.

    ``name`` is what a person has to type, ``role`` says whose name it is: that of the ``source`` or of the ``target``.
    """
    if now > plan.expires:
        message = (
            f"The plan expired {format_ago(plan.expires, now)}: its facts are too old to act on. Nothing was "
            "sent. Make the same plan again and look at it."
        )
        return NotReadyError(message, checks=plan.checks)
    return _find_failed(plan.checks, "The plan is not ready") or _find_missing(plan.checks, confirmation, name, role)


def find_new_obstacle(
    checks: tuple[CheckResult, ...], confirmation: Confirmation
) -> NotReadyError | NotConfirmedError | None:
    """Return why a confirmed plan may not be sent by the checks as they are now, or ``None``."""
    failed = _find_failed(checks, "Something has changed since the plan was made")
    missing = _missing_acceptance(checks, confirmation.accepted)
    if failed is not None or not missing:
        return failed
    problem = "Nothing was sent: since the plan was made a warning has appeared that nobody has accepted. Plan again"
    return not_confirmed(problem, missing)


def describe_confirmation(plan: PlanToSend, confirmation: Confirmation) -> dict[str, Any]:
    """Return who confirmed a plan, and what, for the record."""
    return {
        "operator": confirmation.operator,
        "accepted": sorted(confirmation.accepted.intersection(plan.warnings)),
        "purpose": confirmation.purpose,
        "ticket": confirmation.ticket,
        "system_user": system_user(),
        "host": socket.gethostname(),
    }


def missing_name(name: str, role: str, typed: str) -> list[str]:
    """Return what to type, when something else was typed."""
    given = f" (given: {typed!r})" if typed else ""
    return [] if typed == name else [f"confirm={name!r}, the name of the {role}, typed exactly{given}"]


def not_confirmed(problem: str, missing: list[str]) -> NotConfirmedError:
    """Return the error that lists what is missing."""
    return NotConfirmedError(f"{problem}:" + "".join(f"\n- {one}" for one in missing), missing=missing)


def _find_failed(checks: tuple[CheckResult, ...], problem: str) -> NotReadyError | None:
    failed = [check for check in checks if check.status == "fail"]
    listed = "".join(f"\n- {check.title} ({check.id}): {check.detail} {check.hint}" for check in failed)
    message = f"{problem}; nothing was sent. Fix this, then plan again:{listed}"
    return NotReadyError(message, checks=checks) if failed else None


def _find_missing(
    checks: tuple[CheckResult, ...], confirmation: Confirmation, name: str, role: str
) -> NotConfirmedError | None:
    missing = missing_name(name, role, confirmation.target_name) + _missing_acceptance(checks, confirmation.accepted)
    unknown = sorted(confirmation.accepted - {check.id for check in checks})
    missing += [f"accept names {one!r}, which is no check" for one in unknown]
    return not_confirmed("Nothing was sent, because a confirmation is missing", missing) if missing else None


def _missing_acceptance(checks: Iterable[CheckResult], accepted: frozenset[str]) -> list[str]:
    open_warnings = [check for check in checks if check.status == "warn" and check.id not in accepted]
    return [f"accept={check.id!r}: {check.detail} {check.hint}" for check in open_warnings]
