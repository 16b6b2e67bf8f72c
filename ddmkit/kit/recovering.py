"""The whole recoveries of a kit: data nodes, target and metadata."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import SecretStr

from ddmkit.display.rows import Rows
from ddmkit.handles.record import Record
from ddmkit.handles.recovery.abandon import Abandonment
from ddmkit.handles.recovery.desk import RecoveryDesk
from ddmkit.handles.recovery.inputs import NEW, read_choice
from ddmkit.handles.recovery.plan import Recovery
from ddmkit.handles.recovery.run import RecoveryRun
from ddmkit.inputs import Identified, PointInTime
from ddmkit.kit.session import Session
from ddmkit.recovery.run.password import GivenPassword
from ddmkit.recovery_models.rds import NodeInstance

__all__ = ["Recovering"]


class Recovering(Session):
    """The whole recoveries of ``Kit``, from the plan to giving up."""

    _recoveries: RecoveryDesk

    def node_instances(self) -> Rows[NodeInstance]:
        """Return every RDS instance of the project, as the data nodes' own service lists it: also one recovered before."""
        found = self._recoveries.node_instances()
        return self._rows(NodeInstance, found, "RDS instances", "no RDS instances in this project")

    def plan_recovery(
        self,
        *,
        source: Identified,
        restore_time: PointInTime | None = None,
        backup_id: Identified | None = None,
        time_zone: str | None = None,
        incident: PointInTime | None = None,
        nodes: Mapping[Identified, Identified] | None = None,
        target: Identified = NEW,
        like: Mapping[str, Mapping[str, Any]] | None = None,
        throwaway: bool = False,
    ) -> Recovery:
        """Check a whole recovery and show every request of it. Nothing is changed, and nothing is recorded.

        Args:
            source: The instance to recover: its id, or a row of ``kit.instances()``.
            restore_time: The point in time; a fraction of a second is cut off.
            backup_id: The metadata backup; the nodes go to the first whole second after it. Give either this or
                ``restore_time``.
            time_zone: The zone of times without an offset; that of the kit by default.
            incident: When the damage was done.
            nodes: Nodes that were recovered already, by the source node that each stands in for; the others are recovered.
            target: ``new``, or an existing, empty instance.
            like: What is to be different from the source; keys are ``nodes``, ``target``, or the id of a source node.
            throwaway: A drill: everything may be deleted afterwards, and every name says so.

        Returns:
            The plan. When something does not allow the recovery, the plan is not ready and lists the failed checks.

        Raises:
            InputError: An argument cannot be right.
        """
        choice = read_choice(
            source=source,
            restore_time=restore_time,
            backup_id=backup_id,
            time_zone=time_zone,
            default_zone=self._settings.time_zone,
            names_zone=self._settings.names_time_zone,
            incident=incident,
            nodes=nodes,
            target=target,
            like=like,
            throwaway=throwaway,
            now=self.now(),
        )
        return self._recoveries.plan(choice)

    def recover(
        self,
        recovery: Recovery,
        *,
        confirm: str = "",
        accept: Iterable[str] = (),
        node_password: GivenPassword | None = None,
        purpose: str = "",
        ticket: str = "",
    ) -> RecoveryRun:
        """Begin a recovery: send what may start at once, and return the run; ``run.wait()`` goes on to the end.

        Args:
            recovery: A plan that a person has seen.
            confirm: The exact name of the source.
            accept: The ids of the warnings that a person accepts.
            node_password: The password of the new nodes, or a function that returns it; ``DDMKIT_NODE_PASSWORD`` by
                default. It is not stored.
            purpose: Why the recovery is done, for the record.
            ticket: The ticket of the incident, for the record.

        Raises:
            NotReadyError: A check failed, or the plan expired. Nothing was sent.
            NotConfirmedError: The name or an accepted warning is missing. Nothing was sent.
            BusyError: Another recovery of the source is open. Nothing was sent.
            ServiceError: The service refused a request. Nothing new is sent.
            UnknownOutcomeError: The answer to a request was lost. Do not begin again: ``kit.resume(record)``.
            InputError: The kit only reads, the password cannot be right, or the plan is of another service or project.

        Each error's ``.record`` is the record of the attempt.
        """
        return self._recoveries.recover(
            recovery, confirm=confirm, accept=accept, node_password=node_password, purpose=purpose, ticket=ticket
        )

    def accept(self, record: Record | str, checks: Iterable[str], *, confirm: str = "") -> RecoveryRun:
        """Accept warnings that a recovery waits for, by their ids; ``run.wait()`` goes on.

        ``confirm`` is the name of the source, to confirm a recovery again that was confirmed more than a day ago.
        """
        return self._recoveries.accept(self._find_own_run(record), checks, confirm)

    def send_again(
        self, record: Record | str, *, step: str, confirm: str, node_password: GivenPassword | None = None
    ) -> RecoveryRun:
        """Send a step of a recovery again that was refused or released: once, with the same name.

        ``confirm`` is the name of the source. A proof that failed is made again.
        """
        return self._recoveries.send_again(self._find_own_run(record), step, confirm, node_password)

    def follow_up(
        self, record: Record | str, offer: str, *, confirm: str, account: str = "", password: str | SecretStr | None = None
    ) -> RecoveryRun:
        """Carry out one of ``run.offers`` by its id; ``confirm`` is the name of the source.

        ``administrator`` needs the name and the password of the new account.
        """
        return self._recoveries.follow_up(self._find_own_run(record), offer, confirm, account, password)

    def plan_abandon(self, record: Record | str, *, keep: Iterable[str] = ()) -> Abandonment:
        """Return what a recovery created, as it is now, and what of it may be deleted. Nothing is deleted.

        ``keep`` are the ids of what is to stay: a new plan can take it with ``nodes=`` and ``target=``.

        Raises ``NotReadyError`` once the metadata restore has begun, unless the plan was throwaway.
        """
        return self._recoveries.plan_abandon(self._find_own_run(record), keep)

    def abandon(self, todo: Abandonment, *, confirm: str = "") -> RecoveryRun:
        """Delete what the list says: the target first, then the nodes. Confirm with its count, as in ``delete 3``."""
        if isinstance(todo, Abandonment):
            self._find_own_run(todo.record_id)
        return self._recoveries.abandon(todo, confirm)
