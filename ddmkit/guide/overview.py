"""Looks that a page takes before a plan: where it is, what the source was made of, what it can be restored to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from ddmkit.display.charts import timeline_svg
from ddmkit.display.html import Fragment, Html, join
from ddmkit.errors import NotFoundError
from ddmkit.guide.layout import ask_for, describe_lines, near, stack, table_of
from ddmkit.guide.parameters import PageParameters
from ddmkit.kit import Kit
from ddmkit.times import format_utc

__all__ = ["describe_scenario", "look_at_source", "show_targets", "show_topology", "show_where"]

Shown = TypeVar("Shown")


def show_where(kit: Kit, time_zone: str) -> Fragment:
    """Describe to which service and project a page talks, as whom, with whose credentials, and where its records are."""
    shown = kit.settings
    service = shown.endpoint
    world = []
    if kit.simulator is not None:
        service = "the embedded simulator: no account is needed, and nothing leaves this machine"
        world = [
            f"World: {near(kit.simulator.world_path)} (to see the same again, on this page or another, give this as `world`)"
        ]
    return describe_lines(
        f"Service: {service}",
        *world,
        f"Project: {shown.project_id or 'looked up by the name of the region'}",
        f"Credentials: {shown.credential_source}",
        f"You, as restores are recorded: {kit.operator}",
        f"Now: {format_utc(kit.now())}; times without an offset are read in: {time_zone}",
        f"Records: {_describe_location(kit)}",
    )


def describe_scenario(kit: Kit, *, picture: bool) -> Fragment:
    """Tell what has happened in the simulator's scenario: nobody can know it otherwise."""
    facts = kit.scenario
    names = {one.id: one.name for one in kit.instances()}
    when = f" It happened about {format_utc(facts.incident)}." if facts.incident else ""
    story = describe_lines(
        f"What has happened here: {facts.description}{when}",
        f"SOURCE, which lost its metadata: {names.get(facts.source, f'{facts.source}, which is deleted')}",
        f"TARGET, prepared for it: {names.get(facts.target, facts.target)}",
        *([f"Your notes: {facts.notes}"] if facts.notes else []),
    )
    if not picture:
        return story
    drawn = timeline_svg(kit.timeline(facts.source, incident=facts.incident))
    return Fragment(Html(join([story.html, drawn])), story.text)


def look_at_source(wishes: PageParameters, show: Callable[[str], Shown]) -> Shown | Fragment:
    """Show something of the source; ask for it while it is not named, and say so when the service does not know it."""
    if not wishes.source:
        return ask_for("source")
    try:
        return show(wishes.source)
    except NotFoundError as error:
        return describe_lines(f"The service shows nothing here: {error}")


def show_topology(kit: Kit, wishes: PageParameters) -> Fragment:
    """Show what the source consists of: its schemas now, and its data nodes at the chosen point."""

    def schemas(source: str) -> Fragment:
        return table_of(kit.schemas(source), "Schemas of the source now")

    def nodes(source: str) -> Fragment:
        if not wishes.point:
            return ask_for("backup_id", "restore_time")
        return table_of(kit.related_nodes(source, wishes.point), "Data nodes of the source at the chosen point")

    return stack(_part(wishes, schemas), _part(wishes, nodes))


def show_targets(kit: Kit, wishes: PageParameters) -> Fragment:
    """Show the possible targets, and what can take the place of the source's first data node on the chosen one."""

    def targets(source: str) -> Fragment:
        return table_of(kit.targets(source), "Possible targets")

    def candidates(source: str) -> Fragment:
        if not (wishes.target and wishes.point):
            return ask_for("target", "backup_id")
        nodes = kit.related_nodes(source, wishes.point)
        if not nodes:
            return describe_lines("The source had no data nodes at that point.")
        first = nodes[0]
        found = kit.target_nodes(source, wishes.target, first, wishes.point)
        name = first.instance_name or first.instance_id
        return table_of(found, f"Candidates for the place of {name}, 1 of {len(nodes)} data nodes")

    return stack(_part(wishes, targets), _part(wishes, candidates))


def _part(wishes: PageParameters, show: Callable[[str], Any]) -> Fragment:
    shown: Fragment = look_at_source(wishes, show)
    return shown


def _describe_location(kit: Kit) -> str:
    location = kit.records.location
    if kit.simulator is not None and location.endswith(str(kit.simulator.world_path.resolve().parent / "records.sqlite")):
        return f"{near(kit.simulator.world_path.parent / 'records.sqlite')}, beside the world"
    return location
