"""``connect()`` to a service, and ``demo()`` with the embedded simulator: the two ways to a kit."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from ddmkit.config.credentials import TokenCredentials
from ddmkit.config.paths import expand, find_home
from ddmkit.config.settings import Settings, read_settings
from ddmkit.config.variables import read_variable
from ddmkit.errors import InputError, without_frames
from ddmkit.kit import Kit
from ddmkit.records.address import StoreAddress
from ddmkit.typed_times import find_time_zone, parse_point_in_time

if TYPE_CHECKING:
    from ddmkit.simulator import Simulator

__all__ = ["connect", "demo"]


def connect(  # noqa: PLR0913  # every one is optional, keyword-only, and part of the contract
    *,
    endpoint: str | None = None,
    region: str | None = None,
    project_id: str | None = None,
    token: str | None = None,
    access_key: str | None = None,
    secret_key: str | None = None,
    security_token: str | None = None,
    user: str | None = None,
    password: str | None = None,
    domain: str | None = None,
    iam_endpoint: str | None = None,
    profile: str | None = None,
    time_zone: str | None = None,
    records: StoreAddress | str | Path | None = None,
    operator: str | None = None,
    ca_bundle: str | Path | None = None,
) -> Kit:
    """Connect to a service, without a request yet.

    Credentials come from the arguments, the ``DDMKIT_*`` environment, the official SDK's environment names, or its
    profile file: from the first of these that has some, never mixed. ``kit.settings`` says which. Raises ``InputError``
    when they are missing or half given, for a plain ``http://`` endpoint that is not loopback, and for unknown zones.
    """
    records = StoreAddress.of(records or read_variable("DDMKIT_RECORDS") or None)
    try:
        settings = read_settings(
            endpoint=endpoint,
            region=region,
            project_id=project_id,
            token=token,
            access_key=access_key,
            secret_key=secret_key,
            security_token=security_token,
            user=user,
            password=password,
            domain=domain,
            iam_endpoint=iam_endpoint,
            profile=profile,
            time_zone=time_zone,
            ca_bundle=str(ca_bundle) if ca_bundle is not None else None,
            environment=os.environ,
            home=find_home(),
        )
    except InputError as error:
        # A verbose traceback shows the variables of this frame too.
        endpoint = token = access_key = secret_key = security_token = password = None
        raise without_frames(error) from None
    return Kit(settings, records=records, operator=operator)


def demo(
    scenario: str | None = None,
    faults: Sequence[str] = (),
    now: datetime | None = None,
    world: str | Path | None = None,
    records: StoreAddress | str | Path | None = None,
    *,
    edition: str | None = None,
    time_zone: str | None = None,
    operator: str | None = None,
) -> Kit:
    """Bring up the embedded simulator and connect to it; every real credential is ignored.

    Without ``world`` (or ``DDMKIT_DEMO_WORLD``) a new one is made in a temporary folder; a path opens the world there, or
    creates it with the scenario (``dropped-schema`` by default). ``edition`` says which edition of the service a new world
    plays: ``huawei`` (the default), ``otc`` (Open Telekom Cloud) or ``early`` (Huawei Cloud before some calls were
    published); a world keeps its edition. ``now`` (or ``DDMKIT_DEMO_NOW``) makes its clock stand. Records lie beside the
    world. Raises ``InputError`` for an unknown scenario, edition or fault, and for another edition than a world's own.
    """
    from ddmkit.simulator import Simulator  # noqa: PLC0415  # an extra, and heavy: only a demo needs it

    records = StoreAddress.of(records or read_variable("DDMKIT_RECORDS") or None)
    # The environment gets no name here: a verbose traceback would show all that is in it.
    named = world or read_variable("DDMKIT_DEMO_WORLD")
    place = expand(named, field="world") if named else Path(tempfile.mkdtemp(prefix="ddmkit-demo-")) / "world.sqlite"
    zone = time_zone or read_variable("DDMKIT_TIME_ZONE") or "UTC"
    stands_at = now if now is not None else read_variable("DDMKIT_DEMO_NOW") or None
    try:
        simulator = Simulator(
            world=place,
            scenario=scenario,
            faults=faults,
            now=None if stands_at is None else parse_point_in_time(stands_at, zone, field="now"),
            edition=edition,
        )
    except ValueError as error:
        raise InputError(f"{error}", field="scenario, edition, faults, world", fix="See `ddmkit scenarios`.") from error
    except OSError as error:
        raise InputError(
            f"no world can be kept at {place} ({error.strerror}).", field="world", fix="Name a file, in a folder of yours."
        ) from error
    simulator.start()
    facts = simulator.facts
    settings = Settings(
        endpoint=simulator.endpoint,
        iam_endpoint=simulator.endpoint,
        credentials=TokenCredentials(SecretStr(facts.token)),
        project_id=facts.project_id,
        region=facts.region,
        credential_source="simulator",
        time_zone=find_time_zone(zone).key,
    )
    return Kit(
        settings,
        records=records if records.is_named else simulator.world_path.parent / "records.sqlite",
        operator=operator,
        now=simulator.now,
        sleep=_short_sleep(simulator),
        identity=simulator.world_id,
        simulator=simulator,
    )


def _short_sleep(simulator: Simulator) -> Callable[[float], None]:
    """Wait less between looks: a simulated restore takes seconds, or on a standing clock a few looks."""
    longest = 0.02 if simulator.clock_stands else 0.5
    return lambda seconds: time.sleep(min(seconds, longest))
