"""The kinds of event in a record, each with its meaning, for people who read a record file without ddmkit."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["KINDS", "describe_kinds"]

# What can happen to each request, whether it is the only one of a run or a step.
_OF_STEPS = (
    *("intent", "answered", "unknown", "late-unknown", "late-answered", "looked", "adopted", "freed", "explained"),
    *("polled", "poll-failed", "completed", "failed", "released", "gone"),
)

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "opened": "the submit began: operator, host and process; programs, service and credentials used",
        "planned": "the whole plan: inputs as given, facts as seen, checks, request, digest",
        "confirmed": "a person's confirmation: the target's name, the accepted warnings, purpose and ticket",
        "checked": "the checks, repeated on fresh facts just before sending",
        "refused": "nothing was sent, and why",
        "intent": "the exact request that is about to leave, and what the provider's audit log calls it",
        "answered": "the service accepted: job_id, HTTP status, request_id",
        "unknown": "the answer was lost: a restore may or may not have started",
        "late-unknown": "an answer was lost, after the job had become known; changes nothing",
        "late-answered": "the service's answer, written after the job's end had become known; changes nothing",
        "looked": "what the service's task list showed during the search for the job",
        "adopted": "which job it was, who decided that, and by what evidence",
        "freed": "the service refused the request, nothing was started",
        "explained": "the most likely cause of a refusal",
        "polled": "the job as the service showed it, at each change",
        "poll-failed": "a request for the job's status failed; other requests followed",
        "completed": "the job ended well",
        "failed": "the job ended as failed, with the service's reason",
        "released": "a person checked and declared that nothing was started",
        "gone": "a person closed the run, because the service no longer knows the job",
        "verified": "what the target contains, compared with what was expected",
        "not-verified": "why the target could not be read back",
        "noted": "a note that a person added, with author",
        "run-unknown": "a run of several steps: a request may be on its way, or its answer was lost",
        "run-running": "a run of several steps: it is under way",
        "run-stopped": "a run of several steps: a step failed or was refused, and nothing new is sent",
        "run-waiting": "a run of several steps: a person is needed before the next step",
        "run-completed": "a run of several steps: all planned steps have completed",
        "run-abandoned": "a run of several steps: a person gave it up",
        "fleet-item": "a fleet: how one of its items ended, and the hash of the last event of its record then",
        "fleet-paused": "a fleet: nothing more is taken, and why; what is in flight, and how much is untouched",
        "fleet-continued": "a fleet: a person ended a pause or opened a gate, and which bad items do not count any more",
        "fleet-row": "a fleet: a person held, skipped or freed a row, and why",
        "fleet-cap": "a fleet: a person changed how many items may be in flight at once",
        "drill-reported": "a drill: its report, with what was measured, the goals, and the verdict",
        "step-planned": "the plan of the metadata restore within a run of several steps",
        "step-made": "the job or instance that a step started, where its answer did not name it",
        "step-waiting": "a step needs a person, and why",
        "step-accepted": "who decided that a step may start, and what they accepted",
        "step-proved": "a proof that a step rests on, with its evidence",
        **{f"step-{kind}": f"the same as {kind}, of the step that data.step names" for kind in _OF_STEPS},
    }
)


def describe_kinds() -> str:
    """Return all kinds as one text, for the schema of the record file."""
    return "Kinds known so far: " + "; ".join(f"{kind}: {meaning}" for kind, meaning in KINDS.items()) + "."
