"""Copying templates and running them without a browser."""

import json
import tomllib
from pathlib import Path

import nbformat
import pytest

from ddmkit.errors import DDMKitError, InputError
from ddmkit.notebook_templates import copy_templates, find_templates, run_template, write_report

TOP = Path(__file__).parents[1]
GUIDED = "00_guided_restore.ipynb"


def test_templates_are_copied_and_never_written_over(tmp_path):
    copied, kept = copy_templates(tmp_path / "new")
    assert GUIDED in {path.name for path in copied}
    assert {path.suffix for path in (tmp_path / "new").iterdir()} == {".ipynb"}
    assert kept == []
    mine = tmp_path / "new" / GUIDED
    mine.write_text("mine")
    copied, kept = copy_templates(tmp_path / "new")
    assert copied == []
    assert mine in kept
    assert mine.read_text() == "mine"


def test_a_link_to_nowhere_is_kept_and_nothing_is_written_through_it(tmp_path):
    elsewhere = tmp_path / "elsewhere.ipynb"
    link = tmp_path / "new" / GUIDED
    link.parent.mkdir()
    link.symlink_to(elsewhere)
    copied, kept = copy_templates(tmp_path / "new")
    assert (link in kept, link in copied) == (True, False)
    assert not elsewhere.exists()


def test_a_copy_shows_nothing_that_another_world_has_shown(tmp_path):
    copied, _kept = copy_templates(tmp_path / "new")
    for place in copied:
        notebook = nbformat.read(place, as_version=4)
        nbformat.validate(notebook)
        assert [cell.outputs for cell in notebook.cells if cell.cell_type == "code" and cell.outputs] == []
        assert {cell.source for cell in notebook.cells} == {
            cell.source for cell in nbformat.read(find_templates() / place.name, as_version=4).cells
        }


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="file"):
        copy_templates(tmp_path / "file" / "below")


def test_the_templates_of_a_checkout_are_those_at_its_top():
    assert (find_templates() / GUIDED).exists()


def test_a_cell_that_fails_keeps_the_notebook_and_names_the_reason(tmp_path):
    out = tmp_path / "out.ipynb"
    with pytest.raises(DDMKitError, match="nowhere-1"):
        run_template(GUIDED, {"service": "nowhere-1"}, out, say=lambda _: None)
    assert "nowhere-1" in out.read_text("utf-8")


def test_a_report_loads_nothing_from_another_host(tmp_path, capfd):
    said = []
    out = run_template(GUIDED, {"world": str(tmp_path / "w.sqlite")}, tmp_path / "out.ipynb", say=said.append)
    page = write_report(out, tmp_path / "report.html").read_text("utf-8")
    assert any("Nothing was submitted" in text for text in said)
    assert capfd.readouterr() == ("", "")  # nor does its kernel complain that others could listen
    assert 'src="http' not in page
    assert "cdnjs" not in page
    assert "image/png" in page or "data:image/svg+xml," in page
    assert "open_guide" not in page  # no code


CELL = {"cell_type": "code", "id": "a", "metadata": {}, "execution_count": 1, "source": "secret_of_the_cook()"}
SHOWN = {
    "output_type": "display_data",
    "metadata": {},
    "data": {"text/html": "<details><summary>s</summary>folded</details>"},
}


@pytest.fixture
def executed(tmp_path):
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{**CELL, "outputs": [SHOWN]}]}
    place = tmp_path / "n.ipynb"
    place.write_text(json.dumps(notebook), "utf-8")
    return place


def test_a_page_has_the_outputs_and_only_on_request_the_code(executed, tmp_path):
    without = write_report(executed, tmp_path / "a.html").read_text("utf-8")
    assert "folded" in without
    assert "secret_of_the_cook" not in without
    assert "secret_of_the_cook" in write_report(executed, tmp_path / "b.html", with_code=True).read_text("utf-8")


def test_a_page_has_both_themes_and_unfolds_on_paper(executed, tmp_path):
    page = write_report(executed, tmp_path / "a.html").read_text("utf-8")
    dark = page.index("@media screen and (prefers-color-scheme: dark)")
    assert (
        page.index("--jp-layout-color0:", dark) < page.index("details::details-content", dark) < page.index("</head>", dark)
    )


def test_a_template_runs_with_the_variables_given_for_it(tmp_path):
    out = tmp_path / "out.ipynb"
    with pytest.raises(DDMKitError, match="DDMKIT_DEMO_SPEED"):
        run_template(
            GUIDED, {"world": str(tmp_path / "w.sqlite")}, out, say=lambda _: None, environment={"DDMKIT_DEMO_SPEED": "no"}
        )


def test_the_wheel_carries_each_template_and_what_serves_it_and_nothing_that_only_tests_need():
    project = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))
    carried = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    wanted = {f"notebooks/{path.name}" for path in find_templates().glob("*.ipynb")} | {"notebooks/jupyter"}
    assert carried == {name: f"ddmkit/{name}" for name in wanted}
