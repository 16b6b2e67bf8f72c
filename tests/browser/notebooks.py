"""The notebooks that the tests open: small ones with the form alone, and the guided one on a world of the test's own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat

__all__ = ["write_form_notebook", "write_guided_notebook", "write_notebook"]

_GUIDED = Path(__file__).parents[2] / "notebooks" / "00_guided_restore.ipynb"


def write_notebook(place: Path, *cells: str) -> None:
    """Write a notebook of code cells."""
    made = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    for number, source in enumerate(cells, 1):
        made.cells.append(nbformat.v4.new_code_cell(source, id=f"cell-{number}"))
    nbformat.write(made, place)


def write_form_notebook(
    place: Path, demo: Mapping[str, Any], values: Mapping[str, Any], *, form: str = "RestoreForm"
) -> None:
    """Write a notebook with a guided form on the simulator, and a cell beside it."""
    write_notebook(
        place,
        f"import ddmkit\nfrom ddmkit.forms import {form}\n\nkit = ddmkit.demo({_write(demo)})",
        f"form = {form}(kit, {_write(values)})\nform",
        "6 * 7",
    )


def write_guided_notebook(place: Path, parameters: Mapping[str, Any]) -> None:
    """Write the guided notebook with other values in its cell of parameters, as papermill does."""
    guided = nbformat.read(_GUIDED, as_version=4)
    cell = next(one for one in guided.cells if "parameters" in one.metadata.get("tags", ()))
    cell.source += "".join(f"\n{name} = {value!r}" for name, value in parameters.items())
    nbformat.write(guided, place)


def _write(arguments: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in arguments.items())
