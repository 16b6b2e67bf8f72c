"""What a kit does with a restore that is on record, and what it leaves to other stores and services."""

import pytest

import ddmkit
from tests.kit.conftest import NOON, plan_of


@pytest.fixture
def started(kit):
    """A restore that is running, on the record of its own store."""
    plan = plan_of(kit)
    return kit.submit(plan, confirm=plan.target_name, accept=plan.warnings).record


@pytest.fixture
def colleague(kit, tmp_path):
    """Somebody else on the same service, with a record store of their own."""
    with ddmkit.demo(world=tmp_path / "world.sqlite", now=NOON, records=tmp_path / "colleague.sqlite") as opened:
        yield opened


def test_an_imported_record_is_shown_and_followed_but_is_no_open_restore_here(started, colleague, tmp_path):
    colleague.records.import_files(started.export(tmp_path / "x.ddmrecord.json"))
    imported = colleague.records.get(started.id)
    assert (imported.imported, started.imported) == (True, False)
    assert [row.origin for row in colleague.records.list()] == ["imported"]
    assert list(colleague.records.frame()["origin"]) == ["imported"]
    for shown in (imported.to_text(), imported.to_html(), imported.to_markdown(), imported.to_postmortem()):
        assert "imported from a file" in shown
    assert "imported from a file" not in started.to_html()
    page = imported.export_page(tmp_path / "imported.html")
    assert ddmkit.read_record(page).verify() == []
    assert len(colleague.open_restores()) == 0
    job = colleague.resume(started.id).wait(poll_s=0)
    assert (job.status, job.record.state, job.record.imported) == ("completed", "completed", True)


def test_what_became_of_an_imported_restore_is_not_decided_here(started, colleague):
    sending = [event for event in started.events if event.seq <= started.last("intent").seq]
    store = colleague.records._store
    store.import_runs([started.run.model_copy(update={"events": tuple(sending)})])
    for act in (
        lambda: colleague.resume(started.id),
        lambda: colleague.adopt(started.id, started.job_id),
        lambda: colleague.release(started.id, reason="nothing", confirm=started.header.target_name),
    ):
        with pytest.raises(ddmkit.InputError, match="was imported from a file and is sending"):
            act()
    assert len(store.get(started.id).events) == len(sending)


def test_a_record_of_another_service_is_neither_followed_nor_decided(started, tmp_path):
    with ddmkit.demo(world=tmp_path / "elsewhere.sqlite", now=NOON, records=tmp_path / "elsewhere-records.sqlite") as other:
        other.records.import_files(started.export(tmp_path / "x.ddmrecord.json"))
        for act in (lambda: other.resume(started.id), lambda: other.adopt(started.id, "job-1")):
            with pytest.raises(ddmkit.InputError, match="Connect to the service of the record, if it is yours"):
                act()
        assert len(other.records.get(started.id).events) == len(started.events)
