"""Long lists, cut by what is typed."""

import time

from ddmkit.forms.logic.filtering import ListRow, filter_rows

ROWS = [ListRow(f"id{number:04d}", f"ddm-team-{number:04d} | RUNNING", "nightly") for number in range(5_000)]


def test_every_word_must_be_in_the_row_in_whatever_case():
    found = filter_rows(ROWS, "TEAM-0042 running")
    assert [row.key for row in found.rows] == ["id0042"]
    assert found.describe() == "1 of 5,000 shown"


def test_at_most_200_rows_are_shown_and_the_rest_is_said():
    found = filter_rows(ROWS, "")
    assert (len(found.rows), found.matched) == (200, 5_000)
    assert found.describe() == "200 of 5,000 shown; 5,000 match, type more to see the others"


def test_what_stands_behind_a_row_is_searched_too():
    assert filter_rows(ROWS, "nightly 0007").matched == 1


def test_no_match_and_no_rows_are_told_apart():
    assert filter_rows(ROWS, "nothing like it").describe() == "0 of 5,000 match; clear the search to see all"
    assert filter_rows([], "x").describe() == "nothing to choose from"


def test_5000_rows_are_filtered_faster_than_a_key_press():
    began = time.perf_counter()
    filter_rows(ROWS, "team 49 run")
    assert time.perf_counter() - began < 0.1
