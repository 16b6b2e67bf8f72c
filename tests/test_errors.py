"""Errors carry what a caller needs, and their text is safe to show."""

from __future__ import annotations

import sys
from types import SimpleNamespace

from ddmkit.errors import DDMKitError, InputError
from tests import forked


def test_an_error_names_its_record_whether_it_has_the_record_or_only_the_id() -> None:
    error = DDMKitError("refused")
    assert error.record_id == ""
    error.record = "rec-1"
    assert error.record_id == "rec-1"
    error.record = SimpleNamespace(id="rec-2")
    assert error.record_id == "rec-2"


def test_the_text_of_an_error_spells_out_what_would_hide() -> None:
    assert str(InputError("a\u202eb", field="target", fix="Fix it.")) == "target: a<U+202E>b Fix it."


CELLS = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance(colors="nocolor")
shell.run_cell("import ddmkit\\nkit = ddmkit.demo()")
for cell in ("def plan():\\n    return kit.plan(source='', target='x', data_nodes=[])\\n\\nplan()", "%xmode Plain", "%tb", "1 / 0"):
    print("=" * 9)
    shell.run_cell(cell)
shell.run_cell("kit.close()")
"""


def test_ipython_shows_the_message_and_the_lines_of_the_cell_and_all_frames_only_if_asked() -> None:
    ended = forked.run([sys.executable, "-c", CELLS], timeout=120)
    _, short, _, whole, bug = ended.stdout.split("=" * 9)
    lines = short.strip().splitlines()
    assert lines[0].startswith("\x1b[31mInputError\x1b[39m: "), short
    assert lines[1:] == ["Raised from line 4 of this cell.", "Raised from line 2 of plan()."], short
    assert "Traceback" in whole
    assert "inputs.py" in whole
    assert "Traceback" in bug, "a mistake of ours keeps its frames"


def test_what_was_noted_on_an_error_is_shown_below_it() -> None:
    error = DDMKitError("refused")
    error.add_note("Do not submit\u202e again.")
    assert error._render_traceback_() == ["\x1b[31mDDMKitError\x1b[39m: refused", "Do not submit<U+202E> again."]
