"""The structure of the code: imports go down the layers only; folders, files and functions stay small; tests mirror it."""

from __future__ import annotations

import ast
import functools
import io
import tokenize
from collections import Counter
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from pathlib import Path

import pytest

from tests.conftest import SLOW

TOP = Path(__file__).parents[1]

# From low to high. A name stands for a module of ddmkit, or for a folder with all in it; the longest name that fits decides.
# A module imports from lower layers and from its own folder. README.md and .github/CONTRIBUTING.md show the same order.
LAYERS = (
    ("",),  # the version; the rest of the front is imported when it is first used
    ("cleaning",),
    ("errors", "output", "light_imports"),
    ("times", "secrecy", "shutdown"),
    ("typed_times",),
    ("models", "config"),
    ("recovery_models",),
    ("credentials",),
    ("service", "records"),
    ("sending",),
    ("restore",),
    ("recovery",),
    ("display",),
    ("notebook_templates", "inputs"),
    ("fleet", "drills"),
    ("simulator",),  # imports nothing of the other layers; stands here because nothing below may offer a simulated service
    ("rehearsal",),
    ("handles",),
    ("kit",),
    ("factory",),
    ("rehearsal.replay",),
    ("forms",),
    ("guide",),
    ("cli",),
    ("__main__",),
)
# Imports (module, imported module) that the table forbids, each with the reason why it is allowed. Empty is best.
EXCEPTIONS: dict[tuple[str, str], str] = {}
# Functions that may be longer, each with the reason.
LONG_FUNCTIONS = {"ddmkit.factory.connect": "most of it is the list of its parameters"}
MOST_FILES = 18
MOST_LINES = 50
MOST_LINES_OF_FILE = 400

MODULES = {
    ".".join(path.with_suffix("").parts).removesuffix(".__init__"): TOP / path
    for path in sorted(path.relative_to(TOP) for path in (TOP / "ddmkit").rglob("*.py"))
}
STATEMENTS = (ast.stmt, ast.excepthandler, ast.match_case)


@functools.cache
def trees() -> dict[str, ast.Module]:
    """Return the parsed modules."""
    return {name: ast.parse(path.read_text("utf-8")) for name, path in MODULES.items()}


@functools.cache
def imports() -> dict[str, set[str]]:
    """Return what each module imports of ddmkit."""
    return {name: imports_of(name) for name in MODULES}


def imports_of(name: str) -> set[str]:
    """Return the modules of ddmkit that a module imports, inside functions too, but not for the type checker alone."""
    found = set()
    waiting: list[ast.AST] = [trees()[name]]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            waiting += node.orelse
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.split(".")[0] == "ddmkit"}
        elif isinstance(node, ast.ImportFrom):
            home = _home_of(name, node)
            for alias in node.names:
                whole = f"{home}.{alias.name}"
                found.add(whole if whole in MODULES else home)
        # Only statements: an expression holds no import, and most nodes are expressions.
        waiting += [child for child in ast.iter_child_nodes(node) if isinstance(child, STATEMENTS)]
    return {one for one in found if one in MODULES and one != name}


def _home_of(name: str, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    package = name if MODULES[name].name == "__init__.py" else name.rpartition(".")[0]
    parts = package.split(".")[: len(package.split(".")) - node.level + 1]
    return ".".join([*parts, *([node.module] if node.module else [])])


def layer_of(name: str) -> tuple[int, str]:
    """Return the number of a module's layer and the name in the table that decided."""
    inner = name.removeprefix("ddmkit").removeprefix(".")
    fitting = [
        (len(entry), number, entry)
        for number, layer in enumerate(LAYERS)
        for entry in layer
        if inner == entry or (entry and inner.startswith(f"{entry}."))
    ]
    assert fitting, f"{name} is in no layer: add it to LAYERS"
    _, number, entry = max(fitting)
    return number, entry


def has_functions(tree: ast.Module) -> bool:
    """Return whether a module does something: one without a function or a method holds data, or calls another one."""
    return any(isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) for node in ast.walk(tree))


def test_the_table_names_only_what_exists() -> None:
    named = [entry for layer in LAYERS for entry in layer]
    assert [entry for entry in named if entry and f"ddmkit.{entry}" not in MODULES] == []
    assert [name for name, count in Counter(named).items() if count > 1] == []


def test_a_module_imports_from_lower_layers_and_its_own_folder_only() -> None:
    wrong = []
    for name, imported in imports().items():
        number, entry = layer_of(name)
        wrong += [
            f"{name} imports {one}, which is in the same layer or a higher one"
            for one in sorted(imported)
            if (name, one) not in EXCEPTIONS and layer_of(one)[1] != entry and layer_of(one)[0] >= number
        ]
    assert wrong == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = {name: {one for one in found if (name, one) not in EXCEPTIONS} for name, found in imports().items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" <- ".join(error.args[1]))


def test_the_simulator_and_the_rest_share_no_code() -> None:
    own = [name for name in MODULES if name.startswith("ddmkit.simulator")]
    assert {one for name in own for one in imports()[name] if not one.startswith("ddmkit.simulator")} == set()


def test_every_exception_is_still_needed() -> None:
    assert [pair for pair in EXCEPTIONS if pair[1] not in imports().get(pair[0], ())] == []


def test_no_folder_holds_too_many_files() -> None:
    counted = Counter(path.parent.relative_to(TOP).as_posix() for path in MODULES.values())
    assert {folder: count for folder, count in counted.items() if count > MOST_FILES} == {}


def test_no_file_is_too_long() -> None:
    counted = {name: len(path.read_text("utf-8").splitlines()) for name, path in MODULES.items()}
    assert {name: count for name, count in counted.items() if count > MOST_LINES_OF_FILE} == {}


def test_a_module_with_functions_has_a_file_of_tests_in_the_same_place() -> None:
    expected = []
    for name, tree in trees().items():
        folder, _, last = name.removeprefix("ddmkit.").rpartition(".")
        expected += [f"tests/{folder.replace('.', '/')}/test_{last}.py"] * has_functions(tree)
    assert [path for path in expected if not (TOP / path).is_file()] == []


def test_the_table_of_slow_tests_names_only_what_exists() -> None:
    paths = [entry for entry in SLOW if "/" in entry or "." in entry]
    assert [path for path in paths if not (TOP / "tests" / path).exists()] == []


def too_long() -> list[tuple[str, int]]:
    """Return every function with too many code lines: no comments, no docstrings, no blank lines."""
    found = []
    for name, tree in trees().items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            spanned = range(node.lineno, (node.end_lineno or node.lineno) + 1)
            if len(spanned) > MOST_LINES:
                inside = _code_lines(name).intersection(spanned)
                found += [(f"{name}.{node.name}", len(inside))] * (len(inside) > MOST_LINES)
    return found


@functools.cache
def _code_lines(name: str) -> set[int]:
    empty = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(MODULES[name].read_text("utf-8")).readline):
        if token.type not in empty:
            lines |= set(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(trees()[name]):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
            lines -= set(range(body[0].lineno, (body[0].end_lineno or 0) + 1))
    return lines


def test_no_function_is_too_long() -> None:
    assert too_long() == []


# What the readers' maps call the layers, from low to high; the smallest modules share a line there.
MAPPED = ("cleaning", "secrecy/", "config/", "service/", "restore/", "display/", "handles/", "forms/", "cli/")


@pytest.mark.parametrize("page", [".github/CONTRIBUTING.md"])
def test_the_map_for_people_follows_the_same_order(page: str) -> None:
    text = (TOP / page).read_text("utf-8")
    table = text[text.index("## Layers") :]
    places = [table.index(f"`{name}`") for name in MAPPED]
    assert all(first < second for first, second in pairwise(places))
