"""Everything that a kit does about whole recoveries: plan, carry out, go on, decide, give up.

The kit's methods are one line each; what they need of the kit stands here together.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager

from pydantic import SecretStr

from ddmkit.config.credentials import KeyCredentials
from ddmkit.errors import InputError, NotReadyError
from ddmkit.handles.records import Records, records_on_errors
from ddmkit.handles.recovery.abandon import Abandonment
from ddmkit.handles.recovery.inputs import read_choice
from ddmkit.handles.recovery.plan import Recovery
from ddmkit.handles.recovery.run import RecoveryRun
from ddmkit.inputs import read_ids, read_text, require_may_send, require_no_secret
from ddmkit.recovery.abandon import AbandonPlan
from ddmkit.recovery.build import make_recovery_plan, settle_instant
from ddmkit.recovery.choice import RecoveryChoice
from ddmkit.recovery.gather.plan import gather_recovery
from ddmkit.recovery.plan import RecoveryPlan
from ddmkit.recovery.run.abandoning import carry_out_abandon, list_created
from ddmkit.recovery.run.advance import advance, drop_password
from ddmkit.recovery.run.context import RecoveryContext
from ddmkit.recovery.run.decide import accept_warnings, adopt_step, look_again, release_step, send_again
from ddmkit.recovery.run.follow import follow_once
from ddmkit.recovery.run.offer import follow_up
from ddmkit.recovery.run.password import GivenPassword, NodePassword
from ddmkit.recovery.run.start import find_earlier_run, open_recovery
from ddmkit.recovery_models.rds import NodeInstance
from ddmkit.restore.checks.result import CheckResult
from ddmkit.restore.context import Confirmation, RestoreContext
from ddmkit.restore.plan import ServiceIdentity
from ddmkit.service.cloud.clients import CloudClients

__all__ = ["RECOVERY_KINDS", "RecoveryDesk"]

RECOVERY_KINDS = frozenset({"recovery", "drill"})
"""The kinds of records that are whole recoveries."""


class RecoveryDesk:
    """The recoveries of one kit. It holds the node password while a node is to be requested."""

    def __init__(
        self,
        cloud: CloudClients,
        restore: Callable[[], RestoreContext],
        identity: Callable[[], ServiceIdentity],
        *,
        read_only: bool,
    ) -> None:
        self._cloud = cloud
        self._restore = restore
        self._identity = identity
        self._read_only = read_only
        self._passwords: dict[str, NodePassword] = {}

    def known_passwords(self) -> list[str]:
        """Return the passwords that are held, to search for them in what is written or shown."""
        return [text for held in tuple(self._passwords.values()) for text in held.known()]

    def node_instances(self) -> tuple[NodeInstance, ...]:
        """Return every instance of the data nodes' service; see ``Kit.node_instances``."""
        return tuple(self._cloud.rds.list_instances())

    # Planning ----------------------------------------------------------------------------------------------------

    def plan(self, choice: RecoveryChoice) -> Recovery:
        """Return the plan; see ``Kit.plan_recovery``."""
        made = self._make(choice, plan_id=f"p-{secrets.token_hex(8)}", suffix=secrets.token_hex(3))
        return Recovery.model_construct(**dict(made))

    def _make(self, choice: RecoveryChoice, *, plan_id: str, suffix: str) -> RecoveryPlan:
        context = self._context("")
        identity, now = self._identity(), context.now()
        facts = gather_recovery(
            self._cloud,
            choice,
            now=now,
            witnesses=context.witnesses,
            signs_requests=isinstance(context.ddm.settings.credentials, KeyCredentials),
        )
        instant = settle_instant(choice, facts)
        if instant is None:
            raise InputError(
                f"{choice.backup_id} is no backup of {choice.source_id} that can be read.",
                field="backup_id",
                fix="Choose one of kit.backups(source).",
            )
        return make_recovery_plan(choice, facts, instant, identity=identity, plan_id=plan_id, suffix=suffix, now=now)

    def _check_again(self, plan: RecoveryPlan) -> tuple[CheckResult, ...]:
        """Read the facts of a plan again and return the results of its checks."""
        given = plan.inputs
        choice = read_choice(
            source=given["source"],
            restore_time=None if plan.backup_id is not None else plan.instant.ms,
            backup_id=plan.backup_id,
            time_zone=plan.time_zone,
            default_zone=plan.time_zone,
            names_zone=False,
            incident=plan.incident,
            nodes=given["nodes"],
            target=given["target"],
            like=given["like"],
            throwaway=plan.throwaway,
            now=self._restore().now(),
        )
        again = self._make(choice, plan_id=plan.id, suffix=plan.suffix)
        if (again.digest, again.new_names) != (plan.digest, plan.new_names):
            what = "the sources have changed" if again.digest != plan.digest else "a name is taken"
            raise NotReadyError(
                f"Nothing was sent: the same choice would now be another recovery, because {what} since the plan was made. "
                "Plan again and look at it.",
                checks=again.checks,
            )
        return again.checks

    # Carrying out ------------------------------------------------------------------------------------------------

    def recover(
        self,
        recovery: RecoveryPlan,
        *,
        confirm: str,
        accept: Iterable[str],
        node_password: GivenPassword | None,
        purpose: str,
        ticket: str,
    ) -> RecoveryRun:
        """Begin a recovery, send what may start, and return the run; see ``Kit.recover``."""
        require_may_send(read_only=self._read_only)
        _require_kind(recovery, RecoveryPlan, "recovery", "Make a plan with kit.plan_recovery(...), and give that.")
        password = NodePassword(node_password)
        needs_nodes = any(node.action == "recover" for node in recovery.nodes)
        if needs_nodes:
            password.get()  # the service's rules are checked before anything is recorded or sent
        context, accepted = self._context("", password), read_ids(accept, "accept")
        typed = {"confirm": confirm, "accept": accepted, "purpose": purpose, "ticket": ticket}
        require_no_secret(typed, [*context.store.known_secrets(), *password.known()])
        confirmation = Confirmation(
            operator=context.operator,
            target_name=confirm,
            accepted=accepted,
            purpose=read_text(purpose, "purpose"),
            ticket=read_text(ticket, "ticket"),
        )
        with self._records_on_errors(context):
            earlier = find_earlier_run(recovery, context)
            if earlier:
                return RecoveryRun(earlier, self._context(earlier))  # as it is: this call confirms nothing about it
            self._passwords[recovery.id] = password
            try:
                run_id = open_recovery(recovery, confirmation, context, self._check_again)
            except BaseException:
                password.drop()
                raise
            self._passwords[run_id] = self._passwords.pop(recovery.id)
            advance(run_id, context)
        return RecoveryRun(run_id, context)

    def resume(self, run_id: str, node_password: GivenPassword | None) -> RecoveryRun:
        """Return a recorded run after a look at what became of its requests; sends nothing."""
        if node_password is not None:
            self._passwords[run_id] = NodePassword(node_password)
        context = self._context(run_id)
        with self._records_on_errors(context):
            look_again(run_id, context)
            follow_once(run_id, context)
            drop_password(context.view(run_id), context)
        return RecoveryRun(run_id, context)

    def accept(self, run_id: str, ids: Iterable[str], confirm: str) -> RecoveryRun:
        """Record that a person accepts warnings; see ``Kit.accept``."""
        context, named = self._context(run_id), read_ids(ids, "accept")
        require_no_secret({"accept": named, "confirm": confirm}, context.store.known_secrets())
        with self._records_on_errors(context):
            accept_warnings(run_id, named, context, confirm=confirm)
        return RecoveryRun(run_id, context)

    def send_again(self, run_id: str, step: str, confirm: str, node_password: GivenPassword | None) -> RecoveryRun:
        """Send a step once more; see ``Kit.send_again``."""
        require_may_send(read_only=self._read_only)
        if node_password is not None:
            self._passwords[run_id] = NodePassword(node_password)
        context = self._context(run_id)
        with self._records_on_errors(context):
            send_again(run_id, step, confirm, context)
        return RecoveryRun(run_id, context)

    def follow_up(
        self, run_id: str, offer: str, confirm: str, account: str, password: str | SecretStr | None
    ) -> RecoveryRun:
        """Carry out an offer; see ``Kit.follow_up``."""
        require_may_send(read_only=self._read_only)
        context = self._context(run_id)
        secret = SecretStr(password) if isinstance(password, str) else password
        if secret is not None and not isinstance(secret, SecretStr):
            raise InputError("is no text.", field="password", fix="Give the password of the new account as text.")
        require_no_secret(
            {"offer": offer, "confirm": confirm, "account": read_text(account, "account")},
            [*context.store.known_secrets(), *([secret.get_secret_value()] if secret is not None else [])],
        )
        with self._records_on_errors(context):
            follow_up(run_id, offer, confirm, context, account=account, password=secret)
        return RecoveryRun(run_id, context)

    def adopt(self, run_id: str, step: str, identity: str) -> RecoveryRun:
        """Record what a step has started; see ``Kit.adopt``."""
        context = self._context(run_id)
        with self._records_on_errors(context):
            adopt_step(run_id, step, identity, context)
        return RecoveryRun(run_id, context)

    def release(self, run_id: str, step: str, reason: str, confirm: str) -> RecoveryRun:
        """Record that a step started nothing; see ``Kit.release``."""
        context = self._context(run_id)
        with self._records_on_errors(context):
            release_step(run_id, step, reason=reason, confirm=confirm, context=context)
        return RecoveryRun(run_id, context)

    def plan_abandon(self, run_id: str, keep: Iterable[str]) -> Abandonment:
        """Return what a run created and what of it may be deleted; see ``Kit.plan_abandon``."""
        context = self._context(run_id)
        with self._records_on_errors(context):
            made = list_created(run_id, context, keep=sorted(read_ids(keep, "keep")))
        return Abandonment.model_construct(**dict(made))

    def abandon(self, todo: Abandonment, confirm: str) -> RecoveryRun:
        """Delete what the list says; see ``Kit.abandon``."""
        require_may_send(read_only=self._read_only)
        _require_kind(todo, AbandonPlan, "todo", "List what was created with kit.plan_abandon(record), and give that list.")
        context = self._context(todo.record_id)
        with self._records_on_errors(context):
            run_id = carry_out_abandon(todo, confirm, context)
        return RecoveryRun(run_id, context)

    # Internal ----------------------------------------------------------------------------------------------------

    def _context(self, run_id: str, password: NodePassword | None = None) -> RecoveryContext:
        held = password or self._passwords.get(run_id) or NodePassword()
        if run_id:
            self._passwords[run_id] = held
        return RecoveryContext(services=self._cloud, restore=self._restore(), password=held, only_reads=self._read_only)

    def _records_on_errors(self, context: RecoveryContext) -> AbstractContextManager[None]:
        endpoint = context.ddm.settings.endpoint
        return records_on_errors(lambda: Records(context.store, author=context.operator, endpoint=endpoint))


def _require_kind(given: object, kind: type, field: str, fix: str) -> None:
    """Refuse what is of the wrong kind in one sentence, before anything is read or sent."""
    if not isinstance(given, kind):
        raise InputError(f"is not what is needed but {type(given).__name__}; nothing was sent.", field=field, fix=fix)
