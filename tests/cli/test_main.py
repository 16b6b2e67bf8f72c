"""The commands, as a shell sees them: what they print where, and how they end."""

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

import ddmkit
from ddmkit.cli.main import app
from ddmkit.notebook_templates import find_templates
from tests import forked, plain_http

RUN = [sys.executable, "-m", "ddmkit"]


@pytest.fixture
def shell(monkeypatch, tmp_path):
    monkeypatch.setenv("DDMKIT_RECORDS", str(tmp_path / "records.sqlite"))
    runner = CliRunner()
    return lambda *words: runner.invoke(app, [str(word) for word in words])


@pytest.fixture
def restored(tmp_path):
    with ddmkit.demo(world=tmp_path / "world.sqlite") as kit:
        facts = kit.scenario
        chosen = {"source": facts.source, "target": facts.target, "data_nodes": facts.data_nodes}
        plan = kit.plan(**chosen, backup_id=facts.backup_id)
        return kit.submit(plan, confirm=plan.target_name, accept=plan.warnings, ticket="INC-7").record


def test_records_are_listed_and_shown(shell, restored):
    listed = shell("records", "list")
    assert (listed.exit_code, restored.id in listed.output) == (0, True)
    shown = shell("records", "show", restored.id[:-2])
    assert shown.exit_code == 0
    assert "INC-7" in shown.output
    assert restored.job_id in shown.output


def test_records_are_listed_as_json(shell, restored):
    rows = json.loads(shell("records", "list", "--json", "--state", "running").stdout)
    assert [row["id"] for row in rows] == [restored.id]


def test_a_record_is_exported_and_verified(shell, restored, tmp_path):
    path = tmp_path / "x.ddmrecord.json"
    assert shell("records", "export", restored.id, path).exit_code == 0
    assert shell("records", "verify", path).exit_code == 0
    path.write_text(path.read_text().replace("INC-7", "INC-8"))
    edited = shell("records", "verify", path)
    assert edited.exit_code == 1
    assert "not as it was written" in edited.stderr


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("records", "show", "r-none"), 1),
        (("records", "list", "--state", "nonsense"), 1),
        (("records", "list", "--store", "nonsense://x"), 1),
        (("records", "frobnicate"), 2),
        (("notebooks", "copy"), 2),
        (("notebooks", "copy", "/dev/null/below"), 1),
        pytest.param(("lab", "/dev/null/below", "--no-browser"), 1, marks=pytest.mark.xdist_group("ddmkit-lab")),
        (("lab", "--port", "99999"), 2),
        (("simulate", "--scenario", "nonsense"), 2),
        (("simulate", "--edition", "nonsense"), 2),
        (("demo", "--edition", "nonsense"), 1),
        (("simulate", "--port", "99999"), 2),
        (("simulate", "--now", "yesterday"), 1),
    ],
)
def test_wrong_words_end_with_a_reason_on_standard_error(shell, words, code):
    ended = shell(*words)
    assert ended.exit_code == code
    assert ended.stdout == ""
    assert ended.stderr.strip()
    assert "Traceback" not in ended.stderr


def test_notebooks_are_copied_and_never_written_over(shell, tmp_path):
    first = shell("notebooks", "copy", tmp_path / "mine")
    names = {path.name for path in find_templates().glob("*.ipynb")}
    assert first.exit_code == 0
    assert {path.name for path in (tmp_path / "mine").iterdir()} == names
    assert all(f"copied  {tmp_path / 'mine' / name}" in first.stdout.splitlines() for name in names)
    mine = tmp_path / "mine" / "00_guided_restore.ipynb"
    mine.write_text("mine")
    again = shell("notebooks", "copy", tmp_path / "mine")
    assert again.exit_code == 0
    assert f"kept    {mine} (it was there)" in again.stdout.splitlines()
    assert not [line for line in again.stdout.splitlines() if line.startswith("copied")]
    assert mine.read_text() == "mine"


def test_an_error_code_is_explained(shell):
    told = shell("explain", "dbs.280001")
    assert told.exit_code == 0
    assert "a parameter is wrong" in told.output
    assert "nothing was started" in told.output
    assert len(shell("explain").output.splitlines()) > 150
    assert shell("explain", "DBS.999999").exit_code == 1


@contextmanager
def simulating(*words):
    with forked.Popen([*RUN, "simulate", *words], stdout=forked.PIPE, stderr=forked.PIPE) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=10)


def test_the_simulator_runs_as_a_command_until_it_is_told_to_end(tmp_path):
    with simulating("--json", "--world", str(tmp_path / "w.sqlite")) as process:
        facts = json.loads(process.stdout.readline())
        assert facts["endpoint"].startswith("http://127.0.0.1:")
        answer = plain_http.get(
            f"{facts['endpoint']}/v3/{facts['project_id']}/backups",
            headers={"X-Auth-Token": facts["token"]},
        )
        assert answer.status_code == 200
    assert process.returncode == 0


def test_the_simulator_plays_the_edition_that_is_asked_for(tmp_path):
    with simulating("--json", "--edition", "otc", "--world", str(tmp_path / "w.sqlite")) as process:
        facts = json.loads(process.stdout.readline())
        assert facts["edition"] == "otc"
        answer = plain_http.get(
            f"{facts['endpoint']}/v3/{facts['project_id']}/instances/{facts['source']}/users",
            headers={"X-Auth-Token": facts["token"]},
        )
        assert (answer.status_code, answer.json()["error_code"]) == (404, "APIGW.0101")


def test_an_edition_that_there_is_not_is_refused_with_those_that_there_are(shell):
    for command in ("simulate", "demo"):
        assert "choose one of huawei, otc, early" in " ".join(shell(command, "--edition", "nonsense").stderr.split())


def test_what_the_simulator_prints_can_be_pasted(tmp_path):
    with simulating("--world", str(tmp_path / "w.sqlite")) as process:
        lines = [process.stdout.readline() for _ in range(9)]
        pasted = dict(line.removeprefix("export ").strip().split("=", 1) for line in lines if line.startswith("export "))
        look = "import ddmkit; print(len(ddmkit.connect().instances()))"
        environment = {**os.environ, **pasted, "DDMKIT_RECORDS": str(tmp_path / "r.sqlite")}
        seen = forked.run([sys.executable, "-c", look], env=environment, capture_output=True, text=True, timeout=60)
    assert seen.stdout.strip() == "7", seen.stderr


def test_a_demo_runs_a_whole_restore_and_says_where_everything_is(tmp_path, shell):
    ended = subprocess.run([*RUN, "demo", "--dir", str(tmp_path / "d")], capture_output=True, text=True, timeout=120)
    assert (ended.returncode, ended.stderr) == (0, "")  # no kernel complains of anything on the way
    for said in ("Ready:", "Plan ", "Completed", "Rows[Job]", "as expected", "notebook:", "report:", "record:"):
        assert said in ended.stdout
    files = {place.name for place in (tmp_path / "d").iterdir()}
    assert {"00_guided_restore.ipynb", "report.html"} <= files
    assert "notebook.html" not in files
    report = (tmp_path / "d" / "report.html").read_text("utf-8")
    assert report.index("Completed; the target holds what was expected") < report.index("Checks before the request")
    assert "open_guide" not in report
    assert shell("records", "verify", str(tmp_path / "d" / "report.html")).exit_code == 0
    again = forked.run([*RUN, "demo", "--dir", str(tmp_path / "d")], capture_output=True, text=True, timeout=60)
    assert again.returncode == 1
    assert "already holds a world" in again.stderr


def test_a_demo_speaks_json_on_standard_output_alone(tmp_path):
    words = [*RUN, "demo", "--json", "--dir", "d", "--scenario", "lost-data-node"]
    ended = forked.run(words, capture_output=True, text=True, timeout=120, cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout)
    assert told["state"] == "completed"
    assert {Path(told[name]).parent for name in ("notebook", "report", "record")} == {tmp_path / "d"}
    assert ddmkit.read_record(told["record"]).id == told["record_id"]
    assert "Ready:" in ended.stderr


def test_scenarios_and_faults_are_listed_with_a_line_each(shell):
    listed = shell("scenarios")
    assert listed.exit_code == 0
    assert "dropped-schema    A schema was dropped by mistake" in listed.output
    assert "deleted-instance  The whole instance was deleted" in listed.output
    assert "lost-answer" in listed.output
    as_json = json.loads(shell("scenarios", "--json").stdout)
    assert as_json["default"] in as_json["scenarios"]
    assert as_json["faults"]["job-stalls"] == "the restore job never ends"


def test_the_lab_makes_the_world_of_a_scenario_and_refuses_another_one(shell, tmp_path, monkeypatch):
    monkeypatch.setattr(
        "ddmkit.cli.lab.serve", lambda *_args, **_options: None
    )  # what is made before the server is the matter
    world = tmp_path / "world.sqlite"
    made = shell("lab", tmp_path / "pages", "--no-browser", "--world", world, "--scenario", "old-backup")
    assert made.exit_code == 0, made.output
    with ddmkit.demo(world=world) as kit:
        assert kit.simulator.scenario_name == "old-backup"
    refused = shell("lab", tmp_path / "pages", "--no-browser", "--world", world, "--scenario", "many-nodes")
    assert refused.exit_code == 1
    assert "holds the scenario 'old-backup', not 'many-nodes'" in refused.stderr
    unknown = shell("lab", tmp_path / "more", "--no-browser", "--scenario", "nosuch")
    assert "dropped-schema" in unknown.stderr
    assert not (tmp_path / "more").exists()
    (tmp_path / "notes.txt").write_text("no world")
    for wrong in (tmp_path, tmp_path / "notes.txt"):
        refused = shell("lab", tmp_path / "others", "--no-browser", "--world", wrong)
        assert refused.exit_code == 1
        assert "--world" in refused.stderr
    assert not (tmp_path / "others").exists()
