"""What a recovery created and may delete again: a list for a person, made from the record and the services as they are now.

Nothing is deleted but what this very recovery created. An instance is ours only if three things agree: the intent on our
record, the name that the instance has now, and the time at which it was created. A person's statement alone is not enough.
The target goes first and keeps its data nodes' data (``delete_dn_data=false``); then the nodes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict

from ddmkit.errors import InputError
from ddmkit.models import Instant, InstantOrNone
from ddmkit.recovery.steps import StepState
from ddmkit.times import format_ago, format_utc

__all__ = ["AbandonItem", "AbandonPlan", "Made", "Present", "make_abandon_plan", "why_not_abandoned"]

# The services' clocks and the clock that dated the intent may differ by this much.
_CLOCKS = timedelta(minutes=2)
_KEPT = "you keep it"
_RESTORE_UNDER_WAY = frozenset({StepState.SENDING, StepState.UNKNOWN, StepState.RUNNING, StepState.COMPLETED})


class Made(BaseModel):
    """What the record says about one step that creates an instance: the intent, and the id if one is known.

    ``sent_at`` is the time of the first intent, by the service's clock.
    """

    model_config = ConfigDict(frozen=True)

    step: str
    kind: Literal["target", "node"]
    name: str
    sent_at: Instant
    instance_id: str = ""


class Present(BaseModel):
    """An instance as the service lists it now. ``attached_to`` are the DDM instances that use a node, as far as shown.

    ``schemas`` are those of a target in which somebody may have an interest: not those of a drill.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    kind: Literal["target", "node"]
    created: InstantOrNone = None
    charge_mode: str = ""
    is_attached: bool | None = None
    attached_to: tuple[str, ...] = ()
    schemas: tuple[str, ...] = ()


class AbandonItem(BaseModel):
    """One instance of the list. ``why_not`` is empty if it can be deleted; ``is_gone`` if it does not exist any more."""

    model_config = ConfigDict(frozen=True)

    step: str
    kind: Literal["target", "node"]
    id: str
    name: str
    created: InstantOrNone = None
    billing: str = ""
    is_gone: bool = False
    why_not: str = ""

    @property
    def can_be_deleted(self) -> bool:
        """Whether this recovery may delete the instance."""
        return not self.is_gone and not self.why_not

    @property
    def fate(self) -> str:
        """What happens to the instance, in a few words."""
        return "gone" if self.is_gone else f"stays: {self.why_not}" if self.why_not else "will be deleted"


class AbandonPlan(BaseModel):
    """The list that a person sees before anything is deleted: the target first, then the nodes.

    ``keep`` are the ids of what a person keeps, to take it in a new plan.
    """

    model_config = ConfigDict(frozen=True)

    record_id: str
    source_name: str
    made_at: Instant
    items: tuple[AbandonItem, ...]
    keep: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<abandon {self.record_id}: {self.confirmation or 'nothing can be deleted'}>"

    @property
    def deletable(self) -> tuple[AbandonItem, ...]:
        """What can still be deleted, in order."""
        return tuple(item for item in self.items if item.can_be_deleted)

    @property
    def confirmation(self) -> str:
        """What a person types to confirm, such as ``delete 3``; empty when nothing can be deleted."""
        return f"delete {len(self.deletable)}" if self.deletable else ""

    def words(self) -> tuple[str, ...]:
        """Describe the list in plain sentences."""
        return tuple(self._describe(item) for item in self.items)

    def _describe(self, item: AbandonItem) -> str:
        what = f"{'DDM instance' if item.kind == 'target' else 'RDS instance'} {item.name} ({item.id or 'no id known'})"
        if item.is_gone:
            return f"{what}: does not exist (any more)."
        age = (
            f"created {format_utc(item.created)}, {format_ago(item.created, self.made_at)}"
            if item.created
            else "age unknown"
        )
        if item.why_not:
            return f"{what}, {age}: stays, because {item.why_not}."
        return f"{what}, {age}, {item.billing}: will be deleted."


def why_not_abandoned(restore: StepState, *, throwaway: bool, source_name: str) -> str:
    """Return why a recovery cannot be abandoned; empty when it can.

    A target that holds, or may hold, restored metadata may be in use.
    """
    if throwaway or restore not in _RESTORE_UNDER_WAY:
        return ""
    return (
        f"the metadata restore of {source_name} is {restore}, so the new instances may be in use. "
        "Delete them in the console if you know that they are not."
    )


def make_abandon_plan(
    record_id: str,
    source_name: str,
    made: Iterable[Made],
    present: Sequence[Present],
    *,
    now: datetime,
    keep: Collection[str] = (),
) -> AbandonPlan:
    """Return the list of what a recovery created, as it is now.

    Args:
        record_id: The record of the recovery.
        source_name: The name of the source, for people.
        made: What the record says about each creating step.
        present: The instances that the services list now.
        now: The present, by the services' clock.
        keep: The ids of what a person keeps. A node of a target that is kept stays too.

    Raises:
        InputError: An id to keep is of nothing that this recovery created.
    """
    steps = tuple(made)
    _require_made(keep, steps)
    targets = _keep([item for one in steps if one.kind == "target" for item in _items_of(one, present, ())], keep)
    staying = {item.id for item in targets if item.why_not}
    going = {one.instance_id for one in steps if one.kind == "target" and one.instance_id} - staying
    nodes = _keep([item for one in steps if one.kind == "node" for item in _items_of(one, present, going)], keep)
    ordered = (*targets, *nodes)
    return AbandonPlan(record_id=record_id, source_name=source_name, made_at=now, items=ordered, keep=tuple(keep))


def _keep(items: Iterable[AbandonItem], keep: Collection[str]) -> list[AbandonItem]:
    kept = {"why_not": _KEPT}
    return [item.model_copy(update=kept) if item.id in keep and item.can_be_deleted else item for item in items]


def _require_made(keep: Iterable[str], made: Iterable[Made]) -> None:
    own = [one.instance_id for one in made if one.instance_id]
    strange = sorted(set(keep) - set(own))
    if strange:
        raise InputError(
            f"{', '.join(strange)[:200]}: this recovery created no such instance.",
            field="keep",
            fix=f"It created: {', '.join(own) or 'nothing that is known'}.",
        )


def _items_of(made: Made, present: Sequence[Present], going: Collection[str]) -> list[AbandonItem]:
    """Return the instances of one step: the one on the record, and any other that has its name."""
    same = [one for one in present if one.kind == made.kind and one.id]
    found = {one.id: one for one in same if one.id == made.instance_id or one.name == made.name}
    if made.instance_id and made.instance_id not in found:
        gone = AbandonItem(step=made.step, kind=made.kind, id=made.instance_id, name=made.name, is_gone=True)
        return [gone, *(_item(made, one, going) for one in found.values())]
    return [_item(made, one, going) for one in found.values()]


def _item(made: Made, one: Present, going: Collection[str]) -> AbandonItem:
    return AbandonItem(
        step=made.step,
        kind=made.kind,
        id=one.id,
        name=one.name,
        created=one.created,
        billing=_billing(one.charge_mode),
        why_not=_why_not(made, one, going),
    )


def _billing(charge_mode: str) -> str:
    words: Mapping[str, str] = {
        "postpaid": "billed on demand",
        "prepaid": "billed yearly or monthly",
        "": "billing not shown",
    }
    return words.get(charge_mode.casefold(), charge_mode)


def _why_not(made: Made, one: Present, going: Collection[str]) -> str:
    return _why_not_ours(made, one) or _why_in_use(one, going)


def _why_not_ours(made: Made, one: Present) -> str:
    if not made.instance_id:
        return "its id is not on the record: adopt it first, if it is this recovery's"
    if one.id != made.instance_id:
        return f"it has the name of this recovery's {made.instance_id}, and another id"
    if one.name != made.name:
        return f"it was requested as {made.name} and has another name now"
    if one.created is None:
        return "the service does not show when it was created"
    if one.created < made.sent_at - _CLOCKS:
        return f"it was created before this recovery requested it, at {format_utc(made.sent_at)}"
    return ""


def _why_in_use(one: Present, going: Collection[str]) -> str:
    if one.charge_mode.casefold() == "prepaid":
        return "a yearly or monthly instance cannot be deleted by a call"
    if one.schemas:
        return f"it holds schemas ({', '.join(one.schemas)[:200]}) that this recovery has not completed"
    strange = [other for other in one.attached_to if other not in going]
    if strange:
        return f"it is a data node of {', '.join(strange)}"
    if one.kind == "node" and not one.attached_to and one.is_attached is not False:
        return "the service does not show of which DDM instance it is a data node"
    return ""
