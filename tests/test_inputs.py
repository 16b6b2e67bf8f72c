"""What people give, and the request it becomes."""

from datetime import UTC, datetime, timedelta

import pytest

from ddmkit.errors import InputError
from ddmkit.inputs import PlanInputs, choose_point, has_id_form, id_of, read_incident, read_seconds, require_no_secret
from ddmkit.models import DataNode, Instance, Job, TargetNode

AT = datetime(2025, 5, 20, 10, 12, 32, tzinfo=UTC)


def test_an_id_is_taken_from_text_or_from_a_model():
    assert id_of(" abc123in09 ", "source") == "abc123in09"
    assert id_of(Instance(id="abc123in09"), "source") == "abc123in09"
    assert id_of(TargetNode(instance_id="abc123in01"), "data_nodes[0]") == "abc123in01"


@pytest.mark.parametrize("given", ["", "a/b", "a b", "a?b", "ü", "x" * 129, None, 7])
def test_what_is_no_id_is_refused_with_its_field(given):
    with pytest.raises(InputError) as caught:
        id_of(given, "target")
    assert caught.value.field == "target"


def test_a_model_without_an_id_is_refused():
    assert id_of(Job(id="j-1"), "x") == "j-1"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("defa45b24d314e878fde930a61732e9dbr09", "defa45b24d314e878fde930a61732e9dbr09"),
        ("2025-05-20T10:12:32Z", AT),
        ("1747735952000", AT),
        (1747735952000, AT),
        (AT, AT),
    ],
)
def test_a_time_is_told_from_a_backup_id(given, expected):
    assert choose_point(given, None, field="point") == expected


def test_a_local_time_is_read_in_the_zone_given():
    assert choose_point("2025-05-20 12:12:32", "Europe/Berlin", field="point") == AT


def test_doubled_nodes_are_left_to_the_checks():
    request = PlanInputs("s", "t", ["n", "n"], "b").request()
    assert request.data_nodes == ("n", "n")


def test_the_request_is_the_one_of_the_documentation():
    request = PlanInputs("src", "tgt", ["n1", "n2"], restore_time=AT).request()
    assert request.body() == {
        "source": {"restore_time": 1747735952000},
        "target": {"instance_id": "tgt", "data_nodes": ["n1", "n2"]},
    }


def test_what_was_asked_for_is_kept_as_it_was_given():
    nodes = (node for node in (DataNode(instance_id="node-1"), "n-2"))
    inputs = PlanInputs("s", Instance(id="t"), nodes, restore_time=1747735952000, time_zone="UTC", incident=object)
    expected = {"source": "s", "target": "t", "data_nodes": ["node-1", "n-2"], "restore_time": 1747735952000}
    assert inputs.for_record() == {**expected, "incident": "<class 'object'>"}
    assert PlanInputs("s", "t", [], restore_time=AT).for_record()["restore_time"] == "2025-05-20T10:12:32+00:00"


@pytest.mark.parametrize(
    "given",
    [
        "06/05/2026 18:05",
        "25.11.2026",
        "06-05-2026",
        "2026-11-25\u00a018:05",
        "2026-11-25 18.05",
        "2026-W48-3",
        "2026/11/25",
    ],
)
def test_a_date_in_another_form_is_refused_as_a_time_and_not_as_an_id(given):
    with pytest.raises(InputError, match=r"is not a (time|date)"):
        choose_point(given, "UTC", field="point")


def test_an_incident_is_read_as_a_point_in_time_is():
    assert read_incident("2025-05-20 12:12:32", "Europe/Berlin", now=AT) == AT
    assert read_incident(AT + timedelta(minutes=1), None, now=AT) == AT + timedelta(minutes=1)


@pytest.mark.parametrize("given", ["2030-05-20T10:12:32Z", AT + timedelta(minutes=1, milliseconds=1)])
def test_an_incident_in_the_future_is_refused(given):
    with pytest.raises(InputError, match=r"^incident: .* lies in the future .* check the year"):
        read_incident(given, None, now=AT)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("f4e2949e9b9b4d60b42c89ed39bfe34cin01", True),
        ("9fe84a77-6a6b-4b03-9a3e-db910a548657", True),
        ("rds-orders-1-recovered", False),
        ("", False),
        ("f4e2949e9b9b4d60b42c89ed39bfe34\u0663in01", False),
    ],
)
def test_ids_are_told_from_names_by_their_form(text, expected):
    assert has_id_form(text) is expected


@pytest.mark.parametrize("given", ["rds-orders-1-recovered", "defa45b24d314e878fde930a61732e9dbr09", "<b>hi</b>"])
def test_what_cannot_be_a_data_nodes_id_is_refused_with_its_place(given):
    with pytest.raises(InputError) as caught:
        PlanInputs("s", "t", ["f4e2949e9b9b4d60b42c89ed39bfe34cin01", given], "b").require_node_ids()
    assert caught.value.field == "data_nodes[1]"
    assert given in str(caught.value)


@pytest.mark.parametrize("given", ["10", None, True, -1, float("nan"), [10]])
def test_a_wait_is_a_number_of_seconds(given):
    assert (read_seconds(0, "poll_s"), read_seconds(float("inf"), "timeout_s")) == (0, float("inf"))
    with pytest.raises(InputError, match="poll_s: is not a number of seconds"):
        read_seconds(given, "poll_s")


def test_a_secret_in_the_wrong_place_is_refused_and_not_repeated():
    known = ["Canary-7f3a9c!"]
    require_no_secret({"confirm": "orders", "accept": frozenset({"same-network"}), "purpose": 5}, known)
    for given in ({"confirm": known[0]}, {"accept": frozenset(known)}, {"ticket": f"use {known[0]} there"}):
        with pytest.raises(InputError, match=f"{next(iter(given))}: holds a password") as caught:
            require_no_secret(given, known)
        assert known[0] not in str(caught.value)
