"""What a person may do after a recovery, each with a confirmation of its own and never unasked.

The administrator account of the new target, the source read-only while applications are switched, and lifting that again:
the last only as long as this recovery set it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict

from ddmkit.recovery.steps import StepState

__all__ = [
    "ADMINISTRATOR",
    "LIFT_READ_ONLY",
    "OFFERS",
    "OFFER_TITLES",
    "SOURCE_READ_ONLY",
    "Offer",
    "OfferId",
    "make_offers",
]

ADMINISTRATOR: Final = "administrator"
SOURCE_READ_ONLY: Final = "source-read-only"
LIFT_READ_ONLY: Final = "lift-read-only"
OFFERS = (ADMINISTRATOR, SOURCE_READ_ONLY, LIFT_READ_ONLY)
OFFER_TITLES = {
    ADMINISTRATOR: "Create the administrator account of the target",
    SOURCE_READ_ONLY: "Make the source read-only",
    LIFT_READ_ONLY: "Let the source be written to again",
}
"""What the steps of the offers are called where the instance is named already."""
OfferId = Literal["administrator", "source-read-only", "lift-read-only"]


class Offer(BaseModel):
    """One offer: ``id`` names it, ``title`` says what it does, ``request`` is the exact request without a secret."""

    model_config = ConfigDict(frozen=True)

    id: OfferId
    title: str
    request: dict[str, Any]
    note: str = ""


def make_offers(
    project_id: str, source: tuple[str, str], target: tuple[str, str], states: Mapping[str, StepState], *, is_restored: bool
) -> tuple[Offer, ...]:
    """Return what can be done now.

    Args:
        project_id: The project.
        source: The id and the name of the source.
        target: The id and the name of the target; the id is empty while it does not exist.
        states: How the steps of the offers stand; a missing one has not begun.
        is_restored: Whether the metadata restore has completed.
    """
    offers = []
    if is_restored and target[0] and not _is_taken(states, ADMINISTRATOR):
        offers.append(_administrator(project_id, *target))
    is_read_only = states.get(SOURCE_READ_ONLY) is StepState.COMPLETED
    is_lifted = states.get(LIFT_READ_ONLY) is StepState.COMPLETED
    if is_restored and not _is_taken(states, SOURCE_READ_ONLY):
        offers.append(_read_only(project_id, *source, SOURCE_READ_ONLY))
    if is_read_only and not is_lifted and not _is_open(states, LIFT_READ_ONLY):
        offers.append(_read_only(project_id, *source, LIFT_READ_ONLY))
    return tuple(offers)


def _is_open(states: Mapping[str, StepState], name: str) -> bool:
    return states.get(name) in {StepState.SENDING, StepState.UNKNOWN, StepState.RUNNING}


def _is_taken(states: Mapping[str, StepState], name: str) -> bool:
    return _is_open(states, name) or states.get(name) is StepState.COMPLETED


def _administrator(project_id: str, target_id: str, target_name: str) -> Offer:
    return Offer(
        id="administrator",
        title=f"Create the administrator account of {target_name}",
        request={
            "service": "DDM",
            "method": "PUT",
            "path": f"/v3/{project_id}/instances/{target_id}/admin-user",
            "body": {"name": "<name>", "password": "********"},
        },
        note="The account cannot be deleted again. Its name must not be that of an account that exists.",
    )


def _read_only(
    project_id: str, source_id: str, source_name: str, offer: Literal["source-read-only", "lift-read-only"]
) -> Offer:
    is_on = offer == SOURCE_READ_ONLY
    return Offer(
        id=offer,
        title=f"Make {source_name} read-only" if is_on else f"Let {source_name} be written to again",
        request={
            "service": "DDM",
            "method": "PUT",
            "path": f"/v3/{project_id}/instances/{source_id}/readonly-status",
            "body": {"readonly": is_on},
        },
        note="Applications that write to the source fail from then on." if is_on else "This recovery made it read-only.",
    )
