"""A run for people: a page of HTML that needs nothing else, and plain text for a terminal or a ticket.

Everything shown is text of a service or a person: it is escaped, and characters that steer a terminal are spelled out.
"""

from __future__ import annotations

import html
import json
import unicodedata

from ddmkit.records.events import Event
from ddmkit.records.runs import RunData
from ddmkit.records.verify import verify_chain
from ddmkit.times import say_utc

__all__ = ["to_html", "to_text"]

_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;"
    "border-bottom:1px solid #ddd}th{white-space:nowrap}pre{margin:0;white-space:pre-wrap;overflow-wrap:anywhere}"
)


def to_html(run: RunData) -> str:
    """Give the run as one self-contained page: no script, no outside asset, everything escaped."""
    title = html.escape(f"Record {run.id}: {run.state}")
    facts = "".join(
        f"<tr><th scope='row'>{html.escape(name)}</th><td>{_shown_html(text)}</td></tr>" for name, text in _facts(run)
    )
    rows = "".join(_event_row(event) for event in run.events)
    return (
        "<!DOCTYPE html>\n"
        f"<html lang='en'><head><meta charset='utf-8'><title>{title}</title>"
        "<meta name='viewport' content='width=device-width'>"
        "<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<style>{_STYLE}</style></head><body><h1>{title}</h1><table>{facts}</table><h2>Events</h2>"
        "<table><thead><tr><th scope='col'>No.</th><th scope='col'>When</th><th scope='col'>What</th>"
        f"<th scope='col'>Details</th></tr></thead><tbody>{rows}</tbody></table></body></html>\n"
    )


def to_text(run: RunData) -> str:
    """Give the run as plain text: what it is of, then one block per event."""
    facts = _facts(run)
    width = max(len(name) for name, _ in facts)
    lines = [_shown(f"Record {run.id}: {run.state}"), "", *(f"{name:<{width}}  {_shown(text)}" for name, text in facts), ""]
    for event in run.events:
        lines.append(f"{event.seq:>4}  {say_utc(event.at)}  {_shown(event.kind)}")
        lines += [f"      {line}" for line in _details(event).splitlines()]
    return "\n".join(lines) + "\n"


def _facts(run: RunData) -> list[tuple[str, str]]:
    header = run.header
    problems = verify_chain(run)
    facts = [
        ("State", str(run.state)),
        ("Job", run.job_id),
        ("Source", _named(header.source_name, header.source_id)),
        ("Target", _named(header.target_name, header.target_id)),
        ("Service", f"{run.service}, project {header.project_id}"),
        ("Submitted", f"{say_utc(run.created)} by {header.owner}"),
        ("Purpose", header.purpose),
        ("Ticket", header.ticket),
        ("Plan", f"{header.plan_id}, digest {header.digest}"),
        ("Unedited", f"no: {problems[0].what}" if problems else f"yes: {len(run.events)} events fit their hashes"),
    ]
    return [(name, text) for name, text in facts if text]


def _named(name: str, identity: str) -> str:
    return f"{name} ({identity})" if name else identity


def _fact_row(name: str, text: str) -> str:
    return f"<tr><th scope='row'>{html.escape(name)}</th><td>{_shown_html(text)}</td></tr>"


def _event_row(event: Event) -> str:
    details = f"<pre>{html.escape(_details(event))}</pre>" if event.data else ""
    return f"<tr><td>{event.seq}</td><td>{say_utc(event.at)}</td><td>{_shown_html(event.kind)}</td><td>{details}</td></tr>"


def _details(event: Event) -> str:
    if not event.data:
        return ""
    written = json.dumps(event.data, indent=1, ensure_ascii=False)
    return "\n".join(_shown(line) for line in written.split("\n"))


def _shown_html(text: str) -> str:
    return html.escape(_shown(text))


def _shown(text: str) -> str:
    """Spell out the characters that steer instead of show: control codes, and marks that turn the writing around."""
    return "".join(_spelled(mark) if unicodedata.category(mark) in {"Cc", "Cf", "Zl", "Zp"} else mark for mark in text)


def _spelled(mark: str) -> str:
    return mark.encode("unicode_escape").decode("ascii")
