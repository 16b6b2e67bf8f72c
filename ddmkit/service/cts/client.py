"""The client of the audit trail: one method per call, reads only; lists are complete or an error."""

from __future__ import annotations

from datetime import datetime

from ddmkit.errors import InputError
from ddmkit.recovery_models.cts import Operation, Trace, Tracker
from ddmkit.service.cts import protocol
from ddmkit.service.lists.marked import audit_marker
from ddmkit.service.lists.reader import Reader

__all__ = ["CtsClient"]


class CtsClient(Reader):
    """The client of the audit trail, which keeps seven days. Errors are those of ``Client``."""

    def list_traces(
        self,
        start: datetime,
        end: datetime,
        *,
        service_type: str = "RDS",
        resource_type: str = "instance",
        trace_name: str = "",
        resource_id: str = "",
    ) -> tuple[Trace, ...]:
        """List the traces between two instants, which do not count themselves, newest first as the service has them.

        A filter by ``resource_id`` may miss a trace: some traces leave it empty.
        """
        if start.tzinfo is None or end.tzinfo is None:
            raise InputError("is a time without a zone.", field="start", fix="Give aware datetimes.")
        call = protocol.list_traces(
            self._project(),
            start,
            end,
            service_type=service_type,
            resource_type=resource_type,
            trace_name=trace_name,
            resource_id=resource_id,
        )
        return self._list_marked(Trace, call, audit_marker, marker_name="next")

    def list_operations(self, service_type: str = "RDS", resource_type: str = "instance") -> tuple[Operation, ...]:
        """List the names of traces that the region knows for a kind of resource."""
        return self._list_whole(Operation, protocol.list_operations(self._project(), service_type, resource_type))

    def list_trackers(self) -> tuple[Tracker, ...]:
        """List the trackers; none, or disabled ones, mean that the audit trail is off."""
        return self._list_whole(Tracker, protocol.list_trackers(self._project()))
