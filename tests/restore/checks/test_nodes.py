"""Checks of the data nodes: every row of the table, and the assignment of chosen nodes to the source's."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ddmkit.restore.checks.nodes import assign_nodes
from ddmkit.restore.inventory import Candidates
from ddmkit.restore.proofs.facts import Evidence, NodeFacts, NodeProofs
from ddmkit.times import to_ms
from tests.restore.builders import (
    MADE,
    NEW_NODES,
    NOW,
    OLD_NODES,
    backup,
    backup_detail,
    candidate,
    candidates,
    data_node,
    inventory,
    inventory_at,
    look,
    read,
    related,
    request,
    request_at,
    schema,
    unread,
)

TOO_OLD = unread("HTTP 400, DBS.280001")


def offered(**rows_of):
    """Return candidates per source node: `offered(old_a=["new-a"])` offers one node for `old-a`."""
    return tuple(
        Candidates(source_node_ids=(name.replace("_", "-"),), nodes=read(tuple(candidate(one) for one in rows)))
        for name, rows in rows_of.items()
    )


@pytest.mark.parametrize(
    ("of_source", "of_nodes", "status"),
    [
        (["UTC+08:00"] * 2, ["UTC+08:00"] * 2, "pass"),
        (["UTC+08:00"] * 2, ["UTC+08:00", "UTC"], "fail"),
        (["UTC", "UTC+08:00"], ["UTC", "UTC+08:00"], "warn"),  # the service took such nodes before
        (["UTC", ""], ["", "UTC+08:00"], "pass"),  # nothing is known of two nodes at once
        ([], ["UTC+00:00", "UTC"], "pass"),
    ],
)
def test_nodes_that_differ_in_their_time_zone_are_refused_unless_those_of_the_source_do_too(of_source, of_nodes, status):
    def facts(ids, zones):
        return {one: read(NodeFacts(id=one, time_zone=zone)) for one, zone in zip(ids, zones, strict=False)}

    proofs = NodeProofs(sources=facts(OLD_NODES, of_source), nodes=facts(NEW_NODES, of_nodes))
    found = look("nodes-engine", inventory(node_proofs=proofs))
    assert found.status == status
    assert status == "pass" or "UTC+08:00 for " in found.detail


def test_nodes_that_the_service_shows_pass_and_are_named():
    found = look("nodes-known", inventory())
    assert found.status == "pass"
    assert "rds-old-a, rds-old-b" in found.detail


def test_nodes_that_only_the_backup_names_are_a_warning():
    found = look("nodes-known", inventory(related=TOO_OLD))
    assert found.status == "warn"
    assert "the backup names 2" in found.detail
    assert "DBS.280001" in found.detail


def test_nodes_that_nobody_names_are_a_warning():
    found = look("nodes-known", inventory(related=TOO_OLD, backup_detail=unread()))
    assert found.status == "warn"
    assert "cannot be read" in found.detail


def test_distinct_nodes_pass():
    assert look("nodes-distinct", inventory()).status == "pass"


def test_a_doubled_node_fails_and_is_named():
    found = look("nodes-distinct", inventory(), request(data_nodes=("new-a", "new-b", "new-a")))
    assert found.status == "fail"
    assert "more than once: new-a." in found.detail


def test_a_node_that_the_source_still_uses_fails():
    facts = inventory(source_schemas=read((schema("customers", "old-a", "new-b"),)))
    found = look("nodes-distinct", facts)
    assert found.status == "fail"
    assert "Still used by the source: new-b." in found.detail


@pytest.mark.parametrize(
    ("chosen", "status"), [(("new-a",), "fail"), (NEW_NODES, "pass"), (("new-a", "new-b", "new-c"), "fail")]
)
def test_there_have_to_be_as_many_nodes_as_the_source_had(chosen, status):
    found = look("nodes-count", inventory(), request(data_nodes=chosen))
    assert found.status == status
    assert str(len(chosen)) in found.detail


def test_a_wrong_count_names_the_nodes_to_replace():
    assert "rds-old-a, rds-old-b" in look("nodes-count", inventory(), request(data_nodes=("new-a",))).hint


def test_the_count_of_an_old_backup_comes_from_the_backup():
    facts = inventory(related=TOO_OLD, backup_detail=backup_detail("old-a", "old-b", "old-c"))
    assert look("nodes-count", facts).status == "fail"


def test_an_unknown_count_is_a_warning():
    assert look("nodes-count", inventory(related=TOO_OLD, backup_detail=unread())).status == "warn"


def test_available_nodes_one_for_one_pass():
    assert look("nodes-available", inventory()).status == "pass"


def test_an_unavailable_node_fails_with_the_reason_of_the_service():
    rows = candidates(candidate("new-a"), candidate("new-b", available=False, unavailable_reason="It is read-only."))
    found = look("nodes-available", inventory(candidates=rows))
    assert found.status == "fail"
    assert "rds-new-b (It is read-only.)" in found.detail


def test_a_node_that_is_no_candidate_fails():
    found = look("nodes-available", inventory(), request(data_nodes=("new-a", "elsewhere")))
    assert found.status == "fail"
    assert "elsewhere (no candidate" in found.detail


def test_two_source_nodes_cannot_share_the_one_node_that_fits_both():
    facts = inventory(candidates=offered(old_a=["new-a"], old_b=["new-a"], old_c=["new-a", "new-b"]))
    found = look("nodes-available", facts)
    assert found.status == "fail"
    assert "No available node is left for 1 of the source's data nodes: old-b." in found.detail


def test_the_assignment_gives_way_so_that_every_source_node_has_one():
    facts = inventory(candidates=offered(old_a=["new-a", "new-b"], old_b=["new-a"]))
    assert look("nodes-available", facts).status == "pass"


def test_a_node_available_for_one_source_node_only_counts_as_available_there():
    refused = Candidates(source_node_ids=("old-b",), nodes=read((candidate("new-a", available=False), candidate("new-b"))))
    facts = inventory(candidates=(*offered(old_a=["new-a"]), refused))
    assert look("nodes-available", facts).status == "pass"


@pytest.mark.parametrize(
    "facts", [{"candidates": ()}, {"candidates": (Candidates(source_node_ids=("old-a",), nodes=TOO_OLD),)}]
)
def test_candidates_that_cannot_be_read_are_a_warning(facts):
    assert look("nodes-available", inventory(**facts)).status == "warn"


def test_mysql_nodes_pass():
    assert look("nodes-engine", inventory()).status == "pass"


def test_a_chosen_node_of_another_engine_fails():
    rows = candidates(candidate("new-a"), candidate("new-b", engine_name="postgresql"))
    found = look("nodes-engine", inventory(candidates=rows))
    assert found.status == "fail"
    assert "rds-new-b is postgresql" in found.detail


@pytest.mark.parametrize("other", ["GaussDB(for MySQL)", "MySQL-compatible", "TaurusDB", "MariaDB 10.5", "MySQLX"])
def test_an_engine_that_only_resembles_mysql_fails(other):
    rows = candidates(candidate("new-a"), candidate("new-b", engine_name=other))
    assert look("nodes-engine", inventory(candidates=rows)).status == "fail"


def test_a_source_node_of_another_engine_fails():
    facts = inventory(related=related(data_node("old-a"), data_node("old-b", engine_name="taurus")))
    found = look("nodes-engine", facts)
    assert found.status == "fail"
    assert "the source's rds-old-b is taurus" in found.detail


def test_a_lower_version_than_the_source_is_a_warning():
    rows = candidates(candidate("new-a", version="8.0.28"), candidate("new-b", version="5.7.38"))
    found = look("nodes-engine", inventory(candidates=rows))
    assert found.status == "warn"
    assert "rds-new-b (5.7.38)" in found.detail


@pytest.mark.parametrize("version", ["8.0.28", "8.0.30", "8.1", ""])
def test_the_same_a_later_or_an_untold_version_passes(version):
    rows = candidates(*(candidate(one, version=version) for one in NEW_NODES))
    assert look("nodes-engine", inventory(candidates=rows)).status == "pass"


def test_an_engine_that_cannot_be_read_is_a_warning():
    facts = inventory(candidates=(), related=TOO_OLD, backup_detail=backup_detail(*OLD_NODES))
    assert look("nodes-engine", facts).status == "warn"


def recovered(node_id: str, source_id: str, instant: datetime) -> Evidence:
    return Evidence(
        kind="audit-trace", node_id=node_id, source_id=source_id, restore_time_ms=to_ms(instant), where="trace t-1"
    )


def recovered_to(instant: datetime) -> NodeProofs:
    return NodeProofs(evidence=tuple(recovered(new, old, instant) for new, old in zip(NEW_NODES, OLD_NODES, strict=True)))


def test_without_evidence_a_person_says_whether_the_nodes_were_recovered_and_to_which_instant():
    found = look("nodes-recovered", inventory())
    assert found.status == "warn"
    assert "Nothing shows what new-a, new-b were recovered from" in found.detail
    assert "2026-05-20 07:30:00 UTC" in found.hint
    at = look("nodes-recovered", inventory_at(NOW), request_at(NOW))
    assert "to 2026-05-20 09:30:00 UTC" in at.hint
    assert look("nodes-recovered", inventory(point=None)).status == "warn"


def test_nodes_that_were_recovered_to_the_point_in_time_pass_with_their_evidence():
    found = look("nodes-recovered", inventory_at(MADE, node_proofs=recovered_to(MADE)), request_at(MADE))
    assert found.status == "pass", found.detail
    assert [line.partition(":")[0] for line in found.evidence] == list(NEW_NODES)


def test_nodes_that_were_recovered_to_another_instant_fail():
    found = look("nodes-recovered", inventory_at(MADE, node_proofs=recovered_to(NOW)), request_at(MADE))
    assert found.status == "fail"
    assert "2 h after 2026-05-20 07:30:00 UTC" in found.detail


def test_with_a_backup_the_nodes_need_one_instant_and_no_later_backup_before_it():
    fitting = NodeProofs(evidence=recovered_to(MADE + timedelta(minutes=5)).evidence)
    passed = look("nodes-recovered", inventory(node_proofs=fitting))
    assert passed.status == "pass", passed.detail
    assert "5 min after the backup" in passed.detail
    later = backup(id="backup-2", created=MADE + timedelta(minutes=3))
    of_another = backup(id="backup-3", created=MADE + timedelta(minutes=3), instance_id="another")
    assert look("nodes-recovered", inventory(node_proofs=fitting, backups=read((backup(), later)))).status == "warn"
    assert look("nodes-recovered", inventory(node_proofs=fitting, backups=read((backup(), of_another)))).status == "pass"
    assert look("nodes-recovered", inventory(node_proofs=fitting, backups=unread())).status == "warn"
    assert look("nodes-recovered", inventory(node_proofs=recovered_to(MADE - timedelta(seconds=1)))).status == "fail"


def best_possible(options):
    keys = list(options)
    choices = [[*options[key], None] for key in keys]
    whole = (picked for picked in itertools.product(*choices) if _uses_each_once(picked))
    return max(sum(one is not None for one in picked) for picked in whole)


def _uses_each_once(picked):
    used = [one for one in picked if one is not None]
    return len(used) == len(set(used))


@settings(max_examples=150)
@given(st.dictionaries(st.sampled_from("abcde"), st.lists(st.sampled_from("12345"), unique=True, max_size=4), max_size=5))
def test_as_many_source_nodes_as_possible_get_a_node_of_their_own(options):
    assigned = assign_nodes(options)
    assert len(assigned) == best_possible(options)
    assert len(set(assigned.values())) == len(assigned)
    assert all(option in options[key] for key, option in assigned.items())


def test_a_chain_of_a_thousand_nodes_is_assigned_without_deep_recursion():
    options = {f"s{number}": [f"n{number}", f"n{number + 1}"] for number in range(1000)}
    options["last"] = ["n0"]
    assert len(assign_nodes(options)) == 1001


@pytest.mark.parametrize("written", ["mysql", "MySQL", "Mysql ", " MYSQL\t", "MySQL 8.0", "mysql-5.7.44", "RDS for MySQL"])
def test_an_engine_is_mysql_however_it_is_written(written):
    rows = candidates(candidate("new-a", engine_name=written), candidate("new-b"))
    assert look("nodes-engine", inventory(candidates=rows)).status == "pass"
    facts = inventory(related=related(data_node("old-a", engine_name=written), data_node("old-b")))
    assert look("nodes-engine", facts).status == "pass"


@pytest.mark.parametrize("absent", [None, "", "  "])
def test_an_engine_that_is_not_given_is_a_warning_that_it_cannot_be_read(absent):
    rows = candidates(candidate("new-a", engine_name=absent), candidate("new-b"))
    found = look("nodes-engine", inventory(candidates=rows))
    assert (found.status, "rds-new-a cannot be read" in found.detail) == ("warn", True)
    other = candidates(candidate("new-a", engine_name=absent), candidate("new-b", engine_name="postgresql"))
    found = look("nodes-engine", inventory(candidates=other))
    assert (found.status, "rds-new-a" in found.detail) == ("fail", False)
