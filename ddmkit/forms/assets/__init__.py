"""Style sheets and scripts of the forms, as files of their own so that they can be linted."""

from importlib.resources import files

__all__ = ["FORM_CSS", "KEYBOARD_JS", "PICKER_JS", "TIMELINE_CSS", "TIMELINE_JS"]

_FOLDER = files(__name__)


def _read(*names: str) -> str:
    return "\n".join((_FOLDER / name).read_text("utf-8") for name in names)


FORM_CSS = _read("form.css")
KEYBOARD_JS = _read("keyboard.js")
PICKER_JS = _read("picker.js")
TIMELINE_CSS = _read("timeline.css")
TIMELINE_JS = _read("timeline_scale.js", "timeline_drawing.js", "timeline.js")
