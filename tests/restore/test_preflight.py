"""The preflight as a whole: which checks there are, in which order, and that all of them always run."""

from __future__ import annotations

import pytest

from ddmkit.restore.inventory import Inventory
from ddmkit.restore.preflight import CHECKS, failed_ids, is_ready, run_preflight, warned_ids
from tests.restore.builders import NOW, SOURCE, inventory, read, request, request_at, target_row

# The table of the design, in its order.
TABLE = (
    "source-found",
    "source-version",
    "backup-of-source",
    "backup-usable",
    "backup-expiry",
    "time-in-range",
    "target-available",
    "target-not-source",
    "target-version",
    "target-empty",
    "same-network",
    "nodes-known",
    "nodes-distinct",
    "nodes-count",
    "nodes-available",
    "nodes-engine",
    "nodes-recovered",
    "instances-idle",
    "clock-skew",
    "tried-before",
    "point-before-incident",
)


def test_the_checks_are_those_of_the_table_in_its_order():
    assert tuple(check.id for check in CHECKS) == TABLE


def test_a_restore_to_which_nothing_objects_is_ready_with_the_two_warnings_nobody_can_take_away():
    checks = run_preflight(inventory(), request())
    assert is_ready(checks)
    assert warned_ids(checks) == ("same-network", "nodes-recovered")


def test_all_checks_run_though_several_fail():
    facts = inventory(targets=read((target_row(available=False),)))
    checks = run_preflight(facts, request(target_instance_id=SOURCE, data_nodes=("new-a", "new-a", "x")))
    assert tuple(check.id for check in checks) == TABLE
    assert {"target-available", "target-not-source", "nodes-distinct", "nodes-count"} <= set(failed_ids(checks))
    assert not is_ready(checks)


@pytest.mark.parametrize("wanted", [request(), request_at(NOW)], ids=["backup", "time"])
def test_nothing_read_at_all_is_judged_by_every_check_and_never_ready(wanted):
    checks = run_preflight(Inventory(taken_at=NOW), wanted)
    assert tuple(check.id for check in checks) == TABLE
    assert not is_ready(checks)


@pytest.mark.parametrize("wanted", [request(), request_at(NOW)], ids=["backup", "time"])
def test_every_result_says_what_was_seen_by_which_rule_and_every_objection_what_to_do(wanted):
    for check in run_preflight(Inventory(taken_at=NOW), wanted):
        assert check.title
        assert check.detail
        assert check.rule
        assert check.hint or check.status in {"pass", "skip"}


def test_a_title_names_what_is_looked_at_and_claims_no_result():
    claims = {"is", "are", "was", "were", "has", "have", "can", "will", "not", "share", "offers", "agree", "runs", "enough"}
    titles = [check.title for check in CHECKS]
    assert len(set(titles)) == len(titles)
    for title in titles:
        assert not claims & set(title.lower().split()), title
        assert "'" not in title
