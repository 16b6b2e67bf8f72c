"""Style sheets and scripts of the forms, as files of their own so that they can be linted."""

from importlib.resources import files

__all__ = ["FORM_CSS", "KEYBOARD_JS", "TABLE_CSS", "TABLE_JS", "TABLE_LOADER_JS"]

_FOLDER = files(__name__)
FORM_CSS = (_FOLDER / "form.css").read_text("utf-8")
KEYBOARD_JS = (_FOLDER / "keyboard.js").read_text("utf-8")
TABLE_CSS = (_FOLDER / "table.css").read_text("utf-8")
TABLE_JS = (_FOLDER / "table.js").read_text("utf-8")
TABLE_LOADER_JS = (_FOLDER / "table_loader.js").read_text("utf-8")
