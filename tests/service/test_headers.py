from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ddmkit.service.headers import find_header, read_date, read_request_id, read_retry_after

NOW = datetime(2025, 5, 21, 11, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("3", 3.0),
        (" 0 ", 0.0),
        ("Wed, 21 May 2025 11:00:07 GMT", 7.0),
        ("Wed, 21 May 2025 10:00:00 GMT", 0.0),
        ("-1", None),
        ("nan", None),
        ("soon", None),
        ("", None),
        ("1e300", None),
    ],
)
def test_the_pause_asked_for_is_a_number_or_a_date(text: str, seconds: float | None) -> None:
    assert read_retry_after({"Retry-After": text}, NOW) == seconds


def test_the_services_clock_is_read_from_date_and_nothing_else_is_an_error() -> None:
    assert read_date({"date": "Wed, 21 May 2025 11:00:00 GMT"}) == NOW
    assert read_date({"DATE": "Wed, 21 May 2025 11:00:00 -0000"}) == NOW
    assert read_date({"Date": "yesterday"}) is None
    assert read_date({"Date": "Wed, 21 May 99999 11:00:00 GMT"}) is None
    assert read_date({}) is None


def test_the_request_id_has_two_names() -> None:
    assert read_request_id({"X-Request-Id": "a"}) == "a"
    assert read_request_id({"x-iam-trace-id": "b"}) == "b"
    assert find_header({}, "x-request-id") == ""
