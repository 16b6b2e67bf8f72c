"""Every notebook on a page of JupyterLab: Run All ends without an error, and submits only what a person has said."""

import shutil
from datetime import UTC, datetime

import nbformat
import pytest
from playwright.sync_api import expect

import ddmkit
from ddmkit.notebook_templates import find_templates, read_template, write_report
from ddmkit.simulator import World
from tests.browser.servers import until
from tests.nightly import sample

TEMPLATES = {path.stem: path for path in sorted(find_templates().glob("*.ipynb"))}
# The clock stands, and each look at a job moves it: a restore then ends within seconds.
NOW = datetime(2026, 5, 20, 9, 30, tzinfo=UTC)
# What the page itself holds of its cells; those below the fold are not drawn.
LOOK = """() => {
  const cells = [...globalThis.jupyterapp.shell.currentWidget.content.model.cells].filter(one => one.type === 'code');
  return cells.map(one => ({
    count: one.executionCount,
    state: one.executionState,
    outputs: one.outputs.toJSON(),
  }));
}"""


@pytest.fixture
def run_all(lab_stage, tmp_path):
    """Open a notebook with parameters filled in, as a person would, on a new kernel, and run all of its cells."""

    def run(name, **parameters):
        made = nbformat.from_dict(read_template(TEMPLATES[name]))
        cell = next(one for one in made.cells if "parameters" in one.metadata.get("tags", ()))
        cell.source += "".join(
            f"\n{key} = {value!r}" for key, value in {"world": str(tmp_path / "world.sqlite"), **parameters}.items()
        )
        file = f"{name}-{tmp_path.name}.ipynb"
        nbformat.write(made, lab_stage.server.folder / file)
        notebook = lab_stage.open_notebook(file)
        notebook.run_all()
        return notebook, outputs_of(notebook)

    return run


def outputs_of(notebook):
    """Wait until each cell has run, and give all that they show."""

    def look():
        cells = notebook.page.evaluate(LOOK)
        return cells if all(cell["count"] and cell["state"] == "idle" for cell in cells) else None

    return [output for cell in until(look, f"the end of {notebook.name}") for output in cell["outputs"]]


def text_of(outputs):
    said = [output.get("data", {}).get("text/plain", output.get("text", "")) for output in outputs]
    return "\n".join("".join(one) for one in said)


def posts(notebook):
    """Count what was sent; one list of RDS is asked for by POST."""
    sent = "one.method == 'POST' and not one.path.endswith('/simplified-instances')"
    return notebook.kernel.ask(f"len([one for one in guide.kit.simulator.requests if {sent}])")


@pytest.fixture
def word(tmp_path):
    """Make the world; give what a person has to say for the plan of its story."""
    World(tmp_path / "world.sqlite", "dropped-schema", NOW).close()
    with ddmkit.demo(world=tmp_path / "world.sqlite") as kit:
        case = kit.scenario
        plan = kit.plan(source=case.source, target=case.target, data_nodes=case.data_nodes, backup_id=case.backup_id)
    return {"confirm": plan.target_name, "digest": plan.digest, "accept": list(plan.warnings)}


@pytest.mark.parametrize("name", sample(TEMPLATES, one_in=3))
def test_run_all_shows_every_part_of_the_page_without_an_error_and_submits_nothing(run_all, name):
    notebook, outputs = run_all(name)
    assert {output["output_type"] for output in outputs} <= {"display_data", "execute_result", "stream"}
    assert not [output for output in outputs if output.get("name") == "stderr"]
    cells = [cell for cell in read_template(TEMPLATES[name])["cells"] if cell["cell_type"] == "code"]
    assert len(outputs) >= len(cells) - 1  # the parameters show nothing
    assert notebook.effective_restores() == []
    assert posts(notebook) == 0
    assert notebook.watched.elsewhere == []


def test_a_page_with_the_digest_of_another_day_submits_nothing_and_says_the_right_one(run_all, word):
    notebook, outputs = run_all("02_submit_restore", **{**word, "digest": "0123456789ab"})
    assert f"digest = '{word['digest']}'  (it is '0123456789ab')" in text_of(outputs)
    assert notebook.effective_restores() == []
    assert posts(notebook) == 0


def test_a_page_with_a_person_s_word_submits_once_however_often_it_runs(run_all, word):
    notebook, outputs = run_all("02_submit_restore", **word)
    assert "The target holds what was expected" in text_of(outputs)
    assert posts(notebook) == 1
    (restore,) = notebook.effective_restores()
    notebook.run_all()
    until(lambda: posts(notebook) == 0, "the kit of the second run")
    assert "Nothing was submitted" in text_of(outputs_of(notebook))
    assert posts(notebook) == 0
    assert [one["job_id"] for one in notebook.effective_restores()] == [restore["job_id"]]


PICTURE = 'img[src^="data:image/svg+xml,"]'
DRAWN = "bars => bars.map(one => one.offsetWidth > 0 && parseFloat(getComputedStyle(one).borderTopWidth) > 4)"
SEEN = "images => images.map(one => one.complete && one.naturalWidth > 300)"


def test_pages_that_a_colleague_sent_show_their_pictures_before_anybody_trusts_them(lab_stage, shared_kernel):
    for name in ("00_guided_restore", "03_job_results"):
        shutil.copy(TEMPLATES[name], lab_stage.server.folder / f"sent-{name}.ipynb")
    page = lab_stage.open_notebook("sent-00_guided_restore.ipynb", kernel_id=shared_kernel).page
    timeline = page.locator(PICTURE)
    expect(timeline).to_have_count(1)
    assert timeline.evaluate_all(SEEN) == [True]
    lab_stage.open_notebook("sent-03_job_results.ipynb", kernel_id=shared_kernel)
    bars = page.locator("h2", has_text="Course of the restore").locator("xpath=following::table[1]").locator("td div")
    expect(bars.first).to_be_visible()
    assert len(bars.evaluate_all(DRAWN)) >= 4
    assert all(bars.evaluate_all(DRAWN))


def test_an_exported_page_shows_its_pictures_and_tables_without_a_network(browser, tmp_path):
    report = write_report(TEMPLATES["03_job_results"], tmp_path / "report.html")
    context = browser.new_context(offline=True)
    asked = []
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url) if not request.url.startswith("data:") else None)
    page.goto(report.as_uri())
    assert page.locator("img").evaluate_all(SEEN) == [True]  # the jobs over time
    assert page.get_by_role("cell", name="ddm-restore-target").count() >= 1
    assert asked == [report.as_uri()]
    context.close()
