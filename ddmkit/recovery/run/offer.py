"""Carry out an offer after a recovery: confirmed by itself, sent once."""

from __future__ import annotations

from pydantic import SecretStr

from ddmkit.errors import InputError, NotConfirmedError
from ddmkit.recovery.run.change import offer_step
from ddmkit.recovery.run.context import RecoveryContext
from ddmkit.recovery.run.drive import offers_of
from ddmkit.recovery.run.follow import follow_once
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
    step = offer_step(view, offer, context, account=account, password=password)
    again = any(event.kind == "intent" for event in view.events_of(offer))
    with told_as_busy(run_id):
        carry_out(step, run_id, context.restore, operator=context.operator, again=again)
    follow_once(run_id, context)
