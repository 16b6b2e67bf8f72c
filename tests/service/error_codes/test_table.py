"""The table of codes: every row is whole, in the style that messages need, and under its own prefix."""

from __future__ import annotations

import re
from collections import Counter
from typing import get_args

import pytest

from ddmkit.service.error_codes.table import CODES, Kind

FAMILIES = {"DBS", "APIGW", "APIG", "IAM", "RDS", "VPC", "CTS"}


def test_each_entry_stands_under_its_own_code_and_every_family_has_some() -> None:
    assert all(code == entry.code for code, entry in CODES.items())
    assert {code.partition(".")[0] for code in CODES} == FAMILIES


@pytest.mark.parametrize("entry", CODES.values(), ids=lambda entry: entry.code)
def test_an_entry_has_a_kind_a_meaning_to_go_on_with_and_a_sentence_of_advice(entry) -> None:
    assert re.fullmatch(r"[A-Z]+\.[0-9]{4,8}", entry.code)
    assert entry.kind in get_args(Kind)
    assert entry.started in {False, None}
    assert re.match(r"[a-z0-9]|the |[A-Z]{2,}", entry.meaning), entry.meaning
    assert not entry.meaning.endswith(".")
    assert re.match(r"[A-Z]", entry.advice)
    assert entry.advice.endswith(".")


@pytest.mark.parametrize(
    ("code", "kind", "started"),
    [
        ("DBS.280001", "refused", False),
        ("DBS.300002", "server", None),
        ("APIGW.0308", "throttled", False),
        ("APIG.0308", "throttled", False),
        ("IAM.0066", "auth", False),
        ("RDS.1002", "busy", False),
    ],
)
def test_known_codes_keep_their_kind_and_whether_anything_was_started(code: str, kind: str, started: bool | None) -> None:
    assert (CODES[code].kind, CODES[code].started) == (kind, started)


def test_a_range_of_numbers_is_written_out_with_its_zeros() -> None:
    numbers = [code for code in CODES if code.startswith("APIGW.06")]
    assert {f"APIGW.{number:04}" for number in range(605, 614)} <= set(numbers)


def test_the_gateway_says_the_same_under_both_of_its_prefixes() -> None:
    by_prefix = Counter(code.partition(".")[0] for code in CODES)
    assert by_prefix["APIG"] == by_prefix["APIGW"]
    for code, entry in CODES.items():
        if code.startswith("APIGW."):
            assert CODES[code.replace("APIGW", "APIG")].meaning == entry.meaning


def test_a_failure_of_the_service_promises_nothing_unless_its_page_says_so() -> None:
    promised = {code for code, entry in CODES.items() if entry.kind == "server" and entry.started is False}
    assert promised <= {"APIGW.0613", "APIG.0613"}


def test_the_table_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        CODES["DBS.1"] = CODES["DBS.280001"]  # type: ignore[index]
