"""The rows of this service reach the table of codes, and only refusals promise that nothing was started."""

from __future__ import annotations

from ddmkit.service.cts.codes import ROWS
from ddmkit.service.error_codes.explain import CODES


def test_every_row_is_in_the_table_under_the_name_of_the_service() -> None:
    first = [numbers.split()[0].partition("-")[0] for numbers, *_ in ROWS]
    assert [f"CTS.{number}" for number in first if f"CTS.{number}" not in CODES] == []


def test_a_failure_on_the_side_of_the_service_promises_nothing() -> None:
    assert {started for _, kind, started, *_ in ROWS if kind == "server"} <= {None}
    assert {started for _, kind, started, *_ in ROWS if kind != "server"} == {False}
