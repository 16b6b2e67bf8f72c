"""How a kit connects to a simulator that runs in this process: its settings, and how long it waits between two reads."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from pydantic import SecretStr

from ddmkit.config.credentials import TokenCredentials
from ddmkit.config.settings import Settings
from ddmkit.typed_times import find_time_zone

if TYPE_CHECKING:
    from ddmkit.simulator import Simulator

__all__ = ["settings_for", "short_sleep"]


def settings_for(simulator: Simulator, named_zone: str) -> Settings:
    """Return the settings of a kit on a started simulator; ``named_zone`` is empty where nobody named a zone."""
    facts = simulator.facts
    return Settings(
        endpoint=simulator.endpoint,
        iam_endpoint=simulator.endpoint,
        credentials=TokenCredentials(SecretStr(facts.token)),
        project_id=facts.project_id,
        region=facts.region,
        credential_source="simulator",
        time_zone=find_time_zone(named_zone or "UTC").key,
        names_time_zone=bool(named_zone),
        **{name: getattr(facts, name, "") for name in ("rds_endpoint", "vpc_endpoint", "cts_endpoint")},
    )


def short_sleep(simulator: Simulator) -> Callable[[float], None]:
    """Wait less between polls: a simulated job takes seconds, divided by the speed, or a few polls on a stopped clock."""
    longest = 0.02 if simulator.is_clock_stopped else max(0.02, 0.5 / simulator.speed)
    return lambda seconds: time.sleep(min(seconds, longest))
