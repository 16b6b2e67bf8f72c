"""Ask for a new token when the service no longer accepts the old one; say what to do about other credentials."""

from __future__ import annotations

from collections.abc import Callable

from ddmkit.display.html import tag
from ddmkit.display.status import Tone
from ddmkit.errors import DDMKitError
from ddmkit.forms.widgets import style
from ddmkit.forms.widgets.background import FORM_LOCK
from ddmkit.forms.widgets.downloads import how_to_run_again
from ddmkit.forms.widgets.fields import Message, SecretField
from ddmkit.kit import Kit

__all__ = ["TokenPanel"]

_ASK = (
    "The service no longer accepts the token. Get a new token for the same project and paste it here. What you filled in is "
    "kept, and the current step continues. A job that runs in the cloud is not affected."
)
_OTHER = (
    "The service does not accept the credentials ({source}). Set valid credentials there, then {again}. A job that runs in "
    "the cloud is not affected; the new form offers to watch it."
)


class TokenPanel:
    """The panel shown while the service refuses the credentials; ``on_renewed`` is called after a new token was set."""

    def __init__(self, kit: Kit, on_renewed: Callable[[], None]) -> None:
        self._kit = kit
        self._on_renewed = on_renewed
        self._was_set = False
        self._secret = SecretField(
            "New token",
            "Paste the token; the field is cleared at once, and the token is kept in memory only",
            self._on_token,
            "ddmkit-token",
            placeholder="paste, then press the button",
        )
        self.field = self._secret.input
        self.take = style.button("Use this token", "Continue with the token in the field", "ddmkit-take-token")
        self.message = Message("ddmkit-token-message")
        self._words = style.html("ddmkit-token-words")
        self._ask = style.column(self._secret.widget, self.take)
        self.widget = style.column(self._words, self._ask, self.message.widget, css="ddmkit-rows ddmkit-token-panel")
        self.take.on_click(lambda _button: self._on_click())
        style.hide(self.widget)

    def draw(self) -> None:
        """Show the panel while the service refuses the credentials."""
        refused = self._kit.is_refused and not self._kit.closing.has_begun
        if refused:
            other = _OTHER.format(source=self._kit.settings.credential_source, again=how_to_run_again())
            self._words.value = tag("div", _ASK if self._kit.can_renew_token else other, self._describe_simulator())
            style.show(self._ask, self._kit.can_renew_token)
        style.show(self.widget, refused)

    def _describe_simulator(self) -> str:
        return " On the simulator, kit.scenario.token is the token that it accepts now." if self._kit.simulator else ""

    def _on_token(self, token: str) -> None:
        with FORM_LOCK:
            try:
                self._kit.renew_token(token.strip())
            except DDMKitError as error:
                self.message.show_error(error)
                return
            self._was_set = True
            self.message.show("A new token is in use.", tone=Tone.GOOD)
        self._on_renewed()

    def _on_click(self) -> None:
        """Complain if nothing was typed; leaving the field has already set the token."""
        if not self._was_set:
            self.message.show_error("Paste the token into the field first.")
        self._was_set = False
