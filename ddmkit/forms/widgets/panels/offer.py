"""One offer after a recovery, with its exact request and a confirmation of its own."""

from __future__ import annotations

import json
from collections.abc import Callable

import ipywidgets as widgets
from pydantic import SecretStr

from ddmkit.display.html import clean_line, tag, text_block
from ddmkit.display.status import Tone
from ddmkit.forms.widgets import style
from ddmkit.forms.widgets.fields import Message, SecretField, TextField
from ddmkit.recovery.offers import ADMINISTRATOR, Offer

__all__ = ["OfferPanel"]


class OfferPanel:
    """Shows an offer; ``carry_out`` is called with this panel when its button is pressed.

    ``source_name`` is what a person types to confirm.
    """

    def __init__(self, offer: Offer, source_name: str, carry_out: Callable[[OfferPanel], None]) -> None:
        self.offer = offer
        self._wanted = source_name
        self._carry_out = carry_out
        self._held: SecretStr | None = None
        title, request = clean_line(offer.title), offer.request
        self.account_field = TextField(
            "Name of the account", "The name of the new administrator account", self._ignore, "ddmkit-offer-account"
        )
        self.password = SecretField(
            "Its password",
            "The password of the new account; the field is emptied at once",
            self._take,
            "ddmkit-offer-password",
            placeholder="the field is emptied at once",
        )
        self.name_field = TextField(
            "Name of the source",
            f"Type {clean_line(source_name)} exactly, to confirm: {title}",
            self._check_name,
            "ddmkit-offer-name",
            placeholder=f"type {clean_line(source_name)}",
            is_live=True,
        )
        self.button = style.button(title, f"{title}: sends one request", f"ddmkit-offer-{offer.id} ddmkit-danger")
        self.button.disabled = True
        self.button.on_click(self._on_click)
        self.message = Message("ddmkit-offer-message")
        body = json.dumps(request.get("body"), indent=1)
        shown = tag(
            "details",
            tag("summary", f"{request['service']} {request['method']} {request['path']}"),
            text_block(body),
        )
        needs_account = offer.id == ADMINISTRATOR
        self.widget = style.column(
            style.html(value=tag("div", tag("b", title), tag("div", offer.note), shown)),
            *([self.account_field.widget, self.password.widget] if needs_account else []),
            self.name_field.widget,
            self.button,
            self.message.widget,
            css="ddmkit-rows ddmkit-offer",
        )

    def take_password(self) -> SecretStr | None:
        """Return the password that was typed, and forget it."""
        held, self._held = self._held, None
        return held

    def attempt(self, work: Callable[[], None]) -> None:
        """Do the work, and show its error here."""
        try:
            with self.message.showing_errors():
                work()
        finally:
            self._held = None
            self._check_name(self.name_field.value)

    def _take(self, text: str) -> None:
        self._held = SecretStr(text)
        self.password.message.show("held in memory until you press the button; the field is empty again", tone=Tone.GOOD)

    def _on_click(self, button: widgets.Button) -> None:
        if self.offer.id == ADMINISTRATOR and not (self.account_field.value.strip() and self._held):
            self.message.show_error("Type the name of the new account and its password first.")
            return
        button.disabled = True
        self.message.show("Sending the request ...", tone=Tone.BUSY)
        self._carry_out(self)

    def _check_name(self, typed: str) -> None:
        is_right = typed == self._wanted
        self.button.disabled = not is_right
        if is_right:
            self.name_field.message.show("this is the source", tone=Tone.GOOD)
        elif typed:
            self.name_field.message.show(f"Type: {self._wanted}", tone=Tone.WARNING, word="open")
        else:
            self.name_field.message.clear()

    def _ignore(self, _text: str) -> None:
        """Do nothing: typing alone has no effect."""
