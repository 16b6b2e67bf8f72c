"""Write a run to a record file (``x.ddmrecord.json``), and read it back from such a file or from a report's page.

A file may come from a stranger: its size, depth and every field are checked before any object is made from it.
``file_format`` defines the content, ``integrity`` detects edits.
"""

from __future__ import annotations

import json
import os
import stat
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from ddmkit.config.paths import expand
from ddmkit.errors import RecordError
from ddmkit.records.events import require_plain
from ddmkit.records.files.file_format import FORMAT, MOST_EVENTS, VERSION, RecordFile, file_of, file_text
from ddmkit.records.files.file_signature import sign_file
from ddmkit.records.files.origin import require_one_service
from ddmkit.records.files.page_format import record_in_page
from ddmkit.records.runs import RunData
from ddmkit.secrecy.scan import find_secrets

__all__ = [
    "OpenedFile",
    "export_json",
    "is_earlier_state",
    "open_record_file",
    "read_record_file",
    "read_record_text",
    "write_whole",
]

_LARGEST = 50_000_000
_TOO_LARGE = f"it is larger than {_LARGEST // 1_000_000} MB"
# A list of empty objects needs a hundred times its size in memory. Each value except the first follows one of these bytes.
_MOST_VALUES = 500_000
_LONGEST_NUMBER = 17
_BEFORE_A_VALUE = (b",", b"[", b"{", b":")


def export_json(
    run: RunData,
    path: str | Path,
    *,
    secrets: Iterable[str] | Mapping[str, str] = (),
    sign_with: str | Path | None = None,
) -> Path:
    """Write a run to a file that only the user can read, whole or not at all, and return the path.

    Args:
        run: The run.
        path: The file; an existing file is replaced only when it has an earlier state of the same run.
        secrets: Texts that must not be in the file.
        sign_with: A file with an Ed25519 private key.

    Raises:
        RecordError: Another file is at the path, the record contains one of the secrets, the file would be too large to be
            read back, or it cannot be signed or written.
    """
    place = expand(path)
    file = file_of(run)
    text = file_text(file if sign_with is None else sign_file(file, sign_with))
    found = find_secrets(text, secrets)
    if found:
        raise RecordError(
            f"Record {run.id} was not exported: it holds a known secret ({', '.join(found)}). "
            "Renew that credential, because the record store contains it."
        )
    too_much = _describe_too_much(text.encode("utf-8"))
    if len(run.events) > MOST_EVENTS:
        too_much = f"it holds more than {MOST_EVENTS:,} events"
    if too_much:
        raise RecordError(
            f"Record {run.id} was not exported, because no ddmkit would read the file: {too_much}. Read it in its store."
        )
    if (place.exists() or place.is_symlink()) and not is_earlier_state(place, run):
        raise RecordError(
            f"Record {run.id} was not exported: {place} is there already, and is not an earlier state of it. "
            "Choose another name; nothing was overwritten."
        )
    write_whole(place, text, "record file")
    return place


def read_record_file(path: str | Path) -> RunData:
    """Read a run from an exported file, as data only.

    Raises ``RecordError`` for a file that is missing, above 50 MB, of a newer version, or no record.
    """
    return open_record_file(path).file.run


class OpenedFile(NamedTuple):
    """A record file with seal and signature; ``page`` is the text of the report when the record came from one."""

    file: RecordFile
    page: str | None = None


def open_record_file(path: str | Path) -> OpenedFile:
    """Read an exported file, or the page of a report with a record; raises as ``read_record_file``."""
    place = expand(path)
    content = _read_limited(place)
    if content.lstrip()[:1] != b"<":
        return OpenedFile(read_record_text(content, str(place)))
    file = read_record_text(_record_in_page(content, place), str(place))
    return OpenedFile(file, content.decode("utf-8", "replace"))


def read_record_text(content: bytes, name: str) -> RecordFile:
    """Parse the content of a record file; ``name`` names the file in a ``RecordError``."""
    too_much = _describe_too_much(content)
    if too_much:
        raise _not_a_record(name, too_much)
    value = _parse(content, name)
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise _not_a_record(name, f'it lacks "format": "{FORMAT}"')
    version = value.get("version")
    if isinstance(version, int) and version > VERSION:
        raise RecordError(f"The record file {name} has version {version}, and this ddmkit reads {VERSION}. Update ddmkit.")
    try:
        # Before pydantic, which would correct some values that ddmkit never writes.
        require_plain(value)
    except RecordError:
        raise _not_a_record(name, "its values cannot stand in a record") from None
    header = value.get("header")
    if isinstance(header, dict) and ((version == 1) == ("kind" in header) or header.get("kind") == "restore"):
        raise _not_a_record(name, "its version does not fit the kind of the run")
    try:
        file = RecordFile.model_validate(value)
        require_one_service(file.run)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise _not_a_record(name, f"{where}: {first['msg']}") from None
    except RecordError as error:
        raise _not_a_record(name, f"{error}") from None
    return file


def _record_in_page(content: bytes, place: Path) -> bytes:
    try:
        return record_in_page(content)
    except RecordError as error:
        raise _not_a_record(str(place), f"{error}") from None


def is_earlier_state(path: Path, run: RunData) -> bool:
    """Return whether a file or page has a record that the run continues."""
    try:
        there = read_record_file(path)
    except RecordError:
        return False
    same = (there.id, there.service, there.header) == (run.id, run.service, run.header)
    return same and there.events == run.events[: len(there.events)]


def write_whole(place: Path, text: str, what: str) -> None:
    """Write a file that only the user can read, whole or not at all; ``what`` names the file in a ``RecordError``."""
    temporary = ""
    try:
        number, temporary = tempfile.mkstemp(prefix=f".{place.name[:100]}.", dir=place.parent)
        with os.fdopen(number, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(place)
    except BaseException as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise RecordError(
                f"Could not write the {what} {place}: {error.strerror}. Nothing was left there; choose another folder."
            ) from error
        raise


def _read_limited(place: Path) -> bytes:
    try:
        # Reject pipes and devices: reading one may block, or never end.
        if not stat.S_ISREG(place.stat().st_mode):
            raise _not_a_record(str(place), "it is no regular file")
        if place.stat().st_size > _LARGEST:
            raise _not_a_record(str(place), _TOO_LARGE)
        with place.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except OSError as error:
        raise RecordError(f"Could not read the record file {place}: {error.strerror}. Check its name and rights.") from error
    if len(content) > _LARGEST:  # the file has grown since
        raise _not_a_record(str(place), _TOO_LARGE)
    return content


def _describe_too_much(content: bytes) -> str:
    """Describe which limit a file's content exceeds, without parsing it; empty when it exceeds none."""
    if len(content) > _LARGEST:
        return _TOO_LARGE
    values = sum(map(content.count, _BEFORE_A_VALUE))
    return f"it holds more than {_MOST_VALUES:,} values" if values > _MOST_VALUES else ""


def _parse(content: bytes, name: str) -> Any:
    try:
        return json.loads(
            content.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_refuse_constant,
            parse_int=_whole_number,
            parse_float=_fraction,
        )
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise _not_a_record(name, reason) from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # JSON readers disagree on which of two equal keys counts, so one file could show two contents.
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("an object has a key twice")
    return result


def _whole_number(text: str) -> int:
    # Canonical JSON writes longer numbers as text, and -0 as 0.
    if len(text) > _LONGEST_NUMBER or str(number := int(text)) != text:
        raise ValueError(f"the number {text[:40]} is written in a way that ddmkit never does")
    return number


def _fraction(text: str) -> float:
    # Each value has exactly one spelling: another one, such as 1.0 for 1, would be an edit that still verifies.
    number = float(text)
    if repr(number) != text or number.is_integer():
        raise ValueError(f"the number {text[:40]} is written in a way that ddmkit never does")
    return number


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _not_a_record(name: str, reason: str) -> RecordError:
    return RecordError(f"{name} is no ddmkit record: {reason}. Ask for the file that was exported, as it was exported.")
