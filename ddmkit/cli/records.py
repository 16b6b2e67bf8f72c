"""The commands ``ddmkit records``: list, show, verify, share and move records, and replay one on the simulator.

A record is named by its id, the beginning of its id, or an exported file. Each command loads its heavy modules itself.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ddmkit.cleaning import decoded, json_text
from ddmkit.config.paths import expand
from ddmkit.config.variables import read_variable
from ddmkit.errors import DDMKitError, InputError, RecordError
from ddmkit.output import say, write_line

if TYPE_CHECKING:
    from ddmkit.handles.record import Record
    from ddmkit.handles.records import Records

__all__ = ["records_app"]

records_app = typer.Typer(help="Show, verify and share the records of restores.", no_args_is_help=True)

_PLACES = "a file, a database URL, env:NAME for a variable that holds one, or @FILE for a file that does"
Store = Annotated[str | None, typer.Option("--store", help=f"Record store: {_PLACES} (DDMKIT_RECORDS).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value on standard output.")]
What = Annotated[str, typer.Argument(metavar="RECORD", help="A record's id, the beginning of it, or an exported file.")]


class Form(StrEnum):
    """Formats in which a record can be shown."""

    TEXT = "text"
    HTML = "html"
    MARKDOWN = "markdown"
    POSTMORTEM = "postmortem"
    STATEMENT = "statement"


@contextmanager
def _open_records(store: str | None, *, new: bool = False) -> Iterator[Records]:
    """Open the store; a named store must exist unless ``new`` allows to create it.

    An empty name, as of a shell variable that is not set, is refused: it does not mean the default store.
    """
    from ddmkit.handles.records import Records  # noqa: PLC0415  # loads the database layer
    from ddmkit.records.address import StoreAddress  # noqa: PLC0415
    from ddmkit.records.database import require_new_store_is_meant, require_there  # noqa: PLC0415
    from ddmkit.records.store import RecordStore  # noqa: PLC0415

    with warnings.catch_warnings():
        warnings.filterwarnings("always", message="The record store")
        warnings.showwarning = lambda message, *_, **__: say(f"ddmkit: {message}", error=True)
        place = StoreAddress(read_variable("DDMKIT_RECORDS") or None if store is None else _address_in(store))
        if new:
            require_new_store_is_meant(place)
        elif place.is_named:
            require_there(place)
        with RecordStore.open(place, clock=lambda: datetime.now(UTC)) as opened:
            yield Records(opened)


def _address_in(text: str) -> str:
    """Resolve ``env:NAME`` and ``@FILE``, which keep a password off the command line, where other users can see it."""
    if text.startswith("env:"):
        address, where = read_variable(text.removeprefix("env:")), f"The variable {text.removeprefix('env:')}"
    elif text.startswith("@"):
        try:
            address = expand(text[1:]).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeError, RuntimeError) as error:
            raise RecordError(
                f"The file {text[1:]} that holds the address of a record store cannot be read ({type(error).__name__})."
            ) from None
        where = f"The file {text[1:]}"
    else:
        return text
    if not address:
        raise RecordError(f"{where} holds no address of a record store: it is empty or missing.")
    return address


@contextmanager
def _open_record(what: str, store: str | None) -> Iterator[Record]:
    """Open a record by its file or its id; an existing path, a suffix or a separator means a file."""
    from ddmkit.handles.record import read_record  # noqa: PLC0415  # loads the database layer

    if _exists(what) or Path(what).suffix in {".json", ".html"} or os.sep in what:
        yield read_record(what)
    else:
        with _open_records(store) as records:
            yield records.get(what)


def _exists(name: str) -> bool:
    try:
        return Path(name).exists()
    except OSError:  # too long for a file name
        return False


@records_app.command("list")
def list_records(
    *,
    store: Store = None,
    state: Annotated[str | None, typer.Option("--state", help="Only records in this state.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the records, newest first."""
    with _open_records(store) as records:
        rows = records.list(state=state)
        if as_json:
            say(json_text([row.model_dump(mode="json") for row in rows]))
        elif rows:
            say(rows.table().text)
        else:
            say(_describe_none(records.location, state))


def _describe_none(location: str, state: str | None) -> str:
    what = f"no records in the state {state}" if state else "no records yet"
    return (
        f"{what} in this store: {location}\n"
        f"A record begins with the first submit. Another store is named by --store or DDMKIT_RECORDS: {_PLACES}. "
        "`ddmkit lab` and `ddmkit demo` keep their records beside their world, and print where."
    )


@records_app.command("show")
def show_record(
    what: What,
    *,
    store: Store = None,
    form: Annotated[Form, typer.Option("--as", help="Output format.")] = Form.TEXT,
) -> None:
    """Show a record: who, what, when, and every step; as text, page, ticket, post-mortem draft or in-toto Statement."""
    with _open_record(what, store) as record:
        if form is Form.STATEMENT:
            say(json_text(record.to_statement()))
        elif form is Form.HTML:
            write_line(record.to_html().removesuffix("\n"))  # already clean; the record inside stays unchanged
        else:
            say(getattr(record, f"to_{form.value}")().removesuffix("\n"))
        record.require_unedited()  # an edited record is shown as EDITED, and the command fails


@records_app.command("verify")
def verify_record(
    what: What,
    *,
    store: Store = None,
    key: Annotated[Path | None, typer.Option("--key", help="Public key file; must have signed it.")] = None,
    fingerprint: Annotated[
        str | None, typer.Option("--fingerprint", help="The same, as SHA256:... of ssh-keygen -l.")
    ] = None,
    require_signature: Annotated[
        bool, typer.Option("--require-signature", help="Fail when it is unsigned; --key or --fingerprint say by whom.")
    ] = False,
    items: Annotated[
        Path | None, typer.Option("--items", help="For a fleet: the folder with the files of its rows; verify them too.")
    ] = None,
) -> None:
    """Verify a record or file offline; exit code 1 when it was edited or lacks the required signature.

    Three results: intact and signed by a key you trust (--key, --fingerprint); intact, but unsigned or signed by another
    key, which excludes accidents but not forgery; edited.
    """
    from ddmkit.records.files.integrity import Trust  # noqa: PLC0415  # loads the models

    with _open_record(what, store) as record:
        verdict = record.judge(key=key, fingerprint=fingerprint, require_signature=require_signature)
        problems = [problem.what for problem in verdict.problems]
        if verdict.result is Trust.EDITED:
            raise DDMKitError(f"record {record.id} is not as it was written: {problems[0]}.")
        if problems:
            raise DDMKitError(f"record {record.id} is intact, but {problems[0]}.")
        signed = "intact; not signed"
        if record.fingerprint:
            signed = f"intact; signed by an unverified key, {record.fingerprint}"
        if verdict.result is Trust.SIGNED:
            signed = f"intact and signed by the key you named, {record.fingerprint}"
        rows = "" if items is None else f"; {_verify_items(record, items)} records of its rows are intact"
        say(f"{record.id}: {signed}; {len(record.events)} events; state {record.state}{rows}")
        for caution in verdict.cautions:
            say(caution, error=True)


def _verify_items(record: Record, folder: Path) -> int:
    """Verify the records of a fleet's rows in a folder, and return how many there are."""
    from ddmkit.handles.record import read_record  # noqa: PLC0415  # loads the models
    from ddmkit.records.files.named_records import named_records, verify_named  # noqa: PLC0415  # likewise

    if record.run.header.kind != "fleet":
        raise InputError(f"record {record.id} is of a {record.run.header.kind}.", field="--items", fix="Leave it out.")
    place = expand(folder, field="--items")
    found = [read_record(path) for path in sorted(place.glob("*.ddmrecord.json"))]
    edited = [(one.id, problem.what) for one in found for problem in one.verify() if one.id != record.id]
    problems = [f"record {run_id}: {what}" for run_id, what in edited]
    problems += [problem.what for problem in verify_named(record.run, [one.run for one in found if one.id != record.id])]
    if problems:
        more = f" And {len(problems) - 1} more." if len(problems) > 1 else ""
        raise DDMKitError(f"the rows of fleet {record.id} are not as they were written: {problems[0]}.{more}")
    return len(named_records(record.run))


@records_app.command("export")
def export_record(
    record_id: str,
    path: Path,
    *,
    store: Store = None,
    sign_with: Annotated[Path | None, typer.Option("--sign-with", help="Ed25519 private key file (PEM, OpenSSH).")] = None,
) -> None:
    """Write a record to a file, to share it."""
    with _open_records(store) as records:
        say(str(records.get(record_id).export(path, sign_with=sign_with)))


@records_app.command("import")
def import_records(files: list[Path], *, store: Store = None) -> None:
    """Import exported record files into a store, all or none.

    Each is verified first and marked as imported: it can be shown, rehearsed and followed, and decides nothing else.
    """
    with _open_records(store, new=True) as records:
        for record_id, new in records.import_files(*files).items():
            say(f"{record_id}: " + (f"{new} new events" if new else "was here already"))


@records_app.command("move")
def move_records(
    source: Annotated[str, typer.Argument(metavar="FROM", help=f"The store to move from: {_PLACES}.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="The store to move to, named alike; created if missing.")],
) -> None:
    """Move every record to another store; the old store becomes read-only and names the new one.

    Keep passwords off the command line, where other users can see them: write env:NAME or @FILE in place of a URL.
    """
    with _open_records(source) as records:
        moved = records.move_to(_address_in(target))
        say(f"{len(moved)} records moved, {sum(1 for new in moved.values() if new)} of them new there")


@records_app.command("note")
def note_record(
    record_id: str,
    text: str,
    *,
    store: Store = None,
    author: Annotated[str, typer.Option("--author", help="Author of the note; by default the machine's user.")] = "",
) -> None:
    """Add a note to a record, with author and time."""
    with _open_records(store) as records:
        noted = records.get(record_id).note(decoded(text), author=decoded(author))
        say(f"{noted.id}: noted as event {noted.events[-1].seq}")


@records_app.command("replay")
def replay_record(
    what: What,
    *,
    store: Store = None,
    rehearse: Annotated[bool, typer.Option("--rehearse", help="Also carry out the restore there.")] = False,
    world: Annotated[Path | None, typer.Option("--world", help="Keep the rebuilt world in this file.")] = None,
) -> None:
    """Rebuild a record's world in the simulator and run the checks again; exit code 1 when a check gives another result."""
    from ddmkit.notebook_templates import require_lab  # noqa: PLC0415
    from ddmkit.rehearsal.replay import replay  # noqa: PLC0415  # loads the kit

    with _open_record(what, store) as record:
        require_lab()
        with replay(record, world=world) as replayed:
            say(replayed.show().text)
            if rehearse:
                say("\nRehearsal in the rebuilt world:")
                say(replayed.rehearse().show().text)
            elif replayed.same:
                say("\nTo carry out the restore there: --rehearse. To keep its world: --world FILE.")
            if not replayed.same:
                raise DDMKitError(f"record {record.id} gave another result this time: see the table.")


@records_app.command("compare")
def compare_records(first: What, second: What, *, store: Store = None) -> None:
    """Show what differs between two records: inputs, facts, checks, durations."""
    from ddmkit.rehearsal.differences import compare_runs  # noqa: PLC0415  # loads the display

    with _open_record(first, store) as one, _open_record(second, store) as other:
        say(compare_runs(one.run, other.run).show(most=None).text)
        for record in (one, other):
            record.require_unedited()


@records_app.command("notebook")
def write_notebook(
    what: What,
    path: Path,
    *,
    store: Store = None,
    rehearse: Annotated[bool, typer.Option("--rehearse", help="Run on the rebuilt world, not on the service.")] = False,
) -> None:
    """Write a notebook with a record's parameters, ready to run; the notebook submits nothing by itself."""
    with _open_record(what, store) as record:
        say(str(record.to_notebook(path, rehearse=rehearse)))


@records_app.command("schema")
def print_schema() -> None:
    """Print the JSON Schema of record files."""
    from ddmkit.records.files.file_format import file_schema  # noqa: PLC0415  # loads the models

    say(json_text(file_schema(), indent=1))
