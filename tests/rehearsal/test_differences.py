from __future__ import annotations

from pathlib import Path

import ddmkit
from ddmkit.handles.record import Record
from ddmkit.rehearsal.differences import MOST_SHOWN, Comparison, Difference, compare_plans, without_request_ids

SAMPLE = Path(__file__).parent.parent / "samples" / "record-v1.ddmrecord.json"


def differing(name, first, second):
    found = compare_plans({"inventory": first}, (), {"inventory": second}, ())[name]
    return [(one.what, one.first, one.second) for one in found]


def test_a_record_does_not_differ_from_itself_but_in_nothing():
    record = ddmkit.read_record(SAMPLE)
    compared = ddmkit.compare(record, record)
    assert compared.same
    assert [len(rows) for rows in (compared.inputs, compared.facts, compared.checks)] == [0, 0, 0]
    assert {row.first for row in compared.durations} == {row.second for row in compared.durations}
    assert "the same on both sides" in repr(compared)
    assert "<script" not in compared._repr_mimebundle_()["text/html"]


def test_what_differs_is_shown_whole_and_of_very_many_facts_the_first():
    rows = [
        Difference(what=f"backups[{'7' * 36}].created", first="", second="2026-05-20T08:16:19Z, a very long value " * 9)
        for _ in range(MOST_SHOWN + 5)
    ]
    compared = Comparison("one", "other", {"facts": rows, "durations": rows[:1]})
    shown = compared.show()
    assert f"backups[{'7' * 36}].created: (nothing) -> {rows[0].second.strip()}" in shown.text
    assert rows[0].second.strip() in shown.html
    assert "Facts (60 of 65; .facts has all):" in shown.text
    assert shown.text.count("\n  backups") == 61
    assert "Facts (65):" in compared.show(most=None).text
    assert "Inputs: the same on both sides" in shown.text
    assert shown.text.index("Durations (1):") < shown.text.index("Facts (")


def test_a_record_without_a_plan_is_compared_as_far_as_it_goes():
    record = ddmkit.read_record(SAMPLE)
    bare = Record(record.run.model_copy(update={"events": record.events[:1]}))
    compared = ddmkit.compare(record, bare)
    assert not compared.same
    assert {row.second for row in compared.checks} == {""}


def test_facts_are_compared_one_by_one_by_the_ids_of_their_rows():
    first = {"targets": {"value": [{"instance_id": "a", "status": "normal"}], "problem": "", "missing": False}}
    second = {"targets": {"value": [{"instance_id": "a", "status": "frozen"}], "problem": "", "missing": False}}
    assert differing("facts", first, second) == [("targets[a].status", "normal", "frozen")]


def test_what_could_not_be_read_differs_from_what_could():
    unread = {"value": None, "problem": 'HTTP 500, "x", request id 12ab.', "missing": False}
    again = {"value": None, "problem": 'HTTP 500, "x", request id 77cd.', "missing": False}
    read = {"value": {"status": "RUNNING"}, "problem": "", "missing": False}
    assert differing("facts", {"source": unread}, {"source": again}) == []
    assert differing("facts", {"source": unread}, {"source": read}) == [
        ("source", 'unread: HTTP 500, "x", request id ....', ""),
        ("source.status", "", "RUNNING"),
    ]


def test_what_any_two_looks_differ_in_is_left_out():
    first = {"taken_at": "2025-05-20T10:00:00Z", "reads": [{"operation": "a"}], "clock_skew": "PT1S"}
    assert differing("facts", first, {"taken_at": "2025-05-21T10:00:00Z"}) == []


def test_request_and_project_ids_are_masked_and_nothing_else():
    text = "(GET /v3/abc/instances/i1/backups): HTTP 404, request id 0a1b. Likely cause: i1"
    assert without_request_ids(text) == (
        "(GET /v3/{project_id}/instances/i1/backups): HTTP 404, request id .... Likely cause: i1"
    )


def test_an_incident_is_an_input_and_not_a_fact():
    first, second = {"incident": "2026-05-20T10:47:51Z"}, {"incident": None}
    assert differing("inputs", first, second) == [("incident", "2026-05-20T10:47:51Z", "")]
    assert differing("facts", first, second) == []


def test_a_check_that_an_older_record_lacks_differs_only_where_it_applies():
    def differ(status):
        check = {"id": "point-before-incident", "status": status, "detail": "seen"}
        return [one.what for one in compare_plans({}, (), {}, (check,))["checks"]]

    assert differ("skip") == []
    assert differ("warn") == ["point-before-incident"]
