"""The frame around the steps: SOURCE -> TARGET on top, a button per step with its state, one panel, Back and Next.

The frame only draws. What is enabled is decided in ``logic/wizard_state`` and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets as widgets

from ddmkit.display.html import Html, clean_line, tag
from ddmkit.forms.logic.wizard_state import Controls, Step, StepState, next_step
from ddmkit.forms.widgets import style

__all__ = ["Stepper", "describe_route", "short_id"]


class Stepper:
    """Shows one panel at a time; ``go_to`` is called with the step that a person clicks on."""

    def __init__(
        self,
        panels: Mapping[Step, widgets.DOMWidget],
        go_to: Callable[[Step], None],
        back: Callable[[], None],
        on: Callable[[], None],
    ) -> None:
        self._panels = panels
        self.route = style.html("ddmkit-route")
        self.buttons = {step: self._step_button(place, step, go_to) for place, step in enumerate(Step, 1)}
        self.back = style.button("Back", "Go to the previous step; what you typed here is kept", "ddmkit-back")
        self.on = style.button("Next", "Go to the next step", "ddmkit-next")
        self.why = style.html("ddmkit-why")
        self.sent = style.html("ddmkit-sent")
        self.back.on_click(lambda _button: back())
        self.on.on_click(lambda _button: on())
        self.widget = style.column(
            self.route,
            style.line(*self.buttons.values(), css="ddmkit-steps"),
            style.column(*panels.values(), self.sent, css="ddmkit-panel"),
            style.line(self.back, self.on, self.why, css="ddmkit-moves"),
        )

    def draw(
        self,
        states: Mapping[Step, StepState],
        controls: Controls,
        current: Step,
        *,
        route: Html,
        why: str,
        sent: Mapping[Step, str] | None = None,
    ) -> None:
        """Show the current step and the state of every step.

        Args:
            states: The state of each step.
            controls: What is enabled.
            current: The step to show.
            route: From which source to which target, as HTML.
            why: What the current step still needs; may be empty.
            sent: HTML that is shown in the place of a step's panel, because the step can only be read.
        """
        read_only = (sent or {}).get(current, "")
        self.sent.value = read_only
        style.show(self.sent, bool(read_only))
        self.route.value = route
        for place, step in enumerate(Step, 1):
            self._draw_button(self.buttons[step], place, step, states[step], current)
            self.buttons[step].disabled = step not in controls.can_open
            style.show(self._panels[step], step is current and not read_only)
        self.back.disabled, self.on.disabled = not controls.can_go_back, not controls.can_go_on
        after = next_step(current)
        reads = current is Step.REVIEW and not read_only
        words = f"I have read the plan. Next: {after}" if reads else f"Next: {after}" if after is not current else "Next"
        self.on.description, self.on.tooltip = words, f"Go to the step {after}"
        style.show(self.on, current is not Step.RESULTS and (current is not Step.CONFIRM or bool(read_only)))
        self.why.value = tag("div", why, role="status") if why else ""

    def _step_button(self, place: int, step: Step, go_to: Callable[[Step], None]) -> Any:
        made = style.button(f"{place}. {step}", f"Open the step {step}", f"ddmkit-step ddmkit-step-{step.name.lower()}")
        made.on_click(lambda _button: go_to(step))
        return made

    def _draw_button(self, made: Any, place: int, step: Step, state: StepState, current: Step) -> None:
        here = " (here)" if step is current else ""
        made.description = f"{state.symbol} {place}. {step}: {state}{here}"
        made.tooltip = f"Step {place}, {step}, is {state}"
        if step is current:
            made.add_class("ddmkit-current")
        else:
            made.remove_class("ddmkit-current")


def describe_route(source: tuple[str, str], target: tuple[str, str]) -> Html:
    """Describe source and target (name and id) by name and short id; "not chosen" while one is missing."""
    parts = [_describe_instance("SOURCE", *source), _describe_instance("TARGET", *target)]
    return tag(
        "div", f"{parts[0]} \N{RIGHTWARDS ARROW} {parts[1]}", style="font-size:1.1em;font-weight:bold;padding:0.3em 0"
    )


def short_id(identity: str) -> str:
    """Return the first and last characters of an id, enough to tell two ids apart."""
    return identity if len(identity) <= 14 else f"{identity[:6]}\N{HORIZONTAL ELLIPSIS}{identity[-6:]}"


def _describe_instance(word: str, name: str, identity: str) -> str:
    if not identity:
        return f"{word} not chosen"
    return clean_line(f"{word} {name} ({short_id(identity)})" if name else f"{word} {short_id(identity)}")
