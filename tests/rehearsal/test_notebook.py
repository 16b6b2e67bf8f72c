from __future__ import annotations

import json
from pathlib import Path

import pytest

from ddmkit.errors import RecordError
from ddmkit.records import read_record_file
from ddmkit.rehearsal.notebook import write_notebook

SAMPLE = Path(__file__).parent.parent / "samples" / "record-v1.ddmrecord.json"


@pytest.fixture
def run():
    return read_record_file(SAMPLE)


def test_only_the_literals_of_the_parameters_are_changed(run, tmp_path):
    path = write_notebook(run, tmp_path / "n.ipynb", world=tmp_path / "w.sqlite")
    cells = json.loads(path.read_text())["cells"]
    assert run.id in cells[0]["source"]
    filled = next(cell for cell in cells if "parameters" in cell["metadata"].get("tags", ()))
    assert 'confirm = ""' in filled["source"]
    assert 'backup_id = "79e91f5c459c4fd0f62f7678896305c7br09"' in filled["source"]
    assert all(" = " in line for line in filled["source"].splitlines())


@pytest.mark.parametrize(
    ("service", "configured", "parameter", "words"),
    [
        ("ddm.evil.example", "", "", "is of the service ddm.evil.example"),
        ("ddm.evil.example", "https://ddm.company.example", "", "is of the service ddm.evil.example"),
        ("ddm.company.example", "https://ddm.company.example", "https://ddm.company.example", "It runs on the service"),
        ("ddm.cn-north-4.myhuaweicloud.com", "", "cn-north-4", "It runs on the service"),
    ],
)
def test_no_address_of_a_record_gets_into_its_notebook(run, tmp_path, service, configured, parameter, words):
    opened = run.events[0].model_copy(update={"data": {"endpoint": "https://also.evil.example"}})
    foreign = run.model_copy(update={"service": service, "events": (opened, *run.events[1:])})
    text = write_notebook(foreign, tmp_path / "n.ipynb", world=None, configured=configured).read_text()
    cells = json.loads(text)["cells"]
    filled = next(cell for cell in cells if "parameters" in cell["metadata"].get("tags", ()))
    assert f'service = "{parameter}"' in filled["source"].splitlines()
    assert words in cells[0]["source"]
    assert "evil.example" not in json.dumps(cells[1:])


def test_the_first_cell_shows_what_a_record_says_as_text(run, tmp_path):
    changed = {"id": "r-1`<b>*x*</b>\n# Trusted", "service": "ddm.evil`[a](https://evil.example)<i>"}
    path = write_notebook(run.model_copy(update=changed), tmp_path / "n.ipynb", world=None)
    said = json.loads(path.read_text())["cells"][0]["source"]
    assert "r-1\\`&lt;b&gt;\\*x\\*&lt;/b&gt; \\# Trusted" in said
    assert "ddm.evil\\`\\[a\\](https://evil.example)&lt;i&gt;" in said


def test_nothing_is_shown_that_the_template_was_stored_with(run, tmp_path):
    path = write_notebook(run, tmp_path / "n.ipynb", world=None)
    code = [cell for cell in json.loads(path.read_text())["cells"] if cell["cell_type"] == "code"]
    assert code
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)


def test_quotes_in_a_purpose_stay_in_their_literal(run, tmp_path):
    header = run.header.model_copy(update={"purpose": 'a "quoted"\nline; import os'})
    path = write_notebook(run.model_copy(update={"header": header}), tmp_path / "n.ipynb", world=None)
    cell = next(c for c in json.loads(path.read_text())["cells"] if "parameters" in c["metadata"].get("tags", ()))
    assert 'purpose = "a \\"quoted\\"\\nline; import os"' in cell["source"].splitlines()


def test_a_file_in_the_way_and_a_missing_folder_are_refused(run, tmp_path):
    (tmp_path / "n.ipynb").write_text("mine")
    with pytest.raises(RecordError, match="is there already"):
        write_notebook(run, tmp_path / "n.ipynb", world=None)
    with pytest.raises(RecordError, match="Could not write the notebook"):
        write_notebook(run, tmp_path / "missing" / "n.ipynb", world=None)
