"""What came of it, and its files."""

import pytest

import ddmkit
from ddmkit.errors import RecordError
from ddmkit.forms.results import ResultsForm, write_report


@pytest.fixture
def job(kit, given):
    plan = kit.plan(**given)
    return kit.submit(plan, confirm=plan.target_name, accept=plan.warnings, ticket="INC-7").wait(poll_s=0)


def test_the_results_say_job_findings_address_and_record(kit, job):
    form = ResultsForm(kit, job)
    text = form.summary().text
    for said in ("Completed", job.id, "as expected", "schema orders", "192.168.152.22:5066", job.record.id):
        assert said in text
    assert form.value.id == job.record.id


def test_record_and_report_are_saved_beside_the_notebook(kit, job, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    form = ResultsForm(kit, job)
    form.files.save.click()
    assert ddmkit.read_record(tmp_path / f"{job.record.id}.ddmrecord.json").job_id == job.id
    form.files.report.click()
    form.files.report.click()
    assert str(tmp_path) in form.files.message.text
    assert (tmp_path / f"{job.record.id}.html").read_text("utf-8").startswith("<!DOCTYPE html>")


def test_a_report_replaces_no_other_file(job, tmp_path):
    (tmp_path / "x.html").write_text("mine")
    with pytest.raises(RecordError, match=r"x\.html"):
        write_report(job.record, tmp_path / "x.html")
    assert (tmp_path / "x.html").read_text() == "mine"
