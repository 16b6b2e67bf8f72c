"""Changes of instances that exist, as steps: the refresh of the target, the offers after a recovery, and deletions."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import SecretStr

from ddmkit.errors import InputError
from ddmkit.records.steps import DELETION, is_deletion
from ddmkit.recovery.abandon import why_not_abandoned
from ddmkit.recovery.offers import ADMINISTRATOR, LIFT_READ_ONLY, OFFERS, SOURCE_READ_ONLY
from ddmkit.recovery.run.context import RecoveryContext
from ddmkit.recovery.run.requests.changes import ChangeStep, DeletionStep
from ddmkit.recovery.run.requests.node import NodeService
from ddmkit.recovery.run.view import RecoveryView
from ddmkit.recovery.steps import REFRESH, RESTORE
from ddmkit.recovery_models.ddm import AcceptedJob
from ddmkit.sending.step import Accepted
from ddmkit.service.calls import Call
from ddmkit.service.ddm import protocol as ddm_protocol
from ddmkit.service.deadline import Attempt
from ddmkit.service.rds import protocol as rds_protocol
from ddmkit.service.writer import Sent

__all__ = ["delete_step", "deletion_of", "offer_step", "offer_step_of", "refresh_step"]


def _accepted(sent: Sent[AcceptedJob]) -> Accepted:
    return Accepted(
        job_id=sent.result.job_id, status=sent.status, request_id=sent.request_id, service_date=sent.service_date
    )


def refresh_step(view: RecoveryView, context: RecoveryContext) -> ChangeStep:
    """Return the refresh of what the target knows of its data nodes."""
    project, target = view.plan.identity.project_id, view.target_id
    call = ddm_protocol.sync_data_nodes(project, target)

    def send(last_check: Callable[[], None], attempt: Attempt) -> Accepted:
        return _accepted(context.ddm.sync_data_nodes(call, last_check=last_check, attempt=attempt))

    return ChangeStep(
        name=REFRESH,
        claim_key=f"sync:{target}",
        title=f"refresh of the data nodes of {view.plan.target.name}",
        confirm_name=view.plan.source_name,
        service=context.ddm,
        call=call,
        send=send,
    )


def offer_step(
    view: RecoveryView, offer: str, context: RecoveryContext, *, account: str = "", password: SecretStr | None = None
) -> ChangeStep:
    """Return the step of an offer; the administrator needs the name and the password of the account."""
    if offer == ADMINISTRATOR:
        return _administrator_step(view, context, account, password)
    if offer not in OFFERS:
        raise InputError(f"{offer!r} is no offer.", field="offer", fix=f"Offers are: {', '.join(OFFERS)}.")
    source, is_on = view.plan.source_id, offer == SOURCE_READ_ONLY
    call = ddm_protocol.set_read_only(view.plan.identity.project_id, source, read_only=is_on)

    def send(last_check: Callable[[], None], attempt: Attempt) -> Accepted:
        return _accepted(context.ddm.set_read_only(call, last_check=last_check, attempt=attempt))

    return ChangeStep(
        name=offer,
        claim_key=f"{SOURCE_READ_ONLY if is_on else LIFT_READ_ONLY}:{source}",
        title=f"change of {view.plan.source_name} to {'read-only' if is_on else 'writable'}",
        confirm_name=view.plan.source_name,
        service=context.ddm,
        call=call,
        send=send,
    )


def _administrator_step(
    view: RecoveryView, context: RecoveryContext, account: str, password: SecretStr | None
) -> ChangeStep:
    project, target = view.plan.identity.project_id, view.target_id
    shown = Call(
        "ResetAdministrator",
        "create the administrator",
        "PUT",
        f"/v3/{project}/instances/{target}/admin-user",
        body=f'{{"name":"{account}","password":"********"}}'.encode() if account.isalnum() else None,
    )

    def send(last_check: Callable[[], None], attempt: Attempt) -> Accepted:
        if not account or password is None:
            raise InputError("is needed.", field="account, password", fix="Give account= and password=.")
        call = ddm_protocol.set_administrator(project, target, account, password)
        return _accepted(context.ddm.set_administrator(call, last_check=last_check, attempt=attempt))

    return ChangeStep(
        name=ADMINISTRATOR,
        claim_key=f"{ADMINISTRATOR}:{target}",
        title=f"creation of the administrator of {view.plan.target.name}",
        confirm_name=view.plan.source_name,
        service=context.ddm,
        call=shown,
        send=send,
    )


def offer_step_of(view: RecoveryView, name: str, context: RecoveryContext) -> ChangeStep | None:
    """Return the step of the refresh or of an offer that was sent, or ``None``."""
    if name == REFRESH:
        return refresh_step(view, context)
    return offer_step(view, name, context) if name in OFFERS else None


def delete_step(view: RecoveryView, kind: str, instance_id: str, name: str, context: RecoveryContext) -> DeletionStep:
    """Return the deletion of a target, which keeps the data of its nodes, or of a node."""
    project = view.plan.identity.project_id
    if kind == "target":
        call = ddm_protocol.delete_instance(project, instance_id)
    else:
        call = rds_protocol.delete_instance(project, instance_id)

    def send(last_check: Callable[[], None], attempt: Attempt) -> Accepted:
        def check() -> None:
            last_check()
            _require_still_given_up(view, context)

        client = context.ddm if kind == "target" else context.rds
        return _accepted(client.delete_instance(call, last_check=check, attempt=attempt))

    def is_listed() -> bool:
        if kind == "target":
            return any(one.id == instance_id for one in context.ddm.list_instances())
        return any(one.id == instance_id for one in context.rds.list_instances(instance_id=instance_id))

    return DeletionStep(
        instance_id=instance_id,
        is_listed=is_listed,
        name=f"{DELETION}{instance_id}",
        claim_key=f"delete:{instance_id}",
        title=f"deletion of {name}",
        confirm_name=view.plan.source_name,
        service=context.ddm if kind == "target" else NodeService(context.rds),
        call=call,
        send=send,
    )


def _require_still_given_up(view: RecoveryView, context: RecoveryContext) -> None:
    """Refuse to delete when the metadata was restored after the list was read; from the claim on no step can begin."""
    restore = context.view(view.run.id).state_of(RESTORE)
    if why := why_not_abandoned(restore, throwaway=view.plan.throwaway, source_name=view.plan.source_name):
        raise InputError(why, field="record", fix="Nothing was deleted.")


def deletion_of(view: RecoveryView, name: str, context: RecoveryContext) -> DeletionStep | None:
    """Return the deletion that was sent under a step's name, or ``None``."""
    if not is_deletion(name):
        return None
    instance_id = name.removeprefix(DELETION)
    kind = "target" if instance_id == view.target_id else "node"
    return delete_step(view, kind, instance_id, instance_id, context)
