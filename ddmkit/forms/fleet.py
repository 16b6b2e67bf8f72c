"""A fleet on one page: the table, the checks of every row, one approval, and what goes on, until every row has its end."""

from __future__ import annotations

from collections.abc import Sequence

from ddmkit.display.html import Fragment, join
from ddmkit.display.status import Tone
from ddmkit.errors import DDMKitError, InputError
from ddmkit.fleet.table import FleetTable
from ddmkit.forms.logic.summary import describe_facts
from ddmkit.forms.steps.fleet.approve import FleetApproval, FleetReview
from ddmkit.forms.steps.fleet.load import FleetLoad
from ddmkit.forms.steps.fleet.watch import REDRAW_S, FleetWatch
from ddmkit.forms.widgets import style
from ddmkit.forms.widgets.background import FORM_LOCK, Worker
from ddmkit.forms.widgets.base import Form
from ddmkit.forms.widgets.panels.resume import ResumeOffer
from ddmkit.handles.fleet.plan import Fleet
from ddmkit.handles.fleet.run import FleetRun
from ddmkit.inputs import read_text
from ddmkit.kit import Kit

__all__ = ["FleetForm"]


class FleetForm(Form):
    """Plans, approves and watches a fleet; ``value`` is its run once it was submitted.

    ``load``, ``review``, ``approval`` and ``watch`` are its four parts. The form sends nothing before a person has typed the
    count and pressed the button. Then it works here, in the background.

    Args:
        kit: The kit to read and restore with.
        table: A DataFrame, the path of a CSV file, or mappings; as in ``kit.plan_fleet``.
        cap: How many rows may be in flight at once.
        waves: The sizes of the waves; ``rest`` may stand last.
        stop_after: How many bad rows pause the fleet.
        gate: Which waves a person opens: ``wave``, ``first`` or ``none``.
        time_zone: The zone of times without an offset.
        purpose: Why it is done, for the record.
        ticket: The ticket of the incident, for the record.
        fleet: The id of a fleet that was submitted before, to go on with it.
        poll_s: Seconds between two drawings of the rows.
    """

    title = "Fleet"

    def __init__(
        self,
        kit: Kit,
        table: FleetTable | None = None,
        *,
        cap: int = 8,
        waves: Sequence[int | str] = (1, 5, "rest"),
        stop_after: int = 3,
        gate: str = "wave",
        time_zone: str | None = None,
        purpose: str = "",
        ticket: str = "",
        fleet: str = "",
        poll_s: float = REDRAW_S,
    ) -> None:
        self._worker = Worker("ddmkit-fleet-plan")
        super().__init__(run=self._worker.start)
        self._kit, self._zone = kit, time_zone
        self.plan: Fleet | None = None
        settings = {"cap": cap, "waves": waves, "stop_after": stop_after, "gate": gate}
        facts = kit.scenario if kit.simulator is not None else None
        example = getattr(facts, "rows", ()) or ()
        self.load = FleetLoad(self.start_checking, table=table, settings=settings, example=example)
        self.review = FleetReview(self._on_accept)
        self.approval = FleetApproval(
            self._start_submitting, purpose=read_text(purpose, "purpose"), ticket=read_text(ticket, "ticket")
        )
        self.watch = FleetWatch(self._notify, poll_s=poll_s)
        self.offer = ResumeOffer(kit, self.resume, kit.open_fleets)
        self.another = style.button("Plan another fleet", "Go back to the table; this fleet goes on", "ddmkit-fleet-another")
        self.another.on_click(lambda _button: self.start_another())
        title = style.html(
            value=style.heading("Fleet", "Many restores as one table: in waves, under a cap, stopped exactly.")
        )
        parts = (self.offer.widget, self.load.widget, self.review.widget, self.approval.widget, self.watch.widget)
        self._lay_out(title, *parts, self.another, css="ddmkit-restore ddmkit-fleet")
        kit.closing.register(self)
        self._show_parts()
        if fleet:
            self.resume(fleet)

    @property
    def value(self) -> FleetRun | None:
        """The run of the fleet, once it was submitted."""
        return self.watch.run

    def check(self) -> Fleet | None:
        """Check every row now; return the plan, or ``None`` when there can be none: the form says why."""
        self.plan = None
        self._show_parts()
        self.load.message.show("Every row is checked ...", tone=Tone.BUSY)
        try:
            plan = self._kit.plan_fleet(self.load.table(), time_zone=self._zone, **self.load.settings())
        except DDMKitError as error:
            self.load.message.show_error(error)
        else:
            with FORM_LOCK:
                self.load.message.clear()
                self.plan = plan
                self.review.set_plan(plan)
                self.approval.set_plan(plan, self._kit.operator)
                self.approval.draw(self.review.open_warnings)
        self._show_parts()
        self._notify()
        return self.plan

    def start_checking(self) -> None:
        """Check every row in the background; while that goes on, another press does nothing.

        The button stays enabled: a disabled one would lose the focus, and with it the place of a person with a keyboard.
        """
        if not self._worker.is_busy:
            self._run(self._check)

    def submit(self) -> FleetRun | None:
        """Record the approval as it stands in the form, and begin to work; the form says what is missing."""
        try:
            if self.plan is None:
                raise InputError("there is no plan yet.", field="fleet", fix="Check every row first.")
            run = self._kit.submit_fleet(
                self.plan,
                confirm=self.approval.count.value,
                accept=self.review.accepted,
                purpose=self.approval.purpose.value.strip(),
                ticket=self.approval.ticket.value.strip(),
            )
        except DDMKitError as error:
            self.approval.message.show(error, tone=Tone.BAD, word="not submitted")
            self.approval.draw(self.review.open_warnings)
            return None
        self._attach(run)
        self.watch.start_working()
        return run

    def resume(self, fleet_id: str) -> None:
        """Show a fleet that was submitted before; nothing is sent until a person works on it here."""
        with self.message.showing_errors():
            self._attach(self._kit.resume_fleet(fleet_id))

    def start_another(self) -> None:
        """Go back to the table; the fleet that is shown goes on, and the form offers it."""
        if self.watch.is_working:
            self.message.show("Workers of this page are at work. Pause the fleet first.", tone=Tone.WARNING)
            return
        self.watch.detach()
        self.plan = None
        self.offer.refresh()
        self._show_parts()
        self._focus_on("ddmkit-fleet-load")
        self._notify()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until no background work is left; return whether that is so."""
        return self._worker.wait(timeout_s) and self.watch.wait(timeout_s)

    def stop(self) -> None:
        """Request the end of background work; does not block. What the workers had is taken over by others."""
        self._worker.close()
        self.watch.stop()

    def close(self) -> None:
        """Stop working and close the widgets; a new form offers to go on with the fleet."""
        self.stop()
        super().close()

    def summary(self) -> Fragment:
        """Return the plan or the progress as static HTML and text."""
        shown = None if self.plan is None else self.plan.show()
        if self.value is not None:
            try:
                shown = self.value.show()
            except DDMKitError:
                shown = None
        facts = describe_facts(self.title, [("State", self.watch.state or ("checked" if self.plan else "no table checked"))])
        return facts if shown is None else Fragment(join([facts.html, shown.html]), f"{facts.text}\n\n{shown.text}")

    def _attach(self, run: FleetRun) -> None:
        with FORM_LOCK:
            self.watch.attach(run)
            self._show_parts()
            self._focus_on("ddmkit-fleet-watch")
        self._notify()

    def _check(self) -> None:
        self.check()

    def _submit(self) -> None:
        self.submit()

    def _start_submitting(self) -> None:
        if self._worker.is_busy:
            return
        self.approval.message.show("The approval is recorded ...", tone=Tone.BUSY)
        self._run(self._submit)

    def _on_accept(self) -> None:
        self.approval.draw(self.review.open_warnings)

    def _show_parts(self) -> None:
        with FORM_LOCK:
            has_run = self.value is not None
            style.show(self.offer.widget, bool(self.offer.record_ids) and not has_run)
            style.show(self.load.widget, not has_run)
            style.show(self.review.widget, self.plan is not None and not has_run)
            style.show(self.approval.widget, self.plan is not None and not has_run)
            style.show(self.watch.widget, has_run)
            style.show(self.another, has_run)
