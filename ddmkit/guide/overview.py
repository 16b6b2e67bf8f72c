"""What a page shows before a plan: the service, the source's schemas and data nodes, and the possible targets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ddmkit.config.variables import read_variable
from ddmkit.display.html import Fragment, Html, join
from ddmkit.display.recovery import NOT_PREPARED
from ddmkit.display.timeline.facts import read_facts
from ddmkit.display.timeline.svg import timeline_picture
from ddmkit.errors import NotFoundError
from ddmkit.guide.layout import ask_for, describe_lines, describe_path, stack, table_of
from ddmkit.guide.parameters import PageParameters
from ddmkit.kit import Kit
from ddmkit.models import RestorableRange
from ddmkit.times import format_utc

if TYPE_CHECKING:
    from ddmkit.simulator import ScenarioFacts

__all__ = ["MADE_BY_THE_PAGE", "describe_scenario", "read_source", "show_targets", "show_topology", "show_where"]

Shown = TypeVar("Shown")


def show_where(kit: Kit, time_zone: str) -> Fragment:
    """Show the service, the project, the operator, the credentials' source, the clock and the location of the records."""
    settings = kit.settings
    reading = f"is read in {time_zone}, unless it has an offset" if time_zone else "needs an offset"
    service = settings.endpoint
    world = []
    if kit.simulator is not None:
        service = "the embedded simulator: no account is needed, and nothing leaves this machine"
        path, of_server = kit.simulator.world_path, Path(read_variable("DDMKIT_DEMO_WORLD"))
        is_shared = of_server.is_absolute() and of_server == path  # a relative one is another world in another folder
        use = "all pages of this server share it" if is_shared else "set `world` to it to use this world on any page"
        world = [f"World: {describe_path(path)} ({use})"]
    return describe_lines(
        f"Service: {service}",
        *world,
        f"Project: {settings.project_id or 'looked up by the name of the region'}",
        f"Credentials: {settings.credential_source}",
        f"You, as restores are recorded: {kit.operator}",
        f"Now: {format_utc(kit.now())}; a time in the parameters {reading}",
        f"Records: {_describe_location(kit)}",
    )


MADE_BY_THE_PAGE = "This page makes the data nodes and the target."
"""Said of a scenario without a target, where the page recovers everything."""


def describe_scenario(kit: Kit, *, picture: bool, unprepared: str = NOT_PREPARED) -> Fragment:
    """Tell the story of the simulator's scenario, and draw its timeline with ``picture``.

    ``unprepared`` is said of a scenario without a target.
    """
    facts = kit.scenario
    names = {instance.id: instance.name for instance in kit.instances()}
    when = f" It happened about {format_utc(facts.incident)}." if facts.incident else ""
    story = describe_lines(
        f"What has happened here: {facts.description}{when}",
        f"SOURCE, which lost its metadata: {names.get(facts.source, f'{facts.source}, which is deleted')}",
        _describe_target(facts, names, unprepared),
        *([f"Your notes: {facts.notes}"] if facts.notes else []),
    )
    if not picture:
        return story
    return Fragment(Html(join([story.html, _draw_timeline(kit, facts.source, facts.incident).html])), story.text)


def _describe_target(facts: ScenarioFacts, names: Mapping[str, str], unprepared: str) -> str:
    if facts.target:
        return f"TARGET, prepared for it: {names.get(facts.target, facts.target)}"
    return f"TARGET: nothing is prepared here. {unprepared}"


def _draw_timeline(kit: Kit, source: str, incident: datetime | None) -> Fragment:
    """Draw the source's timeline without a library; a deleted source has backups and no ranges."""
    ranges: Sequence[RestorableRange] = ()
    with suppress(NotFoundError):
        ranges = kit.restorable_ranges(source)
    return timeline_picture(read_facts(ranges, kit.backups(source), kit.now(), incident=incident))


def read_source(parameters: PageParameters, show: Callable[[str], Shown]) -> Shown | Fragment:
    """Return what ``show`` makes of the source, or say that ``source`` is empty or that the service does not know it."""
    if not parameters.source:
        return ask_for("source")
    try:
        return show(parameters.source)
    except NotFoundError as error:
        return describe_lines(f"The service shows nothing here: {error}")


def show_topology(kit: Kit, parameters: PageParameters) -> Fragment:
    """Show the schemas that the source has now, and its data nodes at the chosen point."""

    def schemas(source: str) -> Fragment:
        return table_of(kit.schemas(source), "Schemas of the source now")

    def nodes(source: str) -> Fragment:
        if not parameters.point:
            return ask_for("backup_id", "restore_time")
        return table_of(kit.related_nodes(source, parameters.point), "Data nodes of the source at the chosen point")

    return stack(_part(parameters, schemas), _part(parameters, nodes))


def show_targets(kit: Kit, parameters: PageParameters) -> Fragment:
    """Show the possible targets, and the candidates on the chosen target for the source's first data node."""

    def targets(source: str) -> Fragment:
        return table_of(kit.targets(source), "Possible targets")

    def candidates(source: str) -> Fragment:
        if not (parameters.target and parameters.point):
            return ask_for("target", "backup_id")
        nodes = kit.related_nodes(source, parameters.point)
        if not nodes:
            return describe_lines("The source had no data nodes at that point.")
        first = nodes[0]
        found = kit.target_nodes(source, parameters.target, first, parameters.point)
        name = first.instance_name or first.instance_id
        return table_of(found, f"Candidates for the place of {name}, 1 of {len(nodes)} data nodes")

    return stack(_part(parameters, targets), _part(parameters, candidates))


def _part(parameters: PageParameters, show: Callable[[str], Any]) -> Fragment:
    shown: Fragment = read_source(parameters, show)
    return shown


def _describe_location(kit: Kit) -> str:
    location = kit.records.location
    if kit.simulator is not None and location.endswith(str(kit.simulator.world_path.resolve().parent / "records.sqlite")):
        return f"{describe_path(kit.simulator.world_path.parent / 'records.sqlite')}, beside the world"
    return location
