"""DDM's further calls, a part of the client in ``service/client.py``: one method per call; lists are complete or an error.

Each request that changes something is sent once, as ``Writer.send_once`` describes, and is shown and recorded before.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ddmkit.errors import InputError
from ddmkit.recovery_models.ddm import (
    AcceptedJob,
    CreatedTarget,
    Engine,
    InstanceDetail,
    Session,
    SessionCount,
    TargetFlavor,
    count_sessions,
)
from ddmkit.service.calls import PAGE_LIMIT, Answer, Call, read_model
from ddmkit.service.ddm import protocol
from ddmkit.service.deadline import Attempt
from ddmkit.service.error_parsing import make_unusable
from ddmkit.service.writer import Sent, Writer

__all__ = ["DdmWriter"]

_MOST_PAGES = 100


def _no_check() -> None:
    """Keep nothing from being sent."""


class DdmWriter(Writer):
    """The calls of DDM that a whole recovery needs beside those of a metadata restore."""

    def list_engines(self) -> tuple[Engine, ...]:
        """List the engine versions for sale."""
        return self._list(Engine, protocol.list_engines(self._project())).rows

    def list_flavors(self, engine_version: str) -> tuple[TargetFlavor, ...]:
        """List the flavours of all architectures for an engine version; raise ``ServiceError`` if some are missing."""
        found: dict[tuple[str, str], TargetFlavor] = {}
        for page in range(_MOST_PAGES):
            call = protocol.list_flavors(self._project(), engine_version, page * PAGE_LIMIT)
            rows, total = self._ask(call, functools.partial(self._read_flavors, call))
            before = len(found)
            found.update(((row.group_type, row.id or row.spec_code), row) for row in rows)
            if len(found) >= total or len(found) == before:
                break
        if len(found) < total:
            raise make_unusable(call.what, f"{len(found)} flavours came, the service counts {total}", 200, {})
        return tuple(found.values())

    def _read_flavors(self, call: Call, answer: Answer) -> tuple[list[TargetFlavor], int]:
        return _read_flavors(self._read(answer, call), call)

    def show_detail(self, instance_id: str) -> InstanceDetail:
        """Show an instance by the newer call, with the network ids of its own; ``show_instance`` is the older call."""
        call = protocol.show_detail(self._project(), instance_id)

        def read(answer: Answer) -> InstanceDetail:
            payload = self._read(answer, call)
            rows = payload.get("instances", [payload])
            if not isinstance(rows, list) or len(rows) != 1:
                raise make_unusable(
                    call.what, "the answer does not show exactly one instance", answer.status, answer.headers
                )
            return read_model(InstanceDetail, rows[0], call)

        return self._ask(call, read)

    def count_sessions(self, instance_id: str) -> tuple[SessionCount, ...]:
        """Count the open sessions for each account, the busiest first; statements and addresses are not kept."""
        return count_sessions(self._list(Session, protocol.list_sessions(self._project(), instance_id)).rows)

    def create_instance(
        self, call: Call, *, last_check: Callable[[], None] = _no_check, attempt: Attempt | None = None
    ) -> Sent[CreatedTarget]:
        """Create a target: send ``ddm.protocol.create_instance(...)`` exactly once, as ``send_once`` describes it."""
        _require(call, "CreateDdmInstance")
        return self._send(call, CreatedTarget, lambda made: made.job_id or made.order_id, last_check, attempt)

    def delete_instance(
        self, call: Call, *, last_check: Callable[[], None] = _no_check, attempt: Attempt | None = None
    ) -> Sent[AcceptedJob]:
        """Delete an instance: send ``ddm.protocol.delete_instance(...)`` exactly once; the data on the nodes stays."""
        _require(call, "DeleteDdmInstance")
        if call.query != (("delete_dn_data", "false"),):
            raise InputError(
                "does not say that the data of the nodes stays.", field="call", fix="Use service/ddm/protocol.py."
            )
        return self._send(call, AcceptedJob, lambda _: True, last_check, attempt)

    def sync_data_nodes(
        self, call: Call, *, last_check: Callable[[], None] = _no_check, attempt: Attempt | None = None
    ) -> Sent[AcceptedJob]:
        """Refresh what the instance knows of its nodes: send ``ddm.protocol.sync_data_nodes(...)`` exactly once."""
        _require(call, "SyncDnInformation")
        return self._send(call, AcceptedJob, lambda _: True, last_check, attempt)

    def set_read_only(
        self, call: Call, *, last_check: Callable[[], None] = _no_check, attempt: Attempt | None = None
    ) -> Sent[AcceptedJob]:
        """Forbid or allow writing: send ``ddm.protocol.set_read_only(...)`` exactly once."""
        _require(call, "SetReadOnlyStatus")
        return self._send(call, AcceptedJob, lambda _: True, last_check, attempt)

    def set_administrator(
        self, call: Call, *, last_check: Callable[[], None] = _no_check, attempt: Attempt | None = None
    ) -> Sent[AcceptedJob]:
        """Create the administrator: send ``ddm.protocol.set_administrator(...)`` exactly once."""
        _require(call, "ResetAdministrator")
        return self._send(call, AcceptedJob, lambda _: True, last_check, attempt)


def _require(call: Call, operation: str) -> None:
    """Refuse the call of another service: the same paths mean other things there."""
    if (call.service, call.operation) != ("DDM", operation):
        raise InputError(f"{call.name} is not {operation} of DDM.", field="call", fix="Use service/ddm/protocol.py.")


def _read_flavors(payload: dict[str, Any], call: Call) -> tuple[list[TargetFlavor], int]:
    """Return the flavours of one page of every architecture, and how many all pages of all architectures have."""
    groups = payload.get("flavor_groups")
    if not isinstance(groups, list):
        raise make_unusable(call.what, "the answer's flavor_groups is not a list", 200, {})
    rows: list[TargetFlavor] = []
    total = 0
    for group in (group for group in groups if isinstance(group, dict)):
        flavors = group.get("flavors") or []
        if not isinstance(flavors, list):
            raise make_unusable(call.what, "the answer's flavors is not a list", 200, {})
        rows += [read_model(TargetFlavor, {**row, "group_type": group.get("group_type")}, call) for row in flavors]
        counted = str(group.get("total"))
        total += int(counted) if counted.isascii() and counted.isdigit() else len(flavors)
    return rows, total
