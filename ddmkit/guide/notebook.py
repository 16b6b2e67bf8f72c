"""One restore as a notebook page walks through it: open, look, check, plan, submit when a person says so, follow, results.

A page holds parameters; empty ones are filled in from the scenario on the simulator and asked for on a cloud. Running every
cell submits nothing: that takes the target's name and the digest of the plan just shown, typed by a person.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ddmkit.config.endpoints import REGIONS, require_known_endpoint
from ddmkit.display.checks import checks_table
from ddmkit.display.html import Fragment
from ddmkit.display.rows import Rows
from ddmkit.errors import InputError, JobFailedError
from ddmkit.factory import connect, demo
from ddmkit.guide.comparison import compare_points, default_points, plan_point, show_plans
from ddmkit.guide.confirmation import REACHED, describe_not_ready, describe_stopped, may_submit, word_missing
from ddmkit.guide.layout import ask_for, describe_lines, headed, near, stack
from ddmkit.guide.overview import describe_scenario, look_at_source, show_targets, show_topology, show_where
from ddmkit.guide.parameters import (
    PageParameters,
    read_count,
    read_list,
    read_parameters,
    read_point,
    read_text,
    write_parameters,
)
from ddmkit.guide.results import export_files, find_record, list_restores, read_jobs, show_jobs_chart, show_target_state
from ddmkit.handles.job import RestoreJob
from ddmkit.handles.plan import Plan
from ddmkit.handles.record import Record
from ddmkit.handles.records import RecordRow
from ddmkit.inputs import read_incident
from ddmkit.kit import Kit
from ddmkit.models import Backup, Instance, Job, RestorableRange

if TYPE_CHECKING:
    import altair as alt

    from ddmkit.forms import RestoreForm

__all__ = ["Guide", "open_guide"]

_MOST_DAYS = 30  # the service lists no older jobs


@dataclass
class Guide:
    """The page's thread: each method is one cell, and shows itself.

    ``asked`` is what the parameters say themselves, ``wishes`` the same with the scenario's values where they say nothing.
    """

    kit: Kit
    wishes: PageParameters
    asked: PageParameters = field(default_factory=PageParameters)
    made: Plan | None = field(default=None, repr=False)
    handed_over: Plan | None = field(default=None, repr=False)
    started: RestoreJob | None = field(default=None, repr=False)
    opened: RestoreForm | None = field(default=None, repr=False)
    listed: Rows[Job] | None = field(default=None, repr=False)
    chosen: Record | None = field(default=None, repr=False)
    service: str = "simulator"
    in_new_world: bool = False

    def where(self, *, picture: bool = True) -> Fragment:
        """Describe to which service and project this page talks, with whose credentials, and where its records are.

        On the simulator also what has happened there; with a picture, unless the page draws one of its own.
        """
        said = show_where(self.kit, self.wishes.time_zone)
        return stack(said, describe_scenario(self.kit, picture=picture)) if self.kit.simulator else said

    def form(
        self, *, confirm: str = "", digest: str = "", accept: Sequence[str] = (), purpose: str = "", ticket: str = ""
    ) -> RestoreForm:
        """Return the form of the whole restore, with what the parameters say filled in; the same one when asked again."""
        from ddmkit.forms import RestoreForm  # noqa: PLC0415  # loads ipywidgets, which only a form needs

        asked = self.asked
        if self.opened is None:
            self.opened = RestoreForm(
                self.kit,
                source=asked.source,
                backup_id=asked.backup_id,
                restore_time=asked.restore_time,
                target=asked.target,
                data_nodes=asked.data_nodes,
                time_zone=self.wishes.time_zone,
                incident=asked.incident,
                confirm=confirm,
                digest=digest,
                accept=accept,
                purpose=purpose,
                ticket=ticket,
                new_world=self._begin_world if self.kit.simulator is not None else None,
            )
        return self.opened

    def _begin_world(self, scenario: str) -> RestoreForm:
        """Make a new world and its form; the kit of the world before is closed, its file stays."""
        from ddmkit.forms import RestoreForm  # noqa: PLC0415  # loads ipywidgets, which only a form needs

        before, zone = self.kit, self.wishes.time_zone
        # The environment's world is that of the page; a new one lies in a folder of its own.
        place = Path(tempfile.mkdtemp(prefix="ddmkit-demo-")) / "world.sqlite"
        self.kit = demo(scenario, world=place, time_zone=zone, operator=before.operator)
        self.asked = PageParameters(time_zone=zone)
        self.wishes = _fill_in(self.asked, self.kit)
        self.made = self.handed_over = self.started = self.listed = self.chosen = None
        self.opened = RestoreForm(self.kit, time_zone=zone, new_world=self._begin_world)
        before.close()
        return self.opened

    # Looking -----------------------------------------------------------------------------------------------------

    def instances(self) -> Rows[Instance]:
        """Return every DDM instance of the project: source and target are among them."""
        return self.kit.instances()

    def backups(self) -> Rows[Backup] | Fragment:
        """Return every metadata backup of the source, newest first."""
        return look_at_source(self.wishes, self.kit.backups)

    def ranges(self) -> Rows[RestorableRange] | Fragment:
        """Return the ranges that a point in time may be chosen from."""
        return look_at_source(self.wishes, self.kit.restorable_ranges)

    def timeline(self) -> alt.LayerChart | Fragment:
        """Draw what the source can be restored to, with the chosen point and the incident."""
        point = self.wishes.point or None
        return look_at_source(self.wishes, lambda source: self.kit.timeline(source, point=point, incident=self.incident))

    def topology(self) -> Fragment:
        """Show what the source consists of: its schemas now, and its data nodes at the chosen point."""
        return show_topology(self.kit, self.wishes)

    def targets(self) -> Fragment:
        """Show what could be restored to: instances and data nodes, unavailable ones too, with the service's reason."""
        return show_targets(self.kit, self.wishes)

    @property
    def incident(self) -> datetime | None:
        """When it happened, as the parameters say, or else the scenario."""
        if self.wishes.incident != "":
            return read_incident(self.wishes.incident, self.wishes.time_zone, now=self.kit.now())
        return self.kit.scenario.incident if self.kit.simulator is not None else None

    # Planning ----------------------------------------------------------------------------------------------------

    def plan(self) -> Plan:
        """Check everything and make the plan; nothing is sent."""
        missing = self.wishes.missing()
        if missing:
            raise InputError(
                f"the parameters {', '.join(missing)} are empty.",
                field=missing[0],
                fix="Fill them in at the top, and run again.",
            )
        self.made = self.kit.plan(
            source=self.wishes.source,
            target=self.wishes.target,
            data_nodes=list(self.wishes.data_nodes),
            backup_id=self.wishes.backup_id or None,
            restore_time=self.wishes.restore_time or None,
            time_zone=self.wishes.time_zone,
            incident=self.incident,
        )
        return self.made

    def words(self) -> Fragment:
        """Describe the plan in plain sentences, as one would read it to a colleague."""
        return headed("The plan, read aloud:", *(self.made or self.plan()).words())

    def checks(self) -> Fragment:
        """Run every check for the parameters and show them as a table, what needs attention first."""
        missing = self.wishes.missing()
        return ask_for(*missing) if missing else checks_table(self.plan().checks)

    def conclude(self) -> Fragment:
        """End with the parameters to go on with, or with what is missing."""
        missing = self.wishes.missing()
        if missing:
            return describe_lines("Not ready: these parameters are empty.", *(f"- {name}" for name in missing))
        plan = self.made or self.plan()
        if not plan.ready:
            return describe_not_ready(plan.checks)
        lines = [self._place(), *write_parameters(self.wishes, accept=plan.warnings, digest=plan.digest)]
        return stack(
            describe_lines(
                f"Ready. Plan {plan.digest} restores {plan.source_name} to {plan.target_name}. Nothing was sent.",
                "To go on, open 02_submit_restore.ipynb and put these lines in the place of the same ones there.",
                "Delete from `accept` every warning that you have not verified. `confirm` is for you to type there.",
            ),
            describe_lines(*lines),
        )

    # Restoring ---------------------------------------------------------------------------------------------------

    def submit(
        self, *, confirm: str = "", digest: str = "", accept: Sequence[str] = (), purpose: str = "", ticket: str = ""
    ) -> RestoreJob | Fragment:
        """Submit the plan just shown if a person has said so for this very plan; else say what is missing, and stop.

        A restore of this plan that is under way already is taken up, not sent again; one that was completed is not repeated:
        whoever means that says so on the form. After ``form`` it is the form's plan, and the form's word counts.
        """
        if self.opened is not None:
            return self._submit_form(self.opened)
        for name, given in {"confirm": confirm, "digest": digest, "purpose": purpose, "ticket": ticket}.items():
            read_text(given, name)
        plan = self.made or self.plan()
        earlier = self._earlier(plan)
        missing = word_missing(plan, confirm=confirm, digest=digest, accept=read_list(accept, "accept"))
        if self.started is not None and plan is self.handed_over and not missing:
            return self.started
        if missing or not may_submit(plan, earlier):
            return describe_stopped(plan, [self._place(), *missing] if missing and self.in_new_world else missing, earlier)
        self.started = self.kit.submit(plan, confirm=confirm, accept=accept, purpose=purpose, ticket=ticket)
        self.handed_over = plan
        return self.started

    def unattended(
        self, *, confirm: str = "", digest: str = "", accept: Sequence[str] = (), purpose: str = "", ticket: str = ""
    ) -> Fragment:
        """Run the restore of the parameters without a person, from submitting to the record's file; see ``submit``.

        Does nothing, and says so, when neither ``confirm`` nor ``digest`` is given: then the form waits for a person.
        """
        if not (confirm or digest):
            return describe_lines("Not an unattended run: `confirm` and `digest` are empty. Use the form below.")
        form = self.form(confirm=confirm, digest=digest, accept=accept, purpose=purpose, ticket=ticket)
        if form.plan is not None:
            _display(form.plan.show())
        told = self._submit_form(form)
        if isinstance(told, Fragment):
            return told
        _display(self.follow())
        _display(self.results())
        return self.save_record()

    def follow(self, timeout_s: float = 3600, poll_s: float | None = None) -> RestoreJob | Fragment:
        """Wait for the job that was started; a failed one is shown with its reason, not raised.

        Asks every ``poll_s`` seconds; when left out every 10, and each second on the simulator.
        """
        if self.started is None and self.opened is not None:
            self.opened.wait(timeout_s)  # begun on the page, and watched there
        job = self._job()
        if job is None:
            return describe_lines("Nothing was submitted, so there is nothing to follow.")
        with suppress(JobFailedError):  # it is shown, with its reason
            job.wait(timeout_s=timeout_s, poll_s=(1 if self.kit.simulator else 10) if poll_s is None else poll_s)
        if self.started is not None and self.opened is not None:
            self.opened.take_up(job)
            self.opened.wait()
        return job

    # Results -----------------------------------------------------------------------------------------------------

    def results(self) -> Any:
        """Return the job table, newest first."""
        return self.kit.jobs()

    def jobs(self, *, days: int = 14, instance: str = "", status: str = "") -> Rows[Job]:
        """Return the jobs of the last days, newest first; ``instance`` (name or id) and ``status`` filter them."""
        self.listed = read_jobs(
            self.kit,
            days=read_count(days, "days", least=1, most=_MOST_DAYS),
            instance=read_text(instance, "instance"),
            status=read_text(status, "status"),
        )
        return self.listed

    def jobs_chart(self) -> alt.LayerChart | Fragment:
        """Draw the jobs just listed over time."""
        shown: alt.LayerChart | Fragment = show_jobs_chart(self.kit, self.listed if self.listed is not None else self.jobs())
        return shown

    def restores(self) -> Rows[RecordRow]:
        """Return the restores of this service that are on record, newest first."""
        return list_restores(self.kit)

    def record(self, record: str = "") -> Record | Fragment:
        """Return one restore in detail: the newest, or the one with this id (its beginning will do)."""
        self.chosen = find_record(self.kit, read_text(record, "record"))
        return self.chosen if self.chosen is not None else self._describe_no_record()

    def holdings(self) -> Fragment:
        """Show what the target of the restore shown holds now, beside what it held at the end of the restore."""
        record = self._shown_record()
        return self._describe_no_record("no target to look at") if record is None else show_target_state(self.kit, record)

    def export(self, folder: str = "") -> Fragment:
        """Write the restore shown to two files, the record and a report to read, and say where they are."""
        record = self._shown_record()
        asked = read_text(folder, "folder")
        return self._describe_no_record("no file to write") if record is None else export_files(self.kit, record, asked)

    def save_record(self, path: str | Path = "") -> Fragment:
        """Write the record of this restore to a file (beside the store unless ``path`` says where) and say where."""
        job = self._job()
        if job is None:
            return describe_lines("Nothing was submitted, so there is no record. A restore begins further up on this page.")
        record = job.record
        place = record.export(path or f"{record.id}.ddmrecord.json")
        return describe_lines(f"Record {record.id} ({record.state}): {place.resolve()}")

    # Options -----------------------------------------------------------------------------------------------------

    def compare(self, first: str | int = "", second: str | int = "") -> Fragment:
        """Show two points side by side, each a backup's id or a time; without them, two that are worth comparing."""
        if not self.wishes.source:
            return ask_for("source")
        return compare_points(self.kit, self.wishes.source, self._points(first, second), self.incident)

    def what_if(self, first: str | int = "", second: str | int = "") -> Fragment:
        """Show what a plan for each of two points would meet; nothing is sent."""
        missing = [name for name in self.wishes.missing() if " or " not in name]
        if missing:
            return ask_for(*missing)
        points = self._points(first, second)
        plans = {name: plan_point(self.kit, self.wishes, point, self.incident) for name, point in points.items()}
        return show_plans(plans)

    # Within ------------------------------------------------------------------------------------------------------

    def _points(self, first: str | int, second: str | int) -> dict[str, datetime | str]:
        zone = self.wishes.time_zone
        given = {"first": read_point(first, zone, "first"), "second": read_point(second, zone, "second")}
        spare = default_points(self.kit, self.wishes.source) if None in given.values() else []
        free = iter([point for point in spare if point not in given.values()])
        return {name: next(free) if point is None else point for name, point in given.items()}

    def _earlier(self, plan: Plan) -> RecordRow | None:
        """Find the newest restore of this very plan's digest that may have reached the service."""
        own = (row for row in self.kit.records.list() if (row.service, row.digest) == (plan.identity.service, plan.digest))
        return next((row for row in own if row.state in REACHED and not row.imported), None)

    def _shown_record(self) -> Record | None:
        if self.chosen is None:
            self.chosen = find_record(self.kit, "")
        return None if self.chosen is None else self.kit.records.get(self.chosen.id)

    def _place(self) -> str:
        """Return the parameter that leads another page, or this one run again, to the same place."""
        if self.kit.simulator is None:
            return f"service = {json.dumps(self.service)}"
        return f"world = {json.dumps(near(self.kit.simulator.world_path), ensure_ascii=False)}"

    def _describe_no_record(self, lacking: str = "") -> Fragment:
        world = f" in the world {near(self.kit.simulator.world_path)}" if self.kit.simulator else ""
        if lacking:
            return describe_lines(f"No restore is on record{world}, so there is {lacking}.")
        return describe_lines(
            f"No restore is on record{world}: nothing was submitted here.",
            "After 02_submit_restore.ipynb has submitted one, run this page on the same service"
            + (" with the same `world`." if world else " with the same records (DDMKIT_RECORDS)."),
        )

    def _job(self) -> RestoreJob | None:
        """Return the job begun by a cell, or on the page."""
        begun = self.opened.value if self.opened is not None else None
        return self.started or begun

    def _submit_form(self, form: RestoreForm) -> RestoreJob | Fragment:
        if form.value is not None:
            return cast("RestoreJob", form.value)  # begun on the page, or by this cell before
        done = form.submit(watched=False)
        if isinstance(done, RestoreJob):
            self.started = done
        return cast("RestoreJob | Fragment", done)


def _display(shown: Any) -> None:
    """Show something before the cell has ended."""
    from IPython.display import display  # noqa: PLC0415  # only a page has it

    display(shown)  # type: ignore[no-untyped-call]  # IPython has no types for it


def open_guide(
    service: str = "simulator",
    *,
    world: str = "",
    scenario: str = "",
    faults: Sequence[str] = (),
    source: str = "",
    target: str = "",
    data_nodes: Sequence[str] = (),
    backup_id: str = "",
    restore_time: str | int = "",
    time_zone: str = "",
    incident: str | int = "",
) -> Guide:
    """Open a page on ``"simulator"``, a region such as ``"cn-north-4"``, or the endpoint that is configured on this machine.

    ``scenario`` and ``faults`` are for the simulator: the story of a new world, and what goes wrong in it.

    Times without an offset are read in ``time_zone``; when empty, in ``DDMKIT_TIME_ZONE``, or else in UTC. Raises
    ``InputError`` naming the parameter that cannot be right.
    """
    for name, given in {"service": service, "world": world, "scenario": scenario, "time_zone": time_zone}.items():
        read_text(given, name)
    kit = _open_kit(service, world, time_zone or None, scenario, read_list(faults, "faults"))
    try:
        asked = read_parameters(
            source=source,
            target=target,
            data_nodes=data_nodes,
            backup_id=backup_id,
            restore_time=restore_time,
            time_zone=kit.settings.time_zone,
            incident=incident,
            now=kit.now(),
        )
    except InputError:
        kit.close()
        raise
    in_new_world = kit.simulator is not None and not (world or os.environ.get("DDMKIT_DEMO_WORLD"))
    wishes = _fill_in(asked, kit) if kit.simulator else asked
    return Guide(kit, wishes, asked, service=service, in_new_world=in_new_world)


def _open_kit(service: str, world: str, time_zone: str | None, scenario: str, faults: Sequence[str]) -> Kit:
    if service == "simulator":
        return demo(scenario or None, faults, world=world or None, time_zone=time_zone)
    if scenario or faults:
        raise InputError(
            f"{service!r} is not the simulator.",
            field="scenario" if scenario else "faults",
            fix='Leave it empty, or set service = "simulator".',
        )
    if "://" in service:
        return connect(endpoint=require_known_endpoint(service, os.environ, field_name="service"), time_zone=time_zone)
    if service in REGIONS:
        return connect(region=service, time_zone=time_zone)
    if not service:
        raise InputError(
            "is empty: this notebook does not say on which service to run.",
            field="service",
            fix="Write a region such as 'cn-north-4', or the endpoint that DDMKIT_ENDPOINT names on this machine.",
        )
    raise InputError(
        f"{service!r} is neither 'simulator', a region with DDM, nor an https:// address.",
        field="service",
        fix=f"Regions: {', '.join(REGIONS)}.",
    )


def _fill_in(wishes: PageParameters, kit: Kit) -> PageParameters:
    """Take from the scenario what the parameters leave open."""
    facts = kit.scenario
    has_point = bool(wishes.backup_id or wishes.restore_time)
    return replace(
        wishes,
        source=wishes.source or facts.source,
        target=wishes.target or facts.target,
        data_nodes=wishes.data_nodes or tuple(facts.data_nodes),
        backup_id=wishes.backup_id if has_point else facts.backup_id,
    )
