"""The parameters of a page: what is right is read, what cannot be is refused by its name."""

from datetime import UTC, datetime

import pytest

from ddmkit.errors import InputError
from ddmkit.guide.parameters import PageParameters, format_parameters, read_count, read_list, read_parameters, read_point

WHOLE = {"source": "s1", "target": "t1", "data_nodes": ["n1", "n2"], "backup_id": "b1"}


def test_parameters_are_read_as_they_were_written():
    parameters = read_parameters(**WHOLE)
    assert parameters == PageParameters("s1", "t1", ("n1", "n2"), "b1")
    assert parameters.missing() == []
    assert parameters.point == "b1"


def test_empty_parameters_are_unset():
    assert read_parameters().missing() == ["source", "target", "data_nodes", "backup_id or restore_time"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"source": 5}, "source"),
        ({"source": "two words"}, "source"),
        ({"target": None}, "target"),
        ({"target": "../etc"}, "target"),
        ({"data_nodes": "n1"}, "data_nodes"),
        ({"data_nodes": 5}, "data_nodes"),
        ({"data_nodes": ["n1", 7]}, "data_nodes[1]"),
        ({"data_nodes": ["n1", "a b"]}, "data_nodes[1]"),
        ({"backup_id": ["b1"]}, "backup_id"),
        ({"restore_time": "2026-05-20T08:17:00Z"}, "backup_id, restore_time"),
        ({"backup_id": "", "restore_time": "yesterday"}, "restore_time"),
        ({"backup_id": "", "restore_time": True}, "restore_time"),
        ({"backup_id": "", "restore_time": 1779264979}, "restore_time"),
        ({"backup_id": "", "restore_time": "2026-03-29T02:30:00", "time_zone": "Europe/Berlin"}, "restore_time"),
        (
            {"backup_id": "", "restore_time": "2026-05-20T08:17:00"},
            "restore_time",
        ),  # no zone was named: UTC would be a guess
        ({"incident": "2026-05-20 08:17"}, "incident"),
        ({"incident": "half past three"}, "incident"),
        ({"incident": 3.5}, "incident"),
    ],
)
def test_a_wrong_parameter_is_refused_by_its_name_with_what_to_do(wrong, field):
    with pytest.raises(InputError) as caught:
        read_parameters(**{**WHOLE, **wrong})
    assert caught.value.field == field
    assert caught.value.fix
    assert str(caught.value).startswith(f"{field}: ")


@pytest.mark.parametrize("given", [0, 31, "7", 2.0, True])
def test_a_count_out_of_its_bounds_or_of_another_type_is_refused(given):
    with pytest.raises(InputError, match=r"days: .* from 1 to 30"):
        read_count(given, "days", least=1, most=30)


def test_a_single_value_in_the_place_of_a_list_is_not_taken_apart():
    with pytest.raises(InputError, match=r'accept = \["..."\]'):
        read_list("same-network", "accept")


def test_a_point_is_a_backup_or_a_time():
    assert read_point("", "UTC", "first") is None
    assert read_point("79e91fbr09", "UTC", "first") == "79e91fbr09"
    assert read_point("2026-05-20T10:00:00", "Europe/Berlin", "first") == datetime(2026, 5, 20, 8, tzinfo=UTC)


def test_written_parameters_are_python_that_reads_back_the_same():
    parameters = read_parameters(**{**WHOLE, "backup_id": "", "restore_time": 1779264979000, "time_zone": "Europe/Berlin"})
    read = {}
    exec("\n".join(format_parameters(parameters, accept=["same-network"], digest="d87efd52c5a4")), read)  # noqa: S102  # the test
    assert read["data_nodes"] == ["n1", "n2"]
    assert read["restore_time"] == 1779264979000
    assert (read["accept"], read["digest"]) == (["same-network"], "d87efd52c5a4")
    assert "confirm" not in read
