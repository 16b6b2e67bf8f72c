"""The panel that asks a person for what a recovery waits for: an acceptance, a password, a confirmation."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets as widgets
from pydantic import SecretStr

from ddmkit.display.html import clean_line, tag
from ddmkit.errors import InputError
from ddmkit.forms.logic.recovery_needs import Need, NeedKind
from ddmkit.forms.widgets import style
from ddmkit.forms.widgets.fields import Message, TextField, tick
from ddmkit.forms.widgets.node_password import NodePasswordField
from ddmkit.restore.checks.result import CheckResult

__all__ = ["DecisionPanel"]

_GIVE_UP = (
    "This step is not sent again. Plan the recovery anew; the step Hand over lists what was created, and deletes it after a "
    "confirmation of its own."
)


class DecisionPanel:
    """Shows one need. ``decide`` is called with it when its button is pressed and everything is filled in."""

    def __init__(self, decide: Callable[[Need], None], describe: Callable[[CheckResult], str]) -> None:
        self._decide = decide
        self._describe = describe
        self._need: Need | None = None
        self.words = style.html("ddmkit-need")
        self.ticks = style.column(css="ddmkit-warnings ddmkit-rows")
        self.name_field = TextField(
            "Name of the source", "Type the name of the source exactly", self._ignore, "ddmkit-decide-name"
        )
        self.password = NodePasswordField(self._nothing)
        self.button = style.button("Go on", "Do this, and go on", "ddmkit-decide ddmkit-primary")
        self.button.on_click(self._on_click)
        self.message = Message("ddmkit-decide-message")
        self.widget = style.column(
            self.words,
            self.ticks,
            self.name_field.widget,
            self.password.widget,
            self.button,
            self.message.widget,
            css="ddmkit-undecided ddmkit-rows",
        )
        self.show(None)

    @property
    def accepted(self) -> tuple[str, ...]:
        """The ids of the ticked warnings."""
        warnings = self._need.warnings if self._need is not None else ()
        return tuple(check.id for check, box in zip(warnings, self.ticks.children, strict=False) if box.value)

    @property
    def given_password(self) -> SecretStr | None:
        """The password that was typed."""
        return self.password.get()

    def show(self, need: Need | None) -> None:
        """Show what is needed, or nothing; an equal need keeps what was typed."""
        if need != self._need:
            self._fill_in(need)
        style.show(self.widget, need is not None)  # last: until then the panel may hold the words of an earlier need

    def _fill_in(self, need: Need | None) -> None:
        self._need = need
        self.message.clear()
        self.name_field.value = ""
        self.password.drop()
        style.fill(self.ticks, [self._tick(check) for check in need.warnings] if need is not None else [])
        if need is None:
            return
        more = _GIVE_UP if need.kind is NeedKind.GIVE_UP else ""
        reason = "" if need.warnings else need.reason  # each warning says the same with its box
        self.words.value = tag(
            "div", tag("b", clean_line(f"A person is needed. {need.title}")), tag("div", reason), tag("div", more)
        )
        style.show(self.name_field.widget, need.asks_name)
        style.show(self.password.widget, need.asks_password)
        style.show(self.button, bool(need.button))
        self.button.description = need.button

    def attempt(self, work: Callable[[], None]) -> None:
        """Do what was decided, and show its error here."""
        try:
            with self.message.showing_errors():
                work()
        finally:
            self.password.drop()
            self.enable()

    def enable(self) -> None:
        """Enable the button."""
        self.button.disabled = False

    def _tick(self, check: CheckResult) -> widgets.Checkbox:
        return tick(self._describe(check), f"Accept the warning {check.id}", "ddmkit-accept", self._nothing)

    def _on_click(self, button: widgets.Button) -> None:
        need = self._need
        if need is None:
            return
        try:
            self._require_filled_in(need)
        except InputError as error:
            self.message.show_error(error)
            return
        button.disabled = True
        self._decide(need)

    def _require_filled_in(self, need: Need) -> None:
        if need.warnings and len(self.accepted) < len(need.warnings):
            raise InputError("are not all ticked.", field="Warnings", fix="Tick each one after you have verified it.")
        if need.asks_name and not self.name_field.value:
            raise InputError("is empty.", field="Name of the source", fix="Type it exactly.")
        if need.kind is NeedKind.PASSWORD and not self.password.is_given:
            raise InputError("is missing.", field="Node password", fix="Type it; it is kept in memory only.")

    def _ignore(self, _text: str) -> None:
        """Do nothing: typing alone has no effect."""

    def _nothing(self) -> None:
        """Do nothing: ticking alone has no effect."""
