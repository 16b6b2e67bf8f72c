"""Ask for the password of new data nodes: the field is emptied at once, and no widget keeps the password."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import SecretStr

from ddmkit.display.status import Tone
from ddmkit.errors import InputError
from ddmkit.forms.widgets.fields import SecretField
from ddmkit.recovery_models.requests import require_node_password

__all__ = ["NodePasswordField"]

_TOOLTIP = "One password for all new nodes; the field is emptied at once, and the password is kept in memory only"


class NodePasswordField(SecretField):
    """Asks for the password of the new nodes; it is held in memory until ``drop``, never in a widget."""

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._held: SecretStr | None = None
        self._tell = on_change
        super().__init__("Node password", _TOOLTIP, self._take, "ddmkit-node-password")
        self.ask()
        self.input.placeholder = "8 to 32 characters; the field is emptied at once"

    @property
    def is_given(self) -> bool:
        """Whether a password that the service allows was typed."""
        return self._held is not None

    def get(self) -> SecretStr | None:
        """Return the password; ``None`` when none was typed."""
        return self._held

    def drop(self) -> None:
        """Forget the password."""
        self._held = None
        self.ask()

    def ask(self) -> None:
        """Say what is needed, unless a password is held."""
        if self._held is None:
            self.message.show("Type one password for all new nodes.", tone=Tone.WARNING, word="open")

    def _take(self, text: str) -> None:
        secret = SecretStr(text)
        try:
            require_node_password(secret)
        except InputError as error:
            self._held = None
            self.message.show_error(f"{error.problem} {error.fix}")
        else:
            self._held = secret
            self.message.show("held in memory until the nodes are requested; the field is empty again", tone=Tone.GOOD)
        self._tell()
