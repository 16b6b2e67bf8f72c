"""The demonstration of a restore: what it writes, and when it says that it failed."""

from __future__ import annotations

from pathlib import Path

import pytest

import ddmkit
from ddmkit.cli import demo as module
from ddmkit.cli.demo import run_demonstration
from ddmkit.errors import DDMKitError


@pytest.fixture
def play(monkeypatch):
    """Let something else play the notebook, in a quick world; return what it was given."""
    monkeypatch.setenv("DDMKIT_DEMO_SPEED", "100")
    given = {}

    def set_up(act):
        def run_template(name, parameters, path, **options):
            given.update(parameters, name=name, options=options)
            with ddmkit.demo(world=parameters["world"]) as kit:
                act(kit, parameters)
            path.write_text("{}")
            return path

        monkeypatch.setattr(module, "run_template", run_template)
        return given

    return set_up


def submit(kit, parameters):
    plan = kit.plan(**{name: parameters[name] for name in ("source", "target", "data_nodes", "backup_id")})
    assert plan.digest == parameters["digest"]
    return kit.submit(plan, confirm=parameters["confirm"], accept=parameters["accept"])


def run(place, told=None):
    return run_demonstration(place, scenario=None, say=(told if told is not None else []).append)


def test_it_confirms_the_plan_that_it_made_and_keeps_report_notebook_and_record(play, tmp_path):
    given, told = play(lambda kit, parameters: submit(kit, parameters).wait(poll_s=0)), []
    result = run(tmp_path / "demo", told)
    assert (result["state"], given["name"]) == ("completed", "00_guided_restore.ipynb")
    assert result["job_id"] in {job["id"] for job in result["jobs"]}
    for name in ("report", "notebook", "record"):
        assert Path(result[name]).parent == tmp_path / "demo"
        assert any(result[name] in line for line in told)
    assert ddmkit.read_record(result["record"]).verify() == []
    assert (tmp_path / "demo").stat().st_mode & 0o077 == 0
    with pytest.raises(DDMKitError, match="already holds a world"):
        run(tmp_path / "demo")


def test_a_notebook_that_submits_nothing_is_a_failure(play, tmp_path):
    play(lambda _kit, _parameters: None)
    with pytest.raises(DDMKitError, match="The notebook submitted nothing"):
        run(tmp_path / "demo")


def test_a_restore_that_did_not_complete_is_a_failure_and_its_record_stays(play, tmp_path):
    def fail(kit, parameters):
        kit.simulator.inject("job-fails")
        with pytest.raises(ddmkit.JobFailedError):
            submit(kit, parameters).wait(poll_s=0)

    play(fail)
    with pytest.raises(DDMKitError, match="The restore is failed, not completed"):
        run(tmp_path / "demo")
    assert len(list((tmp_path / "demo").glob("*.ddmrecord.json"))) == 1
