"""What a person is told when a drill in the cloud is interrupted: what stays there, and how to delete it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from ddmkit.display.status import describe_count
from ddmkit.errors import DDMKitError
from ddmkit.handles.plan import Plan
from ddmkit.handles.recovery.plan import Recovery
from ddmkit.records.reader import objects_in, text_in
from ddmkit.records.recovery_reader import RecoveryReader, instances_still_billed
from ddmkit.records.runs import RunData
from ddmkit.sending.reports import add_to_message

if TYPE_CHECKING:
    from ddmkit.kit import Kit

__all__ = ["describe_left", "telling_what_stays"]


@contextmanager
def telling_what_stays(kit: Kit, plan: Plan | Recovery) -> Iterator[None]:
    """Add to whatever ends the block, Ctrl-C too, what the drill has left in the cloud; asks the record only."""
    try:
        yield
    except BaseException as error:
        with suppress(Exception):  # the interruption itself must be raised, whatever goes wrong here
            record = kit.records.of_plan(plan.id)
            told = "" if record is None else describe_left(record.run)
            if told and isinstance(error, DDMKitError):
                add_to_message(error, told)
            elif told:
                error.add_note(told)
        raise


def describe_left(run: RunData) -> str:
    """Return what an unfinished drill has requested and not deleted, and how to delete it; empty if there is nothing."""
    count = instances_still_billed(run)
    if not count:
        return ""
    reader = RecoveryReader(run)
    creates = {text_in(step, "name"): text_in(step, "creates") for step in objects_in(reader.reader.plan, "steps")}
    gone = {one.name.rpartition(":")[2] for one in reader.steps if one.name.startswith("delete:") and one.ended}
    left = [one for one in reader.steps if creates.get(one.name) and one.intent and one.made not in gone]
    named = ", ".join(f"{creates[one.name]} ({one.made or 'its id is not known yet'})" for one in left)
    return (
        f"The drill did not get to its clean-up. {describe_count(count, 'instance')} that it requested may stay in the "
        f"cloud, billed until deleted: {named}. To see and delete them: ddmkit drill {run.id} --clean-up; or in Python: "
        f"todo = kit.plan_abandon({run.id!r}); kit.abandon(todo, confirm=todo.confirmation)."
    )
