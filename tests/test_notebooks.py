"""The notebook templates: what each has to be, and that each runs from start to end with nothing changed."""

import ast
import itertools
import json
import re
import sys
from pathlib import Path

import nbformat
import papermill
import pytest

import ddmkit
from ddmkit.notebook_templates import find_templates
from ddmkit.simulator.storage.ids import Seed
from ddmkit.simulator.world.world import World
from tests import forked

TEMPLATES = sorted(find_templates().glob("*.ipynb"))
NAMES = [
    "00_guided_restore",
    "01_validate_inputs",
    "02_submit_restore",
    "03_job_results",
    "04_explore_options",
    "05_whole_recovery",
    "06_drill",
    "07_fleet",
]
LOOPS_AND_DEFINITIONS = re.compile(r"\b(def|class|for|while|with|try|lambda|if)\b")
SECRET = re.compile(r"(token|secret|password|access_key)\s*=\s*[\"'][^\"']", re.IGNORECASE)
SECRET_NAME = re.compile(r"token|secret|password|access_key|credential", re.IGNORECASE)
PATH_OF_A_MACHINE = re.compile(r"(?<![\w.:/}])(/home/|/root/|/tmp/|/opt/|/usr/|/var/|/work/|/Users/|[A-Z]:\\)")
FROM_ANOTHER_HOST = re.compile(
    r"<(script|iframe|link|object)\b|\bsrc=\"(?!data:)|@import|url\((?!data:|#|%23)", re.IGNORECASE
)
CODE_BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)
LINK = re.compile(r"\]\(([^)#]+)\)")
BLOCKS = [
    pytest.param(block, id=f"{path.stem}-{number}")
    for path in TEMPLATES
    for number, block in enumerate(
        CODE_BLOCK.findall("\n".join(cell.source for cell in nbformat.read(path, 4).cells if cell.cell_type == "markdown"))
    )
]

pytestmark = pytest.mark.usefixtures("warm_kernels")


@pytest.fixture(params=TEMPLATES, ids=lambda path: path.stem)
def template(request):
    return request.param


@pytest.fixture
def cells(template):
    return nbformat.read(template, as_version=4).cells


@pytest.fixture
def code(cells):
    return [cell for cell in cells if cell.cell_type == "code"]


def parameters_of(cells):
    return [cell for cell in cells if "parameters" in cell.metadata.get("tags", ())]


def test_there_are_these_pages_and_no_others():
    assert [path.stem for path in TEMPLATES] == NAMES


def test_it_is_a_valid_notebook_without_widget_state_or_traces_of_a_run(template, cells, code):
    notebook = nbformat.read(template, as_version=4)
    nbformat.validate(notebook)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert all(set(cell.metadata) <= {"tags"} for cell in cells)
    assert "application/vnd.jupyter.widget" not in template.read_text("utf-8")
    # In order from 1: nbval compares only the outputs of cells that were run.
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert all(not output.get("metadata") for cell in code for output in cell.outputs)


def test_every_page_shows_outputs_and_none_is_an_error(code):
    shown = [cell for cell in code if cell.outputs]
    assert len(shown) >= len(code) - 1  # the parameters show nothing
    assert all(output.output_type != "error" for cell in code for output in cell.outputs)


def test_every_output_reads_as_text_too(code):
    datas = [output.data for cell in code for output in cell.outputs if "data" in output]
    assert datas
    assert all(data.get("text/plain", "").strip() for data in datas)


def test_a_chart_is_stored_as_a_picture_too_and_nothing_comes_from_another_host(code):
    for output in (output for cell in code for output in cell.outputs if "data" in output):
        assert "application/vnd.vegalite.v5+json" not in output.data or "image/png" in output.data
        assert not FROM_ANOTHER_HOST.search(output.data.get("text/html", ""))


def test_it_has_few_short_cells_and_no_programming(code):
    assert len(code) <= 10
    for cell in code:
        assert not LOOPS_AND_DEFINITIONS.search(cell.source)
        statements = ast.parse(cell.source).body
        assert "parameters" in cell.metadata.get("tags", ()) or len(statements) <= 3
        assert all(len(line) <= 120 for line in cell.source.splitlines())


def test_it_has_one_cell_of_parameters_with_plain_literals_and_no_secret(cells):
    (tagged,) = parameters_of(cells)
    assert all(re.fullmatch(r"\w+ = (\"[^\"]*\"|\[\]|\{\}|\d+|False)", line) for line in tagged.source.splitlines())
    assert tagged.source.startswith('service = "simulator"\nworld = ""\n')
    assert not SECRET_NAME.search(tagged.source)


def test_every_parameter_is_used_and_told(cells):
    (tagged,) = parameters_of(cells)
    names = [line.split(" = ")[0] for line in tagged.source.splitlines()]
    others = "\n".join(cell.source for cell in cells if cell.cell_type == "code" and cell is not tagged)
    assert all(re.search(rf"\b{name}\b", others) for name in names)


def test_every_action_is_told_before_it_is_done(cells):
    kinds = [cell.cell_type for cell in cells]
    assert kinds[0] == "markdown"
    assert "code code code" not in " ".join(kinds)
    for before, cell in itertools.pairwise(cells):
        if cell.cell_type == "code" and before.cell_type == "markdown":
            assert len(re.sub(r"^#.*$", "", before.source, flags=re.MULTILINE).split()) >= 10


def test_it_says_what_one_will_see_and_what_if_it_differs(template, cells):
    told = " ".join(cell.source for cell in cells if cell.cell_type == "markdown")
    if template.stem != "00_guided_restore":  # whose form tells each step itself
        assert told.count("You will see") >= 3
        assert len(re.findall(r"\b[Ii]f\b", told)) >= 3


def test_its_purpose_comes_first_in_two_or_three_sentences_and_leads_to_the_other_pages(template, cells):
    title, purpose = cells[0].source.split("\n\n")[:2]
    opening = itertools.takewhile(lambda cell: cell.cell_type == "markdown", cells)
    (pages,) = [line for cell in opening for line in cell.source.splitlines() if line.startswith("Pages: ")]
    assert title.startswith("# ")
    assert 2 <= len(re.findall(r"[.!](?: |$)", purpose)) <= 4
    linked = {link.removesuffix(".ipynb") for link in LINK.findall(pages)}
    assert linked == set(NAMES) - {template.stem}


def test_every_link_leads_to_a_page(template, cells):
    links = [link for cell in cells if cell.cell_type == "markdown" for link in LINK.findall(cell.source)]
    assert all((template.parent / link).exists() for link in links)


def test_it_holds_no_secret_and_no_path_of_a_machine(template, cells):
    for cell in cells:
        assert not SECRET.search(cell.source)
    stored = nbformat.writes(nbformat.read(template, as_version=4))
    pictures = re.compile(r'"image/png": "[^"]*"')
    assert not PATH_OF_A_MACHINE.search(pictures.sub("", stored))
    known = Seed("dropped-schema")
    own = known.credentials()
    secrets = [known.token(0), known.token(1), own.secret_key, own.temporary_secret_key, own.security_token, own.password]
    assert not [secret for secret in secrets if secret in stored]


@pytest.mark.parametrize("block", BLOCKS)
def test_a_block_of_code_in_its_text_runs_as_printed(block, tmp_path):
    ended = forked.run([sys.executable, "-c", block], capture_output=True, text=True, cwd=tmp_path, timeout=120)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.strip()


def test_it_runs_from_start_to_end_with_nothing_changed_and_submits_nothing(template, tmp_path, monkeypatch):
    world = tmp_path / "world.sqlite"
    monkeypatch.setenv("DDMKIT_DEMO_WORLD", str(world))
    done = papermill.execute_notebook(str(template), str(tmp_path / "out.ipynb"), cwd=tmp_path, progress_bar=False)
    text = nbformat.writes(done)
    if template.stem in {"00_guided_restore", "02_submit_restore"}:
        assert "Nothing was submitted" in text
    if template.stem == "05_whole_recovery":
        assert "Nothing was sent. To recover" in text
    if template.stem == "06_drill":
        assert "Nothing was sent. To run this drill" in text
    if template.stem == "07_fleet":
        assert "Nothing was sent. To restore" in text
    assert "error" not in {output.output_type for cell in done.cells for output in cell.get("outputs", ())}
    assert changes_in(world) == ([], [])
    with ddmkit.demo(world=world) as kit:
        assert len(kit.records.list()) == 0
        assert not [secret for secret in kit.known_secrets() if json.dumps(secret)[1:-1] in text]


def changes_in(world: Path) -> tuple[list[dict], list[dict]]:
    opened = World(world)
    found = opened.effective_restores(), opened.effective_changes()
    opened.close()
    return found
