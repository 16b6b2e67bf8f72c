"""Make the plan of one restore from the service's facts: what a kit and the workers of a fleet do alike."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ddmkit.config.credentials import KeyCredentials
from ddmkit.models import RestoreRequest
from ddmkit.restore.context import RestoreContext
from ddmkit.restore.inventory import gather_inventory
from ddmkit.restore.plan import RestorePlan, ServiceIdentity, digest_of, make_plan

__all__ = ["plan_restore"]


def plan_restore(
    request: RestoreRequest,
    context: RestoreContext,
    identity: ServiceIdentity,
    *,
    time_zone: str,
    inputs: Mapping[str, Any],
    incident: datetime | None,
) -> RestorePlan:
    """Read the facts and return the plan; reads only.

    Args:
        request: The request.
        context: The client, the store and the clock.
        identity: The service and the project.
        time_zone: The zone in which times are shown beside UTC.
        inputs: The inputs as they were given, for the record.
        incident: When the damage was done, as a person gave it.
    """
    failed = context.store.failed_with_digest(digest_of(request, identity))
    now = context.now()
    inventory = gather_inventory(
        context.client,
        request,
        now=now,
        signs_requests=isinstance(context.client.settings.credentials, KeyCredentials),
        failed_before=tuple(run.id for run in failed),
        incident=incident,
        witnesses=context.witnesses,
    )
    plan_id = f"p-{secrets.token_hex(8)}"
    return make_plan(request, inventory, identity=identity, plan_id=plan_id, now=now, time_zone=time_zone, inputs=inputs)
