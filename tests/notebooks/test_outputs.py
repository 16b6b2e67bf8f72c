"""What the templates are stored with is what they show: ``pytest --nbval notebooks``, strict, in a process of its own."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat

from ddmkit.notebook_templates import find_templates

TOP = Path(__file__).parents[2]


def compare_outputs(folder, *options):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--color=no", "--nbval", str(folder)]
    settings = ["-c", str(TOP / "pyproject.toml"), f"--rootdir={TOP}"]
    return subprocess.run([*command, *settings, *options], capture_output=True, text=True, cwd=TOP, timeout=240)


def test_every_stored_output_is_what_the_page_shows():
    pages = [nbformat.read(path, as_version=4) for path in find_templates().glob("*.ipynb")]
    cells = sum(cell.cell_type == "code" for page in pages for cell in page.cells)
    ended = compare_outputs("notebooks")
    assert ended.returncode == 0, ended.stdout
    assert f"{cells} passed" in ended.stdout


def test_an_output_that_is_no_longer_shown_is_found(tmp_path):
    folder = tmp_path / "notebooks"
    folder.mkdir()
    shutil.copy(TOP / "notebooks" / "conftest.py", folder)
    page = json.loads((TOP / "notebooks" / "02_submit_restore.ipynb").read_text("utf-8"))
    changed = json.dumps(page).replace("Nothing was submitted. To restore", "Nothing was sent. To restore")
    (folder / "02_submit_restore.ipynb").write_text(changed, "utf-8")
    ended = compare_outputs(folder, "-n=0")  # one page needs no other process
    assert "1 failed, 6 passed" in ended.stdout, ended.stdout
    assert "02_submit_restore.ipynb::Cell 4" in ended.stdout
