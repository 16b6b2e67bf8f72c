"""The form that asks for a person's word: the target's name, typed, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ddmkit.display.html import Fragment, clean_line
from ddmkit.display.status import Tone
from ddmkit.forms.widgets import style as look
from ddmkit.forms.widgets.base import Form, describe_facts
from ddmkit.forms.widgets.fields import Message, TextField

__all__ = ["MOST_PURPOSE", "MOST_TICKET", "ConfirmForm", "GivenWord"]

MOST_PURPOSE = 500
MOST_TICKET = 100


@dataclass(frozen=True)
class GivenWord:
    """What a person said to have the plan carried out."""

    confirm: str
    purpose: str = ""
    ticket: str = ""


class ConfirmForm(Form):
    """Asks to type the target's name; ``value`` is the ``GivenWord`` once the name is right to the letter.

    A typed name belongs to one digest. ``confirm`` is the name that was typed for the plan with ``digest``; without a digest
    it is kept for running without a page, and cleared when a plan is shown here.
    """

    title = "Confirmation"

    def __init__(self, *, confirm: str = "", digest: str = "", purpose: str = "", ticket: str = "") -> None:
        super().__init__()
        self._plan: Any = None
        self._typed_for = digest
        self.operator = look.html("ddmkit-operator")
        self.name_field = TextField(
            "Name of the target",
            "Type the name of the target exactly",
            lambda _text: self._judge(),
            "ddmkit-confirm",
            is_live=True,
        )
        self.purpose_field = TextField(
            "Purpose",
            f"Why this is restored; goes on the record, up to {MOST_PURPOSE:,} characters",
            lambda _text: self._judge(),
            "ddmkit-purpose",
            placeholder=f"why, up to {MOST_PURPOSE:,} characters; may stay empty",
        )
        self.ticket_field = TextField(
            "Ticket",
            f"The ticket this belongs to; goes on the record, up to {MOST_TICKET:,} characters",
            lambda _text: self._judge(),
            "ddmkit-ticket",
            placeholder="INC-4711; may stay empty",
        )
        self.submit = look.button("Restore", "Nothing is confirmed yet", "ddmkit-submit ddmkit-danger")
        self.submit.disabled = True
        self.outcome = Message("ddmkit-submit-outcome")
        self.name_field.value, self.purpose_field.value, self.ticket_field.value = confirm, purpose, ticket
        self._place(
            look.html(value=look.heading("Confirm", "This is the step that changes something, and it is done once.")),
            self.operator,
            self.purpose_field.widget,
            self.ticket_field.widget,
            self.name_field.widget,
            self.submit,
            self.outcome.widget,
        )

    @property
    def value(self) -> GivenWord | None:
        """The given word, once the target's name is typed exactly."""
        if self._plan is None or self.name_field.value != self._plan.target_name or self._too_long():
            return None
        return GivenWord(self.name_field.value, self.purpose_field.value.strip(), self.ticket_field.value.strip())

    def set_plan(self, plan: Any, *, operator: str, facts: Sequence[tuple[str, str]] = ()) -> None:
        """Ask for the word for this plan; a name that was typed for another digest is cleared.

        ``facts`` say in a few lines what is about to happen.
        """
        self._plan = plan
        if plan is None:
            return
        if plan.digest != self._typed_for:
            self.name_field.value, self._typed_for = "", plan.digest
        recorded = ("Recorded under", operator)
        self.operator.value = describe_facts("", [*(facts or [("Plan", f"digest {plan.digest}")]), recorded]).html
        name = f"Restore metadata of {clean_line(plan.source_name)} to {clean_line(plan.target_name)}"
        self.submit.description = name
        self.submit.tooltip = f"{name}: sends the one request"
        self._judge()

    def withdraw(self) -> None:
        """Clear the typed name: it was meant for a plan that is no longer the one to confirm."""
        self.name_field.value, self._typed_for = "", ""
        self._judge()

    def summary(self) -> Fragment:
        """Describe whether the word is given."""
        given = "the target's name is typed" if self.value else "the target's name is not typed yet"
        facts = [("Confirmed", given), ("Purpose", self.purpose_field.value), ("Ticket", self.ticket_field.value)]
        return describe_facts(self.title, facts)

    def _too_long(self) -> list[TextField]:
        """Return the fields that hold more than goes on the record."""
        limits = ((self.purpose_field, MOST_PURPOSE), (self.ticket_field, MOST_TICKET))
        return [field for field, most in limits if len(field.value.strip()) > most]

    def _judge(self) -> None:
        too_long = self._too_long()
        for field, most in ((self.purpose_field, MOST_PURPOSE), (self.ticket_field, MOST_TICKET)):
            length = len(field.value.strip())
            said = f"{length:,} characters are too long; shorten it to {most:,}."
            field.message.refuse(said) if field in too_long else field.message.clear()
        message, typed = self.name_field.message, self.name_field.value
        if self._plan is None:
            message.clear()
        elif typed == self._plan.target_name:
            message.say("that is the target", tone=Tone.GOOD)
        else:
            message.say(_describe_difference(typed, self._plan.target_name), tone=Tone.WARNING, word="open")
        self._tell()


def _describe_difference(typed: str, wanted: str) -> str:
    """Describe what is still to do; what the eye misses is named."""
    shown = clean_line(wanted)
    if not typed:
        return f"Type: {shown}"
    if typed.strip() == wanted:
        return f"Not yet {shown}: there is a space before or after it."
    if typed.strip().casefold() == wanted.casefold():
        return f"Not yet {shown}: upper and lower case differ."
    return f"Not the target's name, which is {shown}"
