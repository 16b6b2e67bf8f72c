"""Style sheet and scripts of the forms, as files of their own so that they can be linted."""

from importlib.resources import files

__all__ = ["FORM_CSS", "KEYBOARD_JS", "STEPPER_JS"]

_FOLDER = files(__name__)
FORM_CSS = (_FOLDER / "form.css").read_text("utf-8")
KEYBOARD_JS = (_FOLDER / "keyboard.js").read_text("utf-8")
STEPPER_JS = (_FOLDER / "stepper.js").read_text("utf-8")
