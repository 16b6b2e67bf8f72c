from __future__ import annotations

from ddmkit.restore.proofs.preconditions import PRECONDITIONS, check_preconditions
from ddmkit.restore.proofs.source_checks import SOURCE_CHECKS
from ddmkit.restore.proofs.time_checks import TIME_CHECKS
from tests.restore.proofs.builders import T, read
from tests.restore.proofs.recovery_builders import facts, instance, source_node


def test_nothing_objects_to_a_healthy_source():
    found = check_preconditions(facts())
    assert {one.id: one.detail for one in found if one.status not in {"pass", "skip"}} == {}
    assert [one.id for one in found if one.status == "skip"] == ["binlog-intact", "balance"]


def test_each_check_has_a_name_a_title_and_a_rule_of_its_own():
    assert len({one.id for one in PRECONDITIONS}) == len({one.title for one in PRECONDITIONS}) == len(PRECONDITIONS) == 24
    assert all(one.rule and one.find.__doc__ for one in PRECONDITIONS)


def test_all_checks_run_even_if_nothing_is_known():
    """Facts that were not read stop the recovery only where a node cannot be copied without them."""
    empty = source_node().model_copy(
        update={"instance": source_node().ranges.model_copy(update={"value": None, "problem": "503"})}
    )
    found = check_preconditions(facts(empty, flavours={}, subnets={}, security_groups={}))
    assert [one.id for one in found if one.status == "fail"] == ["source-exists"]
    assert all(one.hint for one in found if one.status in {"fail", "warn"})


def test_nothing_is_said_of_nodes_that_are_not_known():
    found = check_preconditions(facts().model_copy(update={"nodes": ()}))
    assert [one.id for one in found] == [one.id for one in PRECONDITIONS]
    assert {one.status for one in found[: len(SOURCE_CHECKS) + len(TIME_CHECKS)]} == {"skip"}
    assert next(one for one in found if one.id == "target-on-sale").status == "pass"


def test_nodes_that_are_taken_need_no_preconditions():
    taken = source_node(taken=read(instance()), request=None, ranges=source_node().ranges.model_copy(update={"value": ()}))
    found = check_preconditions(facts(taken, target=None, restore_time_ms=T))
    assert {one.id for one in found if one.status in {"fail", "warn"}} == set()
