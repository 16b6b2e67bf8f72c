"""The preflight as a whole: which checks there are, in which order, and that all of them always run."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ddmkit.errors import NotFoundError
from ddmkit.models import BackupDetail
from ddmkit.restore.inventory import Fact, Inventory
from ddmkit.restore.preflight import CHECKS, failed_ids, is_ready, run_preflight, warned_ids
from tests.restore.builders import (
    NOW,
    SOURCE,
    account,
    inventory,
    inventory_at,
    look,
    read,
    request,
    request_at,
    schema,
    target,
    target_row,
    unread,
)

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


# Which checks need each fact for a verdict, with a backup chosen and with a point in time.
NEEDED_FOR = {
    "source": {"source-version"},
    "source_schemas": {"nodes-distinct"},
    "source_accounts": set(),
    "ranges": set(),
    "related": {"nodes-known"},
    "targets": {"target-available"},
    "target": {"target-version"},
    "target_schemas": {"target-empty"},
    "target_accounts": {"target-empty"},
    "jobs": {"instances-idle"},
}
REASON = "HTTP 404, APIGW.0101"


def unpublished() -> Fact:
    return Fact.of(NotFoundError(REASON, status=404, code="APIGW.0101"))


@pytest.mark.parametrize("name", NEEDED_FOR)
def test_a_call_that_is_not_published_lowers_the_checks_that_need_it_to_a_warning_with_the_reason(name):
    checks = {check.id: check for check in run_preflight(inventory(**{name: unpublished()}), request())}
    assert failed_ids(tuple(checks.values())) == ()
    assert set(warned_ids(tuple(checks.values()))) >= NEEDED_FOR[name]
    for check_id in NEEDED_FOR[name]:
        assert REASON in checks[check_id].detail
    for check in checks.values():
        assert "Try again" not in check.hint


def test_a_list_of_ranges_that_is_not_published_is_a_warning_with_the_reason():
    facts = inventory_at(NOW - timedelta(hours=3), ranges=unpublished())
    found = look("time-in-range", facts, request_at(NOW - timedelta(hours=3)))
    assert (found.status, REASON in found.detail) == ("warn", True)


def test_a_list_of_backups_that_is_not_published_is_a_warning_about_everything_that_it_would_show():
    facts = inventory(chosen_backup=None, backups=unpublished())
    for check_id in ("backup-of-source", "backup-usable", "backup-expiry"):
        found = look(check_id, facts)
        assert (found.status, REASON in found.detail) == ("warn", True)
    assert is_ready(run_preflight(facts, request()))


def test_a_backup_that_its_own_page_gives_to_another_instance_fails_though_no_list_is_published():
    detail = read(BackupDetail(id="backup-1", instance_id="another", instance_name="billing"))
    facts = inventory(chosen_backup=None, backups=unpublished(), backup_detail=detail)
    assert look("backup-of-source", facts).status == "fail"


def test_nothing_published_but_the_restore_itself_is_never_blocked_for_ever_and_never_unseen():
    names = (*NEEDED_FOR, "backups", "backup_detail")
    facts = inventory(chosen_backup=None, candidates=(), **dict.fromkeys(names, unpublished()))
    checks = run_preflight(facts, request())
    assert is_ready(checks)
    passed = {check.id for check in checks if check.status in {"pass", "skip"}}
    assert passed == {"target-not-source", "clock-skew", "tried-before", "point-before-incident"} | {"time-in-range"}


@pytest.mark.parametrize(
    "facts",
    [
        {"target_accounts": unpublished(), "target_schemas": read((schema("clicks"),))},
        {"target_accounts": unpublished(), "target_schemas": unread("HTTP 503")},
        {"target_accounts": read((account("analyst"),)), "target_schemas": unpublished()},
    ],
    ids=["holds a schema", "schemas not read", "holds an account"],
)
def test_what_can_be_seen_or_tried_again_still_fails_beside_a_call_that_is_not_published(facts):
    assert look("target-empty", inventory(**facts)).status == "fail"


@pytest.mark.parametrize("code", ["APIGW.0101", "APIG.0101"])
def test_a_call_that_is_not_published_says_nothing_about_the_thing_asked_for(code):
    fact = Fact.of(NotFoundError("x", status=404, code=code))
    assert (fact.unpublished, fact.missing) == (True, False)
    gone = Fact.of(NotFoundError("x", status=404, code="DBS.200002"))
    assert (gone.unpublished, gone.missing) == (False, True)


def test_one_account_may_be_the_administrator_where_the_service_does_not_say_who_that_is():
    for shown in (unpublished(), read(target(admin_user_name=""))):
        found = look("target-empty", inventory(target=shown, target_accounts=read((account("root"),))))
        assert (found.status, "root" in found.detail) == ("warn", True)
        two = inventory(target=shown, target_accounts=read((account("root"), account("app"))))
        assert look("target-empty", two).status == "fail"


def test_a_target_that_does_not_exist_fails_where_the_list_of_targets_is_not_published():
    facts = inventory(targets=unpublished(), target=unread("HTTP 404, DBS.200002", missing=True))
    assert look("target-available", facts).status == "fail"


def test_a_deleted_source_is_a_warning_where_the_list_of_backups_is_not_published():
    facts = inventory(source=unread("HTTP 404, DBS.200002", missing=True), backups=unpublished())
    found = look("source-found", facts)
    assert (found.status, REASON in found.detail) == ("warn", True)


def test_a_source_whose_schemas_cannot_be_read_is_a_warning_about_its_data_nodes():
    assert look("nodes-distinct", inventory(source_schemas=unread("HTTP 503"))).status == "warn"
    assert look("nodes-distinct", inventory(source_schemas=unread("HTTP 404", missing=True))).status == "pass"
