"""What a saved notebook keeps of a restore form where no widget runs: how each step stands, plan, results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ddmkit.display.html import Fragment, Html, clean_line, join, tag, text_block
from ddmkit.display.status import Tone, describe_count, framed
from ddmkit.forms.logic.wizard_state import Step, StepState

__all__ = ["describe_missing", "summarise"]

_TONES = {
    StepState.TO_DO: Tone.QUIET,
    StepState.READY: Tone.BUSY,
    StepState.WORKING: Tone.BUSY,
    StepState.DONE: Tone.GOOD,
    StepState.BLOCKED: Tone.BAD,
    StepState.FAILED: Tone.BAD,
}


_ROW = "display:flex;margin:0.15em 0"


def summarise(form: Any, states: Mapping[Step, StepState], *, sent: Any = None, earlier: str = "") -> Fragment:
    """Return a restore form as static HTML and text: the steps first, long parts folded away in HTML and whole in text.

    ``sent`` is what the record says of a restore that was sent: then that is told, not what stands in the fields.
    ``earlier`` is the record of a restore that was on the page before.
    """
    kept = sent.parts if sent is not None else {}
    parts = [_steps(form, states, sent.lines if kept else {})]
    if kept:
        parts += [_folded("Checks", kept[Step.CHECK]), _folded("Plan", kept[Step.REVIEW])]
    elif form.plan is not None:
        parts += [_folded("Checks", form.checks.summary()), _folded("Plan", form.review.summary())]
    if form.watch.value is not None and form.results.value is not None:
        parts.append(form.results.summary())
    elif form.watch.state:
        parts.append(form.watch.summary())
    elif earlier:
        parts.append(
            describe_lines(f"Nothing else was submitted from this form; the restore before is on record {earlier}.")
        )
    else:
        parts.append(describe_lines("Nothing was submitted from this form yet."))
    return Fragment(
        tag(
            "section",
            *(part.html for part in parts),
            aria_label="summary of the restore form",
            style="margin-top:1.2em;color:inherit",
        ),
        "\n\n".join(part.text for part in parts),
    )


def describe_missing(plan: Any, confirm: str, digest: str) -> Fragment | None:
    """Describe what a run without a page still needs to submit this plan, or nothing when it has all."""
    if plan is None:
        return describe_lines(
            "Nothing was submitted: the form is not complete. Fill it in on the page, or give source, target, data_nodes "
            "and backup_id or restore_time as parameters."
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
    accept = f"accept = {list(plan.warnings)!r}  (each warning, if you have made sure of it)"
    return describe_lines(
        "Nothing was submitted. Go on in the form; or, without it, read the plan, set these parameters, and run again:",
        *missing,
        *([accept] if plan.warnings else []),
    )


def describe_lines(*lines: str) -> Fragment:
    """Return plain lines as HTML and as text."""
    return Fragment(tag("div", text_block(*lines)), "\n".join(lines))


def _steps(form: Any, states: Mapping[Step, StepState], sent: Mapping[Step, str]) -> Fragment:
    chosen = {step: clean_line(said) for step, said in sent.items()} if sent else _describe_chosen(form)
    chosen[Step.WATCH] = _say(form.watch.state)
    rows = [(f"{place}. {step}", states[step], chosen.get(step, "")) for place, step in enumerate(Step, 1)]
    listed = (
        tag("li", _badge(state), tag("span", tag("b", name), f" {words}", style="min-width:0"), style=_ROW)
        for name, state, words in rows
    )
    style = "list-style:none;margin:0.3em 0;padding:0;overflow-wrap:anywhere;color:inherit"
    title = "Form status; this part stays in the notebook when it is saved"
    return Fragment(
        join([tag("div", title, style="font-weight:bold"), tag("ul", *listed, style=style)]),
        "\n".join([f"{title}:", *(f"  {state.symbol} {name}: {state}  {words}".rstrip() for name, state, words in rows)]),
    )


def _describe_chosen(form: Any) -> dict[Step, str]:
    return {
        Step.SOURCE: _say(form.source.value and f"{form.source.value.name} ({form.source.value.id})"),
        Step.POINT: _describe_point(form),
        Step.TARGET: _describe_target(form),
        Step.CHECK: _say(form.plan and f"digest {form.plan.digest}"),
    }


def _badge(state: StepState) -> Html:
    return tag("span", framed(f"{state.symbol} {state}", _TONES[state]), style="flex:0 0 6.5em")


def _describe_point(form: Any) -> str:
    facts = [f"{name}: {said}" for name, said in form.point.facts()]
    return clean_line("; ".join(facts) or form.point.problem)


def _describe_target(form: Any) -> str:
    chosen = form.target.chosen
    if chosen is None:
        return ""
    count = describe_count(len(form.target.data_nodes), "data node")
    words = f"{chosen.instance_name} ({chosen.instance_id}), {count} chosen"
    problems = [form.target.problem, "" if form.target.value else form.target.rows.message.text]
    return clean_line("; ".join([words, *(said for said in problems if said)]))


def _say(words: Any) -> str:
    return clean_line(words) if words else ""


def _folded(title: str, part: Fragment) -> Fragment:
    return Fragment(Html(tag("details", tag("summary", title), part.html)), part.text)
