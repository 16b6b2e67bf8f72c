"""The two ways to a kit: ``connect()`` to a service, and ``demo()`` with the embedded simulator."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ddmkit.config.paths import expand, find_home
from ddmkit.config.settings import read_settings
from ddmkit.config.variables import read_variable
from ddmkit.credentials import AccessKey, Password, Token
from ddmkit.errors import InputError, without_frames
from ddmkit.records.address import StoreAddress
from ddmkit.rehearsal.stage import settings_for, short_sleep
from ddmkit.typed_times import parse_point_in_time

if TYPE_CHECKING:
    from ddmkit.inputs import PointInTime
    from ddmkit.kit import Kit
    from ddmkit.simulator import Simulator

__all__ = ["connect", "demo"]

_FASTEST = 100
# The parameters of connect() that hold parts of the credentials, in their order there.
_FLAT_CREDENTIALS = ("token", "access_key", "secret_key", "security_token", "user", "password", "domain")


def connect(  # noqa: PLR0913  # every one is optional, keyword-only, and part of the contract
    *,
    endpoint: str | None = None,
    region: str | None = None,
    project_id: str | None = None,
    credentials: AccessKey | Token | Password | None = None,
    token: str | None = None,
    access_key: str | None = None,
    secret_key: str | None = None,
    security_token: str | None = None,
    user: str | None = None,
    password: str | None = None,
    domain: str | None = None,
    iam_endpoint: str | None = None,
    rds_endpoint: str | None = None,
    vpc_endpoint: str | None = None,
    cts_endpoint: str | None = None,
    profile: str | None = None,
    time_zone: str | None = None,
    records: StoreAddress | str | Path | None = None,
    operator: str | None = None,
    ca_bundle: str | Path | None = None,
    read_only: bool = False,
    timeout_s: float = 30.0,
) -> Kit:
    """Connect to a service, without a request yet.

    Credentials come from the first of these places that has any, and from that place alone: the arguments, the
    ``DDMKIT_*`` environment variables, the official SDK's environment variables, the SDK's profile file.
    ``kit.settings`` names the place.

    Args:
        endpoint: The https address of the DDM service. Left out, it follows from the region.
        region: The region, such as ``cn-north-4``.
        project_id: The project in the region. Left out, it is looked up at the first request.
        credentials: ``AccessKey(...)``, ``Token(...)`` or ``Password(...)``, in place of the seven names below.
        token: A token of the identity service (IAM) for the project.
        access_key: An access key (AK); needs ``secret_key``.
        secret_key: The secret key (SK) of the access key.
        security_token: The security token of a temporary access key.
        user: An IAM user; needs ``password`` and ``domain``.
        password: The password of the IAM user.
        domain: The account name that owns the IAM user.
        iam_endpoint: The https address of the identity service. Left out, it follows from the region.
        rds_endpoint: The https address of RDS, the service of the data nodes. Left out, it is ``DDMKIT_RDS_ENDPOINT``, or
            follows from the region.
        vpc_endpoint: The https address of the network service (VPC); likewise.
        cts_endpoint: The https address of the audit trail (CTS); likewise.
        profile: The name of a profile in the SDK's profile file, to use that profile's credentials.
        time_zone: The zone in which times are shown, and typed times without an offset are read, such as ``Europe/Berlin``;
            ``DDMKIT_TIME_ZONE`` by default. Without either, times are shown in UTC, and typed times need an offset.
        records: The record store: a file, or the URL of a database. ``DDMKIT_RECORDS`` or the user's own file by default.
        operator: The name under which restores are recorded; the user of this machine by default.
        ca_bundle: A PEM file or a folder with the certificate authorities to trust, in place of the usual ones.
        read_only: Refuse every request that could change the service, before it is sent. Plans can be made and shown.
        timeout_s: How long a read waits for the service to accept the connection (10 seconds at most) and to send each part
            of its answer, in seconds. A restore request keeps its own deadline of 60 seconds in all.

    Returns:
        The kit. Close it when done, or use it as a context manager.

    Raises:
        InputError: Credentials are missing, half given or given twice; the endpoint is plain ``http://`` and not
            loopback; the time zone is unknown; ``timeout_s`` is not a positive number.
    """
    from ddmkit.kit import Kit  # noqa: PLC0415  # slow to load: importing the names of this module should not be

    records = StoreAddress.of(records or read_variable("DDMKIT_RECORDS") or None)
    try:
        settings = read_settings(
            endpoint=endpoint,
            region=region,
            project_id=project_id,
            **_read_credentials(credentials, (token, access_key, secret_key, security_token, user, password, domain)),
            iam_endpoint=iam_endpoint,
            rds_endpoint=rds_endpoint,
            vpc_endpoint=vpc_endpoint,
            cts_endpoint=cts_endpoint,
            profile=profile,
            time_zone=time_zone,
            ca_bundle=str(ca_bundle) if ca_bundle is not None else None,
            home=find_home(),
        )
        return Kit(settings, records=records, operator=operator, read_only=read_only, timeout_s=timeout_s)
    except InputError as error:
        # A verbose traceback shows the variables of this frame too.
        rds_endpoint = vpc_endpoint = cts_endpoint = None
        endpoint = iam_endpoint = region = project_id = profile = time_zone = ca_bundle = None
        credentials = token = access_key = secret_key = security_token = user = password = domain = None
        raise without_frames(error) from None


def _read_credentials(credentials: AccessKey | Token | Password | None, values: Sequence[str | None]) -> dict[str, Any]:
    """Return the credentials by parameter name, from the one argument or from the flat arguments."""
    flat = dict(zip(_FLAT_CREDENTIALS, values, strict=True))
    if credentials is None:
        return flat
    if not isinstance(credentials, AccessKey | Token | Password):
        kinds = "Give ddmkit.AccessKey(...), ddmkit.Token(...) or ddmkit.Password(...)."
        raise InputError(f"is not credentials but {type(credentials).__name__}.", field="credentials", fix=kinds)
    both = [name for name, value in flat.items() if value]
    if both:
        raise InputError(f"is given in addition to {', '.join(both)}.", field="credentials", fix="Give one of the two.")
    return credentials.arguments()


def demo(
    scenario: str | None = None,
    faults: Sequence[str] = (),
    now: PointInTime | None = None,
    world: str | Path | None = None,
    records: StoreAddress | str | Path | None = None,
    *,
    edition: str | None = None,
    time_zone: str | None = None,
    operator: str | None = None,
    size: int | None = None,
) -> Kit:
    """Start the embedded simulator and connect to it; every real credential is ignored.

    Args:
        scenario: The scenario of a new world; ``dropped-schema`` by default. ``ddmkit scenarios`` lists them.
        faults: What goes wrong, such as ``lost-answer``.
        now: An instant at which the world's clock stands; ``DDMKIT_DEMO_NOW``, or else a clock that runs.
        world: The file of the world, opened or created; ``DDMKIT_DEMO_WORLD``, or else a new one in a temporary folder.
        records: The record store; beside the world by default.
        edition: The edition of the service that a new world plays: ``huawei`` (the default), ``otc`` (Open Telekom Cloud)
            or ``early`` (Huawei Cloud before some calls were published). A world keeps its edition.
        time_zone: The zone in which times are shown, and typed times without an offset are read; as in ``connect``.
        operator: The name under which restores are recorded; the user of this machine by default.
        size: How many instances the scenario ``fleet`` has, 50 by default. ``kit.scenario.rows`` is its table.

    Returns:
        The kit. Closing it stops the simulator.

    Raises:
        InputError: The scenario, the edition or a fault is unknown; the world has another edition; the world cannot be
            kept in that file.
    """
    from ddmkit.kit import Kit  # noqa: PLC0415  # slow to load: importing the names of this module should not be

    records = StoreAddress.of(records or read_variable("DDMKIT_RECORDS") or None)
    named_zone = time_zone or read_variable("DDMKIT_TIME_ZONE")
    if size is not None:
        scenario = f"{scenario}:{size}"
    simulator = _open_simulator(scenario, faults, now, world, edition, named_zone or None)
    simulator.start()
    return Kit(
        settings_for(simulator, named_zone),
        records=records if records.is_named else simulator.world_path.parent / "records.sqlite",
        operator=operator,
        now=simulator.now,
        sleep=short_sleep(simulator),
        identity=simulator.world_id,
        simulator=simulator,
    )


def _open_simulator(
    scenario: str | None,
    faults: Sequence[str],
    now: PointInTime | None,
    world: str | Path | None,
    edition: str | None,
    zone: str | None,
) -> Simulator:
    from ddmkit.simulator import Simulator  # noqa: PLC0415  # an extra, and heavy: only a demo needs it

    # No variable holds the whole environment: a verbose traceback would show it.
    named = world or read_variable("DDMKIT_DEMO_WORLD")
    place = expand(named, field="world") if named else Path(tempfile.mkdtemp(prefix="ddmkit-demo-")) / "world.sqlite"
    stands_at = now if now is not None else read_variable("DDMKIT_DEMO_NOW") or None
    try:
        return Simulator(
            world=place,
            scenario=scenario,
            faults=faults,
            now=None if stands_at is None else parse_point_in_time(stands_at, zone, field="now"),
            speed=_read_speed(),
            edition=edition,
        )
    except ValueError as error:
        raise InputError(f"{error}", field="scenario, edition, faults, world", fix="See `ddmkit scenarios`.") from error
    except OSError as error:
        raise InputError(
            f"no world can be kept at {place} ({error.strerror}).", field="world", fix="Name a file, in a folder of yours."
        ) from error


def _read_speed() -> float:
    """Return by how much ``DDMKIT_DEMO_SPEED`` divides the duration of simulated jobs; by default not at all."""
    named = read_variable("DDMKIT_DEMO_SPEED") or "1"
    try:
        speed = float(named)
    except ValueError:
        speed = 0
    if not 1 <= speed <= _FASTEST:
        raise InputError(
            "is not a number from 1 to 100.", field="DDMKIT_DEMO_SPEED", fix="Remove the variable: it is for demonstrations."
        )
    return speed
