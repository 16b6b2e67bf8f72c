"""Records in a person's hands: read, noted, shared, verified, written down for others; and all records of a store."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nbformat
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import ddmkit
from ddmkit.handles.records import Records
from ddmkit.records import RecordStore, RunHeader
from ddmkit.records.events import chain_event
from ddmkit.records.files.file_format import file_schema
from ddmkit.records.files.integrity import Trust
from ddmkit.records.files.page_format import seal_page
from ddmkit.records.runs import header_sha256
from tests.restore.steps import UNPROVED

SAMPLES = Path(__file__).parent.parent / "samples"
NOON = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    with ddmkit.demo(world=tmp_path_factory.mktemp("world") / "world.sqlite", now=NOON, operator="ada") as opened:
        yield opened


@pytest.fixture(scope="module")
def job(kit):
    facts = kit.scenario
    chosen = {"source": facts.source, "target": facts.target, "data_nodes": facts.data_nodes}
    for fault in UNPROVED:
        kit.simulator.inject(fault)
    plan = kit.plan(**chosen, restore_time=facts.restore_time.isoformat(), time_zone="Europe/Berlin")
    return kit.submit(plan, confirm=plan.target_name, accept=plan.warnings, ticket="INC-7").wait(poll_s=0)


@pytest.fixture
def record(job):
    return job.record


@pytest.fixture
def key_file(tmp_path):
    path = tmp_path / "key.pem"
    private = Ed25519PrivateKey.generate()
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(private.private_bytes(*form))
    return path


def test_a_record_keeps_the_inputs_as_they_were_given(kit, record):
    inputs = record.last("planned").data["inputs"]
    assert inputs["restore_time"] == kit.scenario.restore_time.isoformat()
    assert inputs["data_nodes"] == list(kit.scenario.data_nodes)


def test_a_note_is_appended_with_author_and_time(kit, record):
    count = len(record.events)
    noted = record.note("the shop was told")
    assert noted is record
    assert len(record.events) == count + 1
    assert record.events[-1].data["text"] == "the shop was told"
    assert record.events[-1].data["author"] == "ada"
    again = kit.records.get(record.id).note("handed over", author="eve")
    assert again.events[-1].data["author"] == "eve"
    assert again.verify() == []


@pytest.mark.parametrize("text", ["", "  \n", "x" * 10_001])
def test_a_note_says_something_and_not_everything(record, text):
    with pytest.raises(ddmkit.InputError, match="note"):
        record.note(text)


def test_a_file_takes_no_notes(record, tmp_path):
    read = ddmkit.read_record(record.export(tmp_path / "x.ddmrecord.json"))
    with pytest.raises(ddmkit.RecordError, match="never changed"):
        read.note("too late")


def test_a_record_goes_through_a_file_unchanged(record, tmp_path):
    read = ddmkit.read_record(record.export(tmp_path / "x.ddmrecord.json"))
    assert read.run == record.run
    assert read.header.digest == record.header.digest
    assert (read.verify(), read.fingerprint) == ([], "")


def test_a_signed_file_names_its_key_and_verifies_with_it(record, tmp_path, key_file):
    read = ddmkit.read_record(record.export(tmp_path / "x.ddmrecord.json", sign_with=key_file))
    assert read.fingerprint.startswith("SHA256:")
    assert read.verify(key=key_file) == read.verify(fingerprint=read.fingerprint) == []
    assert read.verify(fingerprint="SHA256:" + "A" * 43)
    assert "verify its exported file" in record.verify(key=key_file)[0].what


def test_a_page_can_be_verified_like_the_file_that_it_carries(record, tmp_path):
    page = tmp_path / "report.html"
    page.write_text(record.to_html())
    read = ddmkit.read_record(page)
    assert read.run == record.run
    assert read.verify() == []


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ("Completed; the target", "Completed, the target", "the page does not have its own hash"),
        ("<h1>", "<h1>Approved: ", "the page does not have its own hash"),
        ('"ticket": "INC-7"', '"ticket": "INC-8"', "changed"),
        ("Made by ddmkit 0", "Made by ddmkit 9", "the page does not have its own hash"),
    ],
)
def test_a_page_that_was_edited_is_found_out(record, tmp_path, before, after, found):
    page = tmp_path / "report.html"
    assert before in record.to_html()
    page.write_text(record.to_html().replace(before, after, 1))
    assert found in ddmkit.read_record(page).verify()[0].what


def sealed_again(page):
    blank = re.sub(r'(<code id="ddmkit-page-hash"[^>]*>)[0-9a-f]{64}', rf"\g<1>{'0' * 64}", page)
    return seal_page(blank)


def test_a_page_that_was_edited_and_given_a_new_hash_is_found_out(record, tmp_path):
    page = tmp_path / "report.html"
    page.write_text(sealed_again(record.to_html().replace("<h1>", "<h1>Approved: ", 1)))
    assert "the page is not what ddmkit" in ddmkit.read_record(page).verify()[0].what


def test_the_text_of_a_page_of_another_version_is_not_judged_by_the_words_of_this_one(record, tmp_path, monkeypatch):
    page = tmp_path / "report.html"
    page.write_text(record.to_html())
    monkeypatch.setattr(ddmkit, "__version__", "9.9.9")
    monkeypatch.setattr("ddmkit.display.records.next_steps", lambda _run: ["in other words"])
    verdict = ddmkit.read_record(page).judge()
    assert verdict.problems == []
    assert any("text of the page cannot be checked" in caution for caution in verdict.cautions)
    page.write_text(page.read_text().replace("<h1>", "<h1>Approved: ", 1))
    assert "does not have its own hash" in ddmkit.read_record(page).verify()[0].what


def test_a_page_whose_hash_was_taken_out_is_found_out(record, tmp_path, monkeypatch):
    monkeypatch.setattr(ddmkit, "__version__", "9.9.9")
    page = tmp_path / "report.html"
    page.write_text(record.to_html().replace("<code id=", "<code class="))
    assert "the page has lost its hash" in ddmkit.read_record(page).verify()[0].what


def test_of_a_page_of_the_first_version_the_record_is_verified_and_the_text_is_not(tmp_path):
    verdict = ddmkit.read_record(SAMPLES / "record-page-v1-0.1.0.html").judge()
    assert (verdict.result, verdict.problems) == (Trust.UNPROVEN, [])
    assert "text of the page cannot be checked" in verdict.cautions[-1]
    page = tmp_path / "page.html"
    page.write_text((SAMPLES / "record-page-v1-0.1.0.html").read_text().replace('"ticket": "INC-7"', '"ticket": "INC-8"', 1))
    assert ddmkit.read_record(page).judge().result is Trust.EDITED


def test_a_page_is_written_whole_and_gives_way_only_to_a_later_state(kit, record, tmp_path):
    page = record.export_page(tmp_path / "report.html")
    assert page.read_text("utf-8") == record.to_html()
    assert page.stat().st_mode & 0o077 == 0
    later = kit.records.get(record.id).note("looked at the page")
    later.export_page(page)
    assert ddmkit.read_record(page).events[-1].kind == "noted"
    with pytest.raises(ddmkit.RecordError, match="not an earlier state"):
        record.export_page(page)
    assert page.read_text("utf-8") == later.to_html()


@pytest.mark.parametrize("there", ["mine", ""])
def test_a_page_replaces_no_other_file(record, tmp_path, there):
    (tmp_path / "x.html").write_text(there)
    with pytest.raises(ddmkit.RecordError, match=r"x\.html is there already"):
        record.export_page(tmp_path / "x.html")
    assert (tmp_path / "x.html").read_text() == there


def test_a_page_that_would_hold_a_secret_is_not_written(record, tmp_path):
    from ddmkit.handles.record import Record

    with pytest.raises(ddmkit.RecordError, match="known secret"):
        Record(record.run, lambda: ["ddm-restore-target"]).export_page(tmp_path / "x.html")
    assert list(tmp_path.iterdir()) == []


def test_a_signed_record_makes_a_signed_page(record, tmp_path, key_file):
    read = ddmkit.read_record(record.export(tmp_path / "x.ddmrecord.json", sign_with=key_file))
    page = tmp_path / "report.html"
    page.write_text(read.to_html())
    assert ddmkit.read_record(page).verify(key=key_file) == []


def test_a_record_is_written_for_tickets_reviews_and_other_tools(record):
    assert record.to_markdown().startswith("### Restore of DDM metadata: completed")
    assert record.to_postmortem().startswith("# Post-mortem: restore of ddm-orders-prod to ddm-restore-target, 2026-05-20")
    statement = record.to_statement()
    assert statement["predicate"]["id"] == record.id
    assert statement["subject"][0]["name"].endswith(".ddmrecord.json")


def test_a_notebook_of_a_simulated_record_brings_its_world_and_runs_there(record, tmp_path):
    path = record.to_notebook(tmp_path / "again.ipynb")
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    cell = next(cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", ()))
    values = {}
    exec(cell.source, values)  # noqa: S102  # the cell that was just written
    assert values["service"] == "simulator"
    assert (values["confirm"], values["digest"]) == ("", "")
    assert values["ticket"] == "INC-7"
    with ddmkit.demo(world=values["world"]) as there:
        chosen = {name: values[name] for name in ("source", "target", "data_nodes", "restore_time")}
        assert there.plan(**chosen).ready
        assert there.now() == record.events[0].at
        assert there.scenario.source == values["source"]
    with pytest.raises(ddmkit.RecordError, match="is there already"):
        record.to_notebook(path)


def test_a_notebook_of_a_record_of_a_cloud_runs_on_that_cloud_where_it_is_configured(record, tmp_path, monkeypatch):
    from ddmkit.handles.record import Record

    bare = record.run.model_copy(update={"service": "ddm.eu-de.example.com", "events": ()})
    events, before = [], header_sha256(bare)
    for event in record.events:
        data = {**event.data, "endpoint": "https://ddm.eu-de.example.com"} if event.kind == "opened" else event.data
        events.append(chain_event(seq=event.seq, at=event.at, kind=event.kind, data=data, prev_sha256=before))
        before = events[-1].sha256
    of_a_cloud = Record(bare.model_copy(update={"events": tuple(events)}))
    assert 'service = \\"\\"' in of_a_cloud.to_notebook(tmp_path / "unknown.ipynb").read_text()
    monkeypatch.setenv("DDMKIT_ENDPOINT", "https://ddm.eu-de.example.com")
    assert 'service = \\"https://ddm.eu-de.example.com\\"' in of_a_cloud.to_notebook(tmp_path / "again.ipynb").read_text()
    assert not (tmp_path / "again.world.sqlite").exists()


def test_a_notebook_that_cannot_be_written_leaves_no_world_either(record, tmp_path):
    (tmp_path / "again.ipynb").write_text("mine")
    with pytest.raises(ddmkit.RecordError, match="is there already"):
        record.to_notebook(tmp_path / "again.ipynb")
    with pytest.raises(ddmkit.RecordError, match="No such file or directory"):
        record.to_notebook(tmp_path / "missing" / "again.ipynb")
    assert [path.name for path in tmp_path.iterdir()] == ["again.ipynb"]
    assert (tmp_path / "again.ipynb").read_text() == "mine"


def test_an_edit_that_no_file_can_hold_is_told_and_not_raised_raw(record, tmp_path):
    from ddmkit.handles.record import Record

    last = record.events[-1].model_copy(update={"sha256": ""})
    edited = Record(record.run.model_copy(update={"events": (*record.events[:-1], last)}))
    assert "EDITED" in edited.to_text()
    for act in (edited.to_html, edited.to_statement, lambda: edited.export(tmp_path / "x.ddmrecord.json")):
        with pytest.raises(ddmkit.RecordError, match="cannot be written to a file: its head_sha256 is not as ddmkit writes"):
            act()


def test_a_record_that_was_edited_is_neither_replayed_nor_planned_again_nor_made_a_notebook(kit, record, tmp_path):
    from ddmkit.handles.record import Record

    edited = Record(record.run.model_copy(update={"events": (*record.events[:1], *record.events[2:])}))
    for act in (
        lambda: edited.to_notebook(tmp_path / "again.ipynb"),
        lambda: ddmkit.replay(edited),
        lambda: kit.plan_again(edited),
    ):
        with pytest.raises(ddmkit.RecordError, match=r"not as it was written: event 3 .* stands where event 2 belongs"):
            act()
    assert list(tmp_path.iterdir()) == []


def test_a_record_without_a_plan_makes_no_notebook(kit, tmp_path):
    run = kit.records.get(kit.records.list()[0].id).run
    from ddmkit.handles.record import Record

    bare = Record(run.model_copy(update={"events": run.events[:1]}))
    with pytest.raises(ddmkit.RecordError, match="holds no plan"):
        bare.to_notebook(tmp_path / "none.ipynb")
    assert list(tmp_path.iterdir()) == []


def test_files_are_taken_into_another_store_verified_and_recognised(record, tmp_path):
    path = record.export(tmp_path / "x.ddmrecord.json")
    with RecordStore.open(tmp_path / "other.sqlite", clock=lambda: NOON) as store:
        shelf = Records(store)
        assert shelf.import_files(path) == {record.id: len(record.events)}
        assert shelf.import_files(path) == {record.id: 0}
        assert shelf.get(record.id).run == record.run
        path.write_text(path.read_text().replace("INC-7", "INC-8", 1))
        with pytest.raises(ddmkit.RecordError, match="not as it was exported"):
            shelf.import_files(path)


def test_a_record_file_of_a_real_restore_fits_the_published_schema(record, tmp_path):
    import jsonschema

    jsonschema.validate(json.loads(record.export(tmp_path / "x.ddmrecord.json").read_text()), file_schema())


def test_a_record_shows_itself_with_and_without_html(record):
    bundle = record._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html"}
    assert re.search(r"Warnings accepted: nodes-recovered \(.*\), same-network \(.*\); by ada\.", bundle["text/plain"])
    assert "<script" not in bundle["text/html"]


COLUMNS = {
    **dict.fromkeys(("id", "kind", "state"), "string"),
    **dict.fromkeys(("created", "updated"), "datetime64[us, UTC]"),
    **dict.fromkeys(
        ("source_name", "target_name", "origin", "job_id", "operator", "purpose", "ticket", "digest", "service"), "string"
    ),
    "still_billed": "Int64",
}


@pytest.fixture
def open_shelf(tmp_path):
    """Open stores of their own, each with its runs: a pair of plan id and ticket."""
    stores = []

    def make(*plans):
        store = RecordStore.open(tmp_path / f"store-{len(stores)}.sqlite", service="ddm.example.com", clock=lambda: NOON)
        stores.append(store)
        for plan_id, ticket in plans:
            header = {"plan_id": plan_id, "digest": "d1", "project_id": "p", "source_id": "s-1", "target_id": "t-1"}
            store.begin(RunHeader(**header, operator="ada", ticket=ticket))
        return Records(store)

    yield make
    for store in stores:
        store.close()


def test_a_frame_of_records_has_a_typed_column_for_everything_that_a_row_shows(kit, job):
    frame = kit.records.frame()
    assert {name: str(kind) for name, kind in frame.dtypes.items()} == COLUMNS
    row = frame.set_index("id").loc[job.record.id]
    assert (row["state"], row["operator"], row["ticket"], row["job_id"]) == ("completed", "ada", "INC-7", job.id)
    assert (row["source_name"], row["target_name"]) == ("ddm-orders-prod", "ddm-restore-target")
    assert row["created"].to_pydatetime() == job.record.created
    assert row["created"].utcoffset() == timedelta(0)
    assert row["updated"].to_pydatetime() == job.record.run.summary.updated


def test_a_list_of_records_shows_what_when_who_and_why(kit, job):
    shown = kit.records.list().table().text
    for said in (job.record.id, "completed", "2026-05-20", "ddm-orders-prod", "ddm-restore-target", "ada", "INC-7"):
        assert said in shown


def test_a_frame_of_an_empty_store_has_the_same_columns_and_no_rows(open_shelf):
    frame = open_shelf().frame()
    assert {name: str(kind) for name, kind in frame.dtypes.items()} == COLUMNS
    assert len(frame) == 0


def test_each_store_has_a_frame_of_its_own_and_frames_of_two_are_joined_as_they_are(open_shelf):
    import pandas as pd

    first, second = open_shelf(("plan-1", "OPS-1"), ("plan-2", "OPS-2")), open_shelf(("plan-3", "OPS-3"))
    assert list(first.frame()["ticket"]) == ["OPS-2", "OPS-1"]  # the newest first
    assert list(second.frame()["ticket"]) == ["OPS-3"]
    both = pd.concat([first.frame(), second.frame(), open_shelf().frame()], ignore_index=True)
    assert {name: str(kind) for name, kind in both.dtypes.items()} == COLUMNS
    assert sorted(both["ticket"]) == ["OPS-1", "OPS-2", "OPS-3"]
    assert set(both["source_name"]) == {"s-1"}  # the id stands where the service gave no name


def test_the_records_of_a_store_are_counted_and_iterated_newest_first(open_shelf):
    shelf = open_shelf(("plan-1", "OPS-1"), ("plan-2", "OPS-2"))
    assert len(shelf) == 2
    assert [row.ticket for row in shelf] == ["OPS-2", "OPS-1"]
    assert list(shelf) == list(shelf.list())
    empty = open_shelf()
    assert (len(empty), list(empty)) == (0, [])
    assert empty  # a store without records is a store all the same
