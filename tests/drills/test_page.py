"""The report for people: whole, safe, the same on the page and as text, and never blank."""

from __future__ import annotations

import html
import re

import pytest

from ddmkit.drills.build import build_report
from ddmkit.drills.faults import FAULTS
from ddmkit.drills.page import report_page, show_report
from ddmkit.drills.report import CreatedInstance, EarlierDrill
from tests.display.runs import assert_valid, make_run
from tests.drills.samples import course, recovery, setup

PARTS = (
    "Moments",
    "Goals",
    "Negative drill",
    "Deviations",
    "Expected against found",
    "Cannot be known",
    "Checks and their evidence",
    "Created and cleaned up",
    "Earlier drills of this source",
    "Evidence",
)


def good():
    run = recovery()
    created = CreatedInstance(
        name="orders-drill",
        id="i-1",
        what="DDM instance",
        billing="billed on demand",
        created=run.created,
        deleted=run.events[-1].at,
        hours=0.25,
        fate="deleted",
    )
    earlier = EarlierDrill(
        record="r-20250520-101232-ab12cd",
        at=run.created,
        where="cloud",
        verdict="failed",
        fault="",
        rto_s=None,
        rpo_s=92.0,
    )
    return build_report(run, setup(run), course(run, created=(created,), history=(earlier,)))


def refused(**header):
    run = make_run(("refused", {"reason": "not ready"}), kind="drill", **header)
    asked = setup(run, fault=FAULTS["expired-backup"])
    return build_report(run, asked, course(run, address=None, problem="not ready", saw_failure=False))


def plain(page):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


@pytest.mark.parametrize("report", [good(), refused()], ids=["good", "refused"])
def test_every_part_is_on_the_page_and_in_the_text_with_something_below_it(report):
    page, text = report_page(report), show_report(report).text
    assert_valid(page)
    for title in PARTS:
        assert f"<h2>{title}</h2>" in page
        below = text.split(f"{title}:\n", 1)[1].split("\n\n")[0]
        assert below.strip()
    assert "None" not in re.findall(r"\bNone\b(?!\.| is)", text)


def test_what_is_proved_stands_first_and_larger_than_the_rest():
    page = report_page(good())
    statement = page.index("PEOPLE AND PROCEDURE ARE PROVED, NOT BACKUPS")
    assert statement < page.index("Passed. Recovery time")
    assert re.search(r'<p style="[^"]*font-size:1.7em[^"]*">PEOPLE AND PROCEDURE', page)


@pytest.mark.parametrize(
    "told",
    [
        "people 4 min, service 2 min 30 s, verification 30 s",
        "Longest time without a metadata backup in the last 30 days: 20 h, from 2026-",
        "Approved by bob; typed: create 3, delete 3",
        "orders-drill DDM instance billed on demand 0.25 deleted i-1",
        "failed none not reached 1 min 32 s r-20250520-101232-ab12cd",
        "accounts' passwords",
        "createInstance: POST /v3/",
        "Next due 2026-08-18",
    ],
)
def test_the_page_tells_it(told):
    assert told in plain(report_page(good()))


def test_a_noticed_failure_is_told_as_expected_and_seen():
    assert "The failure was expected and seen. Refused before anything was sent: not ready" in plain(report_page(refused()))


def test_a_hostile_name_stays_text():
    page = report_page(refused(source_name="<script>alert(1)</script>\u202e", purpose="x"))
    assert_valid(page)
    assert "<script" not in page
    assert "\u202e" not in page
