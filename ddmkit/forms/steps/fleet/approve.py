"""The parts of the form in which a person reads what would be done with every row, accepts warnings, and approves."""

from __future__ import annotations

from collections.abc import Callable

from ddmkit.display.html import clean_line, tag
from ddmkit.display.status import Tone, describe_count
from ddmkit.fleet.plan import FleetPlan
from ddmkit.forms.logic.fleet.rows import (
    CHECKS,
    PLANNED,
    WARNINGS,
    accepted_by_row,
    list_checks,
    list_planned,
    list_warnings,
)
from ddmkit.forms.steps.confirm import MOST_PURPOSE, MOST_TICKET
from ddmkit.forms.widgets import style
from ddmkit.forms.widgets.fields import Message, TextField
from ddmkit.forms.widgets.table import Table

__all__ = ["FleetApproval", "FleetReview"]


class FleetReview:
    """Shows the checks of all rows, what differs first, and the plan of each row; keeps which warnings are accepted.

    ``on_change`` is called when a person accepts a warning, or takes that back.
    """

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        self.said = style.html("ddmkit-fleet-said")
        self.checks = Table("Checks", CHECKS, "ddmkit-fleet-checks", empty="every check passed in every row")
        self.warnings = Table(
            "Warnings to accept",
            WARNINGS,
            "ddmkit-fleet-warnings",
            on_choose_many=lambda _keys: on_change(),
            empty="no warnings",
        )
        self.accept_all = style.button(
            "Accept all warnings",
            "Accept every warning of every row, after you have verified them",
            "ddmkit-fleet-accept-all",
        )
        self.accept_all.on_click(lambda _button: self._accept_all())
        self.rows = Table("Rows", PLANNED, "ddmkit-fleet-planned", empty="no rows")
        self._accepting = style.column(self.warnings, self.accept_all)
        self.widget = style.column(
            style.html(
                value=style.heading("Checks", "Read what differs between the rows first. Nothing has been sent yet.")
            ),
            self.said,
            self.checks,
            self._accepting,
            self.rows,
            css="ddmkit-panel ddmkit-fleet-review",
        )
        self._keys: tuple[str, ...] = ()

    @property
    def accepted(self) -> dict[str, list[str]]:
        """The accepted warnings by row."""
        return accepted_by_row(self.warnings.selected)

    @property
    def open_warnings(self) -> int:
        """How many warnings nobody has accepted yet."""
        return len(self._keys) - len(self.warnings.selected)

    def set_plan(self, fleet: FleetPlan) -> None:
        """Show a plan; nothing of it is accepted."""
        warned = list_warnings(fleet)
        self._keys = tuple(row.key for row in warned)
        self.checks.set_rows(list_checks(fleet))
        self.warnings.choose()
        self.warnings.set_rows(warned)
        self.rows.set_rows(list_planned(fleet))
        style.show(self._accepting, bool(warned))
        count = describe_count(len(fleet.items), "row")
        ready = (
            "All rows are ready." if fleet.ready else f"{describe_count(len(fleet.not_ready), 'row')} not ready: correct it."
        )
        waves = f"{count} in waves of {', '.join(map(str, fleet.waves))}."
        stop = f"Paused after {describe_count(fleet.stop_after, 'bad row')}; in the first wave after one."
        tone = Tone.GOOD if fleet.ready else Tone.BAD
        self.said.value = style.hint("ready" if fleet.ready else "not ready", tone, f"{waves} {ready} {stop}")

    def _accept_all(self) -> None:
        self.warnings.choose(*self._keys)
        self._on_change()


class FleetApproval:
    """Asks for the typed count, a purpose and a ticket; ``on_submit`` is called when its button is pressed."""

    def __init__(self, on_submit: Callable[[], None], *, purpose: str, ticket: str) -> None:
        self._fleet: FleetPlan | None = None
        self._open_warnings = 0
        self.facts = style.html("ddmkit-fleet-facts")
        self.purpose = TextField("Purpose", "Why you restore; written to the record", self._on_input, "ddmkit-fleet-purpose")
        self.ticket = TextField("Ticket", "The ticket; written to the record", self._on_input, "ddmkit-fleet-ticket")
        self.count = TextField("Count", "Type the count exactly", self._on_input, "ddmkit-fleet-count", is_live=True)
        self.submit = style.button("Restore", "Nothing is confirmed yet", "ddmkit-fleet-submit ddmkit-danger")
        self.submit.on_click(lambda _button: on_submit())
        self.message = Message("ddmkit-fleet-approve-message")
        self.purpose.value, self.ticket.value = purpose, ticket
        self.widget = style.column(
            style.html(value=style.heading("Approve", "One approval covers every row. Each request is sent once.")),
            self.facts,
            self.purpose.widget,
            self.ticket.widget,
            self.count.widget,
            self.submit,
            self.message.widget,
            css="ddmkit-panel ddmkit-fleet-approve",
        )

    def set_plan(self, fleet: FleetPlan, operator: str) -> None:
        """Ask to approve this plan; a count that was typed for another one is cleared."""
        if self._fleet is None or self._fleet.digest != fleet.digest:
            self.count.value = ""
        self._fleet = fleet
        signed = clean_line(f"Digest of the fleet: {fleet.digest}. Recorded under {operator}, who names themselves.")
        self.facts.value = tag("div", signed, class_="ddmkit-quiet")
        self.submit.description = f"Restore {len(fleet.items)} rows"
        self.message.clear()
        self.draw(self._open_warnings)

    def draw(self, open_warnings: int) -> None:
        """Show what is missing; ``open_warnings`` is how many warnings nobody has accepted."""
        self._open_warnings = open_warnings
        fleet = self._fleet
        if fleet is None:
            return
        typed, wanted = self.count.value, fleet.confirmation
        if typed == wanted:
            self.count.message.show("this is the count", tone=Tone.GOOD)
        else:
            self.count.message.show(f"Type: {wanted}", tone=Tone.WARNING, word="open")
        too_long = len(self.purpose.value.strip()) > MOST_PURPOSE or len(self.ticket.value.strip()) > MOST_TICKET
        reasons = (
            (not fleet.ready, "Rows are not ready: correct the table, and check again."),
            (open_warnings > 0, f"{describe_count(open_warnings, 'warning')} to accept above."),
            (too_long, f"Shorten the purpose to {MOST_PURPOSE} characters, the ticket to {MOST_TICKET}."),
            (typed != wanted, f"Type {wanted!r} first."),
        )
        why = next((words for holds, words in reasons if holds), "")
        self.submit.disabled = bool(why)
        self.submit.tooltip = why or f"Record the approval of {fleet.digest}, and begin the first wave"
        if why and open_warnings:
            self.message.show(why, tone=Tone.WARNING, word="open")
        elif self.message.text.endswith("above."):
            self.message.clear()

    def _on_input(self, _text: str) -> None:
        self.draw(self._open_warnings)
