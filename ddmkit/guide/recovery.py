"""A whole recovery as the cells of a notebook: plan and checks, proofs, the requests after confirmation, results, way back.

Running all cells sends nothing: a recovery needs the name of the source, the digest of the plan just shown, and the number
of instances that it creates, typed by a person.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ddmkit.config.variables import read_variable
from ddmkit.display.checks import show_checks
from ddmkit.display.html import Fragment
from ddmkit.errors import InputError, JobFailedError, NotConfirmedError, NotReadyError
from ddmkit.guide.confirmation import describe_earlier, describe_not_ready, find_earlier, missing_confirmation
from ddmkit.guide.layout import describe_lines, describe_path, headed, stack
from ddmkit.guide.overview import MADE_BY_THE_PAGE, describe_scenario, show_where
from ddmkit.guide.parameters import read_list, read_text
from ddmkit.guide.worlds import open_new_world
from ddmkit.handles.records import RecordRow
from ddmkit.handles.recovery.abandon import Abandonment
from ddmkit.handles.recovery.plan import Recovery
from ddmkit.handles.recovery.run import RecoveryRun
from ddmkit.inputs import PointInTime
from ddmkit.kit import Kit
from ddmkit.records.reader import RunReader, objects_in, text_in
from ddmkit.records.runs import UNSETTLED, RunState
from ddmkit.recovery.run.password import VARIABLE, GivenPassword

if TYPE_CHECKING:
    from ddmkit.forms import RecoveryForm

__all__ = ["RecoveryGuide", "RecoveryParameters", "fill_in"]

_PROOFS = ("nodes-recovered", "same-network")


@dataclass(frozen=True)
class RecoveryParameters:
    """Notebook parameters of a whole recovery; empty means unset."""

    source: str = ""
    restore_time: datetime | str | int = ""
    backup_id: str = ""
    time_zone: str = ""
    incident: datetime | str | int = ""
    nodes: Mapping[str, str] = field(default_factory=dict)
    target: str = "new"
    like: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    throwaway: bool = False

    def missing(self) -> list[str]:
        """Return the names of the parameters that a plan still needs."""
        return [*([] if self.source else ["source"]), *([] if self.backup_id or self.restore_time else ["restore_time"])]


def fill_in(given: RecoveryParameters, kit: Kit) -> RecoveryParameters:
    """Return the parameters with the scenario's values in place of the empty ones, on the simulator."""
    if kit.simulator is None:
        return given
    facts = kit.scenario
    return replace(
        given,
        source=given.source or facts.source,
        restore_time=given.restore_time if given.backup_id or given.restore_time else facts.restore_time,
        incident=given.incident or facts.incident or "",
    )


@dataclass
class RecoveryGuide:
    """The state of one page. Each method is one cell of the notebook; what the method returns is the cell's output.

    ``given`` are the parameters as typed. In ``parameters`` the empty ones have the scenario's values, on the simulator.
    """

    kit: Kit
    parameters: RecoveryParameters
    service: str = "simulator"
    in_new_world: bool = False
    given: RecoveryParameters = field(default_factory=RecoveryParameters)
    current_plan: Recovery | None = field(default=None, repr=False)
    started: RecoveryRun | None = field(default=None, repr=False)
    opened: RecoveryForm | None = field(default=None, repr=False)

    def where(self, *, picture: bool = True) -> Fragment:
        """Show the service, the project, the credentials' source and the location of the records; as ``Guide.where``."""
        shown = show_where(self.kit, self.parameters.time_zone)
        if not self.kit.simulator:
            return shown
        return stack(shown, describe_scenario(self.kit, picture=picture, unprepared=MADE_BY_THE_PAGE))

    def form(self, *, purpose: str = "", ticket: str = "") -> RecoveryForm:
        """Return the form of the whole recovery, filled in from the parameters; a second call returns the same form.

        What is begun on the form is continued and shown by the cells below it.
        """
        from ddmkit.forms import RecoveryForm  # noqa: PLC0415  # loads ipywidgets, which only a form needs

        given = self.given
        if self.opened is None:
            self.opened = RecoveryForm(
                self.kit,
                source=given.source,
                backup_id=given.backup_id,
                restore_time=given.restore_time,
                nodes=given.nodes,
                target=given.target,
                like=given.like,
                throwaway=given.throwaway,
                time_zone=self.parameters.time_zone,
                incident=given.incident,
                purpose=purpose,
                ticket=ticket,
                new_world=self._begin_world if self.kit.simulator is not None else None,
            )
        return self.opened

    def _begin_world(self, scenario: str) -> RecoveryForm:
        """Create a new world and return its form; close the previous world's kit and keep its file."""
        from ddmkit.forms import RecoveryForm  # noqa: PLC0415  # loads ipywidgets, which only a form needs

        before, zone = self.kit, self.parameters.time_zone
        self.kit = open_new_world(before, scenario, zone)
        self.given = RecoveryParameters(time_zone=zone)
        self.parameters = fill_in(self.given, self.kit)
        self.current_plan = self.started = None
        self.opened = RecoveryForm(self.kit, time_zone=zone, new_world=self._begin_world)
        before.close()
        return self.opened

    @property
    def run(self) -> RecoveryRun | None:
        """The recovery that a cell or the form has begun."""
        return self.started or (self.opened.value if self.opened is not None else None)

    def plan(self) -> Recovery:
        """Run all checks and make the plan, with every request in order; nothing is sent."""
        given, missing = self.parameters, self.parameters.missing()
        if missing:
            raise InputError(
                f"the parameters {', '.join(missing)} are empty.",
                field=missing[0],
                fix="Fill them in at the top, and run again.",
            )
        self.current_plan = self.kit.plan_recovery(
            source=given.source,
            restore_time=_or_none(given.restore_time),
            backup_id=given.backup_id or None,
            time_zone=given.time_zone or None,
            incident=_or_none(given.incident),
            nodes={node: given.nodes[node] for node in given.nodes},
            target=given.target,
            like=given.like,
            throwaway=given.throwaway,
        )
        return self.current_plan

    def proofs(self) -> Fragment:
        """Show what proves that each node holds the instant and the target reaches it; after a run, as it found them."""
        run = self.run
        checks = run.checks if run is not None else (self.current_plan or self.plan()).checks
        return show_checks([check for check in checks if check.id.partition(":")[0] in _PROOFS])

    # Carrying out ------------------------------------------------------------------------------------------------

    def recover(
        self,
        *,
        confirm: str = "",
        digest: str = "",
        new_instances: int = 0,
        accept: Sequence[str] = (),
        purpose: str = "",
        ticket: str = "",
        node_password: GivenPassword | None = None,
    ) -> RecoveryRun | Fragment:
        """Begin the recovery just shown, if a person has confirmed this exact plan; otherwise say what is missing.

        A recovery of this plan that is open is continued, and nothing of it is sent twice. A completed one is not repeated.

        Args:
            confirm: Exact name of the source.
            digest: Digest of the plan just shown.
            new_instances: How many instances the plan creates; they are billed from their creation on.
            accept: Ids of the warnings that the person has verified.
            purpose: Reason for the recovery, for the record.
            ticket: Number of the ticket, for the record.
            node_password: Password of the new nodes, or a function that returns it. By default ``DDMKIT_NODE_PASSWORD``; on
                the simulator one is made up.

        Returns:
            The run, or a text that says why nothing was sent.

        Raises:
            InputError: A parameter has the wrong type, ``accept`` names no check, or the password cannot be right.
            UnknownOutcomeError: A request was sent and its answer lost; the error says how to continue.
            DDMKitError: The service or the record store refused; the error says whether anything was started.
        """
        for name, given in {"confirm": confirm, "digest": digest, "purpose": purpose, "ticket": ticket}.items():
            read_text(given, name)
        if self.run is not None:
            return self.run
        plan = self.current_plan or self.plan()
        earlier = find_earlier(self.kit.records.list(), plan)
        is_open = earlier is not None and earlier.state in UNSETTLED
        accepted = read_list(accept, "accept")
        # An open recovery was confirmed already; what the checks warn of now is its own work.
        enough = (*accepted, *(plan.warnings if is_open else ()))
        missing = missing_confirmation(plan, name=plan.source_name, confirm=confirm, digest=digest, accept=enough)
        if new_instances != plan.new_instances:
            missing.append(f"new_instances = {plan.new_instances}" + (f"  (it is {new_instances})" if new_instances else ""))
        if missing or (earlier is not None and not is_open) or not (plan.ready or is_open):
            return self._describe_stopped(plan, missing, earlier)
        password = node_password if node_password is not None else self._password_of_simulator()
        try:
            self.started = self.kit.recover(
                plan, confirm=confirm, accept=accepted, node_password=password, purpose=purpose, ticket=ticket
            )
        except NotReadyError as error:
            return stack(describe_lines("Nothing was sent.", str(error)), describe_not_ready(error.checks))
        return self.started

    def wait(self, timeout_s: float = 4 * 3600, poll_s: float | None = None) -> Fragment:
        """Go on to the end, and show the table of steps, with what was found on the target.

        A step that failed, or a warning that a person has to accept, is shown with its reason and the call to go on.
        ``poll_s`` is the pause between two rounds; by default 10 seconds, on the simulator 1 second.
        """
        run = self.run
        if run is None:
            return describe_lines("Nothing was sent, so there is nothing to follow.")
        pause = (1 if self.kit.simulator else 10) if poll_s is None else poll_s
        try:
            run.wait(timeout_s=timeout_s, poll_s=pause)
        except (JobFailedError, NotConfirmedError) as error:
            return stack(run.show(), describe_lines(str(error)))
        return run.show()

    # Afterwards --------------------------------------------------------------------------------------------------

    def hand_over(self) -> Fragment:
        """Show the address of the new target, who still uses the source, and what can be done now; nothing is done."""
        run = self.run
        if run is None:
            return describe_lines("Nothing was sent, so there is nothing to hand over.")
        address = run.address or "not known yet: the target was not read back"
        offers = [line for offer in run.offers for line in (f"{offer.title}. {offer.note}".rstrip(), self._call(offer.id))]
        return stack(
            headed("Applications connect to:", address),
            headed("Sessions still on the source:", *_describe_sessions(RunReader(run.record.run))),
            headed("You may do now, each with a confirmation of its own:", *(offers or ["nothing"])),
        )

    def abandonment(self) -> Abandonment | Fragment:
        """Show what the recovery created and how to delete it; nothing is deleted here."""
        run = self.run
        if run is None:
            return describe_lines("Nothing was sent, so there is nothing to delete.")
        try:
            todo = self.kit.plan_abandon(run.record)
        except NotReadyError as error:
            return describe_lines(str(error))
        call = f"kit.abandon(kit.plan_abandon({run.id!r}), confirm={todo.confirmation!r})"
        return stack(todo.show(), describe_lines(f"To delete it: {call}")) if todo.confirmation else todo

    def save_record(self, path: str | Path = "") -> Fragment:
        """Write the record of this recovery and its page to files, by default in the current folder."""
        if self.run is None:
            return describe_lines("Nothing was sent, so there is no record.")
        record = self.run.refresh().record
        written = record.export(path or f"{record.id}.ddmrecord.json")
        page = record.export_page(written.with_name(f"{record.id}.html"))
        return describe_lines(
            f"Record {record.id} ({record.state}): {written.resolve()}", f"The same to read and print: {page.resolve()}"
        )

    # Private -----------------------------------------------------------------------------------------------------

    def _describe_stopped(self, plan: Recovery, missing: Sequence[str], earlier: RecordRow | None) -> Fragment:
        before = [] if earlier is None else [describe_earlier(earlier)]
        if earlier is not None and earlier.state == RunState.COMPLETED:
            return describe_lines("Nothing was sent: a page does not repeat a recovery that was completed.", *before)
        if not plan.ready and not before:
            return describe_not_ready(plan.checks)
        world = [self._world_line()] if self.in_new_world and self.kit.simulator is not None else []
        return describe_lines(
            "Nothing was sent. To recover, read the plan above, set these parameters at the top, and run again:",
            *world,
            *missing,
            *before,
        )

    def _world_line(self) -> str:
        assert self.kit.simulator is not None  # noqa: S101  # the caller has looked
        return f"world = {json.dumps(describe_path(self.kit.simulator.world_path), ensure_ascii=False)}"

    def _password_of_simulator(self) -> GivenPassword | None:
        """Return how a password for simulated nodes is made up when none is configured; ``None`` on a cloud."""
        return _make_up_password if self.kit.simulator is not None and not read_variable(VARIABLE) else None

    def _call(self, offer: str) -> str:
        run = self.run
        assert run is not None  # noqa: S101  # offers are those of a run
        more = ", account=..., password=..." if offer == "administrator" else ""
        return f"kit.follow_up({run.id!r}, {offer!r}, confirm={run.record.header.source_name!r}{more})"


def _or_none(given: datetime | str | int) -> PointInTime | None:
    return None if given == "" else given


def _make_up_password() -> str:
    """Return a password by the service's rules, for nodes that exist in a simulated world only."""
    return f"Aa1-{secrets.token_hex(12)}"


def _describe_sessions(reader: RunReader) -> Iterable[str]:
    found = reader.data("verified")
    counted = objects_in(found, "sessions")
    if counted:
        return [f"{text_in(one, 'account') or 'unknown account'}: {text_in(one, 'sessions')}" for one in counted]
    return [text_in(found, "sessions_problem") or ("none" if "sessions" in found else "not counted yet")]
