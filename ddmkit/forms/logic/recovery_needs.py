"""What a recovery needs of a person before it goes on; decided from how its steps stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from ddmkit.display.status import describe_count
from ddmkit.recovery.run.drive import StepStanding
from ddmkit.recovery.steps import node_of
from ddmkit.restore.checks.result import CheckResult

__all__ = ["Need", "NeedKind", "describe_progress", "find_need", "undecided_step"]


class NeedKind(StrEnum):
    """What a person does.

    - ``accept``: accept warnings that have appeared.
    - ``password``: give the node password again; it is not kept.
    - ``send again``: send a step again that was refused or released, or have a proof made again.
    - ``give up``: nothing can be sent again; plan anew, or give up what was created.
    - ``confirm``: confirm the run again after a day.
    """

    ACCEPT = "accept"
    PASSWORD = "password"  # noqa: S105  # the name of a need, not a password
    SEND_AGAIN = "send again"
    GIVE_UP = "give up"
    CONFIRM = "confirm"


@dataclass(frozen=True)
class Need:
    """What is needed, at which step, and why."""

    kind: NeedKind
    step: str = ""
    title: str = ""
    reason: str = ""
    warnings: tuple[CheckResult, ...] = ()

    @property
    def asks_password(self) -> bool:
        """Whether the node password has to be typed."""
        return self.kind is NeedKind.PASSWORD or (self.kind is NeedKind.SEND_AGAIN and bool(node_of(self.step)))

    @property
    def asks_name(self) -> bool:
        """Whether the name of the source has to be typed."""
        return self.kind in {NeedKind.SEND_AGAIN, NeedKind.CONFIRM}

    @property
    def button(self) -> str:
        """The words of the button."""
        return _BUTTONS[self.kind]


_BUTTONS = {
    NeedKind.ACCEPT: "Accept and go on",
    NeedKind.PASSWORD: "Go on with this password",
    NeedKind.SEND_AGAIN: "Send this step again",
    NeedKind.GIVE_UP: "",
    NeedKind.CONFIRM: "Confirm again and go on",
}


def find_need(steps: Sequence[StepStanding], warnings: Sequence[CheckResult], *, is_old: bool = False) -> Need | None:
    """Return what a person has to do first; ``None`` when the recovery goes on by itself, or has ended.

    Args:
        steps: How the steps stand.
        warnings: The warnings that steps wait for.
        is_old: Whether the run was confirmed more than a day ago.
    """
    waiting = next((one for one in steps if one.state == "waiting"), None)
    if waiting is not None and warnings:
        return Need(NeedKind.ACCEPT, waiting.step, waiting.title, waiting.reason, tuple(warnings))
    if waiting is not None:
        return Need(NeedKind.PASSWORD, waiting.step, waiting.title, waiting.reason)
    again = next((one for one in steps if one.may_be_sent_again), None)
    if again is not None:
        return Need(NeedKind.SEND_AGAIN, again.step, again.title, again.reason)
    failed = next((one for one in steps if one.state == "failed"), None)
    if failed is not None:
        return Need(NeedKind.GIVE_UP, failed.step, failed.title, failed.reason)
    return Need(NeedKind.CONFIRM, reason="The recovery was confirmed more than a day ago.") if is_old else None


def undecided_step(steps: Sequence[StepStanding]) -> StepStanding | None:
    """Return the first step of which nobody knows whether it started something; ``None`` when there is none."""
    return next((one for one in steps if one.state in {"unknown", "sending"}), None)


def describe_progress(steps: Sequence[StepStanding], state: str) -> str:
    """Describe how the run stands, in one sentence that changes only when a step changes."""
    done = sum(one.state == "completed" for one in steps)
    going = [one.title for one in steps if one.state in {"running", "sending"}]
    now = f" Now: {'; '.join(going)}." if going and state == "running" else ""
    return f"{done} of {describe_count(len(steps), 'step')} completed.{now}"
