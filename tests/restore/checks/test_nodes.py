"""Checks of the data nodes: every row of the table, and the assignment of chosen nodes to the source's."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ddmkit.restore.checks.nodes import assign_nodes
from ddmkit.restore.inventory import Candidates
from tests.restore.builders import (
    NEW_NODES,
    OLD_NODES,
    backup_detail,
    candidate,
    candidates,
    data_node,
    inventory,
    look,
    read,
    related,
    request,
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


def test_the_recovery_of_the_nodes_is_always_a_warning_that_names_the_instant():
    found = look("nodes-recovered", inventory())
    assert found.status == "warn"
    assert "2026-05-20 07:30:00 UTC" in found.detail
    assert look("nodes-recovered", inventory(point=None)).status == "warn"


def best_possible(options):
    keys = list(options)
    choices = [[*options[key], None] for key in keys]
    whole = (picked for picked in itertools.product(*choices) if _uses_each_once(picked))
    return max(sum(one is not None for one in picked) for picked in whole)


def _uses_each_once(picked):
    used = [one for one in picked if one is not None]
    return len(used) == len(set(used))


@settings(max_examples=150, deadline=None)
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
