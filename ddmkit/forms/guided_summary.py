"""The summary of a guided form as static HTML and text, for a saved notebook."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ddmkit.display.html import Fragment
from ddmkit.forms.guided_steps import GuidedSteps
from ddmkit.forms.logic.summary import describe_lines, fold, shorten, summarise
from ddmkit.forms.logic.wizard_state import Step, StepState
from ddmkit.forms.readers.sent_steps import SentSteps

__all__ = ["summarise_guided"]


def summarise_guided(
    steps: GuidedSteps[Any, Any], sent: SentSteps, states: Mapping[Step, StepState], *, previous_record: str
) -> Fragment:
    """Return the state of every step, the plan, and what is watched or the results.

    Args:
        steps: The steps of the form.
        sent: What was sent, if something was sent; the fields may have changed since.
        states: The state of each step.
        previous_record: The id of the record of an earlier run of the same form; may be empty.
    """
    return summarise(states, _describe_steps(steps, sent), _describe_parts(steps, sent, previous_record), steps.words)


def _describe_steps(steps: GuidedSteps[Any, Any], sent: SentSteps) -> dict[Step, str]:
    if sent.parts:
        lines = dict(sent.lines)
    else:
        plan = steps.plan
        lines = steps.selection.describe() | {Step.CHECK: f"digest {plan.digest}" if plan else ""}
    return lines | {Step.WATCH: steps.run_state}


def _describe_parts(steps: GuidedSteps[Any, Any], sent: SentSteps, previous_record: str) -> list[Fragment]:
    parts = []
    if sent.parts:
        # The record holds both in full; in a text, which folds nothing, they would stand between a reader and the results.
        parts = [fold(title, shorten(sent.parts[step])) for title, step in (("Checks", Step.CHECK), ("Plan", Step.REVIEW))]
    elif steps.plan is not None:
        parts = [fold("Checks", steps.checks.summary()), fold("Plan", steps.describe_plan())]
    if steps.has_ended and steps.result is not None:
        return [*parts, steps.form_of(Step.RESULTS).summary()]
    if steps.run_state:
        return [*parts, steps.watch.summary()]
    picture = steps.selection.picture()  # in words the timeline would be longer than all the rest
    timeline = [fold("Timeline", Fragment(picture.html, ""))] if picture.html and not sent.parts else []
    return [*timeline, *parts, _describe_nothing(previous_record, steps.words.thing)]


def _describe_nothing(previous_record: str, thing: str) -> Fragment:
    """Say that nothing was submitted: on a page with its time, since something may have been submitted after that."""
    earlier = f" The previous {thing} is on record {previous_record}." if previous_record else ""
    what = "Nothing else" if previous_record else "Nothing"
    saved = f"When this was written, {what.lower()} had been submitted from this form: the time is above.{earlier}"
    return Fragment(describe_lines(saved).html, f"{what} was submitted from this form{'.' if earlier else ' yet.'}{earlier}")
