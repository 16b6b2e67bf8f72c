"""Read the table of a fleet, and refuse what cannot be right before any request: one row is one restore or one recovery.

A row with ``data_nodes`` is a restore of metadata to an empty target. A row without is a whole recovery. All problems of the
rows are reported at once, so that a person can fix them all together.
"""

from __future__ import annotations

import csv
import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

from ddmkit.config.paths import expand
from ddmkit.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COLUMNS", "MOST_ROWS", "FleetRow", "FleetTable", "RowKind", "read_table"]

RowKind = Literal["restore", "recovery"]
FleetTable: TypeAlias = "pd.DataFrame | str | Path | Iterable[Mapping[str, Any]]"
"""A DataFrame, the path of a CSV file, or rows as mappings."""

MOST_ROWS = 1_000
NEW = "new"
_COMMON = ("row", "kind", "source", "target", "backup_id", "restore_time", "time_zone", "incident", "project_id")
_OF_KIND: Mapping[RowKind, tuple[str, ...]] = {
    "restore": (*_COMMON, "data_nodes"),
    "recovery": (*_COMMON, "nodes", "like", "throwaway"),
}
COLUMNS = (*_COMMON, "data_nodes", "nodes", "like", "throwaway")
"""The columns that a table may have."""
_LIKE_A_SECRET = re.compile(r"pass|secret|token|credential|private|(^|_)(ak|sk|pwd|key)($|_)|access_?key", re.IGNORECASE)
_ROW_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,79}")
_SEPARATORS = re.compile(r"[\s,;]+")
_MOST_PROBLEMS = 10
_YES, _NO = {"true", "yes", "1"}, {"false", "no", "0"}


class FleetRow(BaseModel):
    """One row: its id, its kind, and what was given, as plain JSON."""

    model_config = ConfigDict(frozen=True)

    row: str
    kind: RowKind
    given: dict[str, Any]

    @property
    def source(self) -> str:
        """The id of the source."""
        return str(self.given["source"])

    @property
    def target(self) -> str:
        """The id of the target; ``new`` when a recovery creates it."""
        return str(self.given.get("target") or NEW)

    @property
    def node_ids(self) -> tuple[str, ...]:
        """The data nodes that the restored instance gets, as far as they exist."""
        nodes = self.given.get("data_nodes", ())
        return (*nodes, *self.given.get("nodes", {}).values())


def read_table(table: FleetTable, *, project_id: str = "") -> tuple[FleetRow, ...]:
    """Return the rows of a table in its order.

    Args:
        table: A DataFrame, the path of a CSV file, or mappings. ``COLUMNS`` lists the columns; an empty cell counts as not
            given.
        project_id: The project that all rows must be of, if they name one.

    Raises:
        InputError: A column is unknown or named like a secret; a row lacks its id or its source, or gives a column of the
            other kind; a row id, a target, a data node or the source of a recovery is doubled; rows are of two projects; or
            there are no rows, or more than 1,000.
    """
    columns, listed = _read_cells(table)
    _require_columns(columns)
    if not listed:
        raise InputError("has no rows.", field="table", fix="Give one row for each restore or recovery.")
    if len(listed) > MOST_ROWS:
        fix = "Split it: one fleet has 1,000 rows at most."
        raise InputError(f"has {len(listed):,} rows.", field="table", fix=fix)
    problems: list[str] = []
    rows = []
    for number, cells in enumerate(listed, 1):
        try:
            rows.append(_read_row(cells))
        except InputError as error:
            problems.append(f"row {cells.get('row', f'number {number}')}: {error}")
    problems += _find_doubled(rows)
    problems += _find_projects(rows, project_id)
    if problems:
        more = f"; and {len(problems) - _MOST_PROBLEMS} more" if len(problems) > _MOST_PROBLEMS else ""
        raise InputError(
            "; ".join(problems[:_MOST_PROBLEMS]).rstrip(".") + more + ".",
            field="table",
            fix="Nothing was sent. Correct the table.",
        )
    return tuple(rows)


def _read_cells(table: FleetTable) -> tuple[list[str], list[dict[str, Any]]]:
    """Return the names of the columns, and the cells of each row that are not empty."""
    if isinstance(table, str | Path):
        columns, found = _read_csv(table)
    elif hasattr(table, "to_dict") and hasattr(table, "columns"):
        columns, found = [str(name) for name in table.columns], table.to_dict("records")
    elif isinstance(table, Iterable) and not isinstance(table, bytes | Mapping):
        found = [dict(row) if isinstance(row, Mapping) else {} for row in table]
        columns = list(dict.fromkeys(str(name) for row in found for name in row))
    else:
        fix = "Give a DataFrame, the path of a CSV file, or a list of mappings."
        raise InputError(f"is no table but {type(table).__name__}.", field="table", fix=fix)
    rows = [{str(name): _plain(value) for name, value in row.items()} for row in found]
    return columns, [{name: value for name, value in row.items() if value not in (None, "")} for row in rows]


def _read_csv(path: str | Path) -> tuple[list[str], list[dict[Any, Any]]]:
    place = expand(path, field="table")
    try:
        with place.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            found: list[dict[Any, Any]] = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            f"{place} cannot be read as a CSV file ({type(error).__name__}).",
            field="table",
            fix="Give the path of a CSV file in UTF-8, with a line of column names first.",
        ) from None
    if any(None in row for row in found):
        raise InputError("a line has more cells than there are columns.", field="table", fix="Quote cells with commas.")
    return [name.strip() for name in reader.fieldnames or ()], [
        {name.strip(): value for name, value in row.items()} for row in found
    ]


def _plain(value: Any) -> Any:
    """Return a cell as plain JSON; ``None`` for an empty one, as pandas writes it in many ways."""
    if value is None or value != value or type(value).__name__ in {"NAType", "NaTType"}:  # noqa: PLR0124  # NaN
        return None
    if isinstance(value, BaseModel):
        return str(getattr(value, "id", None) or getattr(value, "instance_id", ""))
    if isinstance(value, datetime | str):
        return value.strip() if isinstance(value, str) else value.isoformat()
    if isinstance(value, Mapping):
        return {str(_plain(name)): _plain(one) for name, one in value.items()}
    if isinstance(value, Iterable):
        return [_plain(one) for one in value]
    item = value.item() if hasattr(value, "item") else value  # a number of numpy
    return int(item) if isinstance(item, float) and math.isfinite(item) and item.is_integer() else item


def _require_columns(columns: Iterable[str]) -> None:
    named = list(columns)
    secret = [name for name in named if _LIKE_A_SECRET.search(name)]
    if secret:
        raise InputError(
            f"the column {', '.join(map(repr, secret))} is named like a secret; a table is recorded and shown.",
            field="table",
            fix="Remove the column. Workers take keys and DDMKIT_NODE_PASSWORD from their own environment.",
        )
    unknown = [name for name in named if name not in COLUMNS]
    if unknown:
        raise InputError(
            f"the column {', '.join(map(repr, unknown))} is not known.",
            field="table",
            fix=f"Known are: {', '.join(COLUMNS)}.",
        )
    doubled = [name for name, count in Counter(named).items() if count > 1]
    if doubled:
        raise InputError(f"the column {', '.join(doubled)} stands there twice.", field="table", fix="Keep one of them.")


def _read_row(cells: Mapping[str, Any]) -> FleetRow:
    row = str(cells.get("row", ""))
    if not _ROW_ID.fullmatch(row):
        fix = "Name each row by letters, digits and _ . : - in the column row."
        raise InputError(f"{row[:80]!r} is no id of a row." if row else "has no id.", field="row", fix=fix)
    kind = _read_kind(cells)
    foreign = [name for name in cells if name not in _OF_KIND[kind]]
    if foreign:
        raise InputError(
            f"{', '.join(foreign)} does not go with a {kind}.", fix=f"A {kind} has: {', '.join(_OF_KIND[kind])}."
        )
    if not cells.get("source"):
        raise InputError("is not given.", field="source")
    given = {name: _read_cell(name, value) for name, value in cells.items() if name not in {"row", "kind"}}
    return FleetRow(row=row, kind=kind, given=given)


def _read_kind(cells: Mapping[str, Any]) -> RowKind:
    usual: RowKind = "restore" if cells.get("data_nodes") else "recovery"
    named = cells.get("kind", usual)
    for kind in _OF_KIND:
        if named == kind:
            return kind
    raise InputError(
        f"{str(named)[:40]!r} is no kind of row.", field="kind", fix="Write restore or recovery, or leave it out."
    )


def _read_cell(name: str, value: Any) -> Any:
    if name == "data_nodes":
        return [one for one in _SEPARATORS.split(value) if one] if isinstance(value, str) else value
    if name == "throwaway":
        if isinstance(value, bool) or str(value).casefold() in _YES | _NO:
            return value if isinstance(value, bool) else str(value).casefold() in _YES
        raise InputError(f"{str(value)[:40]!r} is neither true nor false.", field=name)
    if name in {"nodes", "like"} and isinstance(value, str):
        return _read_pairs(name, value)
    return value


def _read_pairs(name: str, text: str) -> Any:
    """Return a mapping that is written as JSON, or for nodes as ``source-node=existing-node`` separated by spaces."""
    if text.startswith("{"):
        try:
            return json.loads(text)
        except ValueError:
            raise InputError("is no JSON.", field=name) from None
    pairs = [one.split("=") for one in _SEPARATORS.split(text) if one]
    if name != "nodes" or any(len(pair) != 2 for pair in pairs):
        raise InputError(f"{text[:60]!r} cannot be read.", field=name, fix="Write JSON, or a=b c=d for nodes.")
    return dict(pairs)


def _find_doubled(rows: Iterable[FleetRow]) -> Iterator[str]:
    """Describe what two rows have in common that only one may have."""
    owners: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        mine = [("id", row.row), *(("data node", str(node)) for node in dict.fromkeys(row.node_ids))]
        if row.target != NEW:
            mine.append(("target", row.target))
        if row.kind == "recovery":
            mine.append(("source of a recovery", row.source))
        for key in mine:
            owners.setdefault(key, []).append(row.row)
    for (what, value), named in owners.items():
        if len(named) > 1:
            yield f"the {what} {value} stands in {len(named)} rows: {', '.join(named[:5])}"


def _find_projects(rows: Iterable[FleetRow], project_id: str) -> Iterator[str]:
    named = {str(row.given["project_id"]) for row in rows if row.given.get("project_id")}
    if len(named) > 1:
        yield f"the rows are of {len(named)} projects: {', '.join(sorted(named)[:5])}; one fleet is of one project"
    elif project_id and named - {project_id}:
        yield f"the rows are of project {named.pop()}, and this connection is of project {project_id}"
