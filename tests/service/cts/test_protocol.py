"""The requests of the audit trail have the documented path and query, and none changes anything."""

from __future__ import annotations

from datetime import UTC, datetime

from ddmkit.service.cts import protocol

T = datetime(2023, 1, 16, 6, 54, 3, tzinfo=UTC)


def test_traces_are_asked_for_between_two_instants_in_milliseconds() -> None:
    call = protocol.list_traces("p", T, T, service_type="RDS", resource_type="instance", trace_name="createInstance")
    query = "from=1673852043000&resource_type=instance&service_type=RDS&to=1673852043000&trace_name=createInstance&trace_type=system"
    assert (call.method, call.target, call.service) == ("GET", f"/v3/p/traces?{query}", "CTS")


def test_the_names_of_traces_and_the_trackers_are_read() -> None:
    assert (
        protocol.list_operations("p", "RDS", "instance").target == "/v3/p/operations?resource_type=instance&service_type=RDS"
    )
    assert protocol.list_trackers("p").target == "/v3/p/trackers"
