"""The line of steps above the panel: one small component instead of a button widget for each step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import anywidget
from traitlets import Bool, List, Unicode

from ddmkit.forms.assets import STEPPER_JS
from ddmkit.forms.widgets import style
from ddmkit.forms.widgets.background import FORM_LOCK
from ddmkit.forms.widgets.downloads import is_in_app

__all__ = ["StepButton", "StepLine"]


class StepButton(NamedTuple):
    """One step as the page shows it."""

    key: str
    name: str
    state: str
    symbol: str
    can_open: bool


class StepLine(anywidget.AnyWidget):
    """The steps with their states; ``on_open`` is called with the key of the step that a person clicks on."""

    _esm = STEPPER_JS
    steps: List[Any] = List().tag(sync=True)
    """The steps as lists, in the order of the fields of ``StepButton``: shorter than with names, as they are sent often."""
    current = Unicode().tag(sync=True)
    is_app = Bool().tag(sync=True)

    def __init__(self, on_open: Callable[[str], None]) -> None:
        super().__init__(is_app=is_in_app(), layout=style.layout())
        self._on_open = on_open
        self.on_msg(lambda _widget, content, _buffers: self._on_page_message(content))

    def draw(self, steps: Sequence[StepButton], current: str) -> None:
        """Show the steps; an equal state sends nothing."""
        with self.hold_sync():
            self.steps, self.current = [list(step) for step in steps], current

    def focus_on(self, key: str) -> None:
        """Move the keyboard focus to a step."""
        self.send({"focus": key})

    def _on_page_message(self, content: Mapping[str, Any]) -> None:
        """Open a step that the page names; a disabled or unknown step is ignored."""
        key = content.get("open")
        with FORM_LOCK:
            if any(step.key == key and step.can_open for step in map(StepButton._make, self.steps)):
                self._on_open(str(key))
