"""A whole recovery for people: the plan with every request in order, and how each step of a run stands."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ddmkit.display.checks import ShownCheck, checks_html, checks_text
from ddmkit.display.html import Fragment, Html, clean, clean_line, join, tag, text_block
from ddmkit.display.status import tone_of_run
from ddmkit.display.stylesheet import style
from ddmkit.display.table import Cell, CellKind, build_table, full_table
from ddmkit.times import format_instant

__all__ = ["NOT_PREPARED", "RecoveryView", "StepView", "show_recovery", "show_requests", "show_steps"]

NOT_PREPARED = (
    "A restore of the metadata needs data nodes that are recovered already, and an empty target. A whole recovery makes "
    "both: the notebook 05_whole_recovery leads through it; in code, RecoveryForm(kit) from ddmkit.forms or "
    "kit.plan_recovery(...)."
)
"""Said where nothing is prepared for a restore of the metadata alone."""


@dataclass(frozen=True, kw_only=True)
class StepView:
    """What is shown of a step: its name and title, the request as it will be sent, and how it stands in a run."""

    name: str
    title: str
    call: dict[str, Any]
    state: str = ""
    since: datetime | None = None
    proof: str = ""
    made: str = ""


@dataclass(frozen=True, kw_only=True)
class RecoveryView:
    """What is shown of the plan of a recovery: always whole, nothing is cut."""

    heading: str
    digest: str
    words: tuple[str, ...]
    costs: tuple[str, ...]
    steps: tuple[StepView, ...]
    checks: Sequence[ShownCheck]
    expires: datetime
    now: datetime
    zone: ZoneInfo


def show_recovery(view: RecoveryView) -> Fragment:
    """Return the plan as static HTML and text: checks, description, costs, and every request in order."""
    plan = show_requests(view)
    return Fragment(join([checks_html(view.checks), plan.html]), f"{checks_text(view.checks)}\n\n{plan.text}")


def show_requests(view: RecoveryView, *, is_folded: bool = False) -> Fragment:
    """Return the plan without its checks; with ``is_folded`` a page shows the body of each request on a click."""
    valid = f"Valid to {format_instant(view.expires, view.zone, view.now)}. Digest {view.digest}."
    costs = view.costs or ("nothing new is billed",)
    html = tag(
        "section",
        tag("div", view.heading, style=style("plan-title")),
        tag("ul", *(tag("li", line) for line in view.words), style=style("list")),
        tag("div", "What is billed:", style=style("subtitle")),
        tag("ul", *(tag("li", line) for line in costs), style=style("list")),
        tag("div", "Every request, in order:", style=style("subtitle")),
        *(_step_html(number, step, is_folded=is_folded) for number, step in enumerate(view.steps, 1)),
        tag("div", valid),
        aria_label="recovery plan",
        style=style("plan"),
    )
    text = [
        clean_line(view.heading),
        *(f"  - {clean_line(line)}" for line in view.words),
        "What is billed:",
        *(f"  - {clean_line(line)}" for line in costs),
        "Every request, in order:",
        *(line for number, step in enumerate(view.steps, 1) for line in _step_lines(number, step)),
        clean_line(valid),
    ]
    return Fragment(html, "\n".join(text))


def _describe_step(number: int, step: StepView) -> str:
    call = step.call
    request = f": {call['service']} {call['method']} {call['path']}" if call else ": reads only"
    return f"{number}. {step.title} [{step.name}]{request}"


def _body_of(step: StepView) -> str:
    body = step.call.get("body")
    return json.dumps(body, ensure_ascii=False, indent=1) if body is not None else ""


def _step_html(number: int, step: StepView, *, is_folded: bool) -> Html:
    body = _body_of(step)
    if is_folded and body:
        return tag("details", tag("summary", _describe_step(number, step)), text_block(body))
    return join([tag("div", _describe_step(number, step)), *([text_block(body)] if body else [])])


def _step_lines(number: int, step: StepView) -> list[str]:
    body = _body_of(step)
    return [f"  {clean_line(_describe_step(number, step))}", *(f"     {clean(line)}" for line in body.splitlines())]


def show_steps(steps: Iterable[StepView], *, title: str = "Steps") -> Fragment:
    """Return the steps of a run as a table: state, since when, what proves it, and the id of what it made."""
    rows = [
        [
            Cell(step.title, more=step.name),
            Cell(step.state, CellKind.STATUS, tone_of_run(step.state)),
            Cell(step.since.strftime("%H:%M:%S UTC") if step.since else "", CellKind.TIME),
            Cell(step.proof),
            Cell(step.made, CellKind.ID),
        ]
        for step in steps
    ]
    headers = ["step", "state", "since", "proof", "made"]
    return Fragment(full_table(title, headers, rows).html, build_table(title, headers, rows).text)
