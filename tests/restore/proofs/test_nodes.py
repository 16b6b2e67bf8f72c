"""Every row of the verdict table of ``nodes-recovered`` (proofs.md 3), for one node and for all together."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest

from ddmkit.restore.proofs.facts import InPlaceRestore, NodeProofs, Tried
from ddmkit.restore.proofs.nodes import NO_SNAPSHOT, Wanted, judge_node, judge_nodes
from tests.restore.proofs.builders import DAY, HOUR, MINUTE, T, node, proofs, read, refused, said

AT = Wanted(restore_time_ms=T, source_ids=("old-a", "old-b"))
SECOND = 1000


def backup(**changes: Any) -> Wanted:
    values = {"backup_ms": T - HOUR, "later_backups_ms": (T + DAY,), "source_ids": ("old-a", "old-b")}
    return Wanted(**{**values, **changes})


def a(**changes: Any) -> NodeProofs:
    """Facts about node new-a alone, with one statement that is changed."""
    return proofs(said(**changes))


def bare(**changes: Any) -> NodeProofs:
    """The same facts with no statement at all."""
    return proofs(**changes).model_copy(update={"evidence": changes.get("evidence", ())})


def about(**changes: Any) -> NodeProofs:
    """A right statement about a node that is changed."""
    return proofs(said(), nodes={"new-a": read(node("new-a", **changes))})


@dataclass(frozen=True)
class Row:
    name: str
    facts: NodeProofs
    wanted: Wanted
    status: str
    shows: str


ROWS = (
    # pass: each kind of proof
    Row("own record", a(kind="own-record", where="record r-1"), AT, "pass", r"from old-a to 2023-01-16 06:54:03 UTC \(own record, record r-1; strong\)"),
    Row("own record, echoed", a(kind="echo"), AT, "pass", "repeated by the service.*strongest"),
    Row("audit trace", a(), AT, "pass", r"\(audit trail, trace t-1; strong\)"),
    Row("task detail", a(kind="task-detail"), AT, "pass", "task list"),
    Row("two proofs that agree", proofs(said(), said(kind="own-record")), AT, "pass", "recovered from old-a"),
    # fail: a proof says something else
    Row("another hour", a(restore_time_ms=T + HOUR), AT, "fail", "1 h after 2023-01-16 06:54:03 UTC"),
    Row("one second off", a(restore_time_ms=T - SECOND), AT, "fail", "1 s before"),
    Row("another source", a(source_id="old-z"), AT, "fail", "from old-z, which was not a data node of the source"),
    Row("a backup", a(restore_type="backup", backup_id="br-1", restore_time_ms=None), AT, "fail", "from a backup of old-a, br-1"),
    Row("two proofs, one is wrong", proofs(said(), said(kind="own-record", restore_time_ms=T + HOUR)), AT, "fail", "1 h after"),
    # fail: circumstances refute, also against a proof
    Row("created before the instant", about(created_ms=T - MINUTE), AT, "fail", "created at .*before the instant"),
    Row("lower version", about(version="8.0.27"), AT, "fail", "8.0.27 is lower than the source's 8.0.28"),
    Row("lower version, told in more parts", about(version="8.0.27.9"), AT, "fail", "is lower"),
    Row("equal version, told in more parts", about(version="8.0.28.3"), AT, "pass", "recovered from"),
    Row("a version that is no number", about(version="eight"), AT, "pass", "recovered from"),
    Row("of a DDM instance", about(of_ddm=True), AT, "fail", "belongs to a DDM instance"),
    Row("backups older than itself", about(first_restorable_ms=T), AT, "fail", "reach back to"),
    Row("backups younger than itself", about(first_restorable_ms=T + 3 * HOUR), AT, "pass", "recovered from"),
    Row("created before the instant, no proof", bare(nodes={"new-a": read(node(created_ms=T - 1))}), AT, "fail", "cannot be the recovered one"),
    # warn: close, later replaced, unusual
    Row("same second, another value", a(restore_time_ms=T + 7), AT, "warn", "the same second, but not the same value"),
    Row("a disk that is smaller", about(volume_gb=40), AT, "warn", "disk of 40 GB is smaller than the source's 100 GB"),
    Row("replaced later", proofs(said(), in_place=(InPlaceRestore(node_id="new-a", ms=T + 5 * HOUR, where="trace t-9"),)), AT, "warn", r"replaced.*11:54:03 UTC \(trace t-9\)"),
    Row("another node replaced", proofs(said(), in_place=(InPlaceRestore(node_id="new-b", ms=T + 5 * HOUR),)), AT, "pass", "recovered from"),
    Row("replaced before it was created", proofs(said(), in_place=(InPlaceRestore(node_id="new-a", ms=T),)), AT, "pass", "recovered from"),
    Row(
        "an old node whose content was replaced",
        bare(nodes={"new-a": read(node(created_ms=T - DAY))}, in_place=(InPlaceRestore(node_id="new-a", ms=T + HOUR),)),
        AT,
        "warn",
        "replaced by a restore onto it",
    ),
    # warn: nothing found
    Row("nothing", bare(), AT, "warn", r"Nothing shows what rds-new-a \(new-a\) was recovered from"),
    Row("nothing, with remarks", bare(remarks={"new-a": ("older than 7 days",)}), AT, "warn", "Seen: older than 7 days"),
    Row("nothing, with reads", bare(tried=(Tried(what="audit trail", answer="403"),)), AT, "warn", "Tried: audit trail: 403"),
    Row("tags only", a(kind="tags"), AT, "warn", r"said to be recovered from old-a.*\(tags, trace t-1; weak\): anybody can write"),
    Row("a name only", a(kind="name"), AT, "warn", "anybody can write"),
    Row("tags with another instant", a(kind="tags", restore_time_ms=T + HOUR), AT, "warn", "07:54:03"),
    Row("the node is not listed", bare(nodes={"new-a": refused()}), AT, "warn", "list of data nodes: 403"),
    Row("an incomplete statement", a(restore_time_ms=None), AT, "warn", "incomplete"),
    Row("the source's nodes are not known", a(), Wanted(restore_time_ms=T), "warn", "data nodes at that time cannot be read"),
    # with a backup
    Row("after the backup", a(), backup(), "pass", "recovered from old-a"),
    Row("just at the backup", a(restore_time_ms=T - HOUR), backup(), "pass", "recovered from old-a"),
    Row("before the backup", a(restore_time_ms=T - HOUR - 1), backup(), "fail", "before the backup"),
    Row("after a later backup", a(), backup(later_backups_ms=(T - MINUTE,)), "warn", "after a later metadata backup of 2023-01-16 06:53:03"),
    Row("at a later backup", a(), backup(later_backups_ms=(T,)), "warn", "after a later metadata backup"),
    Row("later backups not read", a(), backup(later_backups_ms=None), "warn", "Whether a later metadata backup"),
    Row("the backup's time is not known", a(), backup(backup_ms=None), "warn", "When the chosen backup was made is not known"),
    Row("created before the backup", proofs(said(), nodes={"new-a": read(node(created_ms=T - 2 * HOUR))}), backup(), "fail", "before the instant"),
)  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_each_kind_of_evidence_has_its_verdict(row):
    found = judge_node(row.facts, "new-a", row.wanted)
    assert found.status == row.status, found.detail
    assert re.search(row.shows, found.detail, re.DOTALL), found.detail
    assert found.hint or found.status == "pass"


def test_statements_that_differ_are_no_proof():
    facts = proofs(said(), said(kind="task-detail", source_id="old-b"))
    found = judge_node(facts, "new-a", AT)
    assert (found.status, found.source_id) == ("warn", "")
    assert "differ" in found.detail


def test_a_proof_gives_source_and_instant_and_a_claim_gives_neither():
    proved, claimed = judge_node(a(), "new-a", AT), judge_node(a(kind="tags"), "new-a", AT)
    assert (proved.source_id, proved.instant_ms) == ("old-a", T)
    assert (claimed.source_id, claimed.instant_ms) == ("", None)
    assert proved.evidence == (
        "rds-new-a (new-a): recovered from old-a to 2023-01-16 06:54:03 UTC (audit trail, trace t-1; strong)",
    )


BOTH = ("new-a", "new-b")


def test_all_nodes_are_proved_one_to_one():
    found = judge_nodes(proofs(), BOTH, AT)
    assert (found.status, [one.source_id for one in found.nodes]) == ("pass", ["old-a", "old-b"])
    assert found.detail == (
        "Each of the 2 data nodes was recovered from one of the source's, to 2023-01-16 06:54:03 UTC: exactly the point in time."
    )
    assert len(found.evidence) == 2


def test_two_nodes_from_one_source_fail_and_are_named():
    found = judge_nodes(proofs(said(), said("new-b", "old-a")), BOTH, AT)
    assert found.status == "fail"
    assert "new-a, new-b were all recovered from old-a" in found.detail


def test_a_source_node_without_a_copy_fails():
    found = judge_nodes(proofs(), ["new-a"], AT)
    assert found.status == "fail"
    assert "No data node was recovered from old-b" in found.detail


def test_an_unproved_node_leaves_the_others_their_proof():
    found = judge_nodes(proofs(said()), BOTH, AT)
    assert [one.status for one in found.nodes] == ["pass", "warn"]
    assert found.status == "warn"
    assert "new-b" in found.detail
    assert "new-a" not in found.detail


def test_a_wrong_node_fails_whatever_the_others_are():
    found = judge_nodes(proofs(said(), said("new-b", "old-b", restore_time_ms=T + HOUR)), BOTH, AT)
    assert [one.status for one in found.nodes] == ["pass", "fail"]
    assert found.status == "fail"


def test_the_reads_are_told_once_for_all_nodes():
    found = judge_nodes(bare(tried=(Tried(what="audit trail", answer="403"),)), BOTH, AT)
    assert found.status == "warn"
    assert found.detail.count("audit trail: 403") == 1
    assert "Tried" not in judge_nodes(proofs(tried=(Tried(what="audit trail", answer="2 traces"),)), BOTH, AT).detail


def test_with_a_backup_all_nodes_share_one_instant_and_the_distance_is_told():
    found = judge_nodes(proofs(), BOTH, backup())
    assert found.status == "pass"
    assert "1 h after the backup, with no later metadata backup between" in found.detail


@pytest.mark.parametrize(("other", "status"), [(T + SECOND, "fail"), (T + 1, "warn"), (T - HOUR - 1, "fail")])
def test_with_a_backup_unequal_instants_are_told(other, status):
    found = judge_nodes(proofs(said(), said("new-b", "old-b", restore_time_ms=other)), BOTH, backup())
    assert found.status == status


def test_without_nodes_there_is_nothing_to_prove():
    assert judge_nodes(proofs(), [], AT).status == "fail"


def test_many_unproved_nodes_are_counted():
    names = [f"new-{number}" for number in range(9)]
    found = judge_nodes(NodeProofs(), names, AT)
    assert found.detail == (
        "Nothing shows what new-0, new-1, new-2, new-3, new-4, and 4 more were recovered from, or to which instant."
    )
    assert "recovery of each has ended, to 2023-01-16 06:54:03 UTC" in found.hint
    assert len(found.nodes) == 9


def test_the_plan_can_say_what_separate_recoveries_are_not():
    assert "no snapshot" in NO_SNAPSHOT


def test_what_was_seen_of_several_nodes_is_told_once():
    remarks = {"new-a": ("audit trail: too old",), "new-b": ("audit trail: too old",)}
    assert judge_nodes(bare(remarks=remarks), BOTH, AT).detail.count("too old") == 1
    differing = {f"new-{number}": (f"remark {number}",) for number in range(7)}
    assert "remark 4; and 2 more" in judge_nodes(bare(remarks=differing), list(differing), AT).detail
