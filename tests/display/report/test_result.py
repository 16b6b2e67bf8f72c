"""The result of a record: the headline with its tone, and the facts in the order in which a reader asks for them."""

import pytest

from ddmkit.display.report.result import describe_headline, list_facts, summarize_run
from ddmkit.display.status import Tone
from ddmkit.records import open_record_file
from tests.display.runs import SAMPLE, make_run

DIFFERS = ("verified", {"passed": False, "findings": [{"subject": "schema orders", "verdict": "differs"}]})


@pytest.fixture(scope="module")
def run():
    return open_record_file(SAMPLE).file.run


@pytest.mark.parametrize(
    ("kinds", "tone", "said"),
    [
        ((), Tone.QUIET, "nothing was sent"),
        (("intent", "unknown"), Tone.WARNING, "Unknown"),
        (("intent", "answered"), Tone.BUSY, "Started"),
        (("intent", "answered", "failed"), Tone.BAD, "Failed"),
        (("intent", "answered", "completed"), Tone.WARNING, "was not read back"),
        (("intent", "answered", "completed", DIFFERS), Tone.BAD, "differs from what was expected"),
        (("intent", "freed"), Tone.QUIET, "nothing was started"),
    ],
)
def test_a_headline_says_how_it_ended_with_the_tone_of_that_end(kinds, tone, said):
    headline, shown = describe_headline(make_run(*kinds))
    assert shown is tone
    assert said in headline


def test_a_verified_restore_is_good(run):
    assert describe_headline(run) == ("Completed; the target holds what was expected.", Tone.GOOD)


def test_an_edited_record_says_so_before_anything_that_it_claims(run):
    edited = run.model_copy(update={"events": run.events[:2] + run.events[3:]})
    headline, tone = describe_headline(edited)
    assert headline.startswith("EDITED: ")
    assert tone is Tone.BAD
    assert "EDITED" in dict(list_facts(edited))["Proof"]


def test_the_facts_answer_what_from_where_into_what_when_and_by_whom(run):
    facts = dict(list_facts(run))
    assert list(facts)[:4] == ["Restored", "Into", "From", "Verified"]
    assert facts["Restored"].startswith("Metadata of ddm-orders-prod (")
    assert facts["Into"].startswith("ddm-restore-target (")
    assert "made 2026-05-20 08:16:19 UTC" in facts["From"]
    assert facts["Verified"] == "yes: 11 as expected, 1 cannot be known"
    assert facts["By"].startswith("ada (system user ada on ")
    assert facts["Ticket"] == "INC-7"
    assert facts["When"].startswith("Begun 2026-05-20 09:30:00 UTC, ended ")


def test_what_is_not_known_has_no_line_and_an_unverified_restore_says_so():
    facts = dict(list_facts(make_run("intent", "answered", "completed")))
    assert facts["Verified"] == "no: the target was not read back"
    assert not {"Incident", "Purpose", "Ticket", "Origin", "Address"} & facts.keys()
    assert "Verified" not in dict(list_facts(make_run("intent", "unknown")))


def test_what_differs_is_named_in_the_facts():
    facts = dict(list_facts(make_run("intent", "answered", "completed", DIFFERS)))
    assert facts["Verified"] == "yes, and it differs in: schema orders (1 differs)"


def test_an_incident_stands_beside_the_point():
    planned = ("planned", {"inventory": {"point": "2025-05-20T08:00:00Z", "incident": "2025-05-20T10:00:00Z"}})
    run = make_run(planned)
    assert dict(list_facts(run))["Incident"] == "2025-05-20 10:00:00 UTC, 2 h after the point."
    assert "Incident: 2025-05-20 10:00:00 UTC, 2 h after the point." in dict(summarize_run(run))["What"]


def test_an_imported_record_says_what_it_decides(run):
    assert "decides nothing" in dict(list_facts(run, imported=True))["Origin"]
