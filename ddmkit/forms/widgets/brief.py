"""Widgets that send only what is set: ipywidgets sends every property, and most of them are the page's defaults."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

__all__ = ["HTML", "BriefButton", "BriefList", "BriefText", "Line", "Stack", "make_brief"]


class _Brief(widgets.Widget):  # type: ignore[misc]  # ipywidgets has no types
    """A widget of ipywidgets that leaves out of its first message what has the same default on the page."""

    def get_state(self, key: Any = None, drop_defaults: bool = False) -> dict[str, Any]:  # noqa: FBT001, FBT002  # as in ipywidgets
        """Return the named properties, or without names all that are set."""
        state: dict[str, Any] = super().get_state(key, drop_defaults)
        if key is not None:
            return state
        defaults = {name: trait.default_value for name, trait in self.traits(sync=True).items()}
        # The page finds the kind of a widget by its model's name, whatever the default is.
        return {name: value for name, value in state.items() if name[:6] == "_model" or not _is_same(value, defaults[name])}


def _is_same(value: Any, default: Any) -> bool:
    return bool(value == default) or value in ([], ())


class HTML(_Brief, widgets.HTML):  # type: ignore[misc]  # as above
    """Static HTML."""


class Stack(_Brief, widgets.VBox):  # type: ignore[misc]  # as above
    """Widgets below each other."""


class Line(_Brief, widgets.HBox):  # type: ignore[misc]  # as above
    """Widgets beside each other."""


class BriefButton(_Brief, widgets.Button):  # type: ignore[misc]  # as above
    """A button."""


class BriefText(_Brief, widgets.Text):  # type: ignore[misc]  # as above
    """A text field."""


class BriefList(_Brief, widgets.Combobox):  # type: ignore[misc]  # as above
    """A text field with a list to choose from."""


def make_brief(kind: type[widgets.Widget]) -> Any:
    """Return a class like ``kind``, a style or a layout, that sends only what is set."""
    return type(kind.__name__, (_Brief, kind), {"__doc__": kind.__doc__})
