"""A faithful stand-in for the DDM service on loopback HTTP: worlds in files, scenarios, editions, faults.

It is written from the service's documentation alone and imports nothing of the rest of ddmkit; the rest sees only these
names. The web server is loaded when a simulator starts.
"""

from __future__ import annotations

from ddmkit.simulator.http.editions import EDITIONS
from ddmkit.simulator.http.faults import FAULTS, Fault
from ddmkit.simulator.server import ScenarioFacts, Simulator, serve_forever
from ddmkit.simulator.world.scenarios import DEFAULT_SCENARIO, SCENARIOS, Outline
from ddmkit.simulator.world.world import World

__all__ = [
    "DEFAULT_SCENARIO",
    "EDITIONS",
    "FAULTS",
    "SCENARIOS",
    "Fault",
    "Outline",
    "ScenarioFacts",
    "Simulator",
    "World",
    "serve_forever",
]
