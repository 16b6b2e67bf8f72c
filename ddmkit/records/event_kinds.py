"""The kinds of event that a record may hold, each in a sentence: what a reader of a file without ddmkit has to know."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["KINDS", "describe_kinds"]

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "opened": "submitting began: operator, host and process; programs, service and credentials used",
        "planned": "the whole plan: inputs as given, facts as seen, checks, request, digest",
        "confirmed": "a person's word: the target's name, the warnings they accept, purpose and ticket",
        "checked": "the checks, run once more on fresh facts just before sending",
        "refused": "nothing was sent, and why",
        "intent": "the exact request that is about to leave, and what the provider's audit log calls it",
        "answered": "the service accepted: job_id, HTTP status, request_id",
        "unknown": "the answer was lost: a restore may or may not have started",
        "late-unknown": "an answer was lost of a run whose job is known by now; changes nothing",
        "late-answered": "the service's answer, written down when its job had been followed to its end; changes nothing",
        "looked": "what the service's task list showed when the job was looked for",
        "adopted": "which job it was, on whose word and evidence",
        "freed": "the service turned the request down, nothing was started",
        "explained": "the likeliest cause of a refusal",
        "polled": "the job as the service showed it, at each change",
        "poll-failed": "a look at the job that failed; others followed",
        "completed": "the job ended well",
        "failed": "the job ended as failed, with the service's reason",
        "released": "a person looked and declared that nothing was started",
        "gone": "a person closed the run, because the service does not know its job any more",
        "verified": "what the target holds, beside what was expected",
        "not-verified": "why the target could not be read back",
        "noted": "a note that a person added, with author",
    }
)


def describe_kinds() -> str:
    """Return all kinds as one text, for the schema of the record file."""
    return "Kinds known so far: " + "; ".join(f"{kind}: {meaning}" for kind, meaning in KINDS.items()) + "."
