"""A record's two files: written again they replace themselves, and nothing else."""

import pytest

import ddmkit
from ddmkit.errors import RecordError
from ddmkit.guide.results import export_files
from ddmkit.handles.record import Record
from tests.notebooks.fixed_world import SAMPLE


@pytest.fixture
def record():
    return ddmkit.read_record(SAMPLE)


def write_files(record, folder):
    export_files(record, str(folder))
    return folder / f"{record.id}.ddmrecord.json", folder / f"{record.id}.html"


def test_record_and_report_are_written_and_both_verify(record, tmp_path):
    paths = write_files(record, tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted(paths)
    assert all(ddmkit.read_record(path).verify() == [] for path in paths)


def test_a_second_time_the_files_are_the_same(record, tmp_path):
    before = [path.read_bytes() for path in write_files(record, tmp_path)]
    assert [path.read_bytes() for path in write_files(record, tmp_path)] == before


def test_an_earlier_state_of_the_report_gives_way(record, tmp_path):
    earlier = ddmkit.read_record(SAMPLE)
    earlier._run = record.run.model_copy(update={"events": record.run.events[:6]})
    earlier._opened = None
    write_files(earlier, tmp_path)
    _exported, report = write_files(record, tmp_path)
    assert report.read_text("utf-8") == record.to_html()


@pytest.mark.parametrize("there", ["my own notes", ""])
def test_a_file_of_somebody_else_is_never_replaced(record, tmp_path, there):
    mine = tmp_path / f"{record.id}.html"
    mine.write_text(there)
    with pytest.raises(RecordError, match="is there already"):
        write_files(record, tmp_path)
    assert mine.read_text() == there


def test_nothing_is_written_that_holds_a_known_secret(record, tmp_path):
    with pytest.raises(RecordError, match="known secret"):
        write_files(Record(record.run, lambda: ["ddm-restore-target"]), tmp_path)
    assert list(tmp_path.iterdir()) == []
