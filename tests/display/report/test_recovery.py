"""A whole recovery on its page: what a reader asks first stands at the top, and each step has its proof."""

import pytest

from ddmkit.display.record_markdown import record_markdown, record_postmortem
from ddmkit.display.record_narrative import describe_steps, next_steps, stays_away
from ddmkit.display.records import record_page, show_record
from ddmkit.display.report.recovery import list_recovery_facts, show_recorded_steps
from ddmkit.records import file_of, open_record_file
from ddmkit.records.files.in_toto import statement_of
from tests.display.runs import HOSTILE, SAMPLE, assert_valid, make_run

RECOVERY = SAMPLE.parent / "recovery-v2.ddmrecord.json"


@pytest.fixture(scope="module")
def run():
    return open_record_file(RECOVERY).file.run


def test_both_times_and_where_the_time_went_come_first(run):
    text = show_record(run).text.splitlines()
    assert text[1] == "  Result: ✓ Completed; the target holds what was expected."
    assert text[2].startswith("  Incident to working: ")
    assert text[3] == "  Incident to restored instant: 31 s: what was written between them is lost"
    assert text[4].startswith("  Where the time went: people ")
    assert "service" in text[4]
    assert "verification" in text[4]


def test_a_page_of_a_recovery_is_valid_and_shows_each_request_and_proof(run):
    page = record_page(file_of(run))
    assert_valid(page)
    for said in (
        "Recovery of ddm-orders-prod",
        "Steps",
        "Proofs",
        "The requests, exactly",
        "audit trail, trace",
        "********",
    ):
        assert said in page
    assert "Restore of ddm-orders-prod" not in page


def test_the_table_of_steps_says_how_each_ended_and_how_long_it_took(run):
    shown = show_recorded_steps(run).text
    assert "completed: Create the target [target]; sent: POST CreateDdmInstance; answered: HTTP 202, job " in shown
    assert "; took: " in shown
    assert show_recorded_steps(make_run(kind="recovery")).text == ""


def test_the_story_names_the_source_collapses_progress_and_claims_no_job_without_an_id(run):
    story = [what for _, _, what in describe_steps(run)]
    assert any(what.startswith("ada confirmed by the source's name, ddm-orders-prod") for what in story)
    assert not any("job  " in what or what.endswith("proved: ") for what in story)
    assert sum(what.startswith("Restore the metadata: Running") for what in story) <= 2
    assert "Read the target back and compare: checked, 1 passed" in story
    assert not [what for what in story if what.split(":")[0] in {"verify", "restore", "target", "node", "refresh"}]


def test_what_to_do_after_a_recovery_and_what_did_not_come_back_differ_from_those_of_a_restore(run):
    assert any("offers" in step for step in next_steps(run))
    assert any("after the restored instant" in line for line in stays_away(run))
    assert not any("table rows" in line for line in stays_away(run))


def test_an_unfinished_recovery_says_what_is_still_billed_and_how_to_delete_it():
    plan = ("planned", {"steps": [{"name": "node:n1", "title": "Recover n1"}]})
    run = make_run(plan, ("step-intent", {"step": "node:n1"}), "run-stopped", kind="recovery")
    facts = dict(list_recovery_facts(run))
    assert facts["Incident to working"] == "not working yet"
    assert facts["Still billed"].startswith("1 of the instances that it created")
    assert any("kit.plan_abandon(" in step for step in next_steps(run))


def test_a_point_after_the_incident_is_said_to_be_so():
    plan = ("planned", {"incident": "2025-05-20T12:00:00Z", "instant": {"ms": 1747742520000}})
    assert (
        "does NOT lie before" in dict(list_recovery_facts(make_run(plan, kind="recovery")))["Incident to restored instant"]
    )


def test_markdown_and_post_mortem_speak_of_a_recovery(run):
    ticket, draft = record_markdown(run), record_postmortem(run)
    assert ticket.startswith("### Whole recovery: completed")
    assert "**Incident to working:**" in ticket
    assert draft.startswith("# Post-mortem: recovery of ddm")
    assert "| requests sent | 4 |" in draft


def test_an_in_toto_statement_covers_a_recovery(run):
    statement = statement_of(file_of(run))
    assert statement["predicateType"] == "urn:ddmkit:record:2"
    assert statement["predicate"]["header"]["kind"] == "recovery"


def test_hostile_words_in_a_recovery_stay_words():
    plan = ("planned", {"steps": [{"name": "node:n1", "title": HOSTILE}]})
    sent = (
        "step-intent",
        {"step": "node:n1", "method": HOSTILE, "path": HOSTILE, "body": {HOSTILE: 1}, "operator": HOSTILE},
    )
    proof = {"id": HOSTILE, "title": HOSTILE, "status": HOSTILE, "detail": HOSTILE, "evidence": [HOSTILE]}
    proved = ("step-proved", {"step": "prove-nodes", "checks": [proof]})
    run = make_run(plan, sent, proved, ("step-completed", {"step": "node:n1", "instance_id": HOSTILE}), kind="recovery")
    assert_valid(record_page(file_of(run)))
    assert "\x1b" not in show_record(run).text
