"""The style sheet and the script of the forms: sound, and shipped as files."""

import re
import shutil
import subprocess
from importlib.resources import files

import pytest

from ddmkit.forms.assets import FORM_CSS, KEYBOARD_JS, TABLE_CSS, TABLE_JS, TABLE_LOADER_JS
from ddmkit.forms.widgets import style
from ddmkit.forms.widgets.keyboard import KeyboardGuard
from ddmkit.forms.widgets.table import Table

SHEETS = (FORM_CSS, TABLE_CSS)
# A comment, a string, a brace or a declaration's end; what lies between them is text.
PARTS = re.compile(r"/\*.*?\*/|\"[^\"\n]*\"|[{};]|[^{};\"/]+|/", re.DOTALL)


def declarations(css):
    """Return each declaration with the selectors around it; fails where braces or semicolons are missing."""
    around, text, found = [], "", []
    for part in PARTS.findall(css):
        if part.startswith("/*"):
            continue
        if part == "{":
            around.append(text.strip())
            text = ""
        elif part in {";", "}"}:
            if text.strip():
                assert part == ";", f"no semicolon after {text.strip()!r}"
                found.append((tuple(around), text.strip()))
            text = ""
            if part == "}":
                assert around, "a brace is closed that was not opened"
                around.pop()
        else:
            text += part
    assert not around
    assert not text.strip()
    return found


@pytest.mark.parametrize("sheet", SHEETS)
def test_every_rule_of_a_style_sheet_is_whole(sheet):
    found = declarations(sheet)
    assert len(found) > 50
    for _, declaration in found:
        assert re.fullmatch(r"-{0,2}[a-z][a-z-]*:\s+\S.*", declaration), declaration


@pytest.mark.parametrize("sheet", SHEETS)
def test_a_style_sheet_touches_nothing_but_the_forms(sheet):
    for selectors, _ in declarations(sheet):
        rules = [one for one in selectors if not one.startswith("@")]
        assert all("ddmkit-" in selector for selector in re.split(r",(?![^(]*\))", rules[-1])), selectors


@pytest.mark.parametrize("damaged", [".ddmkit-a { color: red", ".ddmkit-a { color: red } }", ".ddmkit-a { color: red }"])
def test_a_damaged_style_sheet_is_noticed(damaged):
    with pytest.raises(AssertionError):
        declarations(damaged)


@pytest.mark.parametrize("sheet", SHEETS)
def test_a_style_sheet_fetches_nothing_and_cannot_end_its_element(sheet):
    assert not re.search(r"url\(|@import|https?:|</", sheet)


@pytest.mark.parametrize("script", [TABLE_JS, TABLE_LOADER_JS])
def test_a_script_sets_texts_as_text_and_fetches_nothing(script):
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|fetch\(|XMLHttp", script)


@pytest.mark.skipif(shutil.which("node") is None, reason="node checks the script where it is installed")
@pytest.mark.parametrize("script", [KEYBOARD_JS, TABLE_JS, TABLE_LOADER_JS])
def test_a_script_is_valid_javascript(script, tmp_path):
    module = tmp_path / "script.mjs"
    module.write_text(script, encoding="utf-8")
    checked = subprocess.run(["node", "--check", module], capture_output=True, text=True, timeout=60)
    assert checked.returncode == 0, checked.stderr


def test_the_forms_use_the_files_of_the_package():
    folder = files("ddmkit.forms.assets")
    assert (folder / "form.css").read_text("utf-8") in style.style_sheet().value
    assert KeyboardGuard._esm == (folder / "keyboard.js").read_text("utf-8")
    assert Table._esm == (folder / "table_loader.js").read_text("utf-8")
    assert (folder / "table.js").read_text("utf-8") == TABLE_JS
    assert (folder / "table.css").read_text("utf-8") == TABLE_CSS
