"""The simulator imports nothing else of ddmkit, and its layers import only from the layers below them, without cycles."""

from __future__ import annotations

import ast
import graphlib
from collections.abc import Iterator
from pathlib import Path

import pytest

import ddmkit.simulator

ROOT = Path(ddmkit.simulator.__file__).parent
PACKAGE = "ddmkit.simulator"
LAYERS = ("storage", "rules", "world", "http", "server")


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join((PACKAGE, *(part for part in parts if part != "__init__")))


MODULES = {module_name(path): path for path in sorted(ROOT.rglob("*.py"))}


def imported_modules(path: Path) -> Iterator[str]:
    """Yield every imported module of ddmkit, also of imports inside functions and of imports for type checking."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if name in MODULES else str(node.module) for name in names if name.startswith("ddmkit"))
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == "ddmkit")


def layer_of(module: str) -> int:
    """Return the position of a module's layer; the package itself is above all layers."""
    parts = module.split(".")[2:]
    return LAYERS.index(parts[0]) if parts else len(LAYERS)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_the_simulator_and_no_higher_layer(module: str) -> None:
    imported = set(imported_modules(MODULES[module]))
    assert {name for name in imported if name not in MODULES} == set()
    assert {name for name in imported if layer_of(name) > layer_of(module)} == set()


def test_no_modules_import_each_other() -> None:
    graph = {module: set(imported_modules(path)) for module, path in MODULES.items()}
    graphlib.TopologicalSorter(graph).prepare()


def test_every_layer_has_modules() -> None:
    assert {layer_of(module) for module in MODULES} == set(range(len(LAYERS) + 1))
