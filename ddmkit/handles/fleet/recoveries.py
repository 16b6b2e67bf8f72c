"""The whole recoveries of a fleet: each is planned and carried out by the same code as a single one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from ddmkit.errors import InputError, JobFailedError, NotConfirmedError
from ddmkit.fleet.items import PlannedRow
from ddmkit.fleet.table import NEW, FleetRow
from ddmkit.handles.recovery.desk import RecoveryDesk
from ddmkit.handles.recovery.inputs import read_choice
from ddmkit.records.runs import UNDECIDED
from ddmkit.recovery.choice import RecoveryChoice
from ddmkit.recovery.run.password import VARIABLE, NodePassword
from ddmkit.restore.context import Confirmation, RestoreContext
from ddmkit.times import format_utc

__all__ = ["RecoveryDriver"]

_LONGEST_S = timedelta(days=2).total_seconds()


class RecoveryDriver:
    """Recovers nodes and target, and restores the metadata; ``desk_for`` makes the desk of an item's own context.

    The password of new nodes comes from ``DDMKIT_NODE_PASSWORD`` of each worker.
    """

    def __init__(self, desk_for: Callable[[RestoreContext], RecoveryDesk], context: RestoreContext, poll_s: float) -> None:
        self._desk_for = desk_for
        self._context = context
        self._poll_s = poll_s

    def _choice(self, row: FleetRow, context: RestoreContext) -> RecoveryChoice:
        names = ("restore_time", "backup_id", "time_zone", "incident", "nodes", "like")
        given: dict[str, Any] = {name: row.given.get(name) for name in names}
        settings = context.client.settings
        return read_choice(
            source=row.source,
            target=row.target or NEW,
            throwaway=bool(row.given.get("throwaway")),
            **given,
            default_zone=settings.time_zone,
            names_zone=settings.names_time_zone,
            now=context.now(),
        )

    def require_possible(self, row: FleetRow) -> None:
        """Raise ``InputError`` for a row that cannot be right."""
        self._choice(row, self._context)

    def require_able(self, rows: Iterable[FleetRow]) -> None:
        """Raise ``InputError`` when rows create nodes, and this process has no password for them."""
        if any(not row.given.get("nodes") for row in rows) and NodePassword().get() is None:
            raise InputError(
                "is not set here, and rows of the fleet create data nodes.",
                field=VARIABLE,
                fix="Nothing was sent. Set it in the environment of each worker.",
            )

    def plan(self, row: FleetRow, context: RestoreContext) -> PlannedRow:
        """Plan a row from fresh facts."""
        plan = self._desk_for(context).plan(self._choice(row, context))
        # The name of a new target is made up at each planning; the digest does not have it either.
        target = plan.target.name if plan.target.existing_id else NEW
        return PlannedRow(plan.digest, plan.source_name, target, plan.checks, format_utc(plan.instant.moment), plan)

    def begin(self, planned: PlannedRow, confirmation: Confirmation, context: RestoreContext) -> str:
        """Begin the recovery: what may be sent at once is sent."""
        run = self._desk_for(context).recover(
            planned.plan,
            confirm=confirmation.target_name,
            accept=confirmation.accepted,
            node_password=None,
            purpose=confirmation.purpose,
            ticket=confirmation.ticket,
        )
        return run.id

    def follow(self, run_id: str, context: RestoreContext) -> None:
        """Look what became of every request, then go on to the end, or to where a person is needed."""
        desk = self._desk_for(context)
        run = desk.resume(run_id, None)
        if context.store.get(run_id).state in UNDECIDED:
            return
        with suppress(JobFailedError, NotConfirmedError):  # the record has the reason
            run.wait(timeout_s=_LONGEST_S, poll_s=self._poll_s, say=None)
