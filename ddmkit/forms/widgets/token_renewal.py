"""Asks for a new token when the service no longer accepts the old one, and says what to do with other credentials."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets
from traitlets import Unicode

from ddmkit.display.html import tag
from ddmkit.display.status import Tone
from ddmkit.errors import DDMKitError
from ddmkit.forms.widgets import style as look
from ddmkit.forms.widgets.background import FORM_LOCK
from ddmkit.forms.widgets.fields import Message

__all__ = ["TokenPanel"]

_ASK = (
    "The service no longer accepts the token. Obtain a new one for the same project, and paste it here; what you filled in "
    "stays, and the step on the page continues. A job in the cloud goes on meanwhile."
)
_OTHER = (
    "The service does not accept the credentials ({source}). Set valid ones there, restart the kernel and run this page "
    "again (in the app: load it again). A job in the cloud goes on; the new form offers to continue watching it."
)


class _SecretField(widgets.Password):  # type: ignore[misc]  # ipywidgets has no types
    """A password field whose value is never sent back to the page, and is sent here only when typing has ended."""

    value = Unicode("").tag(sync=True, echo_update=False)


class TokenPanel:
    """Stands on the page while the credentials are refused; ``renewed`` is called after a new token was taken."""

    def __init__(self, kit: Any, renewed: Callable[[], None]) -> None:
        self._kit = kit
        self._renewed = renewed
        self._took = False
        self.field = _SecretField(
            description="New token",
            tooltip="Paste the token; the field is emptied at once and the token is kept in memory only",
            placeholder="paste, then press the button",
            continuous_update=False,
            style={"description_width": "11em"},
            layout=widgets.Layout(width="min(100%, 46em)"),
        )
        self.field.add_class("ddmkit-token")
        self.take = look.button("Use this token", "Continue with the token in the field", "ddmkit-take-token")
        self.message = Message("ddmkit-token-message")
        self._words = look.html("ddmkit-token-words")
        self._ask = look.column(self.field, self.take)
        self.widget = look.column(self._words, self._ask, self.message.widget, css="ddmkit-rows ddmkit-token-panel")
        self.field.observe(self._hear, names="value")
        self.take.on_click(lambda _button: self._press())
        look.hide(self.widget)

    def draw(self) -> None:
        """Show the panel while the service refuses the credentials."""
        refused = self._kit.is_refused and not self._kit.closing.has_begun
        if refused:
            other = _OTHER.format(source=self._kit.settings.credential_source)
            self._words.value = tag("div", _ASK if self._kit.can_renew_token else other, self._describe_simulator())
            look.show(self._ask, self._kit.can_renew_token)
        look.show(self.widget, refused)

    def _describe_simulator(self) -> str:
        return " On the simulator, kit.scenario.token is the one that it accepts now." if self._kit.simulator else ""

    def _hear(self, change: Any) -> None:
        token = str(change["new"])
        if not token:
            return
        with FORM_LOCK:
            self.field.value = ""  # before anything else: nothing that is saved may hold it
            try:
                self._kit.renew_token(token.strip())
            except DDMKitError as error:
                self.message.refuse(error)
                return
            self._took = True
            self.message.say("A new token is in use.", tone=Tone.GOOD)
        self._renewed()

    def _press(self) -> None:
        """Leaving the field has handed the token over already; a press with nothing typed says so."""
        if not self._took:
            self.message.refuse("Paste the token into the field first.")
        self._took = False
