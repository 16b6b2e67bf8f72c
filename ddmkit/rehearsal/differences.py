"""The differences of two records, or of a record's plan and a new plan: inputs, facts, checks and durations, as rows.

Facts are compared value by value under the service's names. What differs between any two requests (request ids, times of
reading) is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from ddmkit.display.html import Fragment, clean_line, join, tag, text_block
from ddmkit.display.record_narrative import format_elapsed
from ddmkit.display.rows import Rows
from ddmkit.display.table import Cell, full_table
from ddmkit.records.reader import RunReader, object_in, objects_in, text_in
from ddmkit.records.recovery_reader import durations_of
from ddmkit.records.runs import RunData

__all__ = [
    "MOST_SHOWN",
    "Comparison",
    "Difference",
    "compare_plans",
    "compare_runs",
    "show_differences",
    "without_request_ids",
]

_Json = Mapping[str, Any]
_IGNORED_FACTS = {"taken_at", "reads", "clock_skew", "signs_requests", "failed_before", "incident"}
MOST_SHOWN = 60
"""How many differing facts are shown by default."""
_NOTHING = "(nothing)"
_IDENTITIES = ("id", "instance_id", "name", "start_time", "source_node_ids")
_MASKS = (
    (re.compile(r"request id \S+?(?=[.,;)]|\s|$)"), "request id ..."),
    (re.compile(r": \d+ found"), ": ... found"),
    (re.compile(r"/(v[13])/[^/\s]+/"), r"/\1/{project_id}/"),
)


class Difference(BaseModel):
    """One value that differs; empty on a side that does not have it."""

    model_config = ConfigDict(frozen=True)

    what: str
    first: str
    second: str


class Comparison:
    """A comparison of two sides: ``inputs``, ``facts``, ``checks`` and ``durations`` list what differs."""

    def __init__(self, first: str, second: str, parts: Mapping[str, Iterable[Difference]]) -> None:
        self._names = (first, second)
        self._parts = {name: tuple(found) for name, found in parts.items()}

    def __repr__(self) -> str:
        return self.show().text

    @property
    def inputs(self) -> Rows[Difference]:
        """The inputs that differ."""
        return self._rows("inputs", "Inputs")

    @property
    def facts(self) -> Rows[Difference]:
        """The facts from the service that differ."""
        return self._rows("facts", "Facts")

    @property
    def checks(self) -> Rows[Difference]:
        """The checks with another result or another detail."""
        return self._rows("checks", "Checks")

    @property
    def durations(self) -> Rows[Difference]:
        """How long each phase took on both sides; empty for plans."""
        return self._rows("durations", "Durations")

    @property
    def same(self) -> bool:
        """Whether inputs, facts and checks are the same; durations are not compared."""
        return not any(self._parts.get(name) for name in ("inputs", "facts", "checks"))

    def show(self, most: int | None = MOST_SHOWN) -> Fragment:
        """Return all parts as static HTML and text, with at most ``most`` differing facts (``None`` for all)."""
        head = [f"First:  {self._names[0]}", f"Second: {self._names[1]}"]
        parts = [
            Fragment(text_block(*head), "\n".join(head)),
            show_differences("Inputs", self.inputs),
            show_differences("Checks", self.checks),
            show_differences("Durations", self.durations),
            show_differences("Facts", self.facts, most=most),
        ]
        return Fragment(join([part.html for part in parts]), "\n\n".join(part.text for part in parts))

    def _rows(self, name: str, title: str) -> Rows[Difference]:
        return Rows(Difference, self._parts.get(name, ()), title=title, empty="the same on both sides")

    def _repr_mimebundle_(self, **_wanted: Any) -> dict[str, str]:
        return self.show()._repr_mimebundle_()


def show_differences(title: str, rows: Sequence[Difference], *, most: int | None = None) -> Fragment:
    """Show what differs, without shortening values; of many rows the first ``most``."""
    if not rows:
        return Fragment(tag("div", tag("b", f"{title}:"), " the same on both sides"), f"{title}: the same on both sides")
    shown = rows[:most]
    count = f"{len(rows):,}" if len(shown) == len(rows) else f"{len(shown)} of {len(rows):,}; .facts has all"
    cells = [[Cell(one.what), Cell(one.first or _NOTHING), Cell(one.second or _NOTHING)] for one in shown]
    table = full_table(f"{title} ({count})", ["what", "first", "second"], cells)
    lines = [clean_line(f"{one.what}: {one.first or _NOTHING} -> {one.second or _NOTHING}") for one in shown]
    return Fragment(table.html, "\n".join([f"{title} ({count}):", *(f"  {line}" for line in lines)]))


def compare_runs(first: RunData, second: RunData) -> Comparison:
    """Compare two runs in all four parts."""
    one, other = RunReader(first), RunReader(second)
    durations = _differences(
        {name: format_elapsed(took) for name, took in durations_of(first).items()},
        {name: format_elapsed(took) for name, took in durations_of(second).items()},
        all_of_them=True,
    )
    parts = {**compare_plans(one.plan, one.checks, other.plan, other.checks), "durations": durations}
    return Comparison(f"record {first.id} ({first.state})", f"record {second.id} ({second.state})", parts)


def compare_plans(
    plan: Mapping[str, Any],
    checks: Iterable[Mapping[str, Any]],
    other: Mapping[str, Any],
    others: Iterable[Mapping[str, Any]],
) -> dict[str, list[Difference]]:
    """Compare two plans in the form of a record, with their checks; return the differences by part."""
    return {
        "inputs": _differences(_inputs(plan), _inputs(other)),
        "facts": _differences(_facts(plan), _facts(other)),
        "checks": [one for one in _differences(_results(checks), _results(others)) if not _is_new_and_skipped(one)],
    }


def _is_new_and_skipped(found: Difference) -> bool:
    """Return whether one side lacks the check, as records of an earlier version do, and the other side skipped it."""
    return {found.first[:4], found.second[:4]} == {"", "skip"}


def without_request_ids(text: str) -> str:
    """Return a text without request ids and project ids, which differ between two requests for the same thing."""
    for pattern, mask in _MASKS:
        text = pattern.sub(mask, text)
    return text


def _inputs(plan: Mapping[str, Any]) -> dict[str, str]:
    service = {name: text_in(plan, "identity", name) for name in ("service", "project_id")}
    times = {"time_zone": text_in(plan, "time_zone"), "incident": text_in(plan, "inventory", "incident")}
    return {**service, **_flatten(object_in(plan, "request"), ""), **times}


def _facts(plan: Mapping[str, Any]) -> dict[str, str]:
    facts = {name: value for name, value in object_in(plan, "inventory").items() if name not in _IGNORED_FACTS}
    # The project is compared as an input; instances repeat it.
    return {path: value for path, value in _flatten(facts, "").items() if not path.endswith(".project_id")}


def _results(checks: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    return {text_in(one, "id"): f"{text_in(one, 'status')}: {without_request_ids(text_in(one, 'detail'))}" for one in checks}


def _flatten(value: Any, path: str) -> dict[str, str]:
    if isinstance(value, Mapping):
        if {"value", "problem", "missing"} <= set(value):  # a fact: a value, or why it could not be read
            read = value["value"]
            return _flatten(read, path) if read is not None else {path: without_request_ids(f"unread: {value['problem']}")}
        return _joined(_flatten(inner, f"{path}.{key}" if path else str(key)) for key, inner in value.items())
    rows = objects_in({"rows": value}, "rows")
    if rows and isinstance(value, list | tuple) and len(rows) == len(value):
        return _joined(_flatten(row, f"{path}[{_identity(row, index)}]") for index, row in enumerate(rows))
    if isinstance(value, list | tuple):
        return {path: ", ".join(sorted(map(str, value)))}
    return {} if value is None or value == "" else {path: str(value)}


def _identity(row: Mapping[str, Any], index: int) -> str:
    found = next((row[name] for name in _IDENTITIES if row.get(name)), index)
    return ", ".join(map(str, found)) if isinstance(found, list | tuple) else str(found)


def _joined(parts: Iterable[dict[str, str]]) -> dict[str, str]:
    return {path: value for part in parts for path, value in part.items()}


def _differences(first: Mapping[str, str], second: Mapping[str, str], *, all_of_them: bool = False) -> list[Difference]:
    return [
        Difference(what=name, first=first.get(name, ""), second=second.get(name, ""))
        for name in dict.fromkeys([*first, *second])
        if all_of_them or first.get(name) != second.get(name)
    ]
