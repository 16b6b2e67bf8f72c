"""Keeps a notebook page from taking the keys that a person presses in a form.

JupyterLab and Notebook take bare keys in an output for their own commands unless a text field has the focus: the arrow keys
in a list would move among the cells, and typing the first letters of a row's name could cut or delete a cell.
"""

from __future__ import annotations

import anywidget

__all__ = ["KeyboardGuard"]

# Lumino, which hears the keys for both pages, leaves an element with this attribute alone; it looks from the focused element
# upwards and takes the first that one of its commands is for, so the attribute has to be on the focused element itself. With
# Ctrl, Alt or Meta the page's commands stay (saving the notebook), because no control of a form asks for those.
_SCRIPT = """
export default {
  render({ el }) {
    const choose = (event) => {
      if (!el.closest(".ddmkit-form")?.contains(event.target)) return;
      const isBare = !(event.ctrlKey || event.altKey || event.metaKey);
      event.target.toggleAttribute("data-lm-suppress-shortcuts", isBare);
    };
    window.addEventListener("keydown", choose, true);
    return () => window.removeEventListener("keydown", choose, true);
  },
};
"""


class KeyboardGuard(anywidget.AnyWidget):
    """Nothing to see: it stands in a form, and the keys pressed there are the form's."""

    _esm = _SCRIPT
