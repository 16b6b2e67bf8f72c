"""The form in which a person confirms a whole recovery: source, digest, number of new instances, node password."""

from __future__ import annotations

from collections.abc import Sequence

import ipywidgets as widgets

from ddmkit.display.html import clean_line
from ddmkit.display.status import Tone
from ddmkit.forms.steps.confirm import ConfirmationForm
from ddmkit.forms.widgets import style
from ddmkit.forms.widgets.fields import TextField
from ddmkit.forms.widgets.node_password import NodePasswordField
from ddmkit.handles.recovery.plan import Recovery

__all__ = ["DIGEST_CHARACTERS", "RecoveryConfirmForm", "needs_password"]

DIGEST_CHARACTERS = 6
"""How many characters of the digest a person types at least."""


class RecoveryConfirmForm(ConfirmationForm[Recovery]):
    """Asks for the name of the source, the beginning of the digest, the number of new instances, and the node password."""

    named = "source"
    explanation = "This step creates and bills new instances. Every request is sent once."

    def _more_fields(self) -> Sequence[widgets.Widget]:
        self.digest_field = TextField(
            "Digest of the plan",
            f"The first {DIGEST_CHARACTERS} characters or more of the digest above",
            self._on_input,
            "ddmkit-digest",
            is_live=True,
        )
        self.count_field = TextField(
            "New instances",
            "How many new instances are created and billed",
            self._on_input,
            "ddmkit-new-count",
            is_live=True,
        )
        self.password = NodePasswordField(self._check_input)
        return self.digest_field.widget, self.count_field.widget, self.password.widget

    def _wanted_name(self, plan: Recovery) -> str:
        return plan.source_name

    def _describe_action(self, plan: Recovery) -> str:
        return f"Recover {clean_line(plan.source_name)}: create {plan.new_instances} new, then restore the metadata"

    def _is_complete(self, plan: Recovery) -> bool:
        return self._has_digest(plan) and self._has_count(plan) and (self.password.is_given or not needs_password(plan))

    def _has_digest(self, plan: Recovery) -> bool:
        typed = self.digest_field.value.strip()
        return len(typed) >= DIGEST_CHARACTERS and plan.digest.startswith(typed)

    def _has_count(self, plan: Recovery) -> bool:
        return self.count_field.value.strip() == str(plan.new_instances)

    def _clear(self) -> None:
        super()._clear()
        self.digest_field.value = self.count_field.value = ""
        self.password.drop()

    def _check_input(self) -> None:
        plan = self._plan
        if plan is not None:
            style.show(self.password.widget, needs_password(plan))
            wanted = f"Type the first {DIGEST_CHARACTERS} characters or more of {plan.digest}."
            _say(self.digest_field, wanted, is_right=self._has_digest(plan))
            _say(self.count_field, "Type how many instances are new.", is_right=self._has_count(plan))
        super()._check_input()


def needs_password(plan: Recovery) -> bool:
    """Return whether a node is recovered, which needs a password."""
    return any(node.action == "recover" for node in plan.nodes)


def _say(field: TextField, words: str, *, is_right: bool) -> None:
    if is_right:
        field.message.show("as in the plan", tone=Tone.GOOD)
    else:
        field.message.show(words, tone=Tone.WARNING, word="open")
