"""The steps of a restore, the state of each step, and which controls are enabled; the only place that decides this.

A whole recovery has the same steps: some have another title (``StepWords``). No widgets and no service here: the form passes
in what it has (``WizardFacts``) and applies the result.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ddmkit.errors import InputError
from ddmkit.secrecy.redaction import quote_text

__all__ = [
    "RESTORE_WORDS",
    "Controls",
    "Step",
    "StepState",
    "StepWords",
    "WizardFacts",
    "derive_controls",
    "derive_states",
    "describe_still_to_do",
    "next_step",
    "previous_step",
]


class Step(StrEnum):
    """The steps of a restore, in order."""

    SOURCE = "Source"
    POINT = "Point in time"
    TARGET = "Target"
    CHECK = "Check"
    REVIEW = "Review"
    CONFIRM = "Confirm"
    WATCH = "Watch"
    RESULTS = "Results"

    @classmethod
    def read(cls, word: object) -> Step:
        """Return the step that a word names, in capitals or not; raises ``InputError`` for any other."""
        named = [one for one in cls if isinstance(word, str) and one.casefold() == word.strip().casefold()]
        if not named:
            shown = quote_text(repr(word), 60)
            raise InputError(f"{shown} is not a step.", field="step", fix=f"Give one of {', '.join(cls)}.")
        return named[0]


class StepState(StrEnum):
    """The state of a step, in the words that the page shows.

    - ``to do``: an earlier step is not done, so this step cannot be opened yet.
    - ``ready``: the step is open and waits for input.
    - ``working``: the service is being asked, or its job runs; wait.
    - ``done``: the step is complete and the next step is open. You may go back and change it.
    - ``blocked``: a problem must be fixed first; the step says which, and how.
    - ``failed``: the job has failed; the results say why.
    """

    TO_DO = "to do"
    READY = "ready"
    WORKING = "working"
    DONE = "done"
    BLOCKED = "blocked"
    FAILED = "failed"

    @property
    def symbol(self) -> str:
        """The symbol shown beside the word."""
        return _SYMBOLS[self]


_SYMBOLS = {
    StepState.TO_DO: "○",
    StepState.READY: "▶",
    StepState.WORKING: "…",
    StepState.DONE: "✓",
    StepState.BLOCKED: "✗",
    StepState.FAILED: "✖",
}
_ORDER = tuple(Step)
_RUN_STATES = {
    "running": StepState.WORKING,
    "completed": StepState.DONE,
    "abandoned": StepState.DONE,
    "failed": StepState.FAILED,
    "stopped": StepState.FAILED,
    "waiting": StepState.BLOCKED,
    "unknown": StepState.BLOCKED,
    "not watched": StepState.BLOCKED,
}
_HAS_RESULTS = frozenset({"completed", "failed", "abandoned", "stopped", "waiting"})


@dataclass(frozen=True)
class StepWords:
    """How one kind of form calls its steps, and what it says about a step that is not done.

    ``titles`` names the steps that are called otherwise than in ``Step``. ``thing`` is what the form carries out, in a word.
    ``submit`` says what the last click does.
    """

    titles: Mapping[Step, str] = field(default_factory=dict)
    still_to_do: Mapping[tuple[Step, StepState], str] = field(default_factory=dict)
    thing: str = "restore"
    submit: str = "Clicking sends the request immediately. There is no further confirmation."

    def title(self, step: Step) -> str:
        """Return the title of a step."""
        return self.titles.get(step, str(step))


@dataclass(frozen=True, kw_only=True)
class WizardFacts:
    """What the form has so far. ``run`` is the state of the restore once it was started, else empty.

    ``needs_nodes`` is whether a target is chosen and some of its data nodes are not. ``blocked`` are the steps whose input
    has a problem; ``working`` is the step for which the service is being asked.
    """

    has_source: bool = False
    has_point: bool = False
    has_target: bool = False
    needs_nodes: bool = False
    is_checked: bool = False
    is_ready: bool = False
    is_accepted: bool = False
    is_reviewed: bool = False
    is_confirmed: bool = False
    blocked: frozenset[Step] = frozenset()
    working: Step | None = None
    run: str = ""


@dataclass(frozen=True)
class Controls:
    """What is enabled while one step is shown."""

    can_open: frozenset[Step]
    can_go_back: bool
    can_go_on: bool
    can_submit: bool


def derive_states(facts: WizardFacts) -> dict[Step, StepState]:
    """Return the state of every step; a step opens when all steps before it are done."""
    if facts.run:
        return _states_of_run(facts.run)
    done = _completed_steps(facts)
    states: dict[Step, StepState] = {}
    is_open = True
    for step in _ORDER:
        states[step] = _state_of(step, facts, done[step]) if is_open else StepState.TO_DO
        is_open = states[step] is StepState.DONE
    return states


def _completed_steps(facts: WizardFacts) -> dict[Step, bool]:
    return {
        Step.SOURCE: facts.has_source,
        Step.POINT: facts.has_point,
        Step.TARGET: facts.has_target,
        Step.CHECK: facts.is_checked and facts.is_ready and facts.is_accepted,
        Step.REVIEW: facts.is_reviewed,
        # Submitting completes it; from then on the states come from the run.
        Step.CONFIRM: False,
        Step.WATCH: False,
        Step.RESULTS: False,
    }


def _state_of(step: Step, facts: WizardFacts, is_done: bool) -> StepState:  # noqa: FBT001  # one of two facts of a step
    if facts.working is step:
        return StepState.WORKING
    failed_checks = step is Step.CHECK and facts.is_checked and not facts.is_ready
    if failed_checks or step in facts.blocked:
        return StepState.BLOCKED
    return StepState.DONE if is_done else StepState.READY


def _states_of_run(run: str) -> dict[Step, StepState]:
    states = dict.fromkeys(_ORDER, StepState.DONE)
    states[Step.WATCH] = _RUN_STATES.get(run, StepState.BLOCKED)
    states[Step.RESULTS] = StepState.READY if run in _HAS_RESULTS else StepState.TO_DO
    return states


def derive_controls(states: Mapping[Step, StepState], current: Step, facts: WizardFacts) -> Controls:
    """Return what is enabled while ``current`` is shown.

    After a restore was sent, the earlier steps can still be opened; the form then shows what was sent, read-only.
    """
    reachable = {step for step in _ORDER if states[step] is not StepState.TO_DO}
    is_sent = bool(facts.run)
    is_free = facts.working is None
    after, before = next_step(current), previous_step(current)
    can_read_on = current is Step.REVIEW and states[current] is StepState.READY
    return Controls(
        can_open=frozenset(reachable),
        can_go_back=before in reachable and before is not current,
        can_go_on=(is_sent or (is_free and current is not Step.CONFIRM))
        and after is not current
        and (after in reachable or can_read_on),
        can_submit=is_free and not facts.run and states[Step.CONFIRM] is StepState.READY and facts.is_confirmed,
    )


def next_step(step: Step) -> Step:
    """Return the next step; the last step returns itself."""
    return _ORDER[min(_ORDER.index(step) + 1, len(_ORDER) - 1)]


def previous_step(step: Step) -> Step:
    """Return the previous step; the first step returns itself."""
    return _ORDER[max(_ORDER.index(step) - 1, 0)]


_STILL_TO_DO = {
    (Step.SOURCE, StepState.READY): "Choose the source.",
    (Step.POINT, StepState.READY): "Choose a backup or a point in time.",
    (
        Step.POINT,
        StepState.BLOCKED,
    ): "A time was not accepted: see the message below “When did it happen?” or “Backup id or time”.",
    (Step.TARGET, StepState.READY): "Choose a target, and a data node for each data node of the source.",
    (Step.TARGET, StepState.BLOCKED): "This target is unavailable; choose another.",
    (Step.CHECK, StepState.READY): "Tick each warning after you have verified it, or check again.",
    (Step.CHECK, StepState.BLOCKED): "A check failed: fix what it names, then check again.",
    (
        Step.CONFIRM,
        StepState.READY,
    ): "To enable the button Restore metadata, type the target's name and mend what is marked.",
    (Step.WATCH, StepState.BLOCKED): "This needs your attention: see above.",
}
RESTORE_WORDS = StepWords(still_to_do=_STILL_TO_DO)
"""The words of the form for a restore of the metadata alone."""


def describe_still_to_do(
    states: Mapping[Step, StepState], current: Step, facts: WizardFacts, words: StepWords = RESTORE_WORDS
) -> str:
    """Describe what the current step still needs; empty if nothing."""
    if current is Step.CONFIRM and facts.is_confirmed and not facts.run:
        return words.submit
    if current is Step.TARGET and facts.needs_nodes and states[current] is StepState.READY:
        return "Choose a data node for each data node of the source."
    place = (current, states[current])
    return words.still_to_do.get(place, _STILL_TO_DO.get(place, ""))
