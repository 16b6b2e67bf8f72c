"""What the parts of the forms may import."""

import ast
from pathlib import Path

import pytest

import ddmkit.forms

FOLDER = Path(ddmkit.forms.__file__).parent
FORBIDDEN = {
    "logic": (
        "ipywidgets",
        "anywidget",
        "IPython",
        "ddmkit.kit",
        "ddmkit.service",
        "ddmkit.forms.widgets",
        "ddmkit.forms.steps",
    ),
    "readers": ("ipywidgets", "anywidget", "IPython", "ddmkit.forms.widgets", "ddmkit.forms.steps"),
    "widgets": ("ddmkit.forms.steps", "ddmkit.forms.readers", "ddmkit.forms.restore"),
    "steps": ("ddmkit.forms.restore", "ddmkit.forms.selection", "ddmkit.forms.records"),
}


def imported(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{one.name}" for one in node.names)


@pytest.mark.parametrize("folder", FORBIDDEN)
def test_a_folder_imports_nothing_from_above_and_logic_is_pure(folder):
    paths = sorted((FOLDER / folder).rglob("*.py"))
    assert len(paths) > 1
    for path in paths:
        wrong = [name for name in imported(path) for one in FORBIDDEN[folder] if f"{name}.".startswith(f"{one}.")]
        assert not wrong, f"{path.name} imports {wrong}"
