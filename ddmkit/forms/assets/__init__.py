"""Style sheets and scripts of the forms, as files of their own so that they can be linted."""

import re
from importlib.resources import files

__all__ = [
    "COPY_JS",
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
_AROUND = re.compile(r"\s*([{}])\s*|(?<=[;,])\s*\n\s*")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_COMMENT_BEHIND = re.compile(r"(?<=[;{}]) // .*")


def _read(*names: str) -> str:
    return "\n".join((_FOLDER / name).read_text("utf-8") for name in names)


def _script(*names: str) -> str:
    """Read a script without its indentation and comments: the page gets it each time a form is opened."""
    lines = (_COMMENT_BEHIND.sub("", line.strip()) for line in _read(*names).splitlines())
    return "\n".join(line for line in lines if line and not line.startswith(("//", "/**")))


def _sheet(name: str) -> str:
    """Read a style sheet without its comments and the blanks around braces and at the ends of lines."""
    return _AROUND.sub(r"\1", _COMMENT.sub("", _read(name))).strip()


COPY_JS = _script("copy.js")
FORM_CSS = _sheet("form.css")
KEYBOARD_JS = _script("keyboard.js")
PICKER_CSS = _sheet("picker.css")
PICKER_JS = _script("picker.js")
STEPPER_JS = _script("stepper.js")
TABLE_CSS = _sheet("table.css")
TABLE_JS = _script("table.js")
TABLE_LOADER_JS = _script("table_loader.js")
TIMELINE_CSS = _sheet("timeline.css")
TIMELINE_JS = _script("timeline_scale.js", "timeline_drawing.js", "timeline.js")
