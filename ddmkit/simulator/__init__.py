"""A simulator of DDM, RDS, VPC and CTS: HTTP on loopback addresses, with worlds in files, scenarios and faults.

The simulator is written from the service's documentation alone and imports nothing from the rest of ddmkit. The rest of
ddmkit uses only the names exported here. The layers are storage, rules, world, http and server; each imports only from the
layers before it. The web framework is loaded when a simulator starts.
"""

from __future__ import annotations

from ddmkit.simulator.http.faults import FAULTS, RECOVERY_FAULTS, Fault
from ddmkit.simulator.rules.contents import DatabaseContent
from ddmkit.simulator.rules.editions import EDITIONS
from ddmkit.simulator.server import ScenarioFacts, Simulator, serve_forever
from ddmkit.simulator.world.scenarios import DEFAULT_SCENARIO, SCENARIOS, ScenarioOutline
from ddmkit.simulator.world.world import World

__all__ = [
    "DEFAULT_SCENARIO",
    "EDITIONS",
    "FAULTS",
    "RECOVERY_FAULTS",
    "SCENARIOS",
    "DatabaseContent",
    "Fault",
    "ScenarioFacts",
    "ScenarioOutline",
    "Simulator",
    "World",
    "serve_forever",
]
