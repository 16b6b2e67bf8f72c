"""The requests of the audit trail without I/O; all are reads. Source of paths and parameters: rds-api.md 6."""

from __future__ import annotations

from datetime import datetime

from ddmkit.service.calls import Call, PageShape, fill_path
from ddmkit.times import to_ms

__all__ = ["list_operations", "list_traces", "list_trackers"]

_ROWS = 200


def list_traces(
    project_id: str,
    start: datetime,
    end: datetime,
    *,
    service_type: str,
    resource_type: str = "",
    trace_name: str = "",
    resource_id: str = "",
) -> Call:
    """List the traces of a service between two instants, which do not count themselves. Source: API page ListTraces."""
    path = fill_path("/v3/{project_id}/traces", project_id=project_id)
    query = (("trace_type", "system"), ("from", str(to_ms(start))), ("to", str(to_ms(end))))
    shape = PageShape("traces", row_key=("trace_id", "trace_name", "time"), limit=_ROWS)
    call = Call("ListTraces", "list the audit traces", "GET", path, query, page=shape, service="CTS")
    return call.asking(
        service_type=service_type, resource_type=resource_type, trace_name=trace_name, resource_id=resource_id
    )


def list_operations(project_id: str, service_type: str, resource_type: str = "") -> Call:
    """List the names of traces that the region knows. Source: API page ListOperations."""
    path = fill_path("/v3/{project_id}/operations", project_id=project_id)
    call = Call("ListOperations", "list the names of audit traces", "GET", path, page=PageShape("operations"), service="CTS")
    return call.asking(service_type=service_type, resource_type=resource_type)


def list_trackers(project_id: str) -> Call:
    """List the trackers, to see whether the audit trail is on. Source: API page ListTrackers."""
    path = fill_path("/v3/{project_id}/trackers", project_id=project_id)
    return Call("ListTrackers", "list the trackers", "GET", path, page=PageShape("trackers"), service="CTS")
