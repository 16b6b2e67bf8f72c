"""The files of a result: the page and the JSON, never over a file, never with a secret."""

from __future__ import annotations

import json

import pytest

import ddmkit
from ddmkit.drills.build import build_report
from ddmkit.handles.drill.result import DrillResult
from tests.drills.samples import SAMPLES, course, recovery, setup


@pytest.fixture
def result():
    run = recovery()
    record = ddmkit.read_record(SAMPLES / "recovery-v2.ddmrecord.json")
    return DrillResult(build_report(run, setup(run), course(run)), record, lambda: ["Secret-7f3a9c!"])


def test_both_files_are_written_whole_and_never_over_a_file(result, tmp_path):
    report = result.export(tmp_path / "drill.json")
    assert json.loads(report.read_text())["verdict"] == "passed"
    page = result.export_page(tmp_path / "drill.html")
    assert "PEOPLE AND PROCEDURE ARE PROVED, NOT BACKUPS" in page.read_text()
    for write in (result.export, result.export_page):
        with pytest.raises(ddmkit.RecordError, match="there already"):
            write(tmp_path / "drill.json")


def test_a_file_with_a_known_secret_is_not_written(result, tmp_path):
    leaking = DrillResult(
        result.report.model_copy(update={"purpose": "Secret-7f3a9c!"}), result.record, lambda: ["Secret-7f3a9c!"]
    )
    for write in (leaking.export, leaking.export_page):
        with pytest.raises(ddmkit.RecordError, match="known secret"):
            write(tmp_path / "drill")
    assert list(tmp_path.iterdir()) == []


def test_it_tells_its_verdict_and_how_a_command_ends(result):
    assert repr(result) == f"<drill of ddm-orders-prod: passed; record {result.record.id}>"
    assert set(result._repr_mimebundle_()) == {"text/plain", "text/html"}
    failed = result.report.model_copy(update={"verdict": "failed"})
    unknown = failed.model_copy(update={"evidence": failed.evidence.model_copy(update={"state": "unknown"})})
    codes = [DrillResult(one, result.record).exit_code for one in (result.report, failed, unknown)]
    assert codes == [0, 1, 3]
