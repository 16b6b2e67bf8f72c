"""Open a guided page on the service that its parameters name."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ddmkit.config.endpoints import REGIONS, require_known_endpoint
from ddmkit.errors import InputError
from ddmkit.factory import connect, demo
from ddmkit.fleet.table import FleetTable
from ddmkit.fleet.waves import read_waves
from ddmkit.guide.drill import DrillGuide
from ddmkit.guide.fleet import FleetGuide
from ddmkit.guide.notebook import Guide
from ddmkit.guide.parameters import fill_from_scenario, read_instant, read_list, read_mapping, read_parameters, read_text
from ddmkit.guide.recovery import RecoveryGuide, RecoveryParameters, fill_in
from ddmkit.kit import Kit

__all__ = ["open_drill", "open_fleet", "open_guide", "open_recovery"]

RECOVERY_SCENARIO = "whole-incident"
"""The scenario of a page on which data nodes are recovered too."""
_FLEET_SCENARIO = "fleet:6"


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
    """Open a guided page. An empty parameter is taken from the scenario on the simulator; on a cloud the page asks for it.

    Args:
        service: ``"simulator"``, a region such as ``"cn-north-4"``, or the endpoint that is configured on this machine.
        world: File of a simulated world, opened or created; empty for a new world, or the one in ``DDMKIT_DEMO_WORLD``.
        scenario: Story of a new simulated world; ``ddmkit scenarios`` lists them.
        faults: What goes wrong in the simulated world.
        source: Id of the instance that lost its metadata.
        target: Id of the new, empty instance.
        data_nodes: Ids of the recovered RDS instances.
        backup_id: Id of the backup to restore; alternative to ``restore_time``.
        restore_time: Point in time to restore to: ISO text, or epoch milliseconds.
        time_zone: Zone of times without an offset; empty for ``DDMKIT_TIME_ZONE``. Without either such times are refused.
        incident: When the damage was done, if known; ISO text, or epoch milliseconds.

    Returns:
        The guide. Its kit is open; ``guide.kit.close()`` closes it.

    Raises:
        InputError: A parameter is malformed; the error names it. No request has been sent.

    """
    for name, given in {"service": service, "world": world, "scenario": scenario, "time_zone": time_zone}.items():
        read_text(given, name)
    kit = open_kit(service, world, time_zone or None, scenario, read_list(faults, "faults"))
    try:
        given_parameters = read_parameters(
            source=source,
            target=target,
            data_nodes=data_nodes,
            backup_id=backup_id,
            restore_time=restore_time,
            time_zone=kit.settings.time_zone if kit.settings.names_time_zone else "",
            incident=incident,
            now=kit.now(),
        )
    except InputError:
        kit.close()
        raise
    if kit.simulator is None:
        return Guide(kit, given_parameters, given_parameters, service=service)
    in_new_world = not (world or os.environ.get("DDMKIT_DEMO_WORLD"))
    filled = fill_from_scenario(given_parameters, kit.scenario)
    return Guide(kit, filled, given_parameters, service=service, in_new_world=in_new_world)


def open_recovery(  # noqa: PLR0913  # one argument for each parameter of the page
    service: str = "simulator",
    *,
    world: str = "",
    scenario: str = "",
    faults: Sequence[str] = (),
    source: str = "",
    restore_time: str | int = "",
    backup_id: str = "",
    time_zone: str = "",
    incident: str | int = "",
    nodes: Mapping[str, str] | None = None,
    target: str = "new",
    like: Mapping[str, Mapping[str, Any]] | None = None,
    throwaway: bool = False,
) -> RecoveryGuide:
    """Open the page of a whole recovery. On the simulator, the scenario has values for the empty parameters.

    Args:
        service: ``"simulator"``, a region such as ``"cn-north-4"``, or the endpoint that is configured on this machine.
        world: File of a simulated world, opened or created; empty for a new world, or the one in ``DDMKIT_DEMO_WORLD``.
        scenario: Story of a new simulated world; ``whole-incident`` by default.
        faults: What goes wrong in the simulated world.
        source: Id of the instance to recover.
        restore_time: Point in time to recover to: ISO text, or epoch milliseconds.
        backup_id: Id of the metadata backup to recover to; alternative to ``restore_time``.
        time_zone: Zone of times without an offset; empty for ``DDMKIT_TIME_ZONE``. Without either such times are refused.
        incident: When the damage was done, if known; ISO text, or epoch milliseconds.
        nodes: Data nodes that are recovered already, by the id of the source node that each stands in for.
        target: ``"new"``, or the id of an existing, empty instance.
        like: What is to be different from the source; see ``Kit.plan_recovery``.
        throwaway: A drill: everything may be deleted afterwards.

    Returns:
        The guide. Its kit is open; ``guide.kit.close()`` closes it.

    Raises:
        InputError: A parameter is malformed; the error names it. No request has been sent.
    """
    texts = {"service": service, "world": world, "scenario": scenario, "time_zone": time_zone, "target": target}
    for name, text in texts.items():
        read_text(text, name)
    file = world or os.environ.get("DDMKIT_DEMO_WORLD", "")
    story = story_of(service, file, scenario, RECOVERY_SCENARIO)
    kit = open_kit(service, world, time_zone or None, story, read_list(faults, "faults"))
    try:
        given = replace(
            _read_recovery(kit, source, restore_time, backup_id, incident),
            nodes=read_mapping(nodes or {}, "nodes"),
            target=target.strip() or "new",
            like=read_mapping(like or {}, "like"),
            throwaway=throwaway is True,
        )
    except InputError:
        kit.close()
        raise
    in_new_world = kit.simulator is not None and not file
    return RecoveryGuide(kit, fill_in(given, kit), service=service, in_new_world=in_new_world, given=given)


def open_drill(  # noqa: PLR0913  # one argument for each parameter of the page
    service: str = "simulator",
    *,
    world: str = "",
    scenario: str = "",
    source: str = "",
    record: str = "",
    on: str = "simulator",
    fault: str = "",
    rto: str = "30min",
    rpo: str = "24h",
    every: str = "90d",
    incident: str | int = "",
    restore_time: str | int = "",
    backup_id: str = "",
    time_zone: str = "",
    purpose: str = "",
    approver: str = "",
) -> DrillGuide:
    """Open the page of a drill. On the simulator, the scenario has the source.

    Args:
        service: ``"simulator"``, a region such as ``"cn-north-4"``, or the endpoint that is configured on this machine.
        world: File of a simulated world, opened or created; empty for a new world, or the one in ``DDMKIT_DEMO_WORLD``.
        scenario: Story of a new simulated world; ``whole-incident`` by default.
        source: Id of the instance to drill.
        record: Id of a record, or its exported file, in place of the source.
        on: ``simulator``, or ``cloud`` for a real recovery that is deleted again.
        fault: Fault of a negative drill, on the simulator; see ``Kit.drill``.
        rto: Longest time to a working target.
        rpo: Longest span of writes that may be lost.
        every: Longest time between two drills.
        incident: When the imagined damage was done; now by default.
        restore_time: Point to restore to; the newest that is allowed by default.
        backup_id: Id of the backup to restore; alternative to ``restore_time``.
        time_zone: Zone of times without an offset.
        purpose: Why the drill is done, for the report.
        approver: Who approved it, for the report.

    Returns:
        The guide. Its kit is open; ``guide.kit.close()`` closes it.

    Raises:
        InputError: A parameter is malformed; the error names it. No request has been sent.
    """
    texts = {"service": service, "world": world, "scenario": scenario, "source": source, "record": record, "on": on}
    for name, text in texts.items():
        read_text(text, name)
    if source and record:
        raise InputError("both are filled in.", field="source, record", fix="Fill in one of the two.")
    file = world or os.environ.get("DDMKIT_DEMO_WORLD", "")
    kit = open_kit(service, world, time_zone or None, story_of(service, file, scenario, RECOVERY_SCENARIO), [])
    chosen = source if source or record or kit.simulator is None else kit.scenario.source
    given = {
        "fault": fault,
        "rto": rto,
        "rpo": rpo,
        "every": every,
        "incident": incident,
        "restore_time": restore_time,
        "backup_id": backup_id,
        "purpose": purpose,
        "approver": approver,
    }
    filled = {name: value for name, value in given.items() if value != ""}
    return DrillGuide(kit, source=chosen, record=record, place=on or "simulator", given=filled)


def open_fleet(
    service: str = "simulator",
    *,
    world: str = "",
    scenario: str = "",
    faults: Sequence[str] = (),
    table: FleetTable = "",
    cap: int = 8,
    waves: str | Sequence[int | str] = "1, 5, rest",
    stop_after: int = 3,
    gate: str = "wave",
    time_zone: str = "",
) -> FleetGuide:
    """Open the page of a fleet. On the simulator, the scenario has the rows of an empty table.

    Args:
        service: ``"simulator"``, a region such as ``"cn-north-4"``, or the endpoint that is configured on this machine.
        world: File of a simulated world, opened or created; empty for a new world, or the one in ``DDMKIT_DEMO_WORLD``.
        scenario: Story of a new simulated world; ``fleet`` with 6 rows by default, ``fleet:50`` has 50.
        faults: What goes wrong in the simulated world.
        table: The path of a CSV file, or rows as mappings, or a DataFrame; see ``Kit.plan_fleet``.
        cap: How many rows may be in flight at once.
        waves: The sizes of the waves; ``rest`` may stand last.
        stop_after: How many bad rows pause the fleet.
        gate: Which waves a person opens: ``wave``, ``first`` or ``none``.
        time_zone: Zone of times without an offset; empty for ``DDMKIT_TIME_ZONE``. Without either such times are refused.

    Returns:
        The guide. Its kit is open; ``guide.kit.close()`` closes it.

    Raises:
        InputError: A parameter is malformed; the error names it. No request has been sent.
    """
    for name, text in {"service": service, "world": world, "scenario": scenario, "time_zone": time_zone}.items():
        read_text(text, name)
    file = world or os.environ.get("DDMKIT_DEMO_WORLD", "")
    story = story_of(service, file, scenario, _FLEET_SCENARIO)
    kit = open_kit(service, world, time_zone or None, story, read_list(faults, "faults"))
    is_empty = isinstance(table, str | list | tuple) and not table
    rows = getattr(kit.scenario, "rows", None) if is_empty and kit.simulator is not None else None
    settings = {
        "cap": cap,
        "waves": read_waves(waves) if isinstance(waves, str) else waves,
        "stop_after": stop_after,
        "gate": gate,
        "time_zone": time_zone or None,
    }
    in_new_world = kit.simulator is not None and not file
    found = (rows or None) if is_empty else table
    return FleetGuide(kit, found, settings, service=service, in_new_world=in_new_world)


def _read_recovery(
    kit: Kit, source: str, restore_time: str | int, backup_id: str, incident: str | int
) -> RecoveryParameters:
    """Read the parameters that a restore has too, and fill the empty ones in from the scenario."""
    zone = kit.settings.time_zone if kit.settings.names_time_zone else ""
    given = read_parameters(
        source=source,
        backup_id=backup_id,
        restore_time=restore_time,
        time_zone=zone,
        incident=incident,
        now=kit.now(),
    )
    return RecoveryParameters(
        source=given.source,
        restore_time=given.restore_time,
        backup_id=given.backup_id,
        time_zone=zone,
        incident=read_instant(incident, zone, "incident") or "",
    )


def story_of(service: str, file: str, scenario: str, usual: str) -> str:
    """Return the scenario of a page, ``usual`` when none is named; an existing world and a cloud have none of their own."""
    return scenario or ("" if service != "simulator" or (file and Path(file).exists()) else usual)


def open_kit(service: str, world: str, time_zone: str | None, scenario: str, faults: Sequence[str]) -> Kit:
    """Open a kit on the service that a page names; raises ``InputError`` for any other text."""
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
            "is empty: this notebook does not name a service.",
            field="service",
            fix="Set it to a region such as 'cn-north-4', or to the endpoint that DDMKIT_ENDPOINT names on this machine.",
        )
    raise InputError(
        f"{service!r} is neither 'simulator', a region with DDM, nor an https:// address.",
        field="service",
        fix=f"Regions: {', '.join(REGIONS)}.",
    )
