"""What came of it, and its files."""

import os

import pytest

import ddmkit
from ddmkit.forms.steps.results import ResultsForm


@pytest.fixture
def job(kit, given):
    plan = kit.plan(**given)
    return kit.submit(plan, confirm=plan.target_name, accept=plan.warnings, ticket="INC-7").wait(poll_s=0)


def test_the_results_say_job_findings_address_and_record(kit, job):
    form = ResultsForm(kit, job)
    text = form.summary().text
    for said in ("Completed", job.id, "The target holds what was expected: (in full in the record)", "172.16.152.22:5066"):
        assert said in text
    assert job.record.id in text
    assert "schema orders" in form.summary().html
    assert form.value.id == job.record.id


def test_what_differs_on_the_target_is_named_in_the_text_too(kit, job, monkeypatch):
    first, *others = job.verification.findings
    differing = job.verification.model_copy(update={"findings": (first.model_copy(update={"verdict": "differs"}), *others)})
    monkeypatch.setattr(type(job), "verification", differing)
    text = ResultsForm(kit, job).summary().text
    assert all(one.subject in text for one in differing.findings)
    assert "in full in the record" not in text


def test_the_jobs_are_a_table_on_the_page_and_static_in_the_summary(kit, job):
    form = ResultsForm(kit)
    assert form.jobs.layout.display == "none"
    form.show_job(job)
    assert form.jobs.layout.display is None
    assert job.id in [row["key"] for row in form.jobs.view["rows"]]
    assert job.id not in form.details.value
    assert "Jobs of source and target, newest first" in form.summary().html
    form.forget()
    assert form.jobs.layout.display == "none"


def test_the_files_are_offered_above_the_long_tables(kit, job):
    form = ResultsForm(kit, job)
    order = [form.widget.children.index(one) for one in (form.details, form.files.widget, form.findings, form.jobs)]
    assert order == sorted(order)
    assert ("Outcome of the job" in form.details.value, "schema orders" in form.findings.value) == (True, True)
    form.forget()
    assert (form.details.value, form.findings.value) == ("", "")


def test_record_and_report_are_saved_beside_the_notebook(kit, job, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    form = ResultsForm(kit, job)
    form.files.save.click()
    assert ddmkit.read_record(tmp_path / f"{job.record.id}.ddmrecord.json").job_id == job.id
    form.files.report.click()
    form.files.report.click()
    for name in (f"{job.record.id}.ddmrecord.json", f"{job.record.id}.html"):
        assert form.files.message.text.count(str(tmp_path / name)) == 1
        assert form.files.link.value.count(f"Download {name}") == 1
    assert (tmp_path / f"{job.record.id}.html").read_text("utf-8").startswith("<!DOCTYPE html>")


def test_a_file_in_the_way_is_said_and_left_alone(kit, job, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / f"{job.record.id}.html").write_text("mine")
    form = ResultsForm(kit, job)
    form.files.report.click()
    assert "is there already" in form.files.message.text
    assert (tmp_path / f"{job.record.id}.html").read_text() == "mine"


def test_a_disk_that_fills_leaves_no_half_page_and_says_so(kit, job, tmp_path, monkeypatch):
    def fail(_):
        raise OSError(28, "No space left on device")

    monkeypatch.chdir(tmp_path)
    form = ResultsForm(kit, job)
    there = sorted(tmp_path.iterdir())
    monkeypatch.setattr(os, "fsync", fail)
    form.files.report.click()
    assert "No space left on device. Nothing was left there" in form.files.message.text
    assert sorted(tmp_path.iterdir()) == there
