"""Values are read in every way that the services write them; what cannot be read is missing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import BaseModel, Field

from ddmkit.recovery_models.loose import (
    LooseFlag,
    LooseInstant,
    LooseModel,
    LooseNumber,
    LooseText,
    Texts,
    ZoneStatus,
    parse_json_text,
    strip_keys,
)


class Row(LooseModel):
    text: LooseText = ""
    number: LooseNumber = None
    flag: LooseFlag = None
    instant: LooseInstant = None
    texts: Texts = ()
    zones: ZoneStatus = Field(default_factory=dict)


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (40, 40),
        ("40", 40),
        (" 40 ", 40),
        (40.0, 40),
        ("40.0", 40),
        ("40.5", None),
        (True, None),
        ("", None),
        ("GB", None),
        ({}, None),
    ],
)
def test_a_whole_number_is_read_and_nothing_else(given: Any, read: int | None) -> None:
    assert Row.model_validate({"number": given}).number == read


@pytest.mark.parametrize(
    ("given", "read"), [(True, True), ("True", True), ("0", False), (False, False), ("", None), ("maybe", None), ([], None)]
)
def test_a_flag_that_is_not_said_is_not_guessed(given: Any, read: bool | None) -> None:
    assert Row.model_validate({"flag": given}).flag is read


@pytest.mark.parametrize(
    "given",
    [
        "2018-08-20T02:33:49+0800",
        "2018-08-20T02:33:49+08:00",
        "2018-08-19T18:33:49Z",
        1534703629000,
        "1534703629000",
        " 2018-08-19T18:33:49.000+00:00",
    ],
)
def test_every_form_of_a_time_is_the_same_instant(given: Any) -> None:
    assert Row.model_validate({"instant": given}).instant == datetime(2018, 8, 19, 18, 33, 49, tzinfo=UTC)


@pytest.mark.parametrize(("given", "read"), [(["a ", "", None, "b"], ("a", "b")), ("a,b", ("a", "b")), ({}, ()), (None, ())])
def test_texts_come_as_array_or_as_one_text(given: Any, read: tuple[str, ...]) -> None:
    assert Row.model_validate({"texts": given}).texts == read


def test_the_status_of_each_zone_is_read() -> None:
    assert Row.model_validate({"zones": {"z1 ": "normal", "z2": None}}).zones == {"z1": "normal"}
    assert Row.model_validate({"zones": "z1"}).zones == {}


def test_keys_may_have_blanks() -> None:
    assert Row.model_validate({" text ": " a "}).text == "a"
    assert strip_keys({"id ": 1}) == {"id": 1}


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ({"a": 1}, {"a": 1}),
        ('{"a": 1}', {"a": 1}),
        ('"{\\"a\\": 1}"', {"a": 1}),
        ("{cut", "{cut"),
        ("", ""),
        ("[" * 100_000, "[" * 100_000),
    ],
)
def test_text_within_text_is_read_and_other_text_stays(given: Any, read: Any) -> None:
    assert parse_json_text(given) == read


def test_a_row_is_frozen_and_ignores_what_it_does_not_know() -> None:
    assert issubclass(Row, BaseModel)
    assert Row.model_validate({"new": 1}) == Row()
