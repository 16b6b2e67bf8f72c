"""Records shown to people: valid pages without script, that print, say everything, and are not fooled by what they hold."""

from __future__ import annotations

import re
from pathlib import Path

import html5lib
import pytest

from ddmkit.display.record_markdown import record_markdown, record_postmortem
from ddmkit.display.records import record_page, show_record
from ddmkit.display.report.result import summarize_run
from ddmkit.records import file_of, open_record_file, read_record_file
from tests.display.runs import HOSTILE, SAMPLE, assert_valid, make_run


@pytest.fixture(scope="module")
def run():
    return open_record_file(SAMPLE).file.run


def page_of(run):
    return record_page(file_of(run))


def test_a_page_is_valid_html_without_script_or_anything_from_outside(run):
    assert_valid(page_of(run))


def test_five_lines_answer_everything(run):
    lines = summarize_run(run)
    assert [name for name, _ in lines] == ["Result", "What", "Who, when", "Warnings accepted", "Proof"]
    said = " ".join(said for _, said in lines)
    for answer in (
        *("Completed; the target holds what was expected", "192.168.", "ddm-orders-prod", "ddm-restore-target"),
        *("Backup-ddm-orders-prod-", "ada", "2026-05-20 09:30:00 UTC", "INC-7", "rehearsal", "nodes-recovered"),
        *("same-network", "12 events, all fit their hashes", run.events[-1].sha256),
    ):
        assert answer in said


def test_the_page_says_what_to_do_next_and_what_did_not_come_back(run):
    page = page_of(run)
    for said in ("Let applications connect to 192.168.", "data-nodes/sync", "Did not come back", "table rows", "passwords"):
        assert said in page


def test_the_page_shows_the_exact_request_the_inputs_the_pages_read_and_the_versions(run):
    text = show_record(run).text
    assert '"backup_id": "79e91f5c459c4fd0f62f7678896305c7br09"' in text
    assert re.search(r"POST /v3/\w+/instances/\w+/backups/metadata-recovery", text)
    assert "ListBackups: 29 rows, 1 page, 1 call" in text
    assert "versions: " in text
    assert "Asked for, as given" in text


def test_a_report_begins_with_the_result_then_comes_the_plan_then_the_checks_then_the_tables(run):
    for told in (page_of(run), show_record(run).text):
        places = [
            told.index(said)
            for said in (
                *("Completed; the target holds", "Restored", "Into", "From", "Verified", "When", "By", "What to do next"),
                *("Did not come back", "accounts' passwords", "The plan in words", "Checks before the request", "Course"),
                *("What happened", "The request, exactly", "Asked for, as given", "Read for the plan", "Made with"),
            )
        ]
        assert places == sorted(places)


def test_a_page_folds_only_the_data_for_a_program_away_and_says_so_on_paper(run):
    page = page_of(run)
    assert re.findall(r"<details[^>]*>", page) == ['<details class="data">']
    assert "It is data for that command, so it is not printed." in page
    assert page.index('id="ddmkit-page-hash"') < page.index("<details")


def test_checks_that_need_attention_come_first_and_keep_their_rules():
    checks = [
        {"id": "a", "title": "Fine", "status": "pass", "detail": "seen", "hint": "not shown", "rule": "page 1"},
        {"id": "b", "title": "Doubtful", "status": "warn", "detail": "seen", "hint": "look\nRule: forged", "rule": "page 2"},
    ]
    shown = show_record(make_run(("planned", {"checks": checks})))
    assert shown.html.index("Doubtful") < shown.html.index("Fine")
    assert "To do: look Rule: forged\nRule: page 2" in shown.html
    assert "not shown" not in shown.html


def test_names_of_fields_are_words(run):
    text = show_record(run).text
    assert "backup id: 79e91f5c" in text
    assert "time zone: " in text


def test_the_same_record_gives_the_same_page(run):
    assert page_of(run) == page_of(run)


@pytest.mark.parametrize("render", [page_of, lambda run: show_record(run).html])
def test_whatever_a_record_holds_is_text_on_the_page(render):
    odd = {"operator": HOSTILE, "host": HOSTILE, "credentials": HOSTILE, "versions": {HOSTILE: HOSTILE}}
    checks = [{"id": HOSTILE, "title": HOSTILE, "status": HOSTILE, "detail": HOSTILE}]
    run = make_run(
        ("planned", {"checks": checks, "words": [HOSTILE], "inputs": {HOSTILE: HOSTILE}, "time_zone": HOSTILE}),
        ("confirmed", {**odd, "target": HOSTILE, "accepted": [HOSTILE]}),
        ("intent", {"method": HOSTILE, "body": {HOSTILE: HOSTILE}}),
        ("answered", {"job_id": HOSTILE}),
        ("completed", {}),
        ("verified", {"findings": [{"subject": HOSTILE, "verdict": HOSTILE}], "address": HOSTILE, "passed": False}),
        (f"strange-{1}", {HOSTILE: HOSTILE}),
        source_name=HOSTILE,
        purpose=HOSTILE,
    )
    page = str(render(run))
    if page.startswith("<!DOCTYPE"):
        assert_valid(page)
    else:
        html5lib.HTMLParser(strict=True).parseFragment(page)
    assert "<script" not in page
    assert "<img" not in page
    assert "\u202e" not in page
    assert "\x1b" not in page


@pytest.mark.parametrize("data", [{"checks": 5}, {"checks": [1]}, {"inventory": {"reads": [{"rows": "x"}]}}, {"words": {}}])
@pytest.mark.parametrize("kind", ["planned", "confirmed", "verified", "intent", "opened"])
def test_data_of_odd_shapes_is_shown_as_far_as_it_goes(kind, data):
    run = make_run((kind, {**data, "findings": "none", "body": 7, "accepted": 1, "versions": []}))
    assert_valid(page_of(run))
    assert record_markdown(run)
    assert record_postmortem(run)


def test_where_it_happened_is_told_and_a_simulator_is_never_taken_for_a_cloud(run):
    assert "On a simulator: nothing of it happened in a cloud." in dict(summarize_run(run))["What"]
    assert dict(summarize_run(make_run()))["What"].endswith("On ddm.example.com, project project-1.")


def test_a_cloud_user_who_is_not_known_is_said_to_be_so():
    def said(run):
        return dict(summarize_run(run))["Who, when"]

    unknown = {"credentials": "a token, from arguments", "cloud_user": "unknown: a token does not tell"}
    known = {"credentials": "IAM user mel of acme, from arguments", "cloud_user": "mel of acme"}
    assert "with a token, from arguments; cloud user not known." in said(make_run(opened=unknown))
    assert "with IAM user mel of acme, from arguments. Begun" in said(make_run(opened=known))
    assert "cloud user not known" in said(make_run())


def test_an_edited_record_says_so_in_its_summary(run):
    edited = run.model_copy(update={"events": run.events[:2] + run.events[3:]})
    assert "EDITED" in dict(summarize_run(edited))["Proof"]


def test_times_are_told_in_the_zone_of_the_plan_too():
    run = make_run(("planned", {"time_zone": "Europe/Berlin"}))
    assert "2025-05-20 12:00:00 UTC (14:00 +0200 Europe/Berlin)" in dict(summarize_run(run))["Who, when"]


def test_the_reads_are_shown_with_their_names_in_the_audit_log():
    reads = [{"operation": "ShowAvalibleRds", "audit_trace": "queryRds4Restore", "rows": 130, "pages": 2}] * 2
    text = show_record(make_run(("planned", {"inventory": {"reads": reads}}))).text
    assert "ShowAvalibleRds: 260 rows, 4 pages, 2 calls; audit log: queryRds4Restore" in text


def test_the_accepted_warnings_are_told_in_words_with_the_person():
    checks = [{"id": "nodes-recovered", "title": "The data nodes were recovered to this instant", "status": "warn"}]
    run = make_run(("planned", {"checks": checks}), ("confirmed", {"accepted": ["nodes-recovered"], "operator": "ada"}))
    said = dict(summarize_run(run))["Warnings accepted"]
    assert said == "nodes-recovered (The data nodes were recovered to this instant); by ada."
    none = make_run(("planned", {"checks": checks}), ("confirmed", {"accepted": [], "operator": "ada"}))
    assert dict(summarize_run(none))["Warnings accepted"] == "none."


def test_the_columns_of_a_record_are_as_wide_as_their_words_where_a_page_fixes_tables() -> None:
    shown = str(show_record(open_record_file(SAMPLE).file.run).html)
    tables = re.findall(r"<table[^>]*>", shown)
    assert tables
    assert all("table-layout:auto" in table for table in tables)


def test_a_run_of_several_steps_is_shown_and_not_called_a_restore_to_send_again():
    sample = Path(__file__).parents[1] / "samples" / "record-v2.ddmrecord.json"
    run = read_record_file(sample)
    shown = show_record(run)
    assert "recover shop-n1: " in shown.text
    assert "the run goes on" in shown.text
    assert f"See what each of its steps needs: kit.resume('{run.id}')" in shown.text
    assert "kit.release" not in shown.text
