"""One restore as a notebook page walks through it: open, look, plan, submit when a person says so, follow, results.

A page holds parameters; empty ones are filled in from the scenario on the simulator and asked for on a cloud. Running every
cell submits nothing: that takes the target's name and the digest of the plan just shown, typed by a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ddmkit.display.charts import timeline_svg
from ddmkit.display.markup import Fragment, join, tag, text_block
from ddmkit.errors import InputError, JobFailedError
from ddmkit.handles.job import RestoreJob
from ddmkit.handles.plan import Plan
from ddmkit.kit import Kit, connect, demo
from ddmkit.settings import REGIONS
from ddmkit.times import say_utc

if TYPE_CHECKING:
    import altair as alt

    from ddmkit.forms import RestoreForm

__all__ = ["Guide", "Wishes", "open_guide"]


@dataclass(frozen=True)
class Wishes:
    """What is to be restored, as the parameters of a notebook say it; an empty one is not said."""

    source: str = ""
    target: str = ""
    data_nodes: tuple[str, ...] = ()
    backup_id: str = ""
    restore_time: str | int = ""
    time_zone: str = "UTC"
    incident: str | int = ""

    def missing(self) -> list[str]:
        """Give the names of the parameters that a plan still needs."""
        needed = {"source": self.source, "target": self.target, "data_nodes": self.data_nodes}
        names = [name for name, value in needed.items() if not value]
        return names if self.backup_id or self.restore_time else [*names, "backup_id or restore_time"]


@dataclass
class Guide:
    """The page's thread: each method is one cell, and shows itself.

    ``asked`` is what the parameters say themselves, ``wishes`` the same with the scenario's values where they say nothing.
    """

    kit: Kit
    wishes: Wishes
    asked: Wishes = field(default_factory=Wishes)
    made: Plan | None = field(default=None, repr=False)
    started: RestoreJob | None = field(default=None, repr=False)
    opened: RestoreForm | None = field(default=None, repr=False)

    def where(self) -> Fragment:
        """Say to which service and project this page talks, with whose credentials, and where its records are.

        On the simulator also what has happened there, with a picture.
        """
        shown = self.kit.settings
        said = _say_lines(
            f"Service: {shown.endpoint}" + (" (the embedded simulator)" if self.kit.simulator else ""),
            f"Project: {shown.project_id or 'looked up by the name of the region'}",
            f"Credentials: {shown.credential_source}",
            f"Now: {say_utc(self.kit.now())}; times are read in: {self.wishes.time_zone}",
            f"Records: {self.kit.records.location}",
        )
        return self._tell_story(said) if self.kit.simulator else said

    def form(
        self, *, confirm: str = "", digest: str = "", accept: Sequence[str] = (), purpose: str = "", ticket: str = ""
    ) -> RestoreForm:
        """Give the form of the whole restore, with what the parameters say filled in; the same one when asked again."""
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
            )
        return self.opened

    def timeline(self) -> alt.LayerChart:
        """Draw what the source can be restored to, with the chosen point."""
        point = self.wishes.backup_id or self.wishes.restore_time or None
        return self.kit.timeline(self._need("source"), point=point)

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
        )
        return self.made

    def submit(
        self, *, confirm: str = "", digest: str = "", accept: Sequence[str] = (), purpose: str = "", ticket: str = ""
    ) -> RestoreJob | Fragment:
        """Submit the plan just shown if a person has said so for this very plan; else say what is missing, and stop.

        After ``form`` it is the form's plan, and the form's word counts.
        """
        if self.opened is not None:
            return self._submit_form(self.opened)
        plan = self.made or self.plan()
        wanted = {"confirm": (confirm, plan.target_name), "digest": (digest, plan.digest)}
        open_points = [
            f"{name} = {right!r}" + (f"  (it is {given!r})" if given else "")
            for name, (given, right) in wanted.items()
            if given != right
        ]
        if open_points or not plan.ready:
            return self._say_stopped(plan, open_points)
        self.started = self.kit.submit(plan, confirm=confirm, accept=accept, purpose=purpose, ticket=ticket)
        return self.started

    def follow(self, timeout_s: float = 3600, poll_s: float = 10) -> RestoreJob | Fragment:
        """Wait for the job that was started; a failed one is shown with its reason, not raised."""
        if self.started is None and self.opened is not None:
            self.opened.wait(timeout_s)  # begun on the page, and watched there
        job = self._job()
        if job is None:
            return _say_lines("Nothing was submitted, so there is nothing to follow.")
        with suppress(JobFailedError):  # it is shown, with its reason
            job.wait(timeout_s=timeout_s, poll_s=poll_s)
        if self.started is not None and self.opened is not None:
            self.opened.take_up(job)
            self.opened.wait()
        return job

    def results(self) -> Any:
        """Give the job table, newest first."""
        return self.kit.jobs()

    def save_record(self, path: str | Path = "") -> Fragment:
        """Write the record of this restore to a file (beside the store unless ``path`` says where) and say where."""
        job = self._job()
        if job is None:
            return _say_lines("Nothing was submitted, so there is no record.")
        record = job.record
        place = record.export(path or f"{record.id}.ddmrecord.json")
        return _say_lines(f"Record {record.id} ({record.state}): {place.resolve()}")

    def _job(self) -> RestoreJob | None:
        """Give the job begun by a cell, or on the page."""
        begun = self.opened.value if self.opened is not None else None
        return self.started or begun

    def _submit_form(self, form: RestoreForm) -> RestoreJob | Fragment:
        if form.value is not None:
            return cast("RestoreJob", form.value)  # begun on the page, or by this cell before
        done = form.submit(watched=False)
        if isinstance(done, RestoreJob):
            self.started = done
        return cast("RestoreJob | Fragment", done)

    def _tell_story(self, said: Fragment) -> Fragment:
        """Add what has happened in the scenario: on the simulator nobody can know it otherwise."""
        facts = self.kit.scenario
        names = {one.id: one.name for one in self.kit.instances()}
        when = f" It happened about {say_utc(facts.incident)}." if facts.incident else ""
        gone = f"{facts.source}, which is deleted"
        source = names.get(facts.source, gone)
        story = _say_lines(
            f"What has happened here: {facts.description}{when}",
            f"SOURCE, which lost its metadata: {source}",
            f"TARGET, prepared and empty: {names.get(facts.target, facts.target)}",
        )
        picture = timeline_svg(self.kit.timeline(facts.source, incident=facts.incident))
        return Fragment(join([said.html, story.html, picture]), f"{said.text}\n\n{story.text}")

    def _need(self, name: str) -> str:
        value = getattr(self.wishes, name)
        if not value:
            raise InputError("is empty.", field=name, fix="Fill it in at the top, and run again.")
        return str(value)

    def _say_stopped(self, plan: Plan, open_points: list[str]) -> Fragment:
        if not plan.ready:
            return _say_lines(
                f"Nothing was submitted: the plan is not ready ({', '.join(plan.failed)}). See the checks above."
            )
        accept = f"accept = {list(plan.warnings)!r}  (each warning, if you have made sure of it)"
        return _say_lines(
            "Nothing was submitted. To restore, read the plan above, set these parameters at the top, and run again:",
            *open_points,
            *([accept] if plan.warnings else []),
        )


def open_guide(
    service: str = "simulator",
    *,
    world: str = "",
    source: str = "",
    target: str = "",
    data_nodes: Sequence[str] = (),
    backup_id: str = "",
    restore_time: str | int = "",
    time_zone: str = "",
    incident: str | int = "",
) -> Guide:
    """Open a page on ``"simulator"``, a region such as ``"cn-north-4"``, or an ``https://`` endpoint.

    Times without an offset are read in ``time_zone``; when empty, in ``DDMKIT_TIME_ZONE``, or else in UTC. Raises
    ``InputError`` naming the parameter that cannot be right.
    """
    kit = _open_kit(service, world, time_zone or None)
    asked = Wishes(source, target, tuple(data_nodes), backup_id, restore_time, kit.settings.time_zone, incident)
    return Guide(kit, _fill_in(asked, kit) if kit.simulator else asked, asked)


def _open_kit(service: str, world: str, time_zone: str | None) -> Kit:
    if service == "simulator":
        return demo(world=world or None, time_zone=time_zone)
    if "://" in service:
        return connect(endpoint=service, time_zone=time_zone)
    if service in REGIONS:
        return connect(region=service, time_zone=time_zone)
    raise InputError(
        f"{service!r} is neither 'simulator', a region with DDM, nor an https:// address.",
        field="service",
        fix=f"Regions: {', '.join(REGIONS)}.",
    )


def _fill_in(wishes: Wishes, kit: Kit) -> Wishes:
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


def _say_lines(*lines: str) -> Fragment:
    return Fragment(tag("div", text_block(*lines)), "\n".join(lines))
