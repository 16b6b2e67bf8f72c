"""The report of a drill: the model of its JSON, with its published schema.

No part is ever missing: where there is nothing to report, a sentence says why.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ddmkit.drills.measure import Moment, Split
from ddmkit.models import Instant, InstantOrNone
from ddmkit.records.events import canonical_json

__all__ = [
    "SCHEMA_VERSION",
    "CleanUp",
    "CreatedInstance",
    "Deviation",
    "DrillReport",
    "EarlierDrill",
    "Evidence",
    "NegativeResult",
    "Place",
    "RecoveryPoint",
    "RecoveryTime",
    "ReportSignature",
    "ReportedCheck",
    "ReportedFinding",
    "Scope",
    "Verdict",
    "drill_schema",
    "report_digest",
]

SCHEMA_VERSION = 1
Verdict = Literal["passed", "failed", "failure seen", "failure not seen"]
Place = Literal["simulator", "cloud"]
Scope = Literal["metadata only", "metadata and data nodes"]
Said = Annotated[str, Field(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RecoveryTime(_Part):
    """The time from the declared incident to the confirmed address, against the goal. ``split`` is empty if not reached."""

    goal_s: float
    total_s: float | None
    split: Split | None
    met: bool
    words: Said


class RecoveryPoint(_Part):
    """The point that was restored and why it was chosen; what was written between it and the incident is lost."""

    instant: InstantOrNone
    backup_id: str
    why: Said
    incident: Instant
    loss_s: float | None
    goal_s: float
    met: bool
    words: Said
    gap_start: InstantOrNone
    gap_end: InstantOrNone
    gap_met: bool | None
    gap_words: Said


class ReportedCheck(_Part):
    """One check with its evidence. ``accepted`` says that the drill accepted the warning."""

    id: str
    title: str
    status: str
    detail: str
    evidence: tuple[str, ...] = ()
    accepted: bool = False


class ReportedFinding(_Part):
    """One comparison of the target with what was expected."""

    subject: str
    verdict: str
    expected: str
    found: str


class Deviation(_Part):
    """What was not as it should be, who has to deal with it, and until when."""

    what: Said
    owner: Said
    due: Instant


class NegativeResult(_Part):
    """The fault of a negative drill: what was expected of the program, and what was seen."""

    fault: Said
    title: Said
    expected: Said
    seen: bool
    words: Said


class CreatedInstance(_Part):
    """One instance that the drill created: how it is billed, and for how many hours it existed."""

    name: str
    id: str
    what: Said
    billing: Said
    created: InstantOrNone
    deleted: InstantOrNone
    hours: float | None
    fate: Said


class CleanUp(_Part):
    """What the drill created, and what became of it."""

    created: tuple[CreatedInstance, ...]
    remains: int
    words: Said


class EarlierDrill(_Part):
    """One earlier drill of the same source."""

    record: str
    at: Instant
    where: str
    verdict: str
    fault: str
    rto_s: float | None
    rpo_s: float | None


class Evidence(_Part):
    """The record behind the report, and where the provider's own audit trail has the same requests."""

    record: Said
    state: Said
    events: int
    last_sha256: Said
    plan_digest: Said
    audit_names: tuple[str, ...]
    audit_words: Said


class ReportSignature(_Part):
    """The SHA-256 of all other parts, and an Ed25519 signature over it. Without a key, ``words`` says so."""

    sha256: str = ""
    public_key: str = ""
    fingerprint: str = ""
    value: str = ""
    words: str = ""


class DrillReport(_Part):
    """One drill, as an auditor reads it."""

    schema_version: Literal[1] = 1
    made_at: Instant
    ddmkit: str
    verdict: Verdict
    headline: Said
    statement: Said
    scope: Scope
    where: Place
    service: Said
    project_id: Said
    source_id: Said
    source_name: str
    purpose: Said
    planner: Said
    approver: Said
    confirmation: Said
    moments: tuple[Moment, ...]
    rto: RecoveryTime
    rpo: RecoveryPoint
    negative: NegativeResult | None
    never_failed: bool
    failure_words: Said
    checks: tuple[ReportedCheck, ...]
    checks_words: Said
    findings: tuple[ReportedFinding, ...]
    findings_words: Said
    cannot_be_known: tuple[ReportedFinding, ...]
    cannot_words: Said
    deviations: tuple[Deviation, ...]
    clean_up: CleanUp
    evidence: Evidence
    history: tuple[EarlierDrill, ...]
    next_due: Instant
    signature: ReportSignature = ReportSignature()

    @property
    def passed(self) -> bool:
        """Whether the drill ended as it should: everything worked, or the failure of a negative drill was seen."""
        return self.verdict in {"passed", "failure seen"}


def report_digest(report: DrillReport) -> str:
    """Return the SHA-256 of the report without its signature, over its canonical JSON (RFC 8785)."""
    plain = report.model_dump(mode="json", exclude={"signature"})
    return hashlib.sha256(canonical_json(plain).encode()).hexdigest()


def drill_schema() -> dict[str, Any]:
    """Return the published JSON Schema of a report."""
    about = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:ddmkit:drill:{SCHEMA_VERSION}",
        "title": "The report of one drill, as ddmkit writes it",
    }
    return {**DrillReport.model_json_schema(mode="serialization"), **about}
