"""The faults of negative drills: what goes wrong, and which event on the record shows that it was noticed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ddmkit.drills.measure import restore_events
from ddmkit.errors import InputError
from ddmkit.records.reader import RunReader, text_in
from ddmkit.records.runs import RunData

__all__ = ["FAULTS", "DrillFault", "find_fault"]


@dataclass(frozen=True)
class DrillFault:
    """One fault of a negative drill.

    ``simulated`` is the fault of the simulator; empty where the drill itself causes it. ``find_sign`` returns what the
    record shows of the failure, and an empty text when the failure was not noticed.
    """

    name: str
    title: str
    expected: str
    find_sign: Callable[[RunData], str]
    simulated: str = ""


def _sent_times(run: RunData) -> int:
    return len(restore_events(run, "intent"))


def _sign_of_failed_job(run: RunData) -> str:
    failed = restore_events(run, "failed")
    if not failed or RunReader(run).last("verified") is not None:
        return ""
    reason = text_in(failed[-1].data, "reason") or text_in(failed[-1].data, "job", "fail_reason") or "no reason was given"
    return f"The restore job failed, and the target was not called working: {reason}"


def _sign_of_lost_answer(run: RunData) -> str:
    lost = restore_events(run, "unknown", "late-unknown")
    if not lost or _sent_times(run) != 1:
        return ""
    found = restore_events(run, "adopted")
    then = "the job was found by looking" if found else "nobody knows what became of it"
    return f"The answer to the restore was lost and recorded as unknown; it was not sent again; {then}."


def _sign_of_refusal(run: RunData) -> str:
    refused = RunReader(run).last("refused")
    sent = any(event.kind in {"intent", "step-intent"} for event in run.events)
    if refused is None or sent:
        return ""
    # The first failed check follows the sentence that says that there are some.
    first = " ".join(text_in(refused.data, "reason").splitlines()[:2])
    return f"Refused before anything was sent: {first}"


FAULTS: Mapping[str, DrillFault] = MappingProxyType(
    {
        fault.name: fault
        for fault in (
            DrillFault(
                name="job-fails",
                title="the service's restore job fails",
                expected="The run stops with the service's reason, and the target is not called working.",
                find_sign=_sign_of_failed_job,
                simulated="job-fails",
            ),
            DrillFault(
                name="lost-answer",
                title="the answer to the restore request is lost",
                expected="The outcome is recorded as unknown, it is looked for, and the request is not sent again.",
                find_sign=_sign_of_lost_answer,
                simulated="lost-answer",
            ),
            DrillFault(
                name="expired-backup",
                title="the chosen backup expires after the plan was approved",
                expected="Nothing is sent: the facts are read again, and the backup is missed.",
                find_sign=_sign_of_refusal,
            ),
            DrillFault(
                name="wrong-zone",
                title="the point is read in a wrong time zone, hours too late",
                expected="Nothing is sent: the checks refuse the point.",
                find_sign=_sign_of_refusal,
            ),
        )
    }
)
"""Every fault of a negative drill, by its name."""


def find_fault(name: str | None) -> DrillFault | None:
    """Return a fault by its name, ``None`` for none; raise ``InputError`` for an unknown name."""
    if name is None or name in FAULTS:
        return None if name is None else FAULTS[name]
    raise InputError(f"{name!r} is no fault of a drill.", field="fault", fix=f"Choose one of {', '.join(FAULTS)}.")
