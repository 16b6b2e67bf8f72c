"""Check results for people: every result, with what the check saw, what to do, and the rule behind the check.

Results are read by the names of their attributes. What is checked, and what a result means, belongs to preflight.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from ddmkit.display.html import Fragment, Html, clean, clean_line, tag
from ddmkit.display.status import describe_status, status_html, tone_of
from ddmkit.display.stylesheet import style
from ddmkit.display.table import Cell, CellKind, cut_text, full_table

__all__ = ["ShownCheck", "checks_html", "checks_table", "checks_text", "describe_verdict", "show_checks", "sort_checks"]

_EVIDENCE_CHARACTERS = 300
_STATUSES = {"fail": "failed", "warn": "to accept", "pass": "passed", "skip": "skipped"}
_NEEDS_ATTENTION = ("fail", "warn")


class ShownCheck(Protocol):
    """What a check result must offer to be shown. A result may also have ``evidence``: text, a mapping or a list."""

    @property
    def id(self) -> str: ...  # noqa: D102  # the names are enough
    @property
    def title(self) -> str: ...  # noqa: D102
    @property
    def status(self) -> str: ...  # noqa: D102
    @property
    def detail(self) -> str: ...  # noqa: D102
    @property
    def hint(self) -> str: ...  # noqa: D102
    @property
    def rule(self) -> str: ...  # noqa: D102


Check = TypeVar("Check", bound=ShownCheck)


def show_checks(checks: Sequence[ShownCheck]) -> Fragment:
    """Return all check results as HTML and as text, in the order given."""
    return Fragment(checks_html(checks), checks_text(checks))


def checks_html(checks: Sequence[ShownCheck], *, is_short: bool = False) -> Html:
    """Return all check results as a static list, below one line that counts them.

    A short list begins with what needs attention, failures first; then a line names each check that was skipped, and a
    foldable block has the results that are not listed in full.
    """
    verdict = tag("div", describe_verdict(checks), style=style("title"))
    parts = _fold(checks) if is_short else [_list_html(checks)]
    return tag("section", verdict, *parts, aria_label="checks", style=style("checks"))


def checks_text(checks: Sequence[ShownCheck]) -> str:
    """Return all check results as plain text, below one line that counts them."""
    return "\n".join([describe_verdict(checks), *(line for check in checks for line in _check_lines(check))])


def checks_table(checks: Sequence[ShownCheck]) -> Fragment:
    """Return all check results as a table, what needs attention first; the text is that of ``checks_text``."""
    rows = [
        [
            Cell(check.status, CellKind.STATUS, tone_of(check.status)),
            Cell(check.title, more=check.id),
            Cell(check.detail),
            Cell(check.hint if check.status in _NEEDS_ATTENTION else ""),
        ]
        for check in sort_checks(checks)
    ]
    table = full_table(describe_verdict(checks), ["verdict", "check", "what was seen", "to do"], rows)
    return Fragment(table.html, checks_text(checks))


def sort_checks(checks: Iterable[Check]) -> list[Check]:
    """Return the results in the order of their need for attention: failed, to accept, passed, skipped, others."""
    order = list(_STATUSES)
    return sorted(checks, key=lambda check: order.index(check.status) if check.status in order else len(order))


def describe_verdict(checks: Sequence[ShownCheck]) -> str:
    """Return one line that says how the checks went, such as ``Ready: 2 to accept, 17 passed``."""
    if not checks:
        return "No check has run"
    counts = Counter(check.status for check in checks)
    known = [f"{counts.pop(status)} {words}" for status, words in _STATUSES.items() if status in counts]
    others = [f"{count} {clean_line(status)}" for status, count in sorted(counts.items())]
    ready = "Not ready" if any(check.status == "fail" for check in checks) else "Ready"
    return f"{ready}: {', '.join([*known, *others])}"


def _fold(checks: Sequence[ShownCheck]) -> list[Html]:
    first = [check for status in _NEEDS_ATTENTION for check in checks if check.status == status]
    others = [check for check in checks if check.status not in _NEEDS_ATTENTION]
    summary = tag("summary", f"{'The other' if first else 'All'} {len(others)}, with what each saw")
    skipped = [tag("div", f"Skipped: {check.title}. {check.detail}") for check in others if check.status == "skip"]
    return [_list_html(first), *skipped, *([tag("details", summary, _list_html(others))] if others else [])]


def _list_html(checks: Sequence[ShownCheck]) -> Html:
    return tag("ul", *map(_check_html, checks), style=style("check-list")) if checks else Html("")


def _check_html(check: ShownCheck) -> Html:
    # A thick edge beside what needs attention, so that a reader finds it in grey and on paper too.
    edge = f"{4 if check.status in _NEEDS_ATTENTION else 1}px solid {tone_of(check.status).colour}"
    title = tag("span", " ", tag("b", check.title), " ", tag("code", check.id, style=style("check-id")))
    lines = [tag("div", status_html(check.status), title), *(tag("div", line) for line in _explain(check))]
    return tag("li", *lines, style=style("check", border_left=edge))


def _check_lines(check: ShownCheck) -> list[str]:
    head = f"{describe_status(check.status)}  {clean_line(check.title)} [{clean_line(check.id)}]"
    return [head, *(f"        {clean(line)}".replace("\n", "\n        ") for line in _explain(check))]


def _explain(check: ShownCheck) -> list[str]:
    evidence = _describe_evidence(getattr(check, "evidence", None))
    return [
        *([check.detail] if check.detail else []),
        *([f"Saw: {evidence}"] if evidence else []),
        *([f"To do: {check.hint}"] if check.hint and check.status != "pass" else []),
        *([f"Rule: {check.rule}"] if check.rule else []),
    ]


def _describe_evidence(evidence: Any) -> str:
    """Return what a check saw on one line, cut visibly where it is long; the record keeps all of it."""
    if not evidence:
        return ""
    if isinstance(evidence, Mapping):
        text = ", ".join(f"{name} {_describe_fact(fact)}" for name, fact in evidence.items())
    else:
        text = _describe_fact(evidence)
    return cut_text(text, _EVIDENCE_CHARACTERS)


def _describe_fact(fact: Any) -> str:
    if isinstance(fact, str):
        return fact or "(empty)"
    if isinstance(fact, Sequence):
        return ", ".join(map(_describe_fact, fact)) or "none"
    return str(fact)
