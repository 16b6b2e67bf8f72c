"""Summaries of forms as static HTML and text, for a saved notebook, where no widget runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ddmkit.display.html import Fragment, Html, clean_line, join, tag, text_block
from ddmkit.display.status import Tone, framed
from ddmkit.forms.logic.wizard_state import RESTORE_WORDS, Step, StepState, StepWords
from ddmkit.restore.plan import RestorePlan

__all__ = [
    "Fact",
    "box_facts",
    "describe_facts",
    "describe_lines",
    "describe_missing",
    "fold",
    "list_lines",
    "plain_fact",
    "shorten",
    "summarise",
]

_TONES = {
    StepState.TO_DO: Tone.QUIET,
    StepState.READY: Tone.BUSY,
    StepState.WORKING: Tone.BUSY,
    StepState.DONE: Tone.GOOD,
    StepState.BLOCKED: Tone.BAD,
    StepState.FAILED: Tone.BAD,
}

Fact = tuple[str, Html, str]
"""A fact: its name, and what it says as HTML and as text."""

_ROW = "display:flex;margin:0.15em 0"
_BESIDE = "flex:1 1 14em;min-width:0;overflow-wrap:anywhere"  # on a narrow page below its name, where an address stays whole


def summarise(
    states: Mapping[Step, StepState],
    lines: Mapping[Step, str],
    parts: Iterable[Fragment],
    words: StepWords = RESTORE_WORDS,
) -> Fragment:
    """Return the summary of a guided form as static HTML and text.

    ``lines`` says in a line what a step holds; ``parts`` follow below the list of the steps.
    """
    shown = [_list_steps(states, lines, words), *parts]
    style = "margin-top:1.2em;color:inherit"
    section = tag("section", *(part.html for part in shown), aria_label=f"summary of the {words.thing} form", style=style)
    return Fragment(section, "\n\n".join(part.text for part in shown if part.text))


def fold(title: str, part: Fragment) -> Fragment:
    """Return a part that is folded in HTML, and whole in text."""
    return Fragment(Html(tag("details", tag("summary", title), part.html)), part.text)


def shorten(part: Fragment) -> Fragment:
    """Return a part of which the text is only the first line, and says where the rest is; the HTML stays whole."""
    first, _, rest = part.text.partition("\n")
    return Fragment(part.html, f"{first}{' (in full in the record)' if rest else ''}")


def describe_missing(plan: RestorePlan | None, confirm: str, digest: str) -> Fragment | None:
    """Describe what an unattended run still needs to submit this plan; ``None`` if nothing is missing."""
    if plan is None:
        return describe_lines(
            "Nothing was submitted: the form is not complete. Fill it in on the page, or set the parameters source, target, "
            "data_nodes, and backup_id or restore_time."
        )
    if not plan.ready:
        return describe_lines(
            f"Nothing was submitted: the plan is not ready ({', '.join(plan.failed)}). See the checks above."
        )
    wanted = {"confirm": (confirm, plan.target_name), "digest": (digest, plan.digest)}
    missing = [
        f"{name} = {right!r}" + (f"  (it is {given!r})" if given else "")
        for name, (given, right) in wanted.items()
        if given != right
    ]
    if not missing:
        return None
    accept = f"accept = {list(plan.warnings)!r}  (each warning, after you have verified it)"
    return describe_lines(
        "Nothing was submitted. Continue in the form; or read the plan, set these parameters, and run again:",
        *missing,
        *([accept] if plan.warnings else []),
    )


def describe_lines(*lines: str) -> Fragment:
    """Return plain lines as HTML and as text."""
    return Fragment(tag("div", text_block(*lines)), "\n".join(lines))


def describe_facts(title: str, facts: Sequence[tuple[str, str]]) -> Fragment:
    """Return named facts below each other, as HTML and as text; empty facts are left out."""
    known = [(name, clean_line(fact)) for name, fact in facts if fact]
    term = "flex:0 0 11em;font-weight:bold;padding-right:0.8em"
    rows = (
        tag("div", tag("span", name, style=term), tag("span", fact, style=_BESIDE), style="display:flex;flex-wrap:wrap")
        for name, fact in known
    )
    head = tag("div", title, style="font-weight:bold;padding:0.3em 0") if title else ""
    width = max((len(name) for name, _ in known), default=0) + 2
    lines = [f"  {name + ':':<{width}}{fact}" for name, fact in known]
    return Fragment(
        tag("div", head, *rows, style="color:inherit;margin:0.3em 0"), "\n".join([f"{title}:", *lines] if title else lines)
    )


def plain_fact(name: str, text: str) -> Fact:
    """Return a fact that is one line of text."""
    return name, tag("span", clean_line(text)), text


def box_facts(facts: Iterable[Fact]) -> Fragment:
    """Return what is about to happen as a box with a line for each fact, and as text; empty facts are left out."""
    known = [fact for fact in facts if fact[2]]
    terms = (tag("div", tag("dt", name), tag("dd", html)) for name, html, _ in known)
    width = max((len(name) for name, _, _ in known), default=0) + 2
    text = "\n".join(f"{name + ':':<{width}}{clean_line(text)}" for name, _, text in known)
    return Fragment(tag("dl", *terms, class_="ddmkit-facts"), text)


def list_lines(title: str, lines: Sequence[str]) -> Html:
    """Return a column with a title and a list; nothing where there are no lines."""
    return tag("div", tag("b", title), tag("ul", *(tag("li", line) for line in lines))) if lines else Html("")


def _list_steps(states: Mapping[Step, StepState], lines: Mapping[Step, str], words: StepWords) -> Fragment:
    rows = [
        (f"{place}. {words.title(step)}", states[step], clean_line(lines.get(step, "")))
        for place, step in enumerate(Step, 1)
    ]
    listed = (
        tag("li", _badge(state), tag("span", tag("b", name), f" {line}", style="min-width:0"), style=_ROW)
        for name, state, line in rows
    )
    style = "list-style:none;margin:0.3em 0;padding:0;overflow-wrap:anywhere;color:inherit"
    title = f"Steps of this {words.thing}"
    return Fragment(
        join([tag("div", title, style="font-weight:bold"), tag("ul", *listed, style=style)]),
        "\n".join([f"{title}:", *(f"  {state.symbol} {name}: {state}  {line}".rstrip() for name, state, line in rows)]),
    )


def _badge(state: StepState) -> Html:
    return tag("span", framed(f"{state.symbol} {state}", _TONES[state]), style="flex:0 0 6.5em")
