"""The style sheet and the script of the forms: sound, and shipped as files."""

import re
import shutil
import subprocess
from importlib.resources import files

import pytest

from ddmkit.forms.assets import FORM_CSS, KEYBOARD_JS, STEPPER_JS
from ddmkit.forms.widgets import style
from ddmkit.forms.widgets.keyboard import KeyboardGuard
from ddmkit.forms.widgets.step_line import StepLine

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


def test_every_rule_of_the_style_sheet_is_whole():
    found = declarations(FORM_CSS)
    assert len(found) > 50
    for _, declaration in found:
        assert re.fullmatch(r"-{0,2}[a-z][a-z0-9-]*:\s+\S.*", declaration), declaration


def test_the_style_sheet_touches_nothing_but_the_forms():
    for selectors, _ in declarations(FORM_CSS):
        rules = [one for one in selectors if not one.startswith("@")]
        assert all("ddmkit-" in selector for selector in re.split(r",(?![^(]*\))", rules[-1])), selectors


@pytest.mark.parametrize("damaged", [".ddmkit-a { color: red", ".ddmkit-a { color: red } }", ".ddmkit-a { color: red }"])
def test_a_damaged_style_sheet_is_noticed(damaged):
    with pytest.raises(AssertionError):
        declarations(damaged)


def test_the_style_sheet_fetches_nothing_and_cannot_end_its_element():
    assert not re.search(r"url\(|@import|https?:|</", FORM_CSS)


@pytest.mark.skipif(shutil.which("node") is None, reason="node checks the script where it is installed")
@pytest.mark.parametrize("script", [KEYBOARD_JS, STEPPER_JS], ids=["keyboard", "stepper"])
def test_a_script_is_valid_javascript(tmp_path, script):
    module = tmp_path / "script.mjs"
    module.write_text(script, encoding="utf-8")
    checked = subprocess.run(["node", "--check", module], capture_output=True, text=True, timeout=60)
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("script", [KEYBOARD_JS, STEPPER_JS], ids=["keyboard", "stepper"])
def test_a_script_writes_text_and_never_html(script):
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", script)


def test_the_forms_use_the_files_of_the_package():
    folder = files("ddmkit.forms.assets")
    assert (folder / "form.css").read_text("utf-8") in style.style_sheet().value
    assert KeyboardGuard._esm == (folder / "keyboard.js").read_text("utf-8")
    assert StepLine._esm == (folder / "stepper.js").read_text("utf-8")
