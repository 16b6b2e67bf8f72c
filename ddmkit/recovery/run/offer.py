"""Carry out an offer after a recovery: confirmed by itself, sent once."""

from __future__ import annotations

from pydantic import SecretStr

from ddmkit.errors import InputError, NotConfirmedError, ServiceError
from ddmkit.recovery.offers import ADMINISTRATOR
from ddmkit.recovery.run.change import offer_step
from ddmkit.recovery.run.context import RecoveryContext
from ddmkit.recovery.run.drive import offers_of
from ddmkit.recovery.run.follow import follow_once
from ddmkit.recovery.run.view import RecoveryView
from ddmkit.sending.claim import write_down_not_sent
from ddmkit.sending.reports import told_as_busy
from ddmkit.sending.send import carry_out

__all__ = ["follow_up"]


def follow_up(
    run_id: str, offer: str, confirm: str, context: RecoveryContext, *, account: str = "", password: SecretStr | None = None
) -> None:
    """Send the request of an offer once, and look once how it ended.

    Raises:
        NotConfirmedError: The name of the source is missing.
        InputError: It is not offered now.
    """
    context.require_own(run_id)
    write_down_not_sent(context.restore)
    view = context.view(run_id)
    offered = [one.id for one in offers_of(view)]
    if offer not in offered:
        raise InputError(f"{offer!r} is not offered now.", field="offer", fix=f"Offered: {', '.join(offered) or 'nothing'}.")
    name = view.plan.source_name
    if confirm != name:
        raise NotConfirmedError(f"Nothing was sent; still missing: confirm={name!r}.", missing=[f"confirm={name!r}"])
    if offer == ADMINISTRATOR:
        _require_new_account(view, context, account, password)
    step = offer_step(view, offer, context, account=account, password=password)
    again = any(event.kind == "intent" for event in view.events_of(offer))
    with told_as_busy(run_id):
        carry_out(step, run_id, context.restore, operator=context.operator, again=again)
    follow_once(run_id, context)


def _require_new_account(view: RecoveryView, context: RecoveryContext, account: str, password: SecretStr | None) -> None:
    """Refuse a missing name or password, and the name of an account that exists: the call would change its password."""
    if not account.strip() or password is None or not password.get_secret_value():
        raise InputError("is needed.", field="account, password", fix="Give account= and password=.")
    try:
        known = {one.name.casefold() for one in context.ddm.list_accounts(view.target_id)}
    except ServiceError:
        return  # an edition without this list: the offer says that the name must be new
    if account.strip().casefold() in known:
        raise InputError(
            f"{account!r} exists on {view.plan.target.name} already; nothing was sent.",
            field="account",
            fix="Give another name: the request would change the password of that account.",
        )
