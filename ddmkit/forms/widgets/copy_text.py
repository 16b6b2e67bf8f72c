"""A text to be sent to other people, with a button that copies it."""

from __future__ import annotations

import anywidget
from traitlets import Unicode

from ddmkit.forms.assets import COPY_JS
from ddmkit.forms.widgets import style

__all__ = ["CopyText"]


class CopyText(anywidget.AnyWidget):
    """Shows ``text`` as written, in a field that can only be read; ``button`` copies all of it."""

    _esm = COPY_JS
    text = Unicode().tag(sync=True)
    label = Unicode().tag(sync=True)
    button = Unicode().tag(sync=True)

    def __init__(self, label: str, button: str) -> None:
        super().__init__(label=label, button=button, layout=style.own_layout(width="100%"))
