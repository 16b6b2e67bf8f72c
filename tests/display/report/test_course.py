"""The course of a restore: bars over one axis, without an image, in words too."""

import re

import pytest

from ddmkit.display.report.course import show_course
from ddmkit.records import open_record_file
from tests.display.runs import SAMPLE, make_run

AT = "2025-05-20T12:0{}:00Z"


@pytest.fixture(scope="module")
def run():
    return open_record_file(SAMPLE).file.run


def test_a_course_is_drawn_as_bars_with_their_words(run):
    course = show_course(run)
    assert course.html.count('aria-hidden="true"') == 5
    assert "the service's job:    2026-05-20 09:30:00 UTC, 1 min" in course.text
    assert show_course(make_run()).text == ""


def test_every_bar_lies_inside_of_the_axis(run):
    places = re.findall(r"margin-left:([0-9.]+)%;width:([0-9.]+)%", show_course(run).html)
    assert len(places) == 5
    assert all(float(left) >= 0 and float(left) + float(width) <= 100.6 for left, width in places)


def test_a_bar_is_an_edge_because_browsers_print_no_backgrounds_and_needs_no_image(run):
    html = show_course(run).html
    assert "border-top:0.7em solid #2a9249" in html
    assert not re.search("background(?!:none)|<img|<svg", html)


def test_the_bar_of_a_failed_job_has_the_colour_of_failure():
    data = {"created_time": AT.format(1), "end_time": AT.format(2)}
    html = show_course(make_run("intent", "answered", ("failed", data))).html
    assert "solid #dd4a40" in html
    assert "solid #2a9249" not in html


def test_a_run_of_no_length_has_bars_too():
    data = {"created_time": AT.format(1), "end_time": AT.format(1)}
    assert "margin-left:0.00%" in show_course(make_run(("completed", data))).html
