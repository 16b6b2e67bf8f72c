"""The strength of evidence, and one verdict made of several."""

from __future__ import annotations

import pytest

from ddmkit.restore.proofs.facts import Evidence, Verdict, combine


@pytest.mark.parametrize(
    ("kind", "strength", "proves"),
    [
        ("echo", "strongest", True),
        ("own-record", "strong", True),
        ("audit-trace", "strong", True),
        ("task-detail", "strong", True),
        ("tags", "weak", False),
        ("name", "weak", False),
    ],
)
def test_what_anybody_can_write_proves_nothing(kind, strength, proves):
    said = Evidence(kind=kind, node_id="new-a", source_id="old-a")
    assert (said.strength, said.is_proof) == (strength, proves)


def verdict(status, detail):
    return Verdict(status=status, detail=f"{detail}.", hint=f"Mend {detail}.", evidence=(f"saw {detail}",))


@pytest.mark.parametrize(
    ("verdicts", "status", "detail"),
    [
        ((), "pass", "All well."),
        ((verdict("pass", "a"), verdict("pass", "b")), "pass", "All well."),
        ((verdict("pass", "a"), verdict("warn", "b"), verdict("warn", "c")), "warn", "b. c."),
        ((verdict("warn", "a"), verdict("fail", "b")), "fail", "b."),
        ((verdict("fail", "a"), verdict("fail", "a")), "fail", "a."),
        (tuple(verdict("fail", one) for one in "abcdefg"), "fail", "a. b. c. d. e. And 2 more."),
    ],
)
def test_the_worst_verdict_is_told_and_all_evidence_is_kept(verdicts, status, detail):
    whole = combine({str(number): one for number, one in enumerate(verdicts)}, "All well.")
    assert (whole.status, whole.detail) == (status, detail)
    assert whole.evidence == tuple(line for one in verdicts for line in one.evidence)
