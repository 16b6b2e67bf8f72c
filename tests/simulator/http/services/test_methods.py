"""Every operation of RDS, VPC and CTS has a method, and every method an operation."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ddmkit.simulator.http.operations import ALL_OPERATIONS, SERVICES
from ddmkit.simulator.http.services.methods import TABLES

LAZY = """
import sys
from ddmkit.simulator import Simulator
Simulator().start().close()
loaded = [name for name in sys.modules if name.startswith("ddmkit.simulator.http.services.")]
assert not loaded, loaded
"""


@pytest.mark.parametrize("service", SERVICES[1:])
def test_operations_and_methods_match(service: str) -> None:
    kinds, methods = TABLES[service]
    assert set(methods) == {operation.name for operation in ALL_OPERATIONS if operation.service == service}
    assert {method.__qualname__.partition(".")[0] for method in methods.values()} <= {kind.__name__ for kind in kinds}


def test_a_simulator_that_serves_ddm_alone_does_not_load_them() -> None:
    subprocess.run([sys.executable, "-c", LAZY], check=True, timeout=60)
