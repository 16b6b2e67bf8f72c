"""The frame around the steps: SOURCE → TARGET on top, the line of steps, one panel, Back and Next.

The frame only draws. What is enabled is decided in ``logic/wizard_state`` and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import ipywidgets as widgets

from ddmkit.display.html import Html, clean_line, tag
from ddmkit.forms.logic.wizard_state import RESTORE_WORDS, Controls, Step, StepState, StepWords, next_step
from ddmkit.forms.widgets import style
from ddmkit.forms.widgets.step_line import StepButton, StepLine

__all__ = ["Stepper", "describe_route", "short_id"]


class Stepper:
    """Shows one panel at a time.

    ``panel_of`` gives the panel of a step and is called when the step is first shown. ``beside`` stands at the end of the
    line of Back and Next, where no click that was meant for Next can fall.
    """

    def __init__(
        self,
        panel_of: Callable[[Step], widgets.DOMWidget],
        go_to: Callable[[Step], None],
        back: Callable[[], None],
        on: Callable[[], None],
        words: StepWords = RESTORE_WORDS,
        *,
        beside: Sequence[widgets.DOMWidget] = (),
    ) -> None:
        self._panel_of = panel_of
        self._words = words
        self._panels: dict[Step, widgets.DOMWidget] = {}
        self.route = style.html("ddmkit-route")
        self.line = StepLine(lambda key: go_to(Step[key.upper()]))
        self.back = style.button("Back", "Go to the previous step; what you typed here is kept", "ddmkit-back")
        self.on = style.button("Next", "Go to the next step", "ddmkit-next ddmkit-primary")
        self.why = style.html("ddmkit-why")
        self.sent = style.html("ddmkit-sent")
        self.back.on_click(lambda _button: back())
        self.on.on_click(lambda _button: on())
        self._panel = style.column(self.sent, css="ddmkit-panel")
        self._moves = style.line(self.back, self.on, self.why, *beside, css="ddmkit-moves")
        self.widget = style.column(self.route, self.line, self._panel, self._moves)

    @property
    def panels(self) -> Mapping[Step, widgets.DOMWidget]:
        """The panels that have been shown."""
        return self._panels

    def focus(self, step: Step) -> None:
        """Move the keyboard focus to a step, which also scrolls back to the top of the form."""
        self.line.focus_on(_key(step))

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
        self._draw_panel(current, read_only)
        self.route.value = route
        self.line.draw([self._describe_step(step, states[step], controls) for step in Step], _key(current))
        self._draw_moves(controls, current, states[current], is_read_only=bool(read_only))
        self.why.value = tag("div", why, role="status") if why else ""

    def _draw_panel(self, current: Step, read_only: str) -> None:
        self.sent.value = read_only
        style.show(self.sent, bool(read_only))
        if not read_only and current not in self._panels:
            self._panels[current] = self._panel_of(current)
            self._panel.children = (*self._panel.children, self._panels[current])
        for step, panel in self._panels.items():
            style.show(panel, step is current and not read_only)

    def _draw_moves(self, controls: Controls, current: Step, state: StepState, *, is_read_only: bool) -> None:
        step_after = next_step(current)
        after = self._words.title(step_after)
        reads = current is Step.REVIEW and not is_read_only
        onwards = f"Next: {after}" if step_after is not current else "Next"
        words = f"I have read the plan. {onwards}" if reads else onwards
        self.back.disabled = not controls.can_go_back
        with self.on.hold_sync():
            self.on.disabled = not controls.can_go_on
            self.on.description, self.on.tooltip = words, f"Go to the step {after}"
        can_send = current is Step.CONFIRM and not is_read_only
        style.show(self.on, current is not Step.RESULTS and not can_send)
        # It stays in sight for its buttons. Before a source is chosen it has none to press, and would cover the sources.
        is_in_the_way = can_send or (current is Step.SOURCE and state is StepState.READY)
        (self._moves.add_class if is_in_the_way else self._moves.remove_class)("ddmkit-moves-below")

    def _describe_step(self, step: Step, state: StepState, controls: Controls) -> StepButton:
        return StepButton(_key(step), self._words.title(step), str(state), state.symbol, step in controls.can_open)


def _key(step: Step) -> str:
    return step.name.lower()


def describe_route(source: tuple[str, str], target: tuple[str, str]) -> Html:
    """Describe source and target (name and id) by name and short id; "not chosen" while one is missing."""
    parts = [_describe_instance("SOURCE", *source), _describe_instance("TARGET", *target)]
    return tag("div", f"{parts[0]} \N{RIGHTWARDS ARROW} {parts[1]}")


def short_id(identity: str) -> str:
    """Return the first and last characters of an id, enough to tell two ids apart."""
    return identity if len(identity) <= 14 else f"{identity[:6]}\N{HORIZONTAL ELLIPSIS}{identity[-6:]}"


def _describe_instance(word: str, name: str, identity: str) -> str:
    if not identity:
        return f"{word} not chosen"
    if identity.partition(":")[0] == "new":  # it has no id yet, and perhaps no name
        return clean_line(f"{word} {name}")
    return clean_line(f"{word} {name} ({short_id(identity)})" if name else f"{word} {short_id(identity)}")
