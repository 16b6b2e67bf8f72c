"""Drills on the simulator from the plan to the report: one that passes, one for each fault, and nothing done twice."""

from __future__ import annotations

import pytest

import ddmkit
from ddmkit.drills.faults import FAULTS

PASSWORD = "Canary-Node-Pa55word!"


def test_a_drill_recovers_verifies_cleans_up_and_reports(kit, source):
    drill = kit.drill(source, purpose="audit", approver="bob", every="30d")
    assert drill.confirmation == "create 3, delete 3"
    before = len(kit.simulator.requests)
    result = drill.run(confirm="create 3, delete 3", say=None)
    report = result.report
    assert (result.verdict, result.passed, result.exit_code) == ("passed", True, 0)
    assert "PEOPLE AND PROCEDURE ARE PROVED, NOT BACKUPS" in report.statement
    assert report.evidence.plan_digest == drill.digest
    assert (report.planner, report.approver, report.purpose) == ("ada", "bob", "audit")
    assert report.rto.split.service_s > 0
    assert report.rpo.loss_s > 60
    assert {one.fate for one in report.clean_up.created} == {"deleted"}
    assert all(one.hours > 0 for one in report.clean_up.created)
    assert (result.record.header.kind, result.record.state) == ("drill", "abandoned")
    assert result.record.last("drill-reported").data["verdict"] == "passed"
    assert result.record.verify() == []
    # The kit's own service was only read before, and not touched by the run.
    assert len(kit.simulator.requests) == before
    assert kit.simulator.effective_changes() == []
    with pytest.raises(ddmkit.InputError, match="run already"):
        drill.run(confirm="create 3, delete 3", say=None)


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_fails_visibly_and_the_report_says_that_this_was_expected_and_seen(kit, source, fault):
    drill = kit.drill(source, fault=fault)
    assert f"Negative drill: {FAULTS[fault].title}" in drill.show().text
    result = drill.run(confirm=drill.confirmation, say=None)
    report = result.report
    assert (result.verdict, result.exit_code) == ("failure seen", 0)
    assert report.negative.words.startswith("The failure was expected and seen.")
    assert not report.never_failed
    assert report.clean_up.remains == 0
    sent = [event for event in result.record.events if event.kind == "step-intent" and event.data["step"] == "restore"]
    assert len(sent) == (1 if FAULTS[fault].simulated else 0)
    assert "failure was expected and seen" in result.show().text


def test_the_next_drill_of_the_source_knows_the_earlier_ones(kit, source):
    first = kit.drill(source, fault="wrong-zone")
    seen = first.run(confirm=first.confirmation, say=None)
    second = kit.drill(source)
    report = second.run(confirm=second.confirmation, say=None).report
    assert [one.record for one in report.history] == [seen.record.id]
    assert not report.never_failed
    assert report.failure_words.startswith("An earlier negative drill")


def test_a_goal_that_is_missed_fails_the_drill_with_1(kit, source):
    drill = kit.drill(source, rto="10s", owner="carol")
    result = drill.run(confirm=drill.confirmation, say=None)
    assert (result.verdict, result.exit_code) == ("failed", 1)
    assert {one.owner for one in result.report.deviations} == {"carol"}


def test_a_record_of_a_restore_is_drilled_again_metadata_only(monkeypatch, tmp_path):
    monkeypatch.setenv("DDMKIT_DEMO_SPEED", "100")
    with ddmkit.demo("dropped-schema", world=tmp_path / "w.sqlite", operator="ada") as kit:
        facts = kit.scenario
        plan = kit.plan(
            source=facts.source,
            target=facts.target,
            data_nodes=facts.data_nodes,
            backup_id=facts.backup_id,
            incident=facts.incident,
        )
        job = kit.submit(plan, confirm=plan.target_name, accept=plan.warnings).wait(poll_s=0)
        drill = kit.drill(job.record, fault=None)
        assert drill.confirmation == "create 0, delete 0"
        result = drill.run(confirm="create 0, delete 0", say=None)
        assert (result.verdict, result.report.scope) == ("passed", "metadata only"), result.report.headline
        assert result.report.clean_up.words == "Nothing was created."
        assert kit.records.drill_reports(facts.source)[0].record == result.record.id


def test_a_record_of_a_recovery_is_drilled_again_at_its_point(kit, source):
    facts = kit.scenario
    plan = kit.plan_recovery(source=source, restore_time=facts.restore_time, incident=facts.incident)
    run = kit.recover(plan, confirm=plan.source_name, accept=plan.warnings, node_password="Aa1-0123456789abcdef!")
    run.wait(say=None)
    drill = kit.drill(run.record)
    result = drill.run(confirm=drill.confirmation, say=None)
    assert result.verdict == "passed", result.report.headline
    assert result.report.rpo.instant == facts.restore_time
    assert result.report.rpo.why == f"The same point as in record {run.id}."
    with pytest.raises(ddmkit.InputError, match="record's incident"):
        kit.drill(run.record, incident=facts.incident)


def test_a_drill_from_a_backup_or_a_point_that_was_asked_for(kit, source):
    backup = kit.backups(source)[0]
    by_backup = kit.drill(source, backup_id=backup)
    assert by_backup.plan.backup_id == backup.id
    assert "The backup that was asked for." in by_backup.show().text
    facts = kit.scenario
    by_time = kit.drill(source, restore_time=facts.restore_time, incident=facts.incident)
    assert by_time.plan.instant.moment == facts.restore_time
    with pytest.raises(ddmkit.InputError, match="no backup"):
        kit.drill(source, backup_id="nosuch")


def test_on_the_service_itself_a_drill_recovers_for_real_and_deletes_everything_again(kit, source):
    facts = kit.scenario
    drill = kit.drill(source, on="cloud", restore_time=facts.restore_time, incident=facts.incident)
    assert drill.plan.throwaway
    with pytest.raises(ddmkit.InputError, match="node_password"):
        drill.run(confirm=drill.confirmation, say=None)
    result = drill.run(confirm=drill.confirmation, accept=drill.warnings, node_password=PASSWORD, poll_s=0, say=None)
    report = result.report
    assert result.verdict == "passed", report.headline
    # This service is simulated, so the report does not call it a cloud.
    assert (report.where, "NOT BACKUPS" in report.statement) == ("simulator", True)
    assert [one.fate for one in report.clean_up.created] == ["deleted"] * 3
    assert {one.billing for one in report.clean_up.created} == {"requested on demand", "billed on demand"}
    assert all("-drill-" in one.name for one in report.clean_up.created)
    changes = sorted(one["kind"] for one in kit.simulator.effective_changes())
    assert changes == ["create", "delete", "delete", "delete", "restore", "restore"]
    assert PASSWORD not in result.show().text + result.record.run.model_dump_json()


def test_a_failure_on_the_service_itself_is_a_result_and_is_cleaned_up_too(kit, source):
    facts = kit.scenario
    kit.simulator.inject("node-job-failed")
    drill = kit.drill(source, on="cloud", restore_time=facts.restore_time, incident=facts.incident)
    result = drill.run(confirm=drill.confirmation, accept=drill.warnings, node_password=PASSWORD, poll_s=0, say=None)
    assert (result.verdict, result.exit_code) == ("failed", 1)
    assert result.report.clean_up.remains == 0, result.report.clean_up
    assert kit.simulator.effective_restores() == []


def test_a_kit_that_only_reads_plans_drills_and_runs_them_on_the_simulator_only(tmp_path, kit, source):
    settings, facts = kit.settings, kit.scenario
    with ddmkit.connect(
        endpoint=settings.endpoint,
        project_id=facts.project_id,
        token=facts.token,
        iam_endpoint=facts.iam_endpoint,
        rds_endpoint=facts.rds_endpoint,
        vpc_endpoint=facts.vpc_endpoint,
        cts_endpoint=facts.cts_endpoint,
        records=tmp_path / "readers.sqlite",
        read_only=True,
    ) as reader:
        drill = reader.drill(source, on="cloud", restore_time=facts.restore_time, incident=facts.incident)
        with pytest.raises(ddmkit.InputError, match="only reads"):
            drill.run(confirm=drill.confirmation, accept=drill.warnings, node_password=PASSWORD, say=None)
        rehearsed = reader.drill(source)
        assert rehearsed.run(confirm=rehearsed.confirmation, say=None).passed
    assert kit.simulator.effective_changes() == []


def test_the_newest_point_after_a_dropped_schema_is_warned_of_in_the_plan_and_named_when_it_fails(kit, source):
    drill = kit.drill(source, on="cloud")
    backup = max(kit.backups(source), key=lambda one: one.created)
    assert f"Warning: The newest metadata backup before the point, {backup.id}" in drill.show().text
    result = drill.run(confirm=drill.confirmation, accept=drill.warnings, node_password=PASSWORD, poll_s=0, say=None)
    assert result.verdict == "failed"
    told = [one.what for one in result.report.deviations]
    assert "DBS.300336" in told[0]
    assert told[1].startswith("What the plan warned of: The newest metadata backup before the point")
    safe = kit.drill(source, on="cloud", backup_id=backup.id)
    assert "Warning: " not in safe.show().text
    assert safe.run(confirm=safe.confirmation, accept=safe.warnings, node_password=PASSWORD, poll_s=0, say=None).passed
