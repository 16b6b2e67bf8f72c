from __future__ import annotations

import json
import os
import random
import stat
import sys
import time

import pytest

from ddmkit.errors import RecordError
from ddmkit.records import export_json, file_of, open_record_file, read_record_file, verify_chain, verify_file
from ddmkit.records.files import export as export_module
from tests import forked


@pytest.fixture
def exported(restored, tmp_path):
    return export_json(restored, tmp_path / "x.ddmrecord.json")


def test_a_file_reads_back_as_the_same_run(exported, restored):
    assert read_record_file(exported) == restored
    assert verify_chain(read_record_file(exported)) == []


def test_a_file_is_for_people_and_private(exported):
    assert exported.read_text().startswith('{\n "format": "ddmkit.record",\n "version": 1,\n')
    assert stat.S_IMODE(exported.stat().st_mode) == 0o600


def test_each_changed_byte_is_found_out_or_means_nothing(exported, restored):
    content = exported.read_bytes()
    chance = random.Random(1)  # a sample that is the same each time
    for position in chance.sample(range(len(content)), min(800, len(content))):
        changed = bytearray(content)
        changed[position] = chance.choice([byte for byte in range(32, 127) if byte != content[position]])
        exported.write_bytes(bytes(changed))
        try:
            file = open_record_file(exported).file
        except RecordError:
            continue
        assert verify_file(file) or file == file_of(restored)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'"seq": 1,', b'"seq": 1.0,'),
        (b'"pid": 4711', b'"pid": 4711.0'),
        (b'"job_id": "job-1"', b'"job_id": "job-1\\u0000"'),
        (b'"operator": "ada"', b'"operator": "ada\\ud800"'),
        (b'"restore_time": 1747735952000', b'"restore_time": 17477359520000000000'),
        (b'"version": 1', b'"version": 1.0'),
    ],
)
def test_the_same_value_in_another_spelling_is_found_out_or_means_the_same(exported, restored, before, after):
    content = exported.read_bytes()
    assert before in content
    exported.write_bytes(content.replace(before, after))
    try:
        file = open_record_file(exported).file
    except RecordError:
        return
    assert verify_file(file) or file == file_of(restored)


def test_the_same_run_may_be_exported_again_when_it_went_on(file_store, header, tmp_path):
    run_id = file_store.begin(header())
    path = export_json(file_store.get(run_id), tmp_path / "x.ddmrecord.json")
    file_store.append(run_id, "noted", {"text": "later"})
    export_json(file_store.get(run_id), path)
    assert read_record_file(path).events[-1].kind == "noted"


def test_an_earlier_state_does_not_replace_a_later_one(exported, restored):
    earlier = restored.model_copy(update={"events": restored.events[:2]})
    with pytest.raises(RecordError, match="nothing was overwritten"):
        export_json(earlier, exported)
    assert read_record_file(exported) == restored


@pytest.mark.parametrize("there", ["something else", ""])
def test_another_file_in_the_way_is_left_alone(restored, tmp_path, there):
    path = tmp_path / "x.ddmrecord.json"
    path.write_text(there)
    with pytest.raises(RecordError, match="nothing was overwritten"):
        export_json(restored, path)
    assert path.read_text() == there


def test_a_record_that_holds_a_secret_is_not_exported(restored, tmp_path):
    with pytest.raises(RecordError, match="known secret \\(token\\)"):
        export_json(restored, tmp_path / "x.ddmrecord.json", secrets={"token": "shop-restored"})
    assert list(tmp_path.glob("*.json")) == []


RUN_OUT_OF_SPACE = """
import resource, signal, sys
from ddmkit.errors import RecordError
from ddmkit.records import export_json, read_record_file
run = read_record_file(sys.argv[1])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    export_json(run, sys.argv[2])
except RecordError as error:
    print(error)
"""


def test_where_no_more_can_be_written_nothing_is_left_behind(exported, tmp_path):
    (tmp_path / "full").mkdir()
    words = [sys.executable, "-c", RUN_OUT_OF_SPACE, str(exported), str(tmp_path / "full" / "y.ddmrecord.json")]
    ended = forked.run(words, timeout=60)
    assert "Could not write the record file" in ended.stdout, ended.stderr
    assert "File too large" in ended.stdout
    assert list((tmp_path / "full").iterdir()) == []


def test_a_folder_that_is_not_there_gives_a_plain_refusal_and_no_half_file(restored, tmp_path):
    with pytest.raises(RecordError, match="Could not write"):
        export_json(restored, tmp_path / "missing" / "x.ddmrecord.json")


def test_a_disk_that_fills_leaves_nothing_behind(restored, tmp_path, monkeypatch):
    def fail(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(RecordError, match="No space left"):
        export_json(restored, tmp_path / "x.ddmrecord.json")
    assert [path for path in tmp_path.iterdir() if "ddmrecord" in path.name] == []


def test_a_record_too_large_to_read_back_is_not_written(restored, tmp_path, monkeypatch):
    monkeypatch.setattr(export_module, "_LARGEST", 100)
    with pytest.raises(RecordError, match="was not exported"):
        export_json(restored, tmp_path / "x.ddmrecord.json")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "Expecting value"),
        (b"\xff\xfe", "utf-8"),
        (b"[]", "format"),
        (b'{"format": "other"}', "format"),
        (b'{"format": "ddmkit.record", "format": "ddmkit.record"}', "a key twice"),
        (b'{"format": "ddmkit.record", "version": 3}', "Update ddmkit"),
        (b'{"format": "ddmkit.record", "version": 1}', "Field required"),
        (b'{"a": NaN}', "NaN"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a": ' + b"9" * 5000 + b"}", "is no ddmkit record"),
    ],
)
def test_what_is_no_record_is_refused_with_the_reason(tmp_path, content, reason):
    path = tmp_path / "x.ddmrecord.json"
    path.write_bytes(content)
    with pytest.raises(RecordError, match=reason):
        read_record_file(path)


@pytest.mark.parametrize("number", ["1.0", "1e0", "1E0", "-0", "-0.0", "0.0", "10e-1", "1.50", "1e400", "0.1e1"])
def test_a_number_in_another_spelling_than_its_canonical_one_is_refused(exported, number):
    content = exported.read_text()
    for before in ('"seq": 1,', '"status": 202', '"progress": 1'):
        assert before in content
        exported.write_text(
            content.replace(before, f"{before.partition(':')[0]}: {number}" + before[-1] * (before[-1] == ","))
        )
        with pytest.raises(RecordError, match=r"the number \S+ is written in a way that ddmkit never does"):
            read_record_file(exported)


def test_a_fraction_in_its_own_spelling_is_read(file_store, header, tmp_path):
    run_id = file_store.begin(header())
    values = {"took": [0.1, 1.5, 1e-07, 123456.789, -2.25, 5e-324], "n": [0, -1, 2**53 - 1]}
    file_store.append(run_id, "noted", values)
    path = export_json(file_store.get(run_id), tmp_path / "x.ddmrecord.json")
    assert read_record_file(path).events[-1].data == values


@pytest.mark.parametrize("year", ["0001", "1969", "9001", "9999"])
def test_a_time_off_the_calendar_is_refused(exported, year):
    value = json.loads(exported.read_text())
    for change in (
        {"created": f"{year}-12-31T23:59:59.000Z"},
        {"events": [{**value["events"][0], "at": f"{year}-01-01T00:00:00.000Z"}]},
    ):
        exported.write_text(json.dumps({**value, **change}))
        with pytest.raises(RecordError, match="between the years 1970 and 9000"):
            read_record_file(exported)


MARK = b'<pre id="ddmkit-record">'
LARGE = {
    "a page of openings": lambda: MARK * 2_000_000,
    "a page whose record never ends": lambda: MARK + b"&a" * 24_000_000,
    "a page of entities": lambda: MARK + b"&amp;" * 9_000_000 + b"</pre>",
    "empty objects": lambda: b"[" + b"{}," * 15_000_000 + b"{}]",
    "openings": lambda: b"[" * 49_000_000,
    "digits": lambda: b"9" * 49_000_000,
    "a text without end": lambda: b'"' + b"\\" * 49_000_000,
    "blanks": lambda: b" " * 49_000_000,
    "an id": lambda: b'{"format": "ddmkit.record", "version": 1, "id": "' + b"r" * 49_000_000 + b'"}',
}


@pytest.mark.parametrize("name", LARGE)
def test_fifty_megabytes_of_anything_are_decided_in_seconds(tmp_path, name):
    path = tmp_path / "x.ddmrecord.json"
    path.write_bytes(LARGE[name]())
    begun = time.process_time()
    with pytest.raises(RecordError, match="is no ddmkit record"):
        read_record_file(path)
    assert time.process_time() - begun < 10


def test_a_file_of_very_many_values_or_events_is_refused_before_anything_is_made_of_them(exported):
    value = json.loads(exported.read_text())
    exported.write_text(json.dumps({**value, "events": [{}] * 250_001}))
    with pytest.raises(RecordError, match="more than 500,000 values"):
        read_record_file(exported)
    exported.write_text(json.dumps({**value, "events": [value["events"][0]] * 20_001}))
    with pytest.raises(RecordError, match="events: Tuple should have at most 20000 items"):
        read_record_file(exported)


def test_a_record_of_too_many_values_or_events_to_read_back_is_not_written(restored, tmp_path, monkeypatch):
    for limit, reason in (("_MOST_VALUES", "more than 3 values"), ("MOST_EVENTS", "more than 3 events")):
        with monkeypatch.context() as patch:
            patch.setattr(export_module, limit, 3)
            with pytest.raises(
                RecordError, match=f"was not exported, because no ddmkit would read the file: it holds {reason}"
            ):
                export_json(restored, tmp_path / "x.ddmrecord.json")
    assert list(tmp_path.glob("*.json")) == []


@pytest.mark.parametrize(
    "change",
    [
        {"more": 1},
        {"events": {}},
        {"created": "yesterday"},
        {"header": {}},
        {"version": True},
        {"events": [{"seq": "1"}]},
    ],
)
def test_a_file_of_another_shape_is_refused(exported, change):
    exported.write_text(json.dumps({**json.loads(exported.read_text()), **change}))
    with pytest.raises(RecordError, match="is no ddmkit record"):
        read_record_file(exported)


def test_event_data_deeper_than_was_ever_written_is_refused(exported):
    value = json.loads(exported.read_text())
    deep = []
    for _ in range(150):
        deep = [deep]
    value["events"][0]["data"] = {"deep": deep}
    exported.write_text(json.dumps(value))
    with pytest.raises(RecordError, match="cannot stand in a record"):
        read_record_file(exported)


def test_a_file_above_the_limit_is_not_read(tmp_path):
    path = tmp_path / "large.ddmrecord.json"
    with path.open("wb") as file:
        file.truncate(500_000_000)
    with pytest.raises(RecordError, match="larger than 50 MB"):
        read_record_file(path)


def test_a_large_file_is_refused_by_its_size_before_it_is_read(tmp_path, monkeypatch):
    path = tmp_path / "large.ddmrecord.json"
    with path.open("wb") as file:
        file.truncate(500_000_000)
    monkeypatch.setattr(type(path), "open", lambda *_: pytest.fail("it was opened"))
    with pytest.raises(RecordError, match="larger than 50 MB"):
        read_record_file(path)


def test_a_page_without_a_record_or_with_two_is_none(tmp_path):
    path = tmp_path / "page.html"
    path.write_text("<!DOCTYPE html><p>nothing</p>")
    with pytest.raises(RecordError, match="carries no record"):
        read_record_file(path)
    path.write_text('<pre id="ddmkit-record">{}</pre>' * 2)
    with pytest.raises(RecordError, match="carries several records"):
        read_record_file(path)


def test_a_pipe_or_a_missing_file_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(RecordError, match="no regular file"):
        read_record_file(tmp_path / "pipe")
    with pytest.raises(RecordError, match="Could not read"):
        read_record_file(tmp_path / "missing")
