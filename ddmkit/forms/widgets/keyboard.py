"""Stop a notebook page from using the keys that a person presses inside a form.

JupyterLab and Notebook treat bare keys in an output as their own commands unless a text field has the focus: arrow keys in a
list would move between cells, and typing the first letters of a row's name could cut or delete a cell.

The same component moves the focus to a part of the form that has replaced another one.
"""

from __future__ import annotations

import anywidget

from ddmkit.forms.assets import KEYBOARD_JS
from ddmkit.forms.widgets import style

__all__ = ["KeyboardGuard"]


class KeyboardGuard(anywidget.AnyWidget):
    """An invisible widget inside a form: keys pressed in the form stay in the form."""

    _esm = KEYBOARD_JS

    def __init__(self) -> None:
        super().__init__(layout=style.layout())

    def focus_on(self, part: str) -> None:
        """Move the keyboard focus to the heading of the part with this CSS class, as soon as the page shows it."""
        self.send({"focus": part})
