"""The plan of a drill as a person holds it: what it will create and delete, and what has to be typed to run it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from ddmkit.display.html import Fragment, clean_line, join, tag
from ddmkit.display.stylesheet import style
from ddmkit.drills.course import DrillSetup
from ddmkit.drills.goals import Goals
from ddmkit.errors import InputError, NotConfirmedError
from ddmkit.handles.plan import Plan
from ddmkit.handles.recovery.plan import Recovery
from ddmkit.output import write_line
from ddmkit.recovery.run.password import GivenPassword
from ddmkit.restore.checks.result import CheckResult
from ddmkit.times import format_duration, format_utc

if TYPE_CHECKING:
    from ddmkit.handles.drill.desk import DrillDesk
    from ddmkit.handles.drill.prepare import Prepared
    from ddmkit.handles.drill.result import DrillResult

__all__ = ["Drill"]

_WHERE = {
    "simulator": "On the simulator, in a world rebuilt from what was read. PEOPLE AND PROCEDURE ARE PROVED, NOT BACKUPS.",
    "cloud": "In the cloud: real instances under names of their own, billed from creation on, and deleted afterwards.",
}


class Drill:
    """A drill that was planned. Nothing was sent; ``run`` carries it out, verifies the result, and cleans up."""

    def __init__(self, desk: DrillDesk, prepared: Prepared, setup: DrillSetup) -> None:
        self._desk = desk
        self._prepared = prepared
        self._setup = setup

    def __repr__(self) -> str:
        state = "ready" if self.ready else "not ready"
        return clean_line(
            f"<drill {self.digest} of {self.source_name} on {self._setup.where}: {self.confirmation}, {state}>"
        )

    @property
    def plan(self) -> Plan | Recovery:
        """The plan that is carried out: a whole recovery, or the restore of a record of the metadata alone."""
        return self._prepared.plan

    @property
    def source_name(self) -> str:
        """The name of the source."""
        return self.plan.source_name

    @property
    def digest(self) -> str:
        """The digest of the plan; the result is of exactly this plan."""
        return self.plan.digest

    @property
    def ready(self) -> bool:
        """Whether no check failed. A negative drill may need a plan that is not ready."""
        return self.plan.ready

    @property
    def checks(self) -> tuple[CheckResult, ...]:
        """The results of all checks."""
        return self.plan.checks

    @property
    def warnings(self) -> tuple[str, ...]:
        """The ids of the warnings. On the simulator the drill accepts them itself; in the cloud a person does."""
        return self.plan.warnings

    @property
    def new_instances(self) -> int:
        """How many instances the drill creates, and deletes again."""
        return self.plan.new_instances if isinstance(self.plan, Recovery) else 0

    @property
    def confirmation(self) -> str:
        """What has to be typed to run it, such as ``create 3, delete 3``."""
        return f"create {self.new_instances}, delete {self.new_instances}"

    def run(
        self,
        *,
        confirm: str = "",
        accept: Iterable[str] = (),
        max_instances: int | None = None,
        node_password: GivenPassword | None = None,
        timeout_s: float = 4 * 3600,
        poll_s: float | None = None,
        say: Callable[[str], object] | None = write_line,
    ) -> DrillResult:
        """Carry the drill out: recover, verify, confirm the address, delete what was created, and write the report.

        A failure on the way is a result, not an error: the report says what failed, and what was created is deleted.

        Args:
            confirm: What ``drill.confirmation`` says.
            accept: The ids of the warnings that a person accepts, for a drill in the cloud.
            max_instances: The most instances that may be created; nothing is sent when the plan needs more.
            node_password: As in ``kit.recover``; on the simulator one is made up.
            timeout_s: How long to wait for the recovery, in seconds.
            poll_s: The pause between two rounds; 10 seconds in the cloud.
            say: Receives a line for each change of a step; ``None`` for silence.

        Raises:
            NotConfirmedError: ``confirm`` or an accepted warning is missing. Nothing was sent.
            InputError: More instances are needed than allowed, the drill was run before, or the kit only reads.
        """
        if max_instances is not None and self.new_instances > max_instances:
            raise InputError(
                f"the drill would create {self.new_instances} instances, {max_instances} are allowed; nothing was sent.",
                field="max_instances",
                fix="Allow more, or choose a smaller source.",
            )
        if confirm != self.confirmation:
            missing = f"confirm={self.confirmation!r}"
            raise NotConfirmedError(
                f"Nothing was sent; still missing: {missing}, after a look at the plan.", missing=[missing]
            )
        return self._desk.run(
            self._prepared,
            self._setup,
            confirm=confirm,
            accept=accept,
            node_password=node_password,
            timeout_s=timeout_s,
            poll_s=poll_s,
            say=say or _silent,
        )

    def words(self) -> tuple[str, ...]:
        """Describe the drill in plain sentences."""
        asked, fault = self._setup, self._setup.fault
        return (
            _WHERE[asked.where],
            f"Scope: {asked.scope}. {asked.why}",
            *([f"Warning: {asked.warning}"] if asked.warning else []),
            f"Incident: {format_utc(asked.incident)}. {_describe_goals(asked.goals)}",
            f"Creates {self.new_instances} instances and deletes {self.new_instances} again: "
            + ("; ".join(self.plan.costs()) if isinstance(self.plan, Recovery) and self.new_instances else "nothing is new")
            + ".",
            *([f"Negative drill: {fault.title}. Expected: {fault.expected}"] if fault is not None else []),
            f"Planner: {asked.planner}. Approver: {asked.approver or 'nobody was named'}.",
            f"To run exactly this, type: {self.confirmation}",
        )

    def show(self) -> Fragment:
        """Return the plan as static HTML and text: the drill first, then the checks and every request."""
        heading, lines, plan = f"Drill {self.digest}: {self.source_name}", self.words(), self.plan.show()
        html = join(
            [
                tag("div", heading, style=style("plan-title")),
                tag("ul", *(tag("li", line) for line in lines), style=style("list")),
                plan.html,
            ]
        )
        text = [clean_line(heading), *(f"  - {clean_line(line)}" for line in lines), "", plan.text]
        return Fragment(html, "\n".join(text))

    def _repr_mimebundle_(self, **_wanted: Any) -> dict[str, str]:
        return self.show()._repr_mimebundle_()


def _describe_goals(goals: Goals) -> str:
    return f"Goals: working after {format_duration(goals.rto)}, at most {format_duration(goals.rpo)} of writes lost."


def _silent(_line: str) -> None:
    """Say nothing."""
