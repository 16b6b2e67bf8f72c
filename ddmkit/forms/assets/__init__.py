"""Style sheets and scripts of the forms, as files of their own so that they can be linted."""

from importlib.resources import files

__all__ = [
    "FORM_CSS",
    "KEYBOARD_JS",
    "PICKER_CSS",
    "PICKER_JS",
    "STEPPER_JS",
    "TABLE_CSS",
    "TABLE_JS",
    "TABLE_LOADER_JS",
    "TIMELINE_CSS",
    "TIMELINE_JS",
]

_FOLDER = files(__name__)


def _read(*names: str) -> str:
    return "\n".join((_FOLDER / name).read_text("utf-8") for name in names)


def _compact(script: str) -> str:
    """Remove indentation and lines that are comments: the page gets a script of several files each time a form is opened."""
    lines = (line.strip() for line in script.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith(("//", "/**")))


FORM_CSS = _read("form.css")
KEYBOARD_JS = _read("keyboard.js")
PICKER_CSS = _read("picker.css")
PICKER_JS = _read("picker.js")
STEPPER_JS = _read("stepper.js")
TABLE_CSS = _read("table.css")
TABLE_JS = _read("table.js")
TABLE_LOADER_JS = _read("table_loader.js")
TIMELINE_CSS = _read("timeline.css")
TIMELINE_JS = _compact(_read("timeline_scale.js", "timeline_drawing.js", "timeline.js"))
