"""Check results for people: every one of them, with what it saw, what to do, and the rule it rests on.

Results are taken as they come, by the names of their parts; what is checked and what a result means belongs to preflight.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from ddmkit.display.html import Fragment, Html, clean, clean_line, tag
from ddmkit.display.status import describe_status, status_html, tone_of
from ddmkit.display.table import Cell, CellKind, cut_text
from ddmkit.display.whole import full_table

__all__ = ["ShownCheck", "checks_html", "checks_table", "checks_text", "describe_verdict", "show_checks"]

_EVIDENCE_CHARACTERS = 300
_STATUSES = (("fail", "failed"), ("warn", "to accept"), ("pass", "passed"), ("skip", "skipped"))


class ShownCheck(Protocol):
    """What a check result must offer to be shown; one may also carry ``evidence``: text, a mapping or a list."""

    @property
    def id(self) -> str: ...  # noqa: D102  # the names speak
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


def show_checks(checks: Sequence[ShownCheck]) -> Fragment:
    """Return all check results as HTML and as text, in the order given."""
    return Fragment(checks_html(checks), checks_text(checks))


def checks_html(checks: Sequence[ShownCheck], *, is_short: bool = False) -> Html:
    """Return all check results as a static list, below one line that counts them.

    A short list shows what needs attention, failures first, and folds the others away below.
    """
    verdict = tag("div", describe_verdict(checks), style="font-weight:bold;padding:0.2em 0")
    parts = _fold(checks) if is_short else [_list_html(checks)]
    return tag("section", verdict, *parts, aria_label="checks", style="color:inherit;margin:0.5em 0;max-width:60em")


def checks_text(checks: Sequence[ShownCheck]) -> str:
    """Return all check results as plain text, below one line that counts them."""
    return "\n".join([describe_verdict(checks), *(line for check in checks for line in _check_lines(check))])


def checks_table(checks: Sequence[ShownCheck]) -> Fragment:
    """Return all check results as a table, what needs attention first; as text the same as ``checks_text``."""
    order = {status: place for place, (status, _) in enumerate(_STATUSES)}
    rows = [
        [
            Cell(check.status, CellKind.STATUS, tone_of(check.status)),
            Cell(check.title, more=check.id),
            Cell(check.detail),
            Cell(check.hint if check.status in {"fail", "warn"} else ""),
        ]
        for check in sorted(checks, key=lambda check: order.get(check.status, len(order)))
    ]
    table = full_table(describe_verdict(checks), ["verdict", "check", "what was seen", "to do"], rows)
    return Fragment(table.html, checks_text(checks))


def describe_verdict(checks: Sequence[ShownCheck]) -> str:
    """Describe in one line how the checks went, such as ``Ready: 2 to accept, 17 passed``."""
    if not checks:
        return "No check has run"
    counted = Counter(check.status for check in checks)
    known = [f"{counted.pop(status)} {words}" for status, words in _STATUSES if status in counted]
    others = [f"{count} {clean_line(status)}" for status, count in sorted(counted.items())]
    ready = "Not ready" if any(check.status == "fail" for check in checks) else "Ready"
    return f"{ready}: {', '.join([*known, *others])}"


def _fold(checks: Sequence[ShownCheck]) -> list[Html]:
    failed, warned = ([check for check in checks if check.status == status] for status in ("fail", "warn"))
    others = [check for check in checks if check.status not in {"fail", "warn"}]
    summary = tag("summary", f"The other {len(others)}, with what each saw")
    folded = tag("details", summary, _list_html(others)) if others else Html("")
    return [_list_html([*failed, *warned]), folded]


def _list_html(checks: Sequence[ShownCheck]) -> Html:
    items = (_check_html(check) for check in checks)
    return tag("ul", *items, style="list-style:none;margin:0;padding:0") if checks else Html("")


def _check_html(check: ShownCheck) -> Html:
    # A thick edge beside what needs attention, so that it is found in grey and on paper too.
    edge = f"{4 if check.status in {'fail', 'warn'} else 1}px solid {tone_of(check.status).colour}"
    style = f"border-left:{edge};padding:0.2em 0 0.2em 0.8em;margin:0.45em 0;overflow-wrap:anywhere"
    title = tag("span", " ", tag("b", check.title), " ", tag("code", check.id, style="background:none;color:inherit"))
    return tag(
        "li",
        tag("div", status_html(check.status), title),
        *(tag("div", line) for line in _explain(check)),
        style=style,
    )


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
    """Write what a check saw on one line, cut where it is long (the record keeps all of it)."""
    if not evidence:
        return ""
    if isinstance(evidence, Mapping):
        said = ", ".join(f"{name} {_describe_fact(fact)}" for name, fact in evidence.items())
    else:
        said = _describe_fact(evidence)
    return cut_text(said, _EVIDENCE_CHARACTERS)


def _describe_fact(fact: Any) -> str:
    if isinstance(fact, str):
        return fact or "(empty)"
    if isinstance(fact, Sequence):
        return ", ".join(map(_describe_fact, fact)) or "none"
    return str(fact)
