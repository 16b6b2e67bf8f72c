"""What goes wrong in practice, story by story: ddmkit avoids it, refuses it beforehand, or stops with a clear error.

``STORIES`` goes through the public failure stories and the documented causes of failure in their order. Each line says what
ddmkit does, and names the tests that would fail if it did anything else: those of this file, those of others, and the faults
of ``test_every_fault.py``.
"""

from __future__ import annotations

import importlib
import re
from contextlib import contextmanager
from pathlib import Path

import pytest

import ddmkit
from ddmkit.records.recovery_reader import RecoveryReader
from ddmkit.simulator import RECOVERY_FAULTS
from ddmkit.simulator.storage.schema import DataNode
from tests.recovery.run.conftest import NOW, PASSWORD, requests_to
from tests.recovery.run.test_advance import nodes_in
from tests.recovery.run.test_every_fault import assert_nothing_lost

STORIES = (
    # Public failure stories.
    ("HA flavour with two zones and no ha block: 'Invalid AZ' (DBS.280285)", "ha and zones come from the source; an override that does not fit fails the plan", ("test_a_new_node_is_like_its_source", "test_what_a_plan_objects_to", "test_an_ha_node_is_recovered_as_a_single_one", "fault ha-missing")),
    ("Something is done to a new node that is still busy, such as SSL on", "a node is done when it is ACTIVE, after its first backup; nothing is ever sent to a new node", ("test_a_new_node_is_left_alone_until_it_is_quiet",)),
    ("The private address is empty straight after the creation", "the node is read again until it has one", ("test_a_new_node_is_left_alone_until_it_is_quiet", "fault late-private-ip")),
    ("Restore to the original: instance and backups are deleted, then created in a loop", "no such call is in the code; only plan_abandon deletes, from a shown list", ("test_there_is_no_call_that_restores_onto_an_instance", "fault delete-refused-restoring")),
    ("Recovery to a new node by a timestamp", "restore_time is a JSON integer of milliseconds, a whole second, the same for every node", ("test_a_new_node_is_like_its_source",)),
    ("Two quick creations pass a quota meant for one", "the quota is checked for all new nodes at once; a refusal later stops the run", ("test_the_quota_is_asked_for_all_nodes_at_once", "test_a_refusal_in_the_middle_stops_the_run_and_is_sent_again", "fault quota")),
    ("Flavour not valid for the zone, or sold out", "the plan names what is for sale; a refusal later stops the run", ("test_what_a_plan_objects_to", "test_a_refusal_in_the_middle_stops_the_run_and_is_sent_again", "fault sold-out")),
    ("500 DBS.111205 although the instance appears later", "looked for by its unique name, adopted, never sent twice", ("recovery.run.test_advance.test_a_lost_answer_is_reconciled_by_the_unique_name", "fault timeout-but-created")),
    ("409 while the source or the new node is busy (backup)", "BusyError, nothing made, a person sends again", ("recovery.run.test_advance.test_a_busy_source_stops_the_run_and_a_person_sends_again", "test_a_refusal_in_the_middle_stops_the_run_and_is_sent_again", "test_a_busy_target_stops_the_restore_and_is_sent_again")),
    ("BUILD, BACKING UP, ACTIVE", "each status is on the record; ACTIVE ends the step", ("test_a_new_node_is_left_alone_until_it_is_quiet",)),
    # Documented causes.
    ("Balance below 0; frozen", "a frozen node fails the plan and is looked for again before each request; the balance itself is not read, and the plan says so", ("test_what_a_plan_objects_to", "test_what_changes_before_a_request_stops_the_run", "test_what_no_call_shows_is_told")),
    ("The binary log was reset", "not readable: the plan says so, and a failed job names it as a cause", ("test_what_no_call_shows_is_told", "test_a_failed_job_names_the_documented_causes")),
    ("Another version", "never asked for; a lower one fails the proof of the nodes", ("test_a_copy_of_another_version",)),
    ("Storage below the source's", "rounded up from the source; a smaller override fails the plan", ("recovery.run.test_bad_input.test_a_disk_smaller_than_the_source_s_is_a_failed_check_that_names_the_least_size", "test_a_new_node_is_like_its_source")),
    ("Quota", "see above", ("test_the_quota_is_asked_for_all_nodes_at_once",)),
    ("Storage full", "a warning with the way out, a larger disk", ("test_what_a_plan_objects_to",)),
    ("Backup running", "a warning beforehand; 409 DBS.201205 is a BusyError", ("test_what_a_plan_objects_to", "test_a_refusal_in_the_middle_stops_the_run_and_is_sent_again")),
    ("No backup for the instant: a gap, retention, the last minutes", "the plan fails and names the nearest instants of all nodes", ("recovery.run.test_bad_input.test_a_time_outside_the_ranges_of_nodes_names_them_and_the_nearest_instants_of_all_nodes", "recovery.run.test_bad_input.test_a_time_outside_the_ranges_of_the_instance_names_the_nearest_one", "test_what_a_plan_objects_to", "fault time-gap", "fault time-too-new")),
    ("No backup for the instant: a failed one (500,000 tables, DDL lock)", "the plan fails, shows the failed backup and what makes one fail", ("test_a_failed_full_backup_is_shown_with_its_causes", "fault backup-failed")),
    ("The source node was deleted with its automated backups", "the plan fails; deleted later, the run stops", ("test_what_a_plan_objects_to", "test_what_changes_before_a_request_stops_the_run")),
    ("Zone, port, security group are not inherited", "all are copied into the request", ("test_a_new_node_is_like_its_source",)),
    ("The parameter template is not inherited", "RDS does not show it: the plan says so, and like= takes one", ("test_a_new_node_is_like_its_source",)),
    ("RDS chooses a newer minor version", "accepted: DDM allows later versions", ("test_a_copy_of_another_version",)),
    ("DDM refuses afterwards: time zone (DBS.300333)", "the plan fails before a node is made, and so does a single restore", ("test_what_a_plan_objects_to", "restore.test_rules.test_a_broken_rule_that_can_be_seen_is_refused_before_anything_is_sent", "restore.proofs.test_source_checks.test_nodes_that_would_differ_in_what_ddm_compares_are_named")),
    ("DDM refuses afterwards: parameters (DBS.300334, DBS.300368)", "not readable; the outcome is told with the code, its meaning and what to do, and nothing is sent twice", ("test_nodes_that_ddm_refuses_afterwards_leave_the_outcome_to_a_person", "restore.proofs.test_source_checks.test_nodes_that_would_differ_in_what_ddm_compares_are_named")),
)  # fmt: skip


@pytest.mark.parametrize(("story", "does", "tests"), STORIES, ids=[story for story, *_ in STORIES])
def test_every_story_names_what_is_done_and_tests_that_exist(story, does, tests):
    assert story
    assert does
    assert tests
    for name in tests:
        if name.startswith("test_"):
            assert name in globals()
        elif name.startswith("fault "):
            assert name.removeprefix("fault ") in RECOVERY_FAULTS
        else:
            module, _, function = name.rpartition(".")
            assert callable(getattr(importlib.import_module(f"tests.{module}"), function))


@pytest.fixture(scope="module")
def still(tmp_path_factory):
    """Return a kit for plans only: at the end nothing was sent."""
    folder = tmp_path_factory.mktemp("stories")
    with ddmkit.demo(scenario="whole-incident", now=NOW, world=folder / "w.sqlite", records=folder / "r.sqlite") as kit:
        yield kit
        assert kit.simulator.effective_changes() == []


def plan(kit, **changes):
    facts = kit.scenario
    return kit.plan_recovery(**{"source": facts.source, "restore_time": facts.restore_time, **changes})


def source_nodes(kit):
    """Return the ids of the source's nodes: the first one is an HA instance."""
    return [node.instance_id for node in kit.related_nodes(kit.scenario.source, kit.scenario.restore_time)]


@contextmanager
def changed(kit, node_id, **columns):
    """Change a node for a while."""
    world = kit.simulator.world
    before = world.storage.one(DataNode, "id = ?", (node_id,))
    try:
        if columns:
            world.set_data_node(node_id, **columns)
        yield
    finally:
        if columns:
            world.set_data_node(node_id, **{name: getattr(before, name) for name in columns})


HA, SINGLE = "rds.mysql.n1.large.2.ha", "rds.mysql.n1.large.2"


@pytest.mark.parametrize(
    ("columns", "like", "status", "check", "said"),
    [
        ({}, {"flavor_ref": HA}, "fail", "ha-complete", "HA flavour .* without standby.*Give ha and two zones"),
        ({}, {"ha": {"replication_mode": "async"}, "availability_zone": "az1,az2"}, "fail", "ha-complete", "is no HA flavour"),
        ({}, {"flavor_ref": "rds.mysql.gone"}, "fail", "flavour-on-sale", "Not for sale: .*rds.mysql.gone.*Choose another flavour"),
        ({}, {"availability_zone": "az9"}, "warn", "flavour-on-sale", "az9.*Look in the console"),
        ({"status": "frozen"}, {}, "fail", "source-not-frozen", "Frozen: rds-orders-2.*Settle the account"),
        ({"status": "data_disk_full"}, {}, "warn", "source-not-frozen", "STORAGE FULL.*ask for a larger disk in like="),
        ({"status": "backing up"}, {}, "warn", "source-idle", "BACKUP.*Wait until it has ended; the service answers 409"),
        ({"deleted": NOW}, {}, "fail", "source-exists", "No longer exists: rds-orders-2.*backups were deleted.*recycle bin"),
        ({"keep_days": 0}, {}, "fail", "time-in-range", "outside every restorable range.*Choose a backup instead"),
        ({"pitr_until": NOW.replace(hour=9)}, {}, "fail", "time-in-range", "outside.*Nearest that can be restored to"),
        ({}, {"time_zone": "UTC"}, "fail", "same-settings", "UTC for rds-orders-2; UTC.08:00 for rds-orders-1.*DBS.300333"),
        ({}, {"configuration_id": "template-1pr01"}, "warn", "same-settings", "different parameter templates.*DBS.300334"),
    ],
)  # fmt: skip
def test_what_a_plan_objects_to(still, columns, like, status, check, said):
    node = source_nodes(still)[1]
    with changed(still, node, **columns):
        made = plan(still, like={node: like} if like else {})
    found = {one.id: one for one in made.checks}[check]
    assert found.status == status, found.detail
    assert re.search(said, f"{found.detail} {found.hint}")
    assert made.ready is (status == "warn")


def test_an_ha_node_is_recovered_as_a_single_one(still):
    node = source_nodes(still)[0]
    made = plan(still, like={node: {"ha": None, "availability_zone": "az1", "flavor_ref": SINGLE}})
    assert made.ready
    assert "ha" not in made.node(node).request.body()


def test_what_no_call_shows_is_told(still):
    told = {one.id: one.detail for one in plan(still).checks if one.status == "skip"}
    assert "The balance is not read" in told["balance"]
    assert "whether the binary log was reset" in told["binlog-intact"]


def test_the_quota_is_asked_for_all_nodes_at_once(still, monkeypatch):
    used = next(one.used for one in still._cloud.rds.list_quotas() if one.type == "instance")
    monkeypatch.setattr("ddmkit.simulator.http.services.rds_lists.INSTANCE_QUOTA", used + 1)
    found = {one.id: one for one in plan(still).checks}["quota"]
    assert (found.status, found.detail) == ("fail", "1 more RDS instances are allowed, 2 are needed.")


def test_a_failed_full_backup_is_shown_with_its_causes(world):
    found = {one.id: one for one in plan(world("backup-failed")).checks}["full-backup"]
    assert found.status == "fail"
    assert "rds-orders-2: the full backup of 2026-05-19 19:09:00 UTC has failed" in found.evidence
    assert "500,000 tables" in found.hint


def test_a_new_node_is_like_its_source(world, begin):
    """What RDS does not inherit is asked for; the standby, the zones and the point in time are as they have to be."""
    kit = world()
    odd = source_nodes(kit)[1]
    kit.simulator.world.set_data_node(
        odd, port=3310, volume_bytes=105 * 10**9, flavor_ref="rds.mysql.n1.xlarge.4", zones="az3", keep_days=30,
        backup_window="03:00-04:00", volume_type="ESSD", disk_encryption_id="key-1", enterprise_project_id="ep-1",
    )  # fmt: skip
    made = plan(kit)
    assert all("parameter template: RDS does not show" in " ".join(node.notes) for node in made.nodes)
    run = begin(kit, made).wait(poll_s=1, say=None)
    assert run.status == "completed"
    listed = {one.id: one for one in kit._cloud.rds.list_instances()}
    for source, new in ((listed[old], listed[made_id]) for old, made_id in run._view.node_ids.items()):
        for name in (
            *("type", "zones", "flavor_ref", "vpc_id", "subnet_id", "security_group_id", "port", "time_zone", "ha"),
            *("backup_strategy", "enterprise_project_id", "disk_encryption_id", "datastore"),
        ):
            assert getattr(new, name) == getattr(source, name), name
        assert (new.volume.type, new.volume.size) == (source.volume.type, -(-source.volume.size // 10) * 10)
    sent = [
        data["body"]["restore_point"] for step, data in RecoveryReader(run.record.run).intents if step.startswith("node:")
    ]
    instants = {one["restore_time"] for one in sent}
    assert {type(one) for one in instants} == {int}
    assert instants == {int(kit.scenario.restore_time.timestamp()) * 1000}


@pytest.mark.parametrize("fault", ["late-private-ip*2", "backing-up-after*2"])
def test_a_new_node_is_left_alone_until_it_is_quiet(world, begin, fault):
    kit = world(fault)
    run = begin(kit).wait(poll_s=1, say=None)
    assert run.status == "completed"
    for source, new in run._view.node_ids.items():
        events = run._view.events_of(f"node:{source}")
        assert {"BUILD", "BACKING UP"} <= {event.data["status"] for event in events if event.kind == "polled"}
        ended = next(event.data for event in events if event.kind == "completed")
        assert (ended["status"], bool(ended["addresses"])) == ("ACTIVE", True)
        assert [one for one in kit.simulator.requests if new in one.path and one.method in {"POST", "PUT", "DELETE"}] == []


def test_there_is_no_call_that_restores_onto_an_instance():
    package = Path(ddmkit.__file__).parent
    code = {path: path.read_text("utf-8") for path in package.rglob("*.py") if "simulator" not in path.parts}
    assert len(code) > 100
    assert [path for path, text in code.items() if "instances/recovery" in text or "restoreInPlace" in text] == []


def wait_for_password(kit, begin):
    """Begin a recovery that has sent nothing yet: the password of the new nodes is missing."""
    run = begin(kit, node_password=lambda: None)
    assert (run.status, kit.simulator.effective_changes()) == ("waiting", [])
    return run


@pytest.mark.parametrize(
    ("fault", "columns", "error", "said"),
    [
        ("quota*1", {}, ddmkit.ServiceError, "HTTP 413, DBS.200046.*a quota is used up.*Raise the quota"),
        ("sold-out*1", {}, ddmkit.ServiceError, "HTTP 400, DBS.280450.*sold out.*Choose another"),
        ("ha-missing*1", {}, ddmkit.ServiceError, "HTTP 400, DBS.280285.*an HA flavour needs a standby and two zones"),
        ("", {"status": "backing up"}, ddmkit.BusyError, "HTTP 409, DBS.201205.*a backup is being made.*Wait until"),
    ],
)
def test_a_refusal_in_the_middle_stops_the_run_and_is_sent_again(world, begin, fault, columns, error, said):
    kit = world()
    first = source_nodes(kit)[0]
    run = wait_for_password(kit, begin)
    if fault:
        kit.simulator.inject(fault)
    kit.simulator.world.set_data_node(first, **columns or {"status": "normal"})
    with pytest.raises(error, match=said) as caught:
        kit.resume(run.record, node_password=PASSWORD).wait(poll_s=1, say=None)
    assert re.search(
        rf"send the step again with kit.send_again.*or give it up: kit.plan_abandon\({run.id!r}\)", str(caught.value)
    )
    assert (caught.value.record.state, kit.simulator.effective_changes()) == ("stopped", [])
    kit.simulator.world.set_data_node(first, status="normal")
    again = kit.send_again(run.id, step=f"node:{first}", confirm="ddm-orders-prod", node_password=PASSWORD)
    assert again.wait(poll_s=1, say=None).status == "completed"
    assert len(nodes_in(kit)) == 2
    assert_nothing_lost(kit, run.id)


def test_a_busy_target_stops_the_restore_and_is_sent_again(world, begin):
    kit = world("refused-busy@RestoreMetadata*1")
    with pytest.raises(ddmkit.BusyError, match=r"DBS\.200019.*send the step again with") as caught:
        begin(kit).wait(poll_s=1, say=None)
    record = caught.value.record
    assert (record.state, kit.simulator.effective_restores()) == ("stopped", [])
    run = kit.send_again(record, step="restore", confirm="ddm-orders-prod").wait(poll_s=1, say=None)
    assert (run.status, len(kit.simulator.effective_restores())) == ("completed", 1)


@pytest.mark.parametrize(
    ("columns", "said"),
    [({"status": "frozen"}, "Frozen: rds-orders-2"), ({"deleted": NOW}, "No longer exists: rds-orders-2")],
)
def test_what_changes_before_a_request_stops_the_run(world, begin, columns, said):
    kit = world()
    second = source_nodes(kit)[1]
    run = wait_for_password(kit, begin)
    kit.simulator.world.set_data_node(second, **columns)
    with pytest.raises(ddmkit.DDMKitError, match=said) as caught:
        kit.resume(run.record, node_password=PASSWORD).wait(poll_s=1, say=None)
    assert caught.value.record.state in {"stopped", "running"}
    assert len(requests_to(kit, "RDS.CreateInstance")) == 1
    assert requests_to(kit, "CreateDdmInstance") == []
    assert_nothing_lost(kit, run.id)


def test_a_failed_job_names_the_documented_causes(world, begin):
    kit = world("node-job-failed")
    with pytest.raises(
        ddmkit.JobFailedError, match=r"createVM failed.*binary log was reset.*storage is full.*in arrears.*plan_abandon"
    ):
        begin(kit).wait(poll_s=1, say=None)


@pytest.mark.parametrize(("version", "said"), [("8.0.40", ""), ("8.0.11", "its version 8.0.11 is lower than the source's")])
def test_a_copy_of_another_version(world, begin, version, said):
    kit = world()
    run = begin(kit)
    for node in nodes_in(kit):
        kit.simulator.world.set_data_node(node.id, version=version)
    if not said:
        assert run.wait(poll_s=1, say=None).verification.passed
        return
    with pytest.raises(ddmkit.JobFailedError, match=f"prove-nodes failed.*{said}"):
        run.wait(poll_s=1, say=None)
    assert kit.simulator.effective_restores() == []


def test_nodes_that_ddm_refuses_afterwards_leave_the_outcome_to_a_person(world, begin):
    kit = world()
    run = begin(kit)
    kit.simulator.world.set_data_node(nodes_in(kit)[0].id, lower_case_table_names=0)
    with pytest.raises(ddmkit.UnknownOutcomeError, match=r"DBS\.300368: the data nodes differ in lower_case_table_names"):
        run.wait(poll_s=1, say=None)
    assert run.status == "unknown"
    assert kit.simulator.effective_restores() == []
    assert len(requests_to(kit, "RestoreMetadata")) == 1
    assert_nothing_lost(kit, run.id)
