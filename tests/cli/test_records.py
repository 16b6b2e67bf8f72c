"""``ddmkit records``, as a shell sees it: what each command prints, and how it ends when the input is bad."""

from __future__ import annotations

import ctypes
import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import nbformat
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from typer.testing import CliRunner

import ddmkit
from ddmkit.cli.main import app
from ddmkit.records import RecordStore, RunHeader
from ddmkit.restore.preflight import CHECKS, run_preflight
from tests import forked

SAMPLES = Path(__file__).parents[1] / "samples"
SAMPLE = SAMPLES / "record-v1.ddmrecord.json"
SIGNED = SAMPLES / "record-v1-signed.ddmrecord.json"


@pytest.fixture
def shell(monkeypatch, tmp_path):
    monkeypatch.setenv("DDMKIT_RECORDS", str(tmp_path / "records.sqlite"))
    runner = CliRunner()
    return lambda *words: runner.invoke(app, ["records", *map(str, words)])


@pytest.fixture
def empty_store(tmp_path):
    RecordStore.open(tmp_path / "records.sqlite", clock=lambda: datetime.now(UTC)).close()


@pytest.fixture
def record_id(shell):
    assert shell("import", SAMPLE).exit_code == 0
    return ddmkit.read_record(SAMPLE).id


def test_a_file_is_imported_once_and_recognised_after_that(shell, record_id):
    assert shell("import", SAMPLE, SIGNED).stdout == f"{record_id}: was here already\n"
    assert json.loads(shell("list", "--json").stdout)[0]["id"] == record_id


def test_a_store_without_records_is_named_with_how_to_choose_another(shell, empty_store, tmp_path):
    said = shell("list").stdout
    assert said.startswith(f"no records yet in this store: sqlite:///{tmp_path}/records.sqlite\n")
    assert "--store or DDMKIT_RECORDS" in said
    assert shell("list", "--state", "failed").stdout.startswith("no records in the state failed in this store: sqlite:///")
    assert shell("list", "--json").stdout == "[]\n"


@pytest.mark.parametrize(
    ("form", "begins"),
    [
        ("text", "Record r-"),
        ("html", "<!DOCTYPE html>"),
        ("markdown", "### Restore of DDM metadata"),
        ("postmortem", "# Post-mortem"),
        ("statement", '{"_type": "https://in-toto.io/Statement/v1"'),
    ],
)
def test_a_record_is_shown_in_every_form_from_a_store_and_from_a_file(shell, record_id, form, begins):
    from_store, from_file = shell("show", record_id, "--as", form), shell("show", SAMPLE, "--as", form)
    for ended in (from_store, from_file):
        assert ended.exit_code == 0
        assert ended.stdout.startswith(begins)
    assert ("imported from a file" in from_store.stdout) is (form != "statement")
    assert "imported from a file" not in from_file.stdout


def test_a_page_that_was_printed_verifies(shell, record_id, tmp_path):
    page = tmp_path / "report.html"
    page.write_text(shell("show", record_id, "--as", "html").stdout)
    assert shell("verify", page).exit_code == 0
    page.write_text(page.read_text().replace("INC-7", "INC-8", 1))
    assert shell("verify", page).exit_code == 1


def test_a_signed_file_verifies_by_key_and_by_fingerprint(shell):
    by_key = shell("verify", SIGNED, "--key", SAMPLES / "record-v1.pub.pem")
    assert by_key.exit_code == 0
    assert "intact and signed by the key you named, SHA256:" in by_key.stdout
    assert by_key.stderr == ""
    fingerprint = re.search(r"SHA256:[^;]+", by_key.stdout)[0]
    assert shell("verify", SIGNED, "--fingerprint", fingerprint).exit_code == 0
    bare = shell("verify", SIGNED)
    assert (bare.exit_code, "signed by an unverified key, SHA256:" in bare.stdout) == (0, True)
    assert "Anybody can make a key" in bare.stderr
    wrong = shell("verify", SIGNED, "--fingerprint", "SHA256:" + "A" * 43)
    assert (wrong.exit_code, "another key" in wrong.stderr) == (1, True)
    unsigned = shell("verify", SAMPLE, "--key", SAMPLES / "record-v1.pub.pem")
    assert (unsigned.exit_code, "not signed" in unsigned.stderr) == (1, True)


def test_a_key_that_is_asked_for_badly_does_not_turn_the_check_off(shell):
    key = SAMPLES / "record-v1.pub.pem"
    for words in (
        ("--fingerprint", ""),
        ("--fingerprint", " "),
        ("--key", key, "--fingerprint", ""),
        ("--key", key, "--fingerprint", "SHA256:" + "A" * 43),
    ):
        for file in (SIGNED, SAMPLE):
            refused = shell("verify", file, *words)
            assert (refused.exit_code, refused.stdout) == (1, "")
            assert refused.stderr.startswith("ddmkit: fingerprint: ")
    fingerprint = re.search(r"SHA256:[^;\n]+", shell("verify", SIGNED).stdout)[0]
    assert shell("verify", SIGNED, "--key", key, "--fingerprint", f"{fingerprint} ").exit_code == 0


def test_an_unsigned_record_is_told_apart_from_a_signed_one_and_can_be_refused(shell, record_id):
    for what in (SAMPLE, record_id):
        ended = shell("verify", what)
        assert (ended.exit_code, "intact; not signed" in ended.stdout) == (0, True)
        assert "not a forgery" in ended.stderr
        refused = shell("verify", what, "--require-signature")
        assert (refused.exit_code, refused.stdout) == (1, "")
        assert "is intact, but" in refused.stderr
        assert "not as it was written" not in refused.stderr
    assert shell("verify", SIGNED, "--require-signature").exit_code == 0


def test_verifying_names_the_first_event_that_does_not_fit(shell, tmp_path):
    value = json.loads(SAMPLE.read_text())
    value["events"][3]["data"]["checks"][0]["status"] = "pass "
    value["events"][7]["kind"] = "noted"
    path = tmp_path / "x.ddmrecord.json"
    path.write_text(json.dumps(value))
    ended = shell("verify", path)
    assert ended.exit_code == 1
    assert "event 4 (checked) does not have its own hash" in ended.stderr


def test_a_record_is_exported_with_a_signature(shell, record_id, tmp_path):
    key = tmp_path / "key.pem"
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption())
    key.write_bytes(Ed25519PrivateKey.generate().private_bytes(*form))
    path = tmp_path / "x.ddmrecord.json"
    assert shell("export", record_id, path, "--sign-with", key).exit_code == 0
    assert shell("verify", path, "--key", key).exit_code == 0


def test_a_note_is_added_and_shown(shell, record_id):
    noted = shell("note", record_id, "called the shop", "--author", "eve")
    assert noted.stdout == f"{record_id}: noted as event 13\n"
    assert "eve noted: called the shop" in shell("show", record_id).stdout


def test_a_store_is_moved_and_says_where_to(shell, record_id, tmp_path):
    old, new = tmp_path / "records.sqlite", tmp_path / "team.sqlite"
    assert shell("move", old, new).stdout == "1 records moved, 1 of them new there\n"
    assert record_id in shell("list", "--store", new).stdout
    late = shell("note", record_id, "too late")
    assert (late.exit_code, str(new) in late.stderr) == (1, True)


@pytest.mark.parametrize("place", ["not-mounted/team.sqlite", "postgresql", "team"])
def test_nothing_is_moved_or_imported_into_a_store_that_is_named_wrongly(shell, record_id, tmp_path, place):
    for words in (("move", tmp_path / "records.sqlite", tmp_path / place), ("import", SIGNED, "--store", tmp_path / place)):
        refused = shell(*words)
        assert (refused.exit_code, refused.stdout) == (1, "")
        assert "There is no record store at" in refused.stderr
    assert not (tmp_path / "not-mounted").exists()
    assert shell("note", record_id, "still here").exit_code == 0


def test_a_store_is_moved_without_its_addresses_on_the_command_line(shell, record_id, tmp_path, monkeypatch):
    monkeypatch.setenv("OLD_STORE", f'"{tmp_path / "records.sqlite"}"\r')
    (tmp_path / "address").write_text(f"{tmp_path / 'team.sqlite'}\n")
    moved = shell("move", "env:OLD_STORE", f"@{tmp_path / 'address'}")
    assert (moved.exit_code, moved.stdout) == (0, "1 records moved, 1 of them new there\n"), moved.stderr
    assert record_id in shell("list", "--store", f"@{tmp_path / 'address'}").stdout
    for words in (["env:NOT_SET", tmp_path / "b.sqlite"], [tmp_path / "records.sqlite", f"@{tmp_path / 'missing'}"]):
        ended = shell("move", *words)
        assert (ended.exit_code, "address of a record store" in ended.stderr) == (1, True)


@pytest.mark.parametrize("around", ["{}\r", " {} ", '"{}"', "'{}'"])
def test_the_variable_may_be_written_as_env_files_do(shell, record_id, tmp_path, monkeypatch, around):
    monkeypatch.setenv("DDMKIT_RECORDS", around.format(tmp_path / "records.sqlite"))
    assert record_id in shell("list").stdout
    assert [path.name for path in tmp_path.iterdir() if "records.sqlite" not in path.name] == []


def test_a_store_named_in_the_variable_that_is_not_there_is_no_empty_store(shell, tmp_path):
    for words in (["list"], ["show", "r-1"], ["note", "r-1", "x"]):
        ended = shell(*words)
        assert (ended.exit_code, ended.stdout, "There is no record store at" in ended.stderr) == (1, "", True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("store", ["", " "])
def test_an_empty_name_of_a_store_does_not_mean_the_default_store(shell, record_id, tmp_path, store):
    for words in (
        ("list", "--store", store),
        ("import", SIGNED, "--store", store),
        ("move", store, tmp_path / "new.sqlite"),
    ):
        refused = shell(*words)
        assert (refused.exit_code, refused.stdout) == (1, "")
        assert "The address of the record store" in refused.stderr
        assert "is empty" in refused.stderr
    assert not (tmp_path / "new.sqlite").exists()
    assert shell("show", record_id).exit_code == 0  # the default store was not moved


def test_a_file_that_its_group_can_write_to_is_said_in_one_line(shell, record_id, tmp_path):
    (tmp_path / "records.sqlite").chmod(0o660)
    ended = shell("list")
    assert (ended.exit_code, record_id in ended.stdout) == (0, True)
    assert re.fullmatch(r"ddmkit: .*by its whole group.*\n", ended.stderr)


def test_a_second_person_rehearses_a_record_with_one_command(shell):
    ended = shell("replay", SAMPLE, "--rehearse")
    assert ended.exit_code == 0, ended.stderr
    assert "replayed on the simulator.\nNothing reached a cloud.\nAs of 2026-05-20 09:30:00 UTC: " in ended.stdout
    assert "20 checks, all with the recorded result" in ended.stdout
    assert "completed" in ended.stdout
    assert "as expected" in ended.stdout


def test_a_replay_fits_a_terminal_of_eighty_columns_and_says_how_to_go_on(shell):
    ended = shell("replay", SAMPLE)
    assert ended.exit_code == 0
    assert max(map(len, ended.stdout.splitlines())) <= 80
    assert re.search(r"^same-network +! warn +! warn +! warn$", ended.stdout, re.MULTILINE)
    assert "--rehearse" in ended.stdout


def test_a_replay_with_another_result_shows_what_was_seen_on_both_sides_and_ends_with_1(shell, monkeypatch):
    def otherwise(inventory, request):
        return tuple(
            one.model_copy(update={"status": "fail", "detail": "Seen otherwise today."}) if one.id == "target-empty" else one
            for one in run_preflight(inventory, request)
        )

    monkeypatch.setattr("ddmkit.rehearsal.replay.run_preflight", otherwise)
    ended = shell("replay", SAMPLE)
    assert (ended.exit_code, "gave another result this time" in ended.stderr) == (1, True)
    assert "20 checks, 1 with another result" in ended.stdout
    assert re.search(r"^target-empty +✓ pass +✗ fail +✗ fail +<- differs$", ended.stdout, re.MULTILINE)
    assert "No schemas, no data nodes, no accounts." in ended.stdout
    assert "Seen otherwise today." in ended.stdout
    assert "--rehearse" not in ended.stdout


def test_a_check_that_the_record_lacks_is_shown_as_new_and_is_no_difference(shell, monkeypatch):
    def with_one_more(inventory, request):
        results = run_preflight(inventory, request)
        return (*results, results[0].model_copy(update={"id": "added-later", "status": "fail"}))

    monkeypatch.setattr("ddmkit.rehearsal.replay.run_preflight", with_one_more)
    ended = shell("replay", SAMPLE)
    assert ended.exit_code == 0
    assert "20 checks, all with the recorded result" in ended.stdout
    assert f"so not compared: {len(CHECKS) - 20 + 1}." in ended.stdout
    assert re.search(r"^added-later +○ absent +✗ fail +✗ fail +new$", ended.stdout, re.MULTILINE)


def test_two_records_are_compared(shell):
    ended = shell("compare", SAMPLE, SIGNED)
    assert ended.exit_code == 0
    assert "Durations (6):" in ended.stdout
    assert "Facts: the same on both sides" in ended.stdout


def test_a_notebook_of_a_record_is_written_with_its_world(shell, tmp_path):
    assert shell("notebook", SAMPLE, tmp_path / "again.ipynb").exit_code == 0
    nbformat.validate(nbformat.read(tmp_path / "again.ipynb", as_version=4))
    assert (tmp_path / "again.world.sqlite").exists()


@pytest.mark.parametrize("path", [".", "/", "..", "~"])
def test_a_notebook_is_not_written_over_a_folder(shell, path):
    refused = shell("notebook", SAMPLE, path)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "The notebook was not written" in refused.stderr


def test_the_schema_is_printed_as_it_is_stored(shell):
    printed, stored = json.loads(shell("schema").stdout), json.loads((SAMPLES / "ddmrecord.schema.json").read_text())
    assert printed["$id"] == stored["$id"] == "urn:ddmkit:record:2"
    assert set(printed["properties"]) == set(stored["properties"])


def bad_files(folder):
    value = json.loads(SAMPLE.read_text())
    signature = json.loads(SIGNED.read_text())["signature"]
    signature["value"] = signature["value"][::-1]
    contents = {
        "no record": "{}",
        "no JSON": "hello",
        "newer": json.dumps({**value, "version": 3}),
        "broken chain": json.dumps({**value, "events": value["events"][1:]}),
        "cut off": json.dumps({**value, "events": value["events"][:-1]}),
        "wrong signature": json.dumps({**value, "signature": signature}),
    }
    for name, content in contents.items():
        (folder / f"{name}.json").write_text(content)
        yield folder / f"{name}.json"
    with (folder / "huge.json").open("wb") as file:
        file.truncate(500_000_000)
    yield folder / "huge.json"
    yield folder


@pytest.mark.parametrize("command", ["verify", "import", "show", "compare", "replay", "notebook"])
@pytest.mark.usefixtures("empty_store")
def test_every_bad_file_ends_with_a_reason_and_exit_code_1(shell, tmp_path, command):
    more = {"compare": [SAMPLE], "notebook": [tmp_path / "n.ipynb"]}.get(command, [])
    for path in bad_files(tmp_path):
        ended = shell(command, path, *more)
        assert ended.exit_code == 1, path
        # What can be read is shown for what it is.
        assert ended.stdout == "" or command in {"show", "compare"}
        assert ended.stderr.startswith("ddmkit: ")
        assert "Traceback" not in ended.stderr
    assert json.loads(shell("list", "--json").stdout) == []
    assert not list(tmp_path.glob("n.*"))


@pytest.mark.parametrize("form", ["text", "html", "markdown", "postmortem"])
def test_a_file_that_was_edited_is_shown_as_edited(shell, tmp_path, form):
    edited = [path for path in bad_files(tmp_path) if path.name in {"broken chain.json", "cut off.json"}]
    for path in edited:
        shown = shell("show", path, "--as", form)
        assert "EDITED: " in shown.stdout
        assert "all fit their hashes" not in shown.stdout


def test_one_bad_file_among_good_ones_leaves_all_of_them_out(shell, tmp_path):
    (tmp_path / "bad.json").write_text("{}")
    assert shell("import", SAMPLE, tmp_path / "bad.json").exit_code == 1
    assert json.loads(shell("list", "--json").stdout) == []


@pytest.mark.parametrize("store", ["postgresql://ada:hunter2-hunter2@127.0.0.1:1/none", "/proc/none/records.sqlite"])
def test_a_store_that_cannot_be_reached_or_written_says_so_without_its_password(shell, store):
    ended = shell("list", "--store", store)
    assert ended.exit_code == 1
    assert "record store" in ended.stderr
    assert "hunter2" not in ended.stderr


def on_a_disk_with_room_for(count, *words):
    """Run a command of records that may write files up to so many bytes: a disk that fills up in the midst of it."""
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({count}, {count}))"
    command = [sys.executable, "-m", "ddmkit", "records", *map(str, words)]
    # Shorter than locks are waited for: a full disk is no lock.
    return forked.run(command, timeout=25, prelude=limit)


@pytest.mark.parametrize("room", [0, 20_000, 100_000])
def test_on_a_full_disk_a_command_says_so_and_leaves_nothing_half_written(tmp_path, room):
    for words in (["notebook", SAMPLE, tmp_path / "n.ipynb"], ["replay", SAMPLE, "--world", tmp_path / "w.sqlite"]):
        ended = on_a_disk_with_room_for(room, *words)
        assert ended.returncode == 1
        assert "Nothing was left there" in ended.stderr
        assert "Traceback" not in ended.stderr
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("room", [0, 20_000, 60_000])
def test_a_store_that_was_begun_on_a_full_disk_is_good_once_there_is_room(shell, tmp_path, room):
    ended = on_a_disk_with_room_for(room, "import", SAMPLE)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "Make room there" in ended.stderr
    assert shell("import", SAMPLE).exit_code == 0
    assert shell("verify", ddmkit.read_record(SAMPLE).id).exit_code == 0


def test_without_a_temporary_folder_a_replay_says_where_else_to_go(monkeypatch, shell):
    monkeypatch.setattr("tempfile.tempdir", "/proc/none")
    ended = shell("replay", SAMPLE)
    assert (ended.exit_code, "--world" in ended.stderr) == (1, True)


def mind_the_rights_of_folders():
    """Make root mind them, as everybody else does."""
    if os.geteuid() == 0:
        drop_from_bounding_set, may_write_anything, may_read_anything = 24, 1, 2
        kernel = ctypes.CDLL(None)
        for right in (may_write_anything, may_read_anything):
            assert kernel.prctl(drop_from_bounding_set, right) == 0


@pytest.fixture
def in_a_read_only_folder(shell, record_id, tmp_path):
    """Return a runner of commands as somebody who may read the folder of the store and not write there."""
    command = [sys.executable, "-m", "ddmkit", "records"]

    as_anybody = {"capture_output": True, "text": True, "timeout": 60, "preexec_fn": mind_the_rights_of_folders}

    def run(*words):
        return subprocess.run([*command, *map(str, words)], cwd=tmp_path, **as_anybody)

    tmp_path.chmod(0o555)
    yield run
    tmp_path.chmod(0o755)


def test_in_a_read_only_folder_records_are_read_and_nothing_is_left_behind(in_a_read_only_folder, record_id, tmp_path):
    there = sorted(tmp_path.iterdir())
    for words in (["list"], ["show", record_id], ["verify", record_id]):
        ended = in_a_read_only_folder(*words)
        assert (ended.returncode, record_id in ended.stdout) == (0, True), ended.stderr
    for words in (
        ["note", record_id, "text"],
        ["export", record_id, "x.ddmrecord.json"],
        ["notebook", SAMPLE, "n.ipynb"],
        ["replay", SAMPLE, "--world", "w.sqlite"],
        ["move", "records.sqlite", "new.sqlite"],
        ["import", SAMPLE, "--store", "new.sqlite"],
    ):
        ended = in_a_read_only_folder(*words)
        assert (ended.returncode, ended.stdout) == (1, ""), words
        assert ended.stderr.startswith("ddmkit: "), words
    assert sorted(tmp_path.iterdir()) == there


@pytest.mark.parametrize("words", [["list"], ["show", "r-1"], ["note", "r-1", "x"], ["export", "r-1", "x.json"]])
def test_a_store_that_is_named_wrongly_is_told_and_not_made(shell, tmp_path, words):
    ended = shell(*words, "--store", tmp_path / "recrods.sqlite")
    assert (ended.exit_code, "There is no record store at" in ended.stderr) == (1, True)
    ended = shell("move", tmp_path / "recrods.sqlite", tmp_path / "new.sqlite")
    assert (ended.exit_code, "There is no record store at" in ended.stderr) == (1, True)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_not_there_is_not_taken_for_a_record_of_the_store(shell, tmp_path):
    for name in ("x.ddmrecord.json", "report.html", f"{tmp_path}/x"):
        ended = shell("show", name)
        assert (ended.exit_code, "Could not read the record file" in ended.stderr) == (1, True)


FILL_THE_DISK = """
import resource, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from ddmkit.errors import RecordError
from ddmkit.records import RecordStore
with RecordStore.open(sys.argv[1], service="s", clock=lambda: datetime.now(UTC)) as store:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
    try:
        store.append(sys.argv[2], "noted", {"text": "x" * 500_000})
    except RecordError as error:
        print(error)
"""


def test_a_store_on_a_full_disk_refuses_the_write_and_keeps_what_it_has(shell, tmp_path):
    path = tmp_path / "records.sqlite"
    header = RunHeader(plan_id="p", digest="d", project_id="project", source_id="s", target_id="t")
    with RecordStore.open(path, service="s", clock=lambda: datetime.now(UTC)) as store:
        run_id = store.begin(header)
    words = [sys.executable, "-c", FILL_THE_DISK, str(path), run_id]
    ended = forked.run(words, timeout=60)
    assert "Could not write 'noted' in the record store" in ended.stdout, ended.stderr
    verified = shell("verify", run_id)
    assert verified.exit_code == 0, verified.stderr
    assert "1 events" in verified.stdout
