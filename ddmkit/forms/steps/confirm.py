"""The form in which a person confirms a plan: types a name exactly, and says why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic

import ipywidgets as widgets

from ddmkit.display.html import Fragment, clean_line, join, tag
from ddmkit.display.plans import PlanNode
from ddmkit.display.status import Tone
from ddmkit.forms.logic.plan_facts import FEW_NODES
from ddmkit.forms.logic.summary import describe_facts
from ddmkit.forms.steps.checks import PlanT
from ddmkit.forms.widgets import style
from ddmkit.forms.widgets.base import Form
from ddmkit.forms.widgets.fields import Message, TextField
from ddmkit.forms.widgets.node_list import NodeList
from ddmkit.handles.plan import Plan

__all__ = ["MOST_PURPOSE", "MOST_TICKET", "ConfirmForm", "ConfirmationForm", "ConfirmationInput", "describe_difference"]

MOST_PURPOSE = 500
MOST_TICKET = 100


@dataclass(frozen=True)
class ConfirmationInput:
    """What a person entered to confirm a plan."""

    confirm: str
    purpose: str = ""
    ticket: str = ""


class ConfirmationForm(Form, Generic[PlanT]):
    """Asks for a name; ``value`` is the ``ConfirmationInput`` once the name matches exactly.

    The subclasses say which name, for which kind of plan. A typed name belongs to one digest. ``confirm`` is the name given
    for the plan with ``digest``. Without a digest the name is kept only for an unattended run, and cleared when a plan is
    shown here.
    """

    title = "Confirmation"
    named = "target"
    """Whose name is typed."""
    explanation = ""
    """What the step does, in a sentence."""

    def __init__(self, *, confirm: str = "", digest: str = "", purpose: str = "", ticket: str = "") -> None:
        super().__init__()
        self._plan: PlanT | None = None
        self._typed_for = digest
        self.operator = style.html("ddmkit-operator")
        self.nodes = NodeList("ddmkit-confirm-nodes")
        style.hide(self.nodes)
        self.name_field = TextField(
            f"Name of the {self.named}",
            f"Type the name of the {self.named} exactly",
            self._on_input,
            "ddmkit-confirm",
            is_live=True,
        )
        self.purpose_field = TextField(
            "Purpose",
            f"Why you restore; written to the record, up to {MOST_PURPOSE:,} characters",
            self._on_input,
            "ddmkit-purpose",
            placeholder=f"why, up to {MOST_PURPOSE:,} characters; optional",
        )
        self.ticket_field = TextField(
            "Ticket",
            f"The ticket of this restore; written to the record, up to {MOST_TICKET:,} characters",
            self._on_input,
            "ddmkit-ticket",
            placeholder="INC-4711; optional",
        )
        self.submit = style.button("Restore", "Nothing is confirmed yet", "ddmkit-submit ddmkit-danger")
        self.submit.disabled = True
        self.outcome = Message("ddmkit-submit-outcome")
        self.name_field.value, self.purpose_field.value, self.ticket_field.value = confirm, purpose, ticket
        self._lay_out(
            style.html(value=style.heading("Confirm", self.explanation)),
            self.operator,
            self.nodes,
            self.purpose_field.widget,
            self.ticket_field.widget,
            self.name_field.widget,
            *self._more_fields(),
            self.submit,
            self.outcome.widget,
        )

    def _more_fields(self) -> Sequence[widgets.Widget]:
        """Return the widgets below the field for the name."""
        return ()

    def _wanted_name(self, plan: PlanT) -> str:
        """Return the name that has to be typed."""
        raise NotImplementedError

    def _describe_action(self, plan: PlanT) -> str:
        """Return the words of the button."""
        raise NotImplementedError

    def _is_complete(self, _plan: PlanT) -> bool:
        """Whether everything below the field for the name is filled in."""
        return True

    @property
    def value(self) -> ConfirmationInput | None:
        """What was entered, once the name of the target is typed exactly."""
        plan = self._plan
        if plan is None or self.name_field.value != self._wanted_name(plan) or self._too_long():
            return None
        if not self._is_complete(plan):
            return None
        return ConfirmationInput(self.name_field.value, self.purpose_field.value.strip(), self.ticket_field.value.strip())

    def set_plan(
        self,
        plan: PlanT | None,
        *,
        operator: str,
        facts: Fragment | None = None,
        nodes: Sequence[PlanNode] = (),
    ) -> None:
        """Ask to confirm this plan; a name that was typed for another digest is cleared.

        Args:
            plan: The plan.
            operator: Under whose name the restore is recorded.
            facts: A few lines that describe what is about to happen.
            nodes: The data nodes of the plan; many are listed here, folded, because ``facts`` names only some.
        """
        self._plan = plan
        if plan is None:
            return
        if plan.digest != self._typed_for:
            self._clear()
            self._typed_for = plan.digest
        signed = clean_line(f"Plan digest {plan.digest}. Recorded under {operator}.")
        self.operator.value = join([facts.html if facts is not None else "", tag("div", signed, class_="ddmkit-quiet")])
        style.show(self.nodes, len(nodes) > FEW_NODES)
        self.nodes.set_nodes(nodes)
        self.submit.description = self.submit.tooltip = self._describe_action(plan)
        self._check_input()

    def withdraw(self) -> None:
        """Clear the typed name: it was typed for a plan that is no longer current."""
        self._clear()
        self._typed_for = ""
        self._check_input()

    def _clear(self) -> None:
        """Empty the fields that belong to one plan."""
        self.name_field.value = ""

    def summary(self) -> Fragment:
        """Return what was entered, as static HTML and text."""
        state = f"the {self.named}'s name is typed" if self.value else f"the {self.named}'s name is not typed yet"
        facts = [("Confirmed", state), ("Purpose", self.purpose_field.value), ("Ticket", self.ticket_field.value)]
        return describe_facts(self.title, facts)

    def _too_long(self) -> list[TextField]:
        """Return the fields whose text is too long for the record."""
        limits = ((self.purpose_field, MOST_PURPOSE), (self.ticket_field, MOST_TICKET))
        return [field for field, most in limits if len(field.value.strip()) > most]

    def _on_input(self, _text: str) -> None:
        self._check_input()

    def _check_input(self) -> None:
        too_long = self._too_long()
        for field, most in ((self.purpose_field, MOST_PURPOSE), (self.ticket_field, MOST_TICKET)):
            length = len(field.value.strip())
            error = f"{length:,} characters are too long. Shorten the text to {most:,}."
            field.message.show_error(error) if field in too_long else field.message.clear()
        message, typed = self.name_field.message, self.name_field.value
        if self._plan is None:
            message.clear()
        elif typed == (wanted := self._wanted_name(self._plan)):
            message.show(f"this is the {self.named}", tone=Tone.GOOD)
        else:
            message.show(describe_difference(typed, wanted, self.named), tone=Tone.WARNING, word="open")
        self._notify()


class ConfirmForm(ConfirmationForm[Plan]):
    """Asks for the name of the target of a restore."""

    explanation = "This step changes the target. The request is sent once."

    def _wanted_name(self, plan: Plan) -> str:
        return plan.target_name

    def _describe_action(self, plan: Plan) -> str:
        return f"Restore metadata of {clean_line(plan.source_name)} to {clean_line(plan.target_name)}"


def describe_difference(typed: str, wanted: str, named: str) -> str:
    """Describe how the typed name differs; differences that are easily overlooked are named."""
    shown = clean_line(wanted)
    if not typed:
        return f"Type: {shown}"
    if typed.strip() == wanted:
        return f"Not yet {shown}: remove the space before or after the name."
    if typed.strip().casefold() == wanted.casefold():
        return f"Not yet {shown}: upper and lower case differ."
    return f"Not the {named}'s name, which is {shown}"
