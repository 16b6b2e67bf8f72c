"""The last step of a whole recovery: the new address, what was verified, offers, and giving up what was created."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ddmkit.display.html import Fragment, Html, clean_line, join, tag
from ddmkit.display.records import show_verification
from ddmkit.display.status import describe_status, tone_of_run
from ddmkit.errors import DDMKitError, JobTimeoutError
from ddmkit.forms.logic.summary import describe_facts
from ddmkit.forms.steps.results import RecordFiles
from ddmkit.forms.widgets import style
from ddmkit.forms.widgets.background import FORM_LOCK, Runner, run_at_once
from ddmkit.forms.widgets.base import Form
from ddmkit.forms.widgets.panels.giving_up import GivingUpPanel
from ddmkit.forms.widgets.panels.offer import OfferPanel
from ddmkit.forms.widgets.panels.what_next import WhatNext, describe_next
from ddmkit.handles.record import Record
from ddmkit.handles.recovery.run import RecoveryRun
from ddmkit.kit import Kit
from ddmkit.recovery.abandon import why_not_abandoned
from ddmkit.recovery.offers import Offer
from ddmkit.recovery.run.drive import offers_of
from ddmkit.recovery.run.view import RecoveryView
from ddmkit.recovery.steps import RESTORE
from ddmkit.restore.post_check import Verification

__all__ = ["HandOverForm"]

_FOLLOW_S = 600.0
_NEXT = {
    "completed": "Point the applications to the new address. The source is as it was.",
    "abandoned": "What the list named was deleted. The source is as it was.",
}
_NOT_READY = "The recovery is not complete: the step Watch says what is needed. You can also give it up here."


class HandOverForm(Form):
    """Shows what came of a recovery, and what can be done then; ``value`` is its record."""

    title = "Hand over"

    def __init__(self, kit: Kit, *, run: Runner = run_at_once, poll_s: float = 10.0) -> None:
        super().__init__(run=run)
        self._kit = kit
        self._poll_s = poll_s
        self._record: Record | None = None
        self._shown = Fragment(Html(""), "")
        self.offers: tuple[OfferPanel, ...] = ()
        self.details = style.html("ddmkit-results")
        self.files = RecordFiles()
        self.what_next = WhatNext()
        self._offered = style.column(css="ddmkit-offers")
        self.giving_up = GivingUpPanel(
            lambda: self._in_background(self.list_created), lambda: self._in_background(self.abandon)
        )
        words = "Does the target hold what was expected, and where do the applications connect to?"
        self._lay_out(
            style.html(value=style.heading("Hand over", words)),
            self.details,
            self.files.widget,
            self.what_next.widget,
            self._offered,
            self.giving_up.widget,
        )

    @property
    def value(self) -> Record | None:
        """The record of the recovery."""
        return self._record

    def show_record(self, record: Record) -> None:
        """Show what came of a recovery, by its record."""
        with FORM_LOCK:
            is_new = self._record is None or self._record.id != record.id
            self._record = self.files.record = record
            self._shown = described = _describe(record)
            self.details.value = described.html
            ended = record.run if record.state == "completed" else None  # before that the step Watch says what to do
            self.what_next.show(ended)
            if ended is not None:
                more = describe_next(ended)
                self._shown = Fragment(join([described.html, more.html]), f"{described.text}\n\n{more.text}")
            view = RecoveryView(record.run)
            self._draw_offers(offers_of(view), record)
            plan = view.plan
            self.giving_up.explain(
                why_not_abandoned(view.state_of(RESTORE), throwaway=plan.throwaway, source_name=plan.source_name)
            )
            style.show(self.giving_up.widget, record.state != "abandoned")
            if is_new:
                self.giving_up.show(None)
        self._refresh_summary()

    def forget(self) -> None:
        """Remove everything from the page."""
        self._record = self.files.record = None
        self._shown = Fragment(Html(""), "")
        self.details.value = ""
        self.what_next.show(None)
        style.fill(self._offered, ())
        self.offers = ()
        self.giving_up.show(None)
        self.files.clear()
        self.message.clear()

    def summary(self) -> Fragment:
        """Return what came of the recovery, as static HTML and text."""
        return self._shown if self._record is not None else describe_facts(self.title, [("Results", "none yet")])

    def list_created(self) -> None:
        """Read what the recovery created, and show the list; an error is shown."""
        self.giving_up.attempt(lambda: self.giving_up.show(self._kit.plan_abandon(self._record_id)))

    def abandon(self) -> None:
        """Delete what the list says, as the field confirms it; an error is shown."""
        todo = self.giving_up.todo

        def delete() -> None:
            if todo is not None:
                self._use(self._kit.abandon(todo, confirm=self.giving_up.count_field.value))

        self.giving_up.attempt(delete)

    def carry_out(self, panel: OfferPanel) -> None:
        """Send the request of an offer, as its panel confirms it; an error is shown there."""

        def send() -> None:
            run = self._kit.follow_up(
                self._record_id,
                panel.offer.id,
                confirm=panel.name_field.value,
                account=panel.account_field.value.strip(),
                password=panel.take_password(),
            )
            try:
                run.wait(timeout_s=_FOLLOW_S, poll_s=self._poll_s, say=None)
            except JobTimeoutError:
                self.message.show("The change goes on in the cloud; the step Watch shows how it stands.")
            self._use(run)

        panel.attempt(send)

    @property
    def _record_id(self) -> str:
        return self._record.id if self._record is not None else ""

    def _use(self, run: RecoveryRun) -> None:
        self.show_record(run.refresh().record)
        self._notify()

    def _in_background(self, work: Callable[[], None]) -> None:
        self._run(work)

    def _draw_offers(self, offers: tuple[Offer, ...], record: Record) -> None:
        """Show the offers; one that is shown already keeps what was typed."""
        known = {panel.offer.id: panel for panel in self.offers}
        name = record.header.source_name
        self.offers = tuple(
            known.get(offer.id) or OfferPanel(offer, name, lambda panel: self._run(lambda: self.carry_out(panel)))
            for offer in offers
        )
        title = style.html(value=tag("b", "What you can do now; nothing of this is done unasked"))
        style.fill(self._offered, [title, *(panel.widget for panel in self.offers)] if self.offers else [])


def _describe(record: Record) -> Fragment:
    """Return the outcome, the address, the sessions that are left on the source, and what was found on the target."""
    header, found = record.header, record.last("verified")
    data: dict[str, Any] = dict(found.data) if found is not None else {}
    verification = _verification_of(data)
    address = verification.address if verification is not None else ""
    facts = [
        ("SOURCE → TARGET", f"{header.source_name} → {header.target_name}"),
        ("Outcome", describe_status(record.state, tone_of_run(record.state))),
        ("Applications use", address),
        ("Still on the source", _describe_sessions(data)),
        ("Next step", _NEXT.get(record.state, _NOT_READY)),
        ("Record", record.id),
    ]
    shown = describe_facts("Result", facts)
    if verification is None:
        return shown
    listed = show_verification(
        [one.model_dump() for one in verification.findings], passed=verification.passed, address=address
    )
    return Fragment(join([shown.html, listed.html]), f"{shown.text}\n\n{listed.text}")


def _verification_of(data: dict[str, Any]) -> Verification | None:
    try:
        return Verification.model_validate({name: data[name] for name in Verification.model_fields}) if data else None
    except (KeyError, ValueError, DDMKitError):
        return None


def _describe_sessions(data: dict[str, Any]) -> str:
    """Describe how many sessions each account had on the source when the target was read back."""
    if data.get("sessions_problem"):
        return clean_line(f"not read: {data['sessions_problem']}")
    listed = data.get("sessions")
    if not isinstance(listed, list):
        return ""
    told = [f"{one.get('account')}: {one.get('sessions')} sessions" for one in listed if isinstance(one, dict)]
    return clean_line("; ".join(told)) if told else "no sessions"
