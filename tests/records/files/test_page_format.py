"""The record in a page, and the hash over the page."""

from __future__ import annotations

import pytest

from ddmkit.errors import RecordError
from ddmkit.records.files.page_format import PAGE_BLOCK, PAGE_HASH, UNSEALED, judge_page, record_in_page, seal_page

RECORD = '{"a": "1 &lt; 2 &amp;&amp; 3 &gt; 2"}'


def page(text="Completed", version="0.2.0", record=RECORD):
    return seal_page(
        f'<h1>{text}</h1><pre id="{PAGE_BLOCK}">{record}</pre>'
        f'<code id="{PAGE_HASH}" data-version="{version}">{UNSEALED}</code>'
    )


def test_the_record_comes_out_as_it_went_in():
    assert record_in_page(page().encode()) == b'{"a": "1 < 2 && 3 > 2"}'


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("<h1>nothing</h1>", "carries no record"),
        (page() + page(), "carries several records"),
        (f'<pre id="{PAGE_BLOCK}">{{', "is cut off"),
        (f'<pre id="{PAGE_BLOCK}"', "is cut off"),
    ],
)
def test_a_page_with_no_record_or_several_or_half_of_one_is_refused(content, told):
    with pytest.raises(RecordError, match=told):
        record_in_page(content.encode())


def test_a_seal_replaces_the_placeholder_and_depends_on_every_character():
    first, second = page("Completed"), page("completed")
    assert UNSEALED not in first
    assert first[-80:] != second[-80:]


def judged(shown, expected=(), version="0.2.0"):
    problems, unchecked = judge_page(shown, expected, version)
    return [problem.what for problem in problems], unchecked


def test_the_page_that_the_record_makes_is_right():
    assert judged(page(), [page("Another"), page()]) == ([], [])


@pytest.mark.parametrize(
    ("shown", "told"),
    [
        (page().replace("Completed", "Failed"), "the page does not have its own hash"),
        (page().partition("<code")[0], "the page has lost its hash"),
        (page() + page().partition("</pre>")[2], "the page has lost its hash"),
        (page("Approved"), "the page is not what ddmkit 0.2.0 makes of its record"),
    ],
    ids=["edited", "without a hash", "two hashes", "edited and sealed again"],
)
def test_a_page_that_was_edited_is_found_out(shown, told):
    problems, unchecked = judged(shown, [page()])
    assert (len(problems), unchecked) == (1, [])
    assert told in problems[0]


def test_a_page_of_another_version_is_not_judged_and_says_so():
    for shown, by in ((page("Approved", version="0.9.9"), "ddmkit 0.9.9, and this is 0.2.0"), (OLD, "ddmkit 0.1.0, which")):
        problems, unchecked = judged(shown, [page()])
        assert problems == []
        assert f"the page was made by {by}" in unchecked[0]


OLD = f'<pre id="{PAGE_BLOCK}">{RECORD}</pre><footer>Made by ddmkit 0.1.0 from the record alone.</footer>'
