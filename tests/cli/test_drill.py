"""``ddmkit drill`` and ``ddmkit drills``, as a shell and a scheduler see them."""

from __future__ import annotations

import json

import jsonschema
import pytest
from typer.testing import CliRunner

import ddmkit
from ddmkit.cli.drill import _clean_up
from ddmkit.cli.main import app
from ddmkit.drills.report import drill_schema
from ddmkit.simulator import Simulator

CONFIRM = "create 3, delete 3"


@pytest.fixture
def shell(monkeypatch, tmp_path):
    """Run a command against a simulated cloud, whose address the environment has."""
    with Simulator(tmp_path / "world.sqlite", "whole-incident", speed=100) as simulator:
        facts = simulator.facts
        known = {name: getattr(facts, f"{name}_endpoint") for name in ("rds", "vpc", "cts", "iam")}
        for name, value in {
            "ENDPOINT": facts.endpoint,
            "PROJECT_ID": facts.project_id,
            "TOKEN": facts.token,
            "RECORDS": str(tmp_path / "records.sqlite"),
            **{f"{name.upper()}_ENDPOINT": value for name, value in known.items()},
        }.items():
            monkeypatch.setenv(f"DDMKIT_{name}", value)

        def run(*words):
            result = CliRunner().invoke(app, list(map(str, words)))
            assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
            return result

        run.simulator = simulator
        run.source = facts.source
        yield run


def test_a_plan_is_shown_then_run_and_both_reports_are_written(shell, tmp_path):
    planned = shell("drill", shell.source)
    assert planned.exit_code == 0
    assert f"To run exactly this, type: {CONFIRM}" in planned.stdout
    told = json.loads(shell("drill", shell.source, "--json").stdout)
    assert (told["confirmation"], told["ready"], told["new_instances"]) == (CONFIRM, True, 3)
    refused = shell("drill", shell.source, "--confirm", "create 9, delete 9")
    assert (refused.exit_code, CONFIRM in refused.stderr) == (1, True)
    too_many = shell("drill", shell.source, "--confirm", CONFIRM, "--max-instances", 2)
    assert (too_many.exit_code, "2 are allowed" in too_many.stderr) == (1, True)

    folder = tmp_path / "reports"
    done = shell("drill", shell.source, "--confirm", CONFIRM, "--max-instances", 3, "--reports", folder, "--json")
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    jsonschema.Draft202012Validator(drill_schema()).validate(told["report"])
    assert (told["passed"], told["report"]["verdict"], told["report"]["where"]) == (True, "passed", "simulator")
    page, report = sorted(folder.iterdir())
    assert [str(page), str(report)] == told["files"]
    assert json.loads(report.read_text()) == told["report"]
    assert "restore: completed" in done.stderr
    assert shell.simulator.effective_changes() == []


def test_a_fault_that_is_noticed_ends_with_0_and_a_missed_goal_with_1(shell):
    noticed = shell("drill", shell.source, "--fault", "expired-backup", "--confirm", CONFIRM, "--approver", "bob")
    assert noticed.exit_code == 0, noticed.stderr
    assert "The failure was expected and seen." in noticed.stdout
    late = shell("drill", shell.source, "--rto", "10s", "--confirm", CONFIRM)
    assert late.exit_code == 1
    assert "NOT met" in late.stdout


def test_a_plan_that_is_not_ready_ends_with_1(shell):
    assert shell("drill", shell.source, "--fault", "wrong-zone").exit_code == 1
    assert "--on" in shell("drill", shell.source, "--on", "moon").stderr


def test_drills_are_listed_and_a_scheduler_is_reminded(shell):
    empty = shell("drills", "--days", 30)
    assert (empty.exit_code, "No drill has passed in the last 30 days" in empty.stdout) == (1, True)
    assert shell("drill", shell.source, "--confirm", CONFIRM).exit_code == 0
    listed = shell("drills", "--days", 30, "--json")
    assert listed.exit_code == 0
    told = json.loads(listed.stdout)
    states = {row["source_id"]: row["state"] for row in told["sources"]}
    assert states[shell.source] == "covered"
    assert set(states.values()) == {"covered", "never drilled"}
    record = next(row["record"] for row in told["sources"] if row["record"])
    again = shell("drill", record)
    assert f"The same point as in record {record}." in again.stdout


def test_the_schema_is_printed(shell):
    assert json.loads(shell("drills", "--schema").stdout) == json.loads(json.dumps(drill_schema()))


def test_a_drill_in_the_cloud_says_what_is_billed_and_starts_from_the_point_that_was_asked_for(shell):
    facts = shell.simulator.facts
    point = ["--restore-time", facts.restore_time.isoformat(), "--incident", facts.incident.isoformat()]
    planned = shell("drill", shell.source, "--on", "cloud", *point)
    assert planned.exit_code == 0
    assert "In the cloud: real instances under names of their own, billed from creation on" in planned.stdout
    assert "The point that was asked for." in planned.stdout
    by_backup = shell("drill", shell.source, "--backup", facts.backup_id)
    assert "The backup that was asked for." in by_backup.stdout


def test_an_interrupted_drill_in_the_cloud_ends_with_130_and_the_command_that_cleans_up(shell, monkeypatch):
    facts = shell.simulator.facts
    monkeypatch.setenv("DDMKIT_NODE_PASSWORD", "Canary-Node-Pa55word!")

    def press(_line, *, error=False):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("ddmkit.cli.drill.say", press)
        point = ["--restore-time", facts.restore_time.isoformat(), "--incident", facts.incident.isoformat()]
        pressed = shell("drill", shell.source, "--on", "cloud", *point, "--confirm", CONFIRM)
    assert pressed.exit_code == 130
    (record,) = {word for word in pressed.stderr.split() if word.startswith("r-")}
    assert f"ddmkit drill {record} --clean-up" in pressed.stderr
    listed = shell("drill", record, "--clean-up")
    assert (listed.exit_code, "to delete it, type: delete " in listed.stdout) == (0, True), listed.stdout
    assert all(one["kind"] != "delete" for one in shell.simulator.effective_changes())


def test_what_is_left_is_deleted_after_its_count_was_typed(tmp_path, capsys):
    options = {"world": tmp_path / "world.sqlite", "records": tmp_path / "records.sqlite", "now": "2026-05-20T12:00:00Z"}
    with ddmkit.demo("whole-incident", operator="ada", **options) as kit:
        facts = kit.scenario
        plan = kit.plan_recovery(source=facts.source, restore_time=facts.restore_time, throwaway=True)
        run = kit.recover(plan, confirm=plan.source_name, accept=plan.warnings, node_password="Canary-Node-Pa55word!")
        run.wait(poll_s=0, say=None)
        with pytest.raises(ddmkit.NotConfirmedError, match="still missing"):
            _clean_up(kit, run.id, "delete 9")
        _clean_up(kit, run.id, kit.plan_abandon(run.id).confirmation)
        assert f"drill abandoned: {run.id}" in capsys.readouterr().out
        assert kit.records.get(run.id).state == "abandoned"
        usual = kit.plan_recovery(source=facts.source, restore_time=facts.restore_time)
        other = kit.recover(usual, confirm=usual.source_name, accept=usual.warnings, node_password="Canary-Node-Pa55word!")
        with pytest.raises(ddmkit.InputError, match="is a recovery, not a drill"):
            _clean_up(kit, other.id, "")
