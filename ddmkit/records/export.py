"""A run as one file that opens without ddmkit, and back: ``x.ddmrecord.json``, indented JSON with the hashes of its events.

A file from someone else is data only: its size, depth and every field are checked before anything is made of it. Whether
it was edited is for ``verify`` to say.
"""

from __future__ import annotations

import json
import os
import stat
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ddmkit.errors import RecordError
from ddmkit.records.events import Event, Moment, canonical_json
from ddmkit.records.runs import RunData, RunHeader
from ddmkit.records.scan import find_secrets

__all__ = ["export_json", "read_record_file"]

_FORMAT = "ddmkit.record"
_VERSION = 1
_LARGEST = 50_000_000


class _RecordFile(BaseModel):
    """The file as it is written: what it is first, then whose, then what happened."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["ddmkit.record"]
    # Literal[1] would take true for it.
    version: Annotated[int, Field(strict=True, ge=1, le=_VERSION)]
    id: str
    service: str
    created: Moment
    header: RunHeader
    events: tuple[Event, ...]


def export_json(run: RunData, path: str | Path, *, secrets: Iterable[str] | Mapping[str, str] = ()) -> Path:
    """Write a run to a file and give its path; only the user can read it, and it is there whole or not at all.

    A file that is there already is replaced only by a later state of the same run. Raises ``RecordError`` when another
    file is in the way, when the record holds one of the secrets, is too large to be read back, or cannot be written.
    """
    place = Path(path).expanduser()
    text = _file_text(run)
    found = find_secrets(text, secrets)
    if found:
        raise RecordError(
            f"Record {run.id} was not exported: it holds a known secret ({', '.join(found)}). "
            "Renew that credential, because it stands in the record store."
        )
    if len(text) > _LARGEST:
        raise RecordError(
            f"Record {run.id} was not exported: it is larger than {_LARGEST // 1_000_000} MB. Read it in place."
        )
    if place.exists() or place.is_symlink():
        _refuse_other(place, run)
    try:
        _write_whole(place, text)
    except OSError as error:
        raise RecordError(
            f"Could not write the record file {place}: {error.strerror}. Nothing was left there; choose another folder."
        ) from error
    return place


def read_record_file(path: str | Path) -> RunData:
    """Read a run from an exported file, as data only.

    Raises ``RecordError`` for a file that is missing, above 50 MB, of a newer version, or no record.
    """
    place = Path(path).expanduser()
    value = _parse(_read_limited(place), place)
    if not isinstance(value, dict) or value.get("format") != _FORMAT:
        raise _not_a_record(place, f'it lacks "format": "{_FORMAT}"')
    version = value.get("version")
    if isinstance(version, int) and version > _VERSION:
        raise RecordError(f"The record file {place} has version {version}, and this ddmkit reads {_VERSION}. Update ddmkit.")
    try:
        file = _RecordFile.model_validate(value)
        # What cannot be hashed, being nested too deeply, was never a record.
        for event in file.events:
            canonical_json(event.data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise _not_a_record(place, f"{where}: {first['msg']}") from None
    except RecordError:
        raise _not_a_record(place, "its values cannot stand in a record") from None
    return RunData(**{name: getattr(file, name) for name in RunData.model_fields})


def _file_text(run: RunData) -> str:
    about = {"format": _FORMAT, "version": _VERSION}
    return json.dumps({**about, **run.model_dump(mode="json")}, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


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


def _write_whole(place: Path, text: str) -> None:
    number, name = tempfile.mkstemp(prefix=f".{place.name}.", dir=place.parent)
    try:
        with os.fdopen(number, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(place)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _read_limited(place: Path) -> bytes:
    try:
        # A pipe or device would never end, and reading one is nobody's wish.
        if not stat.S_ISREG(place.stat().st_mode):
            raise _not_a_record(place, "it is no regular file")
        with place.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except OSError as error:
        raise RecordError(f"Could not read the record file {place}: {error.strerror}. Check its name and rights.") from error
    if len(content) > _LARGEST:
        raise _not_a_record(place, f"it is larger than {_LARGEST // 1_000_000} MB")
    return content


def _parse(content: bytes, place: Path) -> Any:
    try:
        return json.loads(content.decode("utf-8"), object_pairs_hook=_object, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise _not_a_record(place, reason) from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Readers disagree on which of two equal keys counts, so that one file could show two contents.
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("an object has a key twice")
    return result


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _not_a_record(place: Path, reason: str) -> RecordError:
    return RecordError(f"{place} is no ddmkit record: {reason}. Ask for the file that was exported, as it was exported.")
