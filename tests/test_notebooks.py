"""The notebook templates: what each has to be, and that each runs from start to end with nothing changed."""

import re
from pathlib import Path

import nbformat
import papermill
import pytest

from ddmkit.templates import find_templates

TEMPLATES = sorted(find_templates().glob("*.ipynb"))
LOOPS_AND_DEFINITIONS = re.compile(r"^\s*(def|class|for|while|with|try)\b", re.MULTILINE)
SECRET = re.compile(r"(token|secret|password|access_key)\s*=\s*[\"'][^\"']", re.IGNORECASE)
PATH_OF_A_MACHINE = re.compile(r"[\"'\s](/home/|/root/|/tmp/|/Users/|[A-Z]:\\\\)")


@pytest.fixture(params=TEMPLATES, ids=lambda path: path.stem)
def template(request):
    return request.param


@pytest.fixture
def cells(template):
    return nbformat.read(template, as_version=4).cells


def test_there_is_a_guided_restore():
    assert "00_guided_restore.ipynb" in {path.name for path in TEMPLATES}


def test_it_is_a_valid_notebook_without_widget_state(template):
    notebook = nbformat.read(template, as_version=4)
    nbformat.validate(notebook)
    assert "widgets" not in notebook.metadata


def test_it_has_few_short_cells_and_no_programming(cells):
    code = [cell for cell in cells if cell.cell_type == "code"]
    assert len(code) <= 10
    for cell in code:
        assert not LOOPS_AND_DEFINITIONS.search(cell.source)
        calls = [line for line in cell.source.splitlines() if line.strip() and not line.startswith((" ", ")"))]
        assert "parameters" in cell.metadata.get("tags", ()) or len(calls) <= 3


def test_it_has_one_cell_of_parameters_with_plain_literals(cells):
    tagged = [cell for cell in cells if "parameters" in cell.metadata.get("tags", ())]
    assert len(tagged) == 1
    assert all(re.fullmatch(r"\w+ = (\"[^\"]*\"|\[\]|\d+)", line) for line in tagged[0].source.splitlines())


def test_every_action_is_told_before_it_is_done(cells):
    kinds = [cell.cell_type for cell in cells]
    assert kinds[0] == "markdown"
    assert "code code code" not in " ".join(kinds)


def test_it_holds_no_secret_and_no_path_of_a_machine(cells):
    for cell in cells:
        assert not SECRET.search(cell.source)
        assert not PATH_OF_A_MACHINE.search(cell.source)


def test_it_runs_from_start_to_end_with_nothing_changed_and_submits_nothing(template, tmp_path, monkeypatch):
    world = tmp_path / "world.sqlite"
    monkeypatch.setenv("DDMKIT_DEMO_WORLD", str(world))
    done = papermill.execute_notebook(str(template), str(tmp_path / "out.ipynb"), cwd=tmp_path, progress_bar=False)
    text = nbformat.writes(done)
    assert "Nothing was submitted" in text
    assert "error" not in {output.output_type for cell in done.cells for output in cell.get("outputs", ())}
    assert Path(world).exists()
