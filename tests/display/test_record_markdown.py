"""A record as Markdown, for a ticket and for a post-mortem."""

from __future__ import annotations

import re

import pytest

from ddmkit.display.record_markdown import escape, record_markdown, record_postmortem
from ddmkit.records import open_record_file
from tests.display.runs import HOSTILE, SAMPLE, make_run


@pytest.fixture(scope="module")
def run():
    return open_record_file(SAMPLE).file.run


def test_markdown_for_a_ticket_is_short_and_whole(run):
    text = record_markdown(run)
    assert text.startswith("### Restore of DDM metadata: completed")
    assert len(text) < 5_000
    progress_of_the_running_job = [event for event in run.events if event.kind == "polled"][:-1]
    assert text.count("\n| ") == 2 + len(run.events) - len(progress_of_the_running_job) + 1
    assert "1. Let applications connect to" in text
    assert text.index("Result:") < text.index("Let applications") < text.index("table rows") < text.index("What happened")


def test_markdown_shows_what_a_record_holds_and_nothing_more():
    assert escape("a|b `c` <b> *d* [e](f) @all #1\n# g") == (r"a\|b \`c\` &lt;b&gt; \*d\* \[e\](f) \@all \#1 \# g")
    assert escape(r"$x$ \(y\)") == "<span>&#36;</span>x<span>&#36;</span> <span>&#92;</span>(y<span>&#92;</span>)"
    assert [escape(one) for one in ("- a", "12. b", "  === c", "a - b")] == [r"\- a", r"12\. b", r"\=== c", "a - b"]
    text = record_markdown(make_run(("noted", {"author": HOSTILE, "text": HOSTILE}), source_name=HOSTILE))
    assert "<script" not in text
    assert text.count("\n| ") == 4


def test_a_postmortem_has_its_figures_filled_in_and_its_judgement_left_open(run):
    text = record_postmortem(run)
    assert "| the service's job | 1 min |" in text
    assert "| requests sent | 1 |" in text
    assert "| schema orders | as expected |" in text
    for heading in ("Impact", "Root cause", "What went well", "What went wrong", "Where luck helped"):
        assert re.search(rf"## {heading}\n\n(.*: )?_To be filled in._", text)
    assert "| action | owner | due |" in text
