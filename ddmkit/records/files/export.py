"""A run as one file that opens without ddmkit, and back: ``x.ddmrecord.json``, or the page of a report that carries it.

A file from someone else is data only: its size, depth and every field are checked before anything is made of it. What stands
in it is for ``file_form`` to say, whether it was edited for ``verify``.
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
    "open_record_file",
    "read_record_file",
    "read_record_text",
    "write_whole",
]

_LARGEST = 50_000_000
# A list of empty objects takes a hundred times its size in memory. Each value but the first follows one of these bytes.
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
    """Write a run to a file and give its path; only the user can read it, and it is there whole or not at all.

    ``sign_with`` is a file with an Ed25519 private key. A file that is there already is replaced only by a later state of
    the same run. Raises ``RecordError`` when another file is in the way, when the record holds one of the secrets, is too
    large to be read back, or cannot be signed or written.
    """
    place = expand(path)
    file = file_of(run)
    text = file_text(file if sign_with is None else sign_file(file, sign_with))
    found = find_secrets(text, secrets)
    if found:
        raise RecordError(
            f"Record {run.id} was not exported: it holds a known secret ({', '.join(found)}). "
            "Renew that credential, because it stands in the record store."
        )
    too_much = _describe_too_much(text.encode("utf-8")) or _describe_too_many_events(len(run.events))
    if too_much:
        raise RecordError(
            f"Record {run.id} was not exported, because no ddmkit would read it: {too_much}. Read it in place."
        )
    if place.exists() or place.is_symlink():
        _refuse_other(place, run)
    write_whole(place, text, "record file")
    return place


def read_record_file(path: str | Path) -> RunData:
    """Read a run from an exported file, as data only.

    Raises ``RecordError`` for a file that is missing, above 50 MB, of a newer version, or no record.
    """
    return open_record_file(path).file.run


class OpenedFile(NamedTuple):
    """A record file with seal and signature, and the whole page when it was a report that carries the record."""

    file: RecordFile
    page: str | None = None


def open_record_file(path: str | Path) -> OpenedFile:
    """Read an exported file, or the report that carries it; raises as ``read_record_file``."""
    place = expand(path)
    content = _read_limited(place)
    if content.lstrip()[:1] != b"<":
        return OpenedFile(read_record_text(content, str(place)))
    file = read_record_text(_record_in_page(content, place), str(place))
    return OpenedFile(file, content.decode("utf-8", "replace"))


def read_record_text(content: bytes, name: str) -> RecordFile:
    """Read the content of a record file; ``name`` is what it is called in a ``RecordError``."""
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
        # What cannot be hashed as it is, was never a record; and pydantic would put some of it right.
        require_plain(value)
    except RecordError:
        raise _not_a_record(name, "its values cannot stand in a record") from None
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


def _refuse_other(place: Path, run: RunData) -> None:
    try:
        there = read_record_file(place)
    except RecordError:
        there = None
    is_earlier = (
        there is not None
        and (there.id, there.service, there.header) == (run.id, run.service, run.header)
        and there.events == run.events[: len(there.events)]
    )
    if not is_earlier:
        raise RecordError(
            f"Record {run.id} was not exported: {place} is there already, and is not an earlier state of it. "
            "Choose another name; nothing was overwritten."
        )


def write_whole(place: Path, text: str, what: str) -> None:
    """Write a private file that is there whole or not at all; ``what`` names it in the ``RecordError`` when it fails."""
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
        # A pipe or device would never end, and reading one is nobody's wish.
        if not stat.S_ISREG(place.stat().st_mode):
            raise _not_a_record(str(place), "it is no regular file")
        if place.stat().st_size > _LARGEST:
            raise _too_large(place)
        with place.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except OSError as error:
        raise RecordError(f"Could not read the record file {place}: {error.strerror}. Check its name and rights.") from error
    if len(content) > _LARGEST:  # it has grown meanwhile
        raise _too_large(place)
    return content


def _describe_too_much(content: bytes) -> str:
    """Describe by what a file's content is larger than any that is read; empty when it is not. Nothing is parsed for it."""
    if len(content) > _LARGEST:
        return f"it is larger than {_LARGEST // 1_000_000} MB"
    values = sum(map(content.count, _BEFORE_A_VALUE))
    return f"it holds more than {_MOST_VALUES:,} values" if values > _MOST_VALUES else ""


def _describe_too_many_events(count: int) -> str:
    return f"it holds more than {MOST_EVENTS:,} events" if count > MOST_EVENTS else ""


def _too_large(place: Path) -> RecordError:
    return _not_a_record(str(place), f"it is larger than {_LARGEST // 1_000_000} MB")


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
    # Readers disagree on which of two equal keys counts, so that one file could show two contents.
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("an object has a key twice")
    return result


def _whole_number(text: str) -> int:
    # The canonical JSON of a record spells longer ones as text; and -0 is 0.
    if len(text) > _LONGEST_NUMBER or str(number := int(text)) != text:
        raise ValueError(f"the number {text[:40]} is written in a way that ddmkit never does")
    return number


def _fraction(text: str) -> float:
    # One value has one spelling: 1.0 and 1e0 are written 1, so a file cannot show otherwise and still verify.
    number = float(text)
    if repr(number) != text or number.is_integer():
        raise ValueError(f"the number {text[:40]} is written in a way that ddmkit never does")
    return number


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _not_a_record(name: str, reason: str) -> RecordError:
    return RecordError(f"{name} is no ddmkit record: {reason}. Ask for the file that was exported, as it was exported.")
