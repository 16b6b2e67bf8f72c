"""The style sheet and the script of the forms: sound, and shipped as files."""

import json
import os
import re
import shutil
import subprocess
from importlib.resources import files

import pytest

from ddmkit.forms.assets import (
    COPY_JS,
    FORM_CSS,
    KEYBOARD_JS,
    PICKER_CSS,
    PICKER_JS,
    STEPPER_JS,
    TABLE_CSS,
    TABLE_JS,
    TABLE_LOADER_JS,
    TIMELINE_CSS,
    TIMELINE_JS,
)
from ddmkit.forms.widgets import style
from ddmkit.forms.widgets.keyboard import KeyboardGuard
from ddmkit.forms.widgets.step_line import StepLine
from ddmkit.forms.widgets.table import Table


@pytest.fixture(scope="module")
def node():
    """Return the path of Node.js; without it a test is skipped, or fails on the machine that checks everything."""
    found = shutil.which("node")
    if found is None:
        is_required = os.environ.get("DDMKIT_REQUIRE_BROWSER", "") not in {"", "0"}
        (pytest.fail if is_required else pytest.skip)("There is no Node.js here to check the scripts of the forms.")
    return found


SHEETS = (FORM_CSS, TABLE_CSS, TIMELINE_CSS, PICKER_CSS)
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
                found.append((tuple(re.sub(r",\s+", ",", one) for one in around), text.strip()))
            text = ""
            if part == "}":
                assert around, "a brace is closed that was not opened"
                around.pop()
        else:
            text += part
    assert not around
    assert not text.strip()
    return found


@pytest.mark.parametrize(("css", "least"), [(FORM_CSS, 50), (TABLE_CSS, 50), (TIMELINE_CSS, 50), (PICKER_CSS, 15)])
def test_every_rule_of_a_style_sheet_is_whole(css, least):
    found = declarations(css)
    assert len(found) > least
    for _, declaration in found:
        assert re.fullmatch(r"-{0,2}[a-z][a-z0-9-]*:\s+\S.*", declaration), declaration


@pytest.mark.parametrize("css", SHEETS)
def test_a_style_sheet_touches_nothing_but_the_forms(css):
    for selectors, _ in declarations(css):
        rules = [one for one in selectors if not one.startswith("@")]
        assert all("ddmkit-" in selector for selector in re.split(r",(?![^(]*\))", rules[-1])), selectors


@pytest.mark.parametrize("damaged", [".ddmkit-a { color: red", ".ddmkit-a { color: red } }", ".ddmkit-a { color: red }"])
def test_a_damaged_style_sheet_is_noticed(damaged):
    with pytest.raises(AssertionError):
        declarations(damaged)


@pytest.mark.parametrize("css", SHEETS)
def test_a_style_sheet_fetches_nothing_and_cannot_end_its_element(css):
    assert not re.search(r"url\(|@import|https?:|</", css)


@pytest.mark.parametrize("script", [KEYBOARD_JS, STEPPER_JS, TABLE_JS, TABLE_LOADER_JS, TIMELINE_JS, PICKER_JS])
def test_a_script_is_valid_javascript_and_writes_texts_as_texts(script, node, tmp_path):
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|fetch\(|XMLHttp", script)
    module = tmp_path / "script.mjs"
    module.write_text(script, encoding="utf-8")
    checked = subprocess.run([node, "--check", module], capture_output=True, text=True, timeout=60)
    assert checked.returncode == 0, checked.stderr


SENT = {
    "form.css": FORM_CSS,
    "table.css": TABLE_CSS,
    "timeline.css": TIMELINE_CSS,
    "picker.css": PICKER_CSS,
    "copy.js": COPY_JS,
    "keyboard.js": KEYBOARD_JS,
    "stepper.js": STEPPER_JS,
    "table.js": TABLE_JS,
    "table_loader.js": TABLE_LOADER_JS,
    "picker.js": PICKER_JS,
}


@pytest.mark.parametrize("name", SENT)
def test_the_page_gets_a_file_of_the_package_without_comments_and_indentation(name):
    written, sent = (files("ddmkit.forms.assets") / name).read_text("utf-8"), SENT[name]
    if name.endswith(".css"):
        assert declarations(sent) == declarations(written)
        assert not re.search(r"/\*|\n", sent)
    else:
        code = [line.strip() for line in written.splitlines() if line.strip() and not line.strip().startswith(("//", "/**"))]
        left_out = [line[len(kept) :] for line, kept in zip(code, sent.splitlines(), strict=True) if line.startswith(kept)]
        assert len(left_out) == len(code)
        assert all(not one or one.startswith(" // ") for one in left_out)
        assert not re.search(r"[;{}] // ", sent)
    assert len(sent) < len(written)


def test_the_forms_use_the_files_of_the_package():
    assert FORM_CSS in style.style_sheet().value
    assert (KeyboardGuard._esm, StepLine._esm, Table._esm) == (KEYBOARD_JS, STEPPER_JS, TABLE_LOADER_JS)


# Ticks, groups, labels and times are plain functions; node runs them, as the page does.
_SCALE = """
const berlin = [[Date.UTC(2026, 0, 1), 60], [Date.UTC(2026, 2, 29, 1), 120]];
const near = [10, 15, 100].map((at, index) => ({ at, index }));
const groups = groupMarks(near, (ms) => ms);
const labels = placeLabels([{ words: "incident", x: 500 }, { words: "now", x: 505 }], 100, 900);
const columns = { unit: 1000, first: 5, steps: [7], kinds: "01", usable: "10" };
console.log(JSON.stringify({
  ticks: makeTicks([Date.UTC(2026, 2, 28, 22), Date.UTC(2026, 2, 29, 4)], 600, berlin, 80).map((one) => one.words),
  written: writeInstant(Date.UTC(2026, 4, 20, 10, 45), berlin, "Europe/Berlin"),
  grains: [1, 1500, 61000, 1e9].map((size) => grainOf(size, [1000, 60000, 900000])),
  groups: groups.map((one) => one.marks.length),
  lanes: labels.map((one) => one.lane),
  marks: readMarks(columns),
  window: [fitWindow(-50, 50, [0, 1e6], 10), fitWindow(0, 1e9, [0, 1e6], 10)],
}));
"""


def test_the_timeline_on_the_page_calculates_as_python_does(node, tmp_path):
    module = tmp_path / "scale.mjs"
    module.write_text((files("ddmkit.forms.assets") / "timeline_scale.js").read_text("utf-8") + _SCALE, encoding="utf-8")
    ran = subprocess.run([node, module], capture_output=True, text=True, timeout=60, check=True)
    told = json.loads(ran.stdout)
    assert told["ticks"] == ["23:00", "29 Mar", "01:00", "03:00", "04:00", "05:00", "06:00"]
    assert told["written"] == "2026-05-20 12:45:00 Europe/Berlin (+0200)"
    assert told["grains"] == [1000, 1000, 60000, 900000]
    assert told["groups"] == [2, 1]
    assert told["lanes"] == [0, 1]
    assert told["marks"] == [
        {"at": 5000, "kind": 0, "usable": True, "index": 0},
        {"at": 12000, "kind": 1, "usable": False, "index": 1},
    ]
    assert told["window"] == [[0, 100], [0, 1000000]]
