"""The summary of a guided form as static HTML and text, for a saved notebook."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ddmkit.display.html import Fragment
from ddmkit.forms.guided_steps import GuidedSteps
from ddmkit.forms.logic.summary import describe_lines, fold, summarise
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
        parts = [fold("Checks", sent.parts[Step.CHECK]), fold("Plan", sent.parts[Step.REVIEW])]
    elif steps.plan is not None:
        parts = [fold("Checks", steps.checks.summary()), fold("Plan", steps.describe_plan())]
    if steps.has_ended and steps.result is not None:
        return [*parts, steps.form_of(Step.RESULTS).summary()]
    if steps.run_state:
        return [*parts, steps.watch.summary()]
    nothing = "Nothing was submitted from this form yet."
    if previous_record:
        earlier = f"The previous {steps.words.thing} is on record {previous_record}."
        nothing = f"Nothing else was submitted from this form. {earlier}"
    picture = steps.selection.picture()  # in words the timeline would be longer than all the rest
    timeline = [fold("Timeline", Fragment(picture.html, ""))] if picture.html and not sent.parts else []
    return [*timeline, *parts, describe_lines(nothing)]
