"""One restore as the cells of a notebook: read the facts, check, plan, submit after confirmation, follow, show results.

Running all cells submits nothing: a submit needs the target's name and the digest of the plan just shown, typed by a person.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ddmkit.display.checks import checks_table
from ddmkit.display.html import Fragment
from ddmkit.display.rows import Rows
from ddmkit.errors import InputError, JobFailedError
from ddmkit.guide.comparison import compare_points, read_points, show_plans
from ddmkit.guide.confirmation import (
    describe_not_ready,
    describe_stopped,
    find_earlier,
    may_submit,
    missing_confirmation,
)
from ddmkit.guide.layout import ask_for, describe_lines, describe_path, headed, point_to_recovery, stack
from ddmkit.guide.overview import describe_scenario, read_source, show_targets, show_topology, show_where
from ddmkit.guide.parameters import (
    PageParameters,
    fill_from_scenario,
    format_parameters,
    make_plan,
    read_count,
    read_list,
    read_text,
)
from ddmkit.guide.results import export_files, find_record, list_restores, read_jobs, show_jobs_chart, show_target_state
from ddmkit.guide.worlds import open_new_world
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

__all__ = ["Guide"]

_MAX_JOB_AGE_DAYS = 30  # the service lists no older jobs


@dataclass
class Guide:
    """The state of one page. Each method is one cell of the notebook; what the method returns is the cell's output.

    ``given_parameters`` are the parameters as typed. In ``parameters`` the empty ones have the scenario's values, on the
    simulator. ``opened`` is the form on the page.
    """

    kit: Kit
    parameters: PageParameters
    given_parameters: PageParameters = field(default_factory=PageParameters)
    current_plan: Plan | None = field(default=None, repr=False)
    submitted_plan: Plan | None = field(default=None, repr=False)
    started_job: RestoreJob | None = field(default=None, repr=False)
    opened: RestoreForm | None = field(default=None, repr=False)
    listed_jobs: Rows[Job] | None = field(default=None, repr=False)
    chosen_record: Record | None = field(default=None, repr=False)
    service: str = "simulator"
    in_new_world: bool = False

    def where(self, *, picture: bool = True) -> Fragment:
        """Show the service, the project, the credentials' source and the location of the records.

        On the simulator also tell the scenario's story, with its timeline unless ``picture`` is false.
        """
        shown = show_where(self.kit, self.parameters.time_zone)
        return stack(shown, describe_scenario(self.kit, picture=picture)) if self.kit.simulator else shown

    def form(
        self, *, confirm: str = "", digest: str = "", accept: Sequence[str] = (), purpose: str = "", ticket: str = ""
    ) -> RestoreForm:
        """Return the form of the whole restore, filled in from the parameters; a second call returns the same form."""
        from ddmkit.forms import RestoreForm  # noqa: PLC0415  # loads ipywidgets, which only a form needs

        given = self.given_parameters
        if self.opened is None:
            self.opened = RestoreForm(
                self.kit,
                source=given.source,
                backup_id=given.backup_id,
                restore_time=given.restore_time,
                target=given.target,
                data_nodes=given.data_nodes,
                time_zone=self.parameters.time_zone,
                incident=given.incident,
                confirm=confirm,
                digest=digest,
                accept=accept,
                purpose=purpose,
                ticket=ticket,
                new_world=self._begin_world if self.kit.simulator is not None else None,
            )
        return self.opened

    def restore(
        self, *, confirm: str = "", digest: str = "", accept: Sequence[str] = (), purpose: str = "", ticket: str = ""
    ) -> RestoreForm:
        """Return the form; with ``confirm`` and ``digest`` first carry the restore out without a person, and show that.

        The parameters are those of ``submit``. A plan is sent at most once, however often the cell runs.
        """
        if confirm or digest:
            _display(self.unattended(confirm=confirm, digest=digest, accept=accept, purpose=purpose, ticket=ticket))
        return self.form(confirm=confirm, digest=digest, accept=accept, purpose=purpose, ticket=ticket)

    def _begin_world(self, scenario: str) -> RestoreForm:
        """Create a new world and return its form; close the previous world's kit and keep its file."""
        from ddmkit.forms import RestoreForm  # noqa: PLC0415  # loads ipywidgets, which only a form needs

        before, zone = self.kit, self.parameters.time_zone
        self.kit = open_new_world(before, scenario, zone)
        self.given_parameters = PageParameters(time_zone=zone)
        self.parameters = fill_from_scenario(self.given_parameters, self.kit.scenario)
        self.current_plan = self.submitted_plan = self.started_job = self.listed_jobs = self.chosen_record = None
        self.opened = RestoreForm(self.kit, time_zone=zone, new_world=self._begin_world)
        before.close()
        return self.opened

    # Facts -------------------------------------------------------------------------------------------------------

    def instances(self) -> Rows[Instance]:
        """Return every DDM instance of the project."""
        return self.kit.instances()

    def backups(self) -> Rows[Backup] | Fragment:
        """Return every metadata backup of the source, newest first."""
        return read_source(self.parameters, self.kit.backups)

    def ranges(self) -> Rows[RestorableRange] | Fragment:
        """Return the restorable ranges of the source."""
        return read_source(self.parameters, self.kit.restorable_ranges)

    def timeline(self) -> alt.LayerChart | Fragment:
        """Draw what the source can be restored to, with the chosen point and the incident."""
        point = self.parameters.point or None
        return read_source(self.parameters, lambda source: self.kit.timeline(source, point=point, incident=self.incident))

    def topology(self) -> Fragment:
        """Show the schemas that the source has now, and its data nodes at the chosen point."""
        return show_topology(self.kit, self.parameters)

    def targets(self) -> Fragment:
        """Show the possible target instances and data nodes; unavailable ones too, with the service's reason."""
        return show_targets(self.kit, self.parameters)

    @property
    def incident(self) -> datetime | None:
        """Time of the incident: from the parameters, or else from the scenario."""
        if self.parameters.incident != "":
            return read_incident(self.parameters.incident, self.parameters.time_zone or None, now=self.kit.now())
        return self.kit.scenario.incident if self.kit.simulator is not None else None

    # Planning ----------------------------------------------------------------------------------------------------

    def plan(self) -> Plan:
        """Run all checks and make the plan; nothing is sent."""
        missing = self.parameters.missing()
        if missing:
            raise InputError(
                f"the parameters {', '.join(missing)} are empty.",
                field=missing[0],
                fix=" ".join(["Fill them in at the top, and run again.", *point_to_recovery(missing)]),
            )
        self.current_plan = make_plan(self.kit, self.parameters, self.incident)
        return self.current_plan

    def words(self) -> Fragment:
        """Describe the plan in plain sentences, to be read to a colleague."""
        return headed("The plan, read aloud:", *(self.current_plan or self.plan()).words())

    def checks(self) -> Fragment:
        """Run all checks and show them as a table; those that need attention come first."""
        missing = self.parameters.missing()
        return ask_for(*missing) if missing else checks_table(self.plan().checks)

    def conclude(self) -> Fragment:
        """Show the parameters to continue with on the next page, or what is missing."""
        missing = self.parameters.missing()
        if missing:
            listed = [f"- {name}" for name in missing]
            return describe_lines("Not ready: these parameters are empty.", *listed, *point_to_recovery(missing))
        plan = self.current_plan or self.plan()
        if not plan.ready:
            return describe_not_ready(plan.checks)
        lines = [self._service_line(), *format_parameters(self.parameters, accept=plan.warnings, digest=plan.digest)]
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
        """Submit the plan just shown, if a person has confirmed this exact plan; otherwise say what is missing.

        A restore of this plan that is already open is resumed and not sent again. A completed one is not repeated here; the
        form can do that. After ``form`` this submits the form's plan with the form's own confirmation.

        Args:
            confirm: Exact name of the target.
            digest: Digest of the plan just shown.
            accept: Ids of the warnings that the person has verified.
            purpose: Reason for the restore, for the record.
            ticket: Number of the ticket, for the record.

        Returns:
            The job, or a text that says why nothing was submitted.

        Raises:
            InputError: A parameter has the wrong type, or ``accept`` names no check.
            UnknownOutcomeError: The request was sent and its answer lost; the error says how to continue.
            DDMKitError: The service or the record store refused; the error says whether anything was started.

        """
        if self.opened is not None:
            return self._submit_form(self.opened)
        for name, given in {"confirm": confirm, "digest": digest, "purpose": purpose, "ticket": ticket}.items():
            read_text(given, name)
        plan = self.current_plan or self.plan()
        earlier = find_earlier(self.kit.records.list(), plan)
        missing = missing_confirmation(
            plan, name=plan.target_name, confirm=confirm, digest=digest, accept=read_list(accept, "accept")
        )
        if self.started_job is not None and plan is self.submitted_plan and not missing:
            return self.started_job
        if missing or not may_submit(plan, earlier):
            lines = [self._service_line(), *missing] if missing and self.in_new_world else missing
            return describe_stopped(plan, lines, earlier)
        self.started_job = self.kit.submit(plan, confirm=confirm, accept=accept, purpose=purpose, ticket=ticket)
        self.submitted_plan = plan
        return self.started_job

    def unattended(
        self, *, confirm: str = "", digest: str = "", accept: Sequence[str] = (), purpose: str = "", ticket: str = ""
    ) -> Fragment:
        """Submit, wait, and export the record without a person; the parameters are those of ``submit``.

        Does nothing, and says so, when ``confirm`` and ``digest`` are both empty: then the form waits for a person.
        """
        if not (confirm or digest):
            return describe_lines("Not an unattended run: `confirm` and `digest` are empty. Use the form.")
        form = self.form(confirm=confirm, digest=digest, accept=accept, purpose=purpose, ticket=ticket)
        if form.plan is not None:
            _display(form.plan.show())
        submitted = self._submit_form(form)
        if isinstance(submitted, Fragment):
            return submitted
        _display(self.follow())
        _display(self.results())
        return self.save_record()

    def follow(self, timeout_s: float = 3600, poll_s: float | None = None) -> RestoreJob | Fragment:
        """Wait for the job that was started, and return the job. A failed job is shown with its reason, not raised.

        ``poll_s`` is the pause between two status requests; by default 10 seconds, on the simulator 1 second.
        """
        if self.started_job is None and self.opened is not None:
            self.opened.wait(timeout_s)  # submitted on the form, which polls the job itself
        job = self._job()
        if job is None:
            return describe_lines("Nothing was submitted, so there is nothing to follow.")
        with suppress(JobFailedError):  # the returned job shows the reason
            job.wait(timeout_s=timeout_s, poll_s=(1 if self.kit.simulator else 10) if poll_s is None else poll_s)
        if self.started_job is not None and self.opened is not None:
            self.opened.resume(job)
            self.opened.wait()
        return job

    # Results -----------------------------------------------------------------------------------------------------

    def results(self) -> Rows[Job]:
        """Return the service's jobs, newest first."""
        return self.kit.jobs()

    def jobs(self, *, days: int = 14, instance: str = "", status: str = "") -> Rows[Job]:
        """Return the jobs of the last ``days``, newest first; filter by ``instance`` (id, part of a name) and ``status``."""
        self.listed_jobs = read_jobs(
            self.kit,
            days=read_count(days, "days", least=1, most=_MAX_JOB_AGE_DAYS),
            instance=read_text(instance, "instance"),
            status=read_text(status, "status"),
        )
        return self.listed_jobs

    def jobs_chart(self) -> alt.LayerChart | Fragment:
        """Draw the jobs just listed over time."""
        return show_jobs_chart(self.kit, self.listed_jobs if self.listed_jobs is not None else self.jobs())

    def restores(self) -> Rows[RecordRow]:
        """Return the restores of this service that are on record, newest first."""
        return list_restores(self.kit)

    def record(self, record: str = "") -> Record | Fragment:
        """Return one restore in detail: the one with this id or beginning of an id, or the newest."""
        self.chosen_record = find_record(self.kit, read_text(record, "record"))
        return self.chosen_record if self.chosen_record is not None else self._describe_no_record()

    def holdings(self) -> Fragment:
        """Compare what the target of the restore holds now with what the target held when the restore ended."""
        record = self._shown_record()
        return self._describe_no_record("no target to show") if record is None else show_target_state(self.kit, record)

    def export(self, folder: str = "") -> Fragment:
        """Write the record and a readable report of the restore to two files, and show where they are."""
        record = self._shown_record()
        place = read_text(folder, "folder")
        return self._describe_no_record("no file to write") if record is None else export_files(record, place)

    def save_record(self, path: str | Path = "") -> Fragment:
        """Write the record of this restore to a file, by default in the current folder, and show where it is."""
        job = self._job()
        if job is None:
            return describe_lines("Nothing was submitted, so there is no record. Start a restore further up on this page.")
        record = job.record
        written = record.export(path or f"{record.id}.ddmrecord.json")
        return describe_lines(f"Record {record.id} ({record.state}): {written.resolve()}")

    # Options -----------------------------------------------------------------------------------------------------

    def compare(self, first: str | int = "", second: str | int = "") -> Fragment:
        """Show two points side by side, each a backup's id or a time; choose points where none are given."""
        if not self.parameters.source:
            return ask_for("source")
        points = read_points(self.kit, self.parameters, first, second)
        return compare_points(self.kit, self.parameters.source, points, self.incident)

    def what_if(self, first: str | int = "", second: str | int = "") -> Fragment:
        """Show the results of the checks for a plan to each of two points; nothing is sent."""
        missing = [name for name in self.parameters.missing() if " or " not in name]
        if missing:
            return ask_for(*missing)
        points = read_points(self.kit, self.parameters, first, second)
        plans = {name: make_plan(self.kit, self.parameters.at_point(point), self.incident) for name, point in points.items()}
        return show_plans(plans)

    # Private -----------------------------------------------------------------------------------------------------

    def _shown_record(self) -> Record | None:
        if self.chosen_record is None:
            self.chosen_record = find_record(self.kit, "")
        return None if self.chosen_record is None else self.kit.records.get(self.chosen_record.id)

    def _service_line(self) -> str:
        """Return the parameter with which another page, or a later run of this page, uses the same service or world."""
        if self.kit.simulator is None:
            return f"service = {json.dumps(self.service)}"
        return f"world = {json.dumps(describe_path(self.kit.simulator.world_path), ensure_ascii=False)}"

    def _describe_no_record(self, consequence: str = "") -> Fragment:
        world = f" in the world {describe_path(self.kit.simulator.world_path)}" if self.kit.simulator else ""
        if consequence:
            return describe_lines(f"No restore is on record{world}, so there is {consequence}.")
        return describe_lines(
            f"No restore is on record{world}: nothing was submitted here.",
            "After 02_submit_restore.ipynb has submitted one, run this page on the same service"
            + (" with the same `world`." if world else " with the same records (DDMKIT_RECORDS)."),
        )

    def _job(self) -> RestoreJob | None:
        """Return the job that a cell or the form has started."""
        return self.started_job or (self.opened.value if self.opened is not None else None)

    def _submit_form(self, form: RestoreForm) -> RestoreJob | Fragment:
        if form.value is not None:
            return form.value  # started on the form, or by an earlier run of this cell
        submitted = form.submit(watched=False)
        if isinstance(submitted, RestoreJob):
            self.started_job = submitted
        return submitted


def _display(shown: Any) -> None:
    """Show an output before the cell has ended."""
    from IPython.display import display  # noqa: PLC0415  # only a page has it

    display(shown)  # type: ignore[no-untyped-call]  # IPython has no types for it
