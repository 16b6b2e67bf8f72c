"""The plan: its digest, its words, its life, the backup it expects, and its way to the record and back."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from ddmkit.errors import RecordError
from ddmkit.records.events import canonical_json
from ddmkit.records.runs import RunData, RunHeader
from ddmkit.restore.plan import (
    PLAN_LIFE,
    RestorePlan,
    ServiceIdentity,
    digest_of,
    expect_backup,
    make_plan,
    plan_of,
)
from ddmkit.restore.proofs.facts import Evidence, NetworkFacts, NodeProofs, Tried
from ddmkit.times import to_ms
from tests.restore.builders import (
    BACKUP,
    NEW_NODES,
    NOW,
    SOURCE,
    TARGET,
    backup,
    candidate,
    candidates,
    inventory,
    inventory_at,
    job,
    read,
    request,
    request_at,
    target_row,
    unread,
)

IDENTITY = ServiceIdentity(service="ddm.example.com", project_id="project-1")


def plan_for(wanted=None, facts=None, **changes):
    values = {"identity": IDENTITY, "plan_id": "p-1", "now": NOW, **changes}
    return make_plan(wanted or request(), facts or inventory(), **values)


def test_the_digest_of_a_restore_is_the_same_in_every_release():
    assert digest_of(request(), IDENTITY) == "2f60bbd5dd2b"
    assert digest_of(request_at(NOW), IDENTITY) == "e911d25661e3"


@settings(max_examples=30)
@given(st.permutations(["node-1", "node-2", "node-3", "node-4"]))
def test_the_digest_does_not_depend_on_the_order_of_the_nodes(nodes):
    told = request(data_nodes=("node-1", "node-2", "node-3", "node-4"))
    assert digest_of(request(data_nodes=tuple(nodes)), IDENTITY) == digest_of(told, IDENTITY)


@pytest.mark.parametrize(
    "wanted",
    [
        request(source_instance_id="another"),
        request(target_instance_id="another"),
        request(backup_id="another"),
        request(data_nodes=("new-a", "new-c")),
        request(data_nodes=("new-a", "new-b", "new-b")),
        request_at(NOW),
    ],
)
def test_the_digest_depends_on_everything_that_is_asked_for(wanted):
    assert digest_of(wanted, IDENTITY) != digest_of(request(), IDENTITY)


def test_a_point_in_time_one_millisecond_later_is_another_restore():
    assert digest_of(request_at(NOW), IDENTITY) != digest_of(request_at(NOW + timedelta(milliseconds=1)), IDENTITY)


@pytest.mark.parametrize(
    "identity",
    [
        ServiceIdentity(service="ddm.example.org", project_id="project-1"),
        ServiceIdentity(service="ddm.example.com", project_id="project-2"),
    ],
)
def test_the_digest_depends_on_service_and_project(identity):
    assert digest_of(request(), identity) != digest_of(request(), IDENTITY)


def test_the_digest_depends_on_no_facts_and_no_clock():
    worse = inventory(jobs=read((job("job-1", TARGET),)), taken_at=NOW + timedelta(days=1))
    plan, later = plan_for(), plan_for(facts=worse, now=NOW + timedelta(days=1), plan_id="p-2", time_zone="Asia/Shanghai")
    assert plan.digest == later.digest
    assert plan.facts_digest != later.facts_digest


def test_the_digest_of_the_facts_does_not_depend_on_the_clock():
    later = inventory(taken_at=NOW + timedelta(minutes=1), clock_skew=timedelta(seconds=3))
    assert plan_for(facts=later, now=NOW + timedelta(minutes=1)).facts_digest == plan_for().facts_digest


def test_one_data_node_alone_is_told_nothing_about_several():
    assert "no snapshot" not in " ".join(plan_for(request(data_nodes=NEW_NODES[:1])).words())


def test_the_evidence_of_the_checks_goes_on_the_record_and_comes_back():
    said = Evidence(kind="audit-trace", node_id="new-a", source_id="old-a", restore_time_ms=to_ms(NOW), where="trace t-1")
    facts = inventory(
        node_proofs=NodeProofs(evidence=(said,)), network=NetworkFacts(tried=(Tried(what="VPC", answer="403"),))
    )
    kept = RestorePlan.from_record(json.loads(canonical_json(plan_for(facts=facts).for_record())))
    assert kept.inventory.node_proofs == facts.node_proofs
    assert kept.inventory.network == facts.network
    check = next(one for one in kept.checks if one.id == "nodes-recovered")
    assert check.evidence


def test_a_plan_is_ready_when_no_check_failed_and_lists_the_warnings():
    plan = plan_for()
    assert plan.ready
    assert plan.failed == ()
    assert plan.warnings == ("same-network", "nodes-recovered")


def test_a_plan_that_is_not_ready_says_in_one_line_what_failed():
    plan = plan_for(facts=inventory(targets=read(())))
    assert not plan.ready
    assert plan.failed == ("target-available",)
    assert repr(plan) == f"<plan {plan.digest}: orders-prod -> orders-new, not ready: target-available>"


def test_a_plan_expires_half_an_hour_after_it_was_made():
    assert timedelta(minutes=30) == PLAN_LIFE
    assert plan_for().expires == NOW + PLAN_LIFE


def test_a_plan_cannot_be_changed():
    with pytest.raises(ValidationError):
        plan_for().digest = "another"


def test_a_plan_reads_as_sentences_with_every_name_and_id():
    words = " ".join(plan_for().words())
    for said in ("orders-prod", SOURCE, "orders-new", TARGET, "nightly", BACKUP, "rds-new-a", "rds-new-b"):
        assert said in words
    assert "2026-05-20 07:30:00 UTC" in words
    assert "2 h ago" in words
    assert "The source is not touched" in words
    assert words.count("no snapshot of the whole") == 1


def test_a_time_is_said_in_utc_in_the_zone_and_in_milliseconds_with_the_expected_backup():
    point = NOW - timedelta(hours=1)
    words = " ".join(plan_for(request_at(point), inventory_at(point), time_zone="Asia/Shanghai").words())
    assert "2026-05-20 08:30:00 UTC" in words
    assert "2026-05-20 16:30:00 Asia/Shanghai (+0800)" in words
    assert "1779265800000 ms" in words
    assert "expected to use backup nightly (backup-1), made 1 h before" in words


def test_a_time_before_every_backup_says_that_none_can_be_seen():
    point = NOW - timedelta(days=3)
    plan = plan_for(request_at(point), inventory_at(point))
    assert plan.expected_backup is None
    assert "No backup before that instant can be seen." in " ".join(plan.words())


def test_a_backup_that_could_not_be_read_is_said_to_be_unread():
    facts = inventory(chosen_backup=None, backups=unread())
    assert "From backup backup-1, which could not be read." in plan_for(facts=facts).words()


def test_of_very_many_nodes_ten_are_named_and_the_rest_counted():
    chosen = tuple(f"node-{number:03d}" for number in range(129))
    words = " ".join(plan_for(request(data_nodes=chosen)).words())
    assert "Attach 129 data nodes: node-000" in words
    assert "and 119 more" in words


def test_names_fall_back_to_what_else_tells_them_and_at_last_to_the_ids():
    gone = plan_for(facts=inventory(source=unread(), targets=read(())))
    assert (gone.source_name, gone.target_name) == ("orders-prod", "orders-new")
    unknown = plan_for(facts=inventory(source=unread(), backups=read(()), targets=read(()), target=unread()))
    assert (unknown.source_name, unknown.target_name) == (SOURCE, TARGET)


def test_the_name_to_confirm_is_the_one_in_the_list_of_targets():
    plan = plan_for(facts=inventory(targets=read((target_row(instance_name="renamed"),))))
    assert plan.target_name == "renamed"


def test_a_chosen_backup_is_the_expected_one():
    expected = plan_for().expected_backup
    assert (expected.backup.id, expected.distance, expected.runner_up) == (BACKUP, timedelta(0), None)


def test_for_a_time_the_newest_normal_backup_before_it_is_expected_and_the_next_one_told():
    at = lambda hours, **changes: backup(id=f"b{hours}", created=NOW - timedelta(hours=hours), **changes)  # noqa: E731 - short among its like
    found = expect_backup([at(30), at(1), at(3, status="creating"), at(6), at(54)], NOW - timedelta(hours=2))
    assert (found.backup.id, found.runner_up.id) == ("b6", "b30")
    assert found.distance == timedelta(hours=4)


def test_a_backup_made_at_the_very_instant_counts_as_made_before():
    assert expect_backup([backup(created=NOW)], NOW).backup.id == BACKUP
    assert expect_backup([backup(created=NOW)], NOW).runner_up is None
    assert expect_backup([backup(created=NOW)], NOW - timedelta(milliseconds=1)) is None


def test_backups_of_other_instances_are_never_expected():
    point = NOW - timedelta(hours=1)
    facts = inventory_at(point, backups=read((backup(id="other", instance_id="source-2", created=point), backup())))
    assert plan_for(request_at(point), facts).expected_backup.backup.id == BACKUP


@pytest.mark.parametrize("wanted", [request(), request_at(NOW - timedelta(hours=1))], ids=["backup", "time"])
def test_a_plan_comes_back_from_the_record_as_it_was(wanted):
    facts = inventory() if wanted.backup_id else inventory_at(wanted.restore_time, source=unread("HTTP 404", missing=True))
    plan = plan_for(wanted, facts)
    written = json.loads(json.dumps(plan.for_record()))
    assert RestorePlan.from_record(written) == plan


def test_the_record_keeps_of_the_candidates_the_chosen_ones_and_how_many_there_were():
    rows = (*(candidate(f"spare-{number}") for number in range(500)), candidate("new-a"), candidate("new-b"))
    plan = plan_for(facts=inventory(candidates=candidates(*rows)))
    kept = RestorePlan.from_record(plan.for_record()).inventory.candidates[0]
    assert [node.instance_id for node in kept.nodes.value] == ["new-a", "new-b"]
    assert kept.listed == 502
    assert len(plan.inventory.candidates[0].nodes.value) == 502


def test_candidates_that_could_not_be_read_keep_their_reason_on_the_record():
    facts = inventory()
    broken = facts.candidates[0].model_copy(update={"nodes": unread("HTTP 503")})
    plan = plan_for(facts=facts.model_copy(update={"candidates": (broken,)}))
    assert RestorePlan.from_record(plan.for_record()).inventory.candidates[0].nodes.problem == "HTTP 503"


@pytest.mark.parametrize("data", [{}, {"id": "p-1"}, {"request": {"source_instance_id": "x"}}])
def test_what_is_no_plan_is_refused_as_a_record_error(data):
    with pytest.raises(RecordError, match="cannot be read"):
        RestorePlan.from_record(data)


@pytest.mark.parametrize("year", ["0001", "1969", "9001", "9999"])
@pytest.mark.parametrize("name", ["created", "expires", "taken_at", "point"])
def test_a_plan_with_a_time_off_the_calendar_is_refused_as_a_record_error(name, year):
    data = plan_for().for_record()
    (data if name in data else data["inventory"])[name] = f"{year}-12-31T23:59:59Z"
    with pytest.raises(RecordError, match="cannot be read"):
        RestorePlan.from_record(data)


def test_a_plan_that_asks_for_a_point_off_the_calendar_is_refused_as_a_record_error():
    point = NOW - timedelta(hours=1)
    data = plan_for(request_at(point), inventory_at(point)).for_record()
    data["request"]["restore_time_ms"] = 2**53 - 1
    with pytest.raises(RecordError, match="cannot be read: it asks for a time outside the years"):
        RestorePlan.from_record(data)


def test_a_record_without_a_plan_says_so():
    header = RunHeader(plan_id="p-1", digest="d", project_id="x", source_id="s", target_id="t")
    with pytest.raises(RecordError, match="r-1 holds no plan"):
        plan_of(RunData(id="r-1", service="x", created=NOW, header=header, events=()))


def test_no_digest_looks_like_a_number():
    digests = (digest_of(request(target_instance_id=f"target-{number}"), IDENTITY) for number in range(1500))
    numbers = [one for one in digests if re.fullmatch(r"[0-9]+(e[0-9]+)?|0b[01]+", one) or len(one) != 12]
    assert numbers == []
