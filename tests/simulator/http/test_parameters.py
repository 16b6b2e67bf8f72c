"""Request bodies and query parameters."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from ddmkit.simulator.http.parameters import Milliseconds, RestoreBody, body_text

MILLISECONDS: TypeAdapter[int] = TypeAdapter(Milliseconds)


def body(**source: Any) -> dict[str, Any]:
    return {"source": source, "target": {"instance_id": "i", "data_nodes": ["n"]}}


@pytest.mark.parametrize("point", [1_747_732_352_076, 1_747_732_352_076.0])
def test_a_body_is_kept_as_sent_with_whole_numbers(point: float) -> None:
    read = RestoreBody.model_validate(body(restore_time=point))
    assert body_text(read) == body(restore_time=1_747_732_352_076)
    assert isinstance(body_text(read)["source"]["restore_time"], int)


@pytest.mark.parametrize(
    "source", [{}, {"backup_id": "b", "restore_time": 1}, {"restore_time": float("inf")}, {"backup_id": ""}]
)
def test_neither_both_and_odd_values_are_refused(source: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        RestoreBody.model_validate(body(**source))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("7", 7),
        ("007", 7),
        ("+7", 7),
        ("7.0", 7),
        ("70e-1", 7),
        ("7E0", 7),
        ("0e0", 0),
        ("1.7955486e+12", 1_795_548_600_000),
        ("1795548600000.000", 1_795_548_600_000),
    ],
)
def test_a_query_number_is_the_whole_number_that_it_stands_for(text: str, number: int) -> None:
    assert MILLISECONDS.validate_python(text) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        " 7",
        "7 ",
        "1_000",
        "0x10",
        "\u0661",
        "nan",
        "inf",
        "7.5",
        "7e-1",
        ".5",
        "7.",
        "e3",
        "1e3.0",
        "1e999",
        "1e9999",
        "0." + "9" * 40,
        "9" * 31,
        "-1",
        "1e16",
    ],
)
def test_what_is_no_whole_number_within_bounds_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        MILLISECONDS.validate_python(text)
