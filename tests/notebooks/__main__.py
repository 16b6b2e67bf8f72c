"""Runs the notebook templates on a world that is always the same and stores what they show: ``python -m tests.notebooks``.

Run it from the top of a checkout after a change of what pages say; ``pytest --nbval notebooks`` fails until then.
"""

import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from ddmkit.notebook_templates import find_templates
from tests.notebooks.fixed_world import fixed_environment, prepare_world

# A view of a widget without its state is an error message on a page; a summary stands beside each.
_WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def store_outputs(template: Path) -> None:
    """Run one template and write it back with its outputs, without traces of this run."""
    notebook = nbformat.read(template, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        prepare_world(Path(folder), template.stem)
        client = NotebookClient(
            notebook,
            kernel_name="python3",
            resources={"metadata": {"path": folder}},
            record_timing=False,
            store_widget_state=False,
            coalesce_streams=True,
            timeout=120,
        )
        client.execute()
    _clean(notebook)
    nbformat.validate(notebook)
    nbformat.write(notebook, template)


def _clean(notebook) -> None:
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for count, cell in enumerate(code, 1):
        cell.execution_count = count
        for output in cell.outputs:
            output.get("data", {}).pop(_WIDGET_VIEW, None)
            output.get("metadata", {}).clear()
            if "execution_count" in output:
                output.execution_count = count


if __name__ == "__main__":
    with fixed_environment():
        for each in sorted(find_templates().glob("*.ipynb")):
            store_outputs(each)
            print(each)
