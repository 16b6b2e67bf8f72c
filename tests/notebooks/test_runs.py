"""Pages run by papermill as a team's scheduler would: other scenarios, a person's word, and parameters that are wrong.

Not every combination: each scenario is restored once, by backup or by time in turn; each way of stopping, and each kind of
wrong parameter, is met once on the page that has it. The rest is told by tests without a kernel (``tests/guide``).
"""

import html
import re

import nbformat
import papermill
import pytest

import ddmkit
from ddmkit.notebook_templates import find_templates, write_report
from ddmkit.simulator.world.world import World
from tests.nightly import without
from tests.restore.steps import UNPROVED

BY_BACKUP, BY_TIME = "backup_id", "restore_time"

pytestmark = pytest.mark.usefixtures("warm_kernels")


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("DDMKIT_DEMO_SPEED", "20")

    def run_page(page, **parameters):
        out = tmp_path / f"{page}.ipynb"
        source = str(find_templates() / f"{page}.ipynb")
        return papermill.execute_notebook(source, str(out), parameters, cwd=tmp_path, progress_bar=False)

    return run_page


@pytest.fixture
def world(tmp_path):
    return tmp_path / "shop.sqlite"


def prepare(world, scenario, by=BY_BACKUP, faults=()):
    """Make a world; give the parameters of its restore, and the word of the person who read the plan."""
    with ddmkit.demo(scenario, faults, world=world) as kit:
        case = kit.scenario
        point = case.backup_id if by == BY_BACKUP else case.restore_time.isoformat()
        asked = {"source": case.source, "target": case.target, "data_nodes": list(case.data_nodes), by: point}
        plan = kit.plan(**asked)
        word = {"confirm": plan.target_name, "digest": plan.digest, "accept": list(plan.warnings)}
    return {"world": str(world), **asked}, word


def restores_in(world):
    opened = World(world)
    found = opened.effective_restores()
    opened.close()
    return found


def text_of(notebook):
    """Return what a reader of the page sees who has no code and no widgets."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    shown = [output.get("data", {}).get("text/plain", "") or output.get("text", "") for output in outputs]
    return "\n".join(shown)


@pytest.mark.parametrize(
    ("scenario", "by"),
    without(
        [
            ("lost-data-node", BY_TIME),
            ("old-backup", BY_BACKUP),
            ("deleted-instance", BY_BACKUP),
            ("many-nodes", BY_TIME),
            ("busy-region", BY_BACKUP),
        ],
        ("many-nodes", BY_TIME),
    ),
)
def test_with_a_person_s_word_each_scenario_is_restored_once(run, world, scenario, by):
    asked, word = prepare(world, scenario, by)
    done = text_of(run("02_submit_restore", **asked, **word))
    assert "The target holds what was expected" in done
    assert len(restores_in(world)) == 1


def test_with_a_person_s_word_everything_is_recovered_once(run, world, tmp_path):
    with ddmkit.demo("whole-incident", world=world) as kit:
        facts = kit.scenario
        plan = kit.plan_recovery(source=facts.source, restore_time=facts.restore_time, incident=facts.incident)
    word = {"confirm": plan.source_name, "digest": plan.digest, "new_instances": plan.new_instances}
    done = text_of(run("05_whole_recovery", world=str(world), **word, ticket="INC-7"))
    assert "Read the target back and compare (verify)     ✓ completed" in done
    assert "The target holds what was expected" in done
    assert "'source-read-only', confirm='ddm-orders-prod')" in done
    assert "so the new instances may be in use" in done
    assert len(restores_in(world)) == 1
    (written,) = tmp_path.glob("*.ddmrecord.json")
    record = ddmkit.read_record(written)
    assert (record.state, record.header.kind, record.header.ticket) == ("completed", "recovery", "INC-7")
    again = text_of(run("05_whole_recovery", world=str(world), **word))
    assert "a page does not repeat a recovery that was completed" in again
    assert len(restores_in(world)) == 1


def test_with_a_person_s_word_a_fleet_goes_through_its_gate_and_is_not_repeated(run, world, tmp_path, monkeypatch):
    monkeypatch.setenv("DDMKIT_DEMO_SPEED", "100")
    with ddmkit.demo("fleet", size=3, world=world) as kit:
        plan = kit.plan_fleet(list(kit.scenario.rows), waves=[1, "rest"])
    accept = {item.row: list(item.warnings) for item in plan.items}
    word = {"waves": "1, rest", "confirm": plan.confirmation, "digest": plan.digest, "accept": accept}
    done = text_of(run("07_fleet", world=str(world), **word, ticket="INC-7"))
    assert "wave 2 waits for its gate" in done
    assert len(restores_in(world)) == 1
    done = text_of(run("07_fleet", world=str(world), **word, go_on=True))
    assert "3 rows: 3 completed." in done
    assert len(restores_in(world)) == 3
    (fleet,) = [read for path in tmp_path.glob("*/*.json") if (read := ddmkit.read_record(path)).header.kind == "fleet"]
    assert (fleet.state, fleet.header.ticket) == ("completed", "INC-7")
    again = text_of(run("07_fleet", world=str(world), **word))
    assert "a page does not repeat a fleet that was completed" in again
    assert len(restores_in(world)) == 3


def test_with_a_person_s_word_a_drill_is_run_and_both_reports_are_written(run, world, tmp_path):
    ddmkit.demo("whole-incident", world=world).close()
    done = text_of(run("06_drill", world=str(world), confirm="create 3, delete 3", fault="job-fails", approver="bob"))
    assert "The failure was expected and seen." in done
    assert "bob; typed: create 3, delete 3" in done
    report, page = sorted(tmp_path.glob("drill-r-*"), key=lambda path: path.suffix, reverse=True)
    assert (report.suffix, page.suffix) == (".json", ".html")
    assert restores_in(world) == []  # it ran in a world of its own


def test_the_results_page_alone_tells_a_colleague_everything(run, world, tmp_path):
    asked, word = prepare(world, "dropped-schema")
    submitted = text_of(run("02_submit_restore", **asked, **word, purpose="orders are gone", ticket="INC-7"))
    assert "Nothing was submitted" not in submitted
    again = text_of(run("02_submit_restore", **asked, **word))  # a page copied from last month
    assert "Nothing was submitted: the plan is not ready" in again
    assert "The same restore was submitted before" in again
    assert len(restores_in(world)) == 1
    (job,) = restores_in(world)

    page = run("03_job_results", world=str(world))
    report = write_report(tmp_path / "03_job_results.ipynb", tmp_path / "report.html").read_text("utf-8")
    with ddmkit.demo(world=world) as kit:
        record = kit.records.get(kit.records.list()[0].id)
        backup = next(one for one in kit.backups(asked["source"]) if one.id == asked["backup_id"])
        operator = kit.operator
    in_page, in_report = text_of(page), html.unescape(re.sub(r"<[^>]+>", " ", report))
    for text in (in_page, in_report):
        assert "ddm-orders-prod" in text  # what was restored, from what
        assert backup.name in text
        assert f"{backup.created:%Y-%m-%d %H:%M:%S} UTC" in text
        assert "ddm-restore-target" in text  # to what
        assert f"{record.created:%Y-%m-%d %H:%M:%S}" in text  # when
        assert operator in text  # by whom, and why
        assert "orders are gone" in text
        assert "INC-7" in text
        assert job["job_id"] in text
        assert "Completed; the target holds what was expected" in text  # whether it worked
        assert "That is what it held when it was read back" in text
        assert "orders" in text
        assert '"data_nodes"' in text  # what was sent, exactly
    assert sorted(path.name for path in tmp_path.glob(f"{record.id}.*")) == [
        f"{record.id}.ddmrecord.json",
        f"{record.id}.html",
    ]
    assert "image/png" in report
    assert not re.search(r"(src|href)=\"https?://(?!127\.0\.0\.1)[^\"]*\.(js|css|png|svg)", report)


def test_a_failed_restore_is_shown_with_its_reason_on_both_pages(run, world):
    asked, word = prepare(world, "dropped-schema")
    submitted = text_of(run("02_submit_restore", **asked, **word, faults=["job-fails"]))
    shown = text_of(run("03_job_results", world=str(world), status="failed", days=1))
    for text in (submitted, shown):
        assert "Failed to save the metadata of the DDM instance" in text
    assert "Failed" in shown
    assert "It was not read back" in shown


@pytest.mark.parametrize(
    "changed",
    [{"digest": "000000000000"}, {"confirm": ""}, {"accept": []}],
    ids=["old digest", "no name", "nothing accepted"],
)
def test_half_a_word_stops_cleanly_and_submits_nothing(run, world, changed):
    asked, word = prepare(world, "dropped-schema", faults=UNPROVED)
    done = text_of(run("02_submit_restore", **asked, **{**word, **changed}, faults=list(UNPROVED)))
    assert "Nothing was submitted. To restore" in done
    assert "Nothing was submitted, so there is no record." in done
    assert restores_in(world) == []


@pytest.mark.parametrize(
    ("page", "scenario"), [("01_validate_inputs", "many-nodes"), ("04_explore_options", "deleted-instance")]
)
def test_another_scenario_is_explored_to_the_end(run, world, scenario, page):
    with ddmkit.demo(scenario, world=world) as kit:  # no plan is needed: that of many nodes takes seconds
        target = kit.scenario.target
    told = text_of(run(page, world=str(world)))
    assert target in told
    assert "ready" in told.casefold()
    assert restores_in(world) == []


@pytest.mark.parametrize(
    ("page", "wrong", "said"),
    [
        ("01_validate_inputs", {"service": "nowhere-1"}, "service: 'nowhere-1' is neither"),
        ("01_validate_inputs", {"data_nodes": "one"}, "data_nodes: 'one' is not a list"),
        (
            "01_validate_inputs",
            {"backup_id": "b1", "restore_time": 1779264979000},
            "backup_id, restore_time: both are filled in",
        ),
        ("02_submit_restore", {"time_zone": "Mars/Olympus"}, "time_zone: 'Mars/Olympus' is no time zone"),
        ("02_submit_restore", {"digest": 123456789012}, "digest: 123456789012 is not text"),
        ("02_submit_restore", {"accept": ["everything"]}, "accept[0]: 'everything' is not a check"),
        ("03_job_results", {"days": 31}, "days: 31 cannot be. Give a whole number from 1 to 30."),
        ("03_job_results", {"record": "r-1999"}, "record: There is no record 'r-1999'"),
        ("05_whole_recovery", {"nodes": ["one"]}, "nodes: ['one'] is not a mapping"),
        ("06_drill", {"rto": "soon"}, "rto: 'soon' is no duration"),
        ("07_fleet", {"waves": "1, many"}, "waves: 'many' is no size of a wave"),
        ("04_explore_options", {"first": "nosuchbr09"}, "first: 'nosuchbr09' is not a backup"),
    ],
)
def test_a_wrong_parameter_stops_the_page_with_its_name_and_the_page_is_kept(run, world, tmp_path, page, wrong, said):
    with pytest.raises(papermill.PapermillExecutionError) as caught:
        run(page, world=str(world), **wrong)
    assert said in caught.value.evalue
    kept = nbformat.read(tmp_path / f"{page}.ipynb", as_version=4)
    failed = [
        number
        for number, cell in enumerate(kept.cells)
        if any(output.output_type == "error" for output in cell.get("outputs", ()))
    ]
    assert len(failed) == 1
    # Nothing below it is left over from another run.
    assert all(not cell.get("outputs") for cell in kept.cells[failed[0] + 1 :])
    assert not world.exists() or restores_in(world) == []
