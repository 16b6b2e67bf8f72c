"""``ddmkit fleet``, as a shell sees it: plan, submit, work, and what a person decides meanwhile."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ddmkit.cli.main import app
from ddmkit.simulator import Simulator


@pytest.fixture
def shell(monkeypatch, tmp_path):
    """Run a command against a simulator with a fleet of three, whose address the environment has."""
    with Simulator(tmp_path / "world.sqlite", "fleet:3", speed=100) as simulator:
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
            result = CliRunner().invoke(app, ["fleet", *map(str, words)])
            assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
            return result

        run.simulator = simulator
        yield run


@pytest.fixture
def table(shell, tmp_path) -> Path:
    path = tmp_path / "fleet.csv"
    rows = [{**row, "data_nodes": " ".join(row["data_nodes"])} for row in shell.simulator.facts.rows]
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_a_table_is_planned_submitted_worked_on_and_shown(shell, table):
    planned = shell("plan", table, "--gate", "first")
    assert planned.exit_code == 0
    assert "To approve exactly this, type: restore 3" in planned.stdout
    digest = re.search(r"Fleet (\w+): 3 rows in 2 waves", planned.stdout).group(1)
    refused = shell("submit", table, "--gate", "first", "--digest", digest, "--confirm", "restore 2")
    assert (refused.exit_code, "confirm='restore 3'" in refused.stderr) == (1, True)
    changed = shell("submit", table, "--gate", "none", "--digest", digest, "--confirm", "restore 3")
    assert (changed.exit_code, "the table is now fleet" in changed.stderr) == (1, True)
    submitted = shell("submit", table, "--gate", "first", "--digest", digest, "--confirm", "restore 3", "--ticket", "OPS-7")
    fleet = re.search(r"The record of this fleet: (\S+)", submitted.stdout).group(1)
    assert "run.go_on() opens it" in shell("work", fleet).stdout
    assert shell("skip", fleet, "shop-003", "--reason", "not needed").exit_code == 0
    assert shell("pause", fleet, "--reason", "lunch", "--operator", "bob").exit_code == 0
    assert "Paused by bob: lunch." in shell("show", fleet).stdout
    assert "Paused" not in shell("go-on", fleet).stdout
    done = shell("work", fleet, "--json")
    told = json.loads(done.stdout)
    assert (told["status"], told["counts"]) == ("completed", {"completed": 2, "skipped": 1})
    assert len(shell.simulator.effective_restores()) == 2


def test_the_file_of_a_fleet_proves_its_rows_offline(shell, table, tmp_path):
    digest = json.loads(shell("plan", table, "--gate", "none", "--json").stdout)["digest"]
    submitted = shell("submit", table, "--gate", "none", "--digest", digest, "--confirm", "restore 3")
    fleet = re.search(r"The record of this fleet: (\S+)", submitted.stdout).group(1)
    shell("work", fleet)
    folder = tmp_path / "proof"
    written = shell("export", fleet, folder).stdout.strip()
    assert Path(written) == folder / f"{fleet}.ddmrecord.json"
    files = sorted(folder.glob("*.ddmrecord.json"))
    assert len(files) == 4

    def verify(*words):
        return CliRunner().invoke(app, ["records", "verify", written, "--items", str(folder), *words])

    assert "3 records of its rows are intact" in verify().stdout
    item = next(path for path in files if path != Path(written))
    item.write_text(item.read_text().replace("ddm-shop", "ddm-shoe", 1))
    assert "are not as they were written" in verify().stderr
    item.unlink()
    assert "is not among the files" in verify().stderr
    other = next(path for path in folder.glob("*.ddmrecord.json") if path.name != Path(written).name)
    wrong = CliRunner().invoke(app, ["records", "verify", str(other), "--items", str(folder)])
    assert "--items: record" in wrong.stderr


def test_a_row_is_held_and_let_go(shell, table):
    digest = json.loads(shell("plan", table, "--json").stdout)["digest"]
    submitted = shell("submit", table, "--digest", digest, "--confirm", "restore 3")
    fleet = re.search(r"The record of this fleet: (\S+)", submitted.stdout).group(1)
    assert "held" in shell("hold", fleet, "shop-002", "--reason", "its owner asked").stdout
    assert "held" not in shell("go-on", fleet, "shop-002").stdout


def test_a_table_that_is_not_ready_ends_with_1(shell, table):
    text = table.read_text().splitlines()
    cells = text[1].split(",")
    cells[2] = cells[1]
    table.write_text("\n".join([text[0], ",".join(cells)]) + "\n")
    assert shell("plan", table).exit_code == 1


def test_accepted_warnings_come_from_a_file(shell, table, tmp_path):
    accepted = tmp_path / "accepted.json"
    accepted.write_text("[1]")
    refused = shell("submit", table, "--digest", "d", "--confirm", "restore 3", "--accept", accepted)
    assert "cannot be read as accepted warnings" in refused.stderr
    accepted.write_text('{"shop-009": ["x"]}')
    digest = json.loads(shell("plan", table, "--json").stdout)["digest"]
    refused = shell("submit", table, "--digest", digest, "--confirm", "restore 3", "--accept", accepted)
    assert "row 'shop-009', which is not in the table" in refused.stderr
