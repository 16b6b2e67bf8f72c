"""The simulator as an HTTP server on the loopback address.

Importing this module is cheap: the web framework is loaded when a simulator starts.
"""

from __future__ import annotations

import shutil
import signal
import tempfile
import threading
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

from ddmkit.simulator.http.auth import REGION, Authenticator
from ddmkit.simulator.http.faults import ActiveFaults, Fault, parse_fault
from ddmkit.simulator.http.operations import SERVICES
from ddmkit.simulator.rules.contents import DatabaseContent
from ddmkit.simulator.storage.clock import from_ms
from ddmkit.simulator.world.world import World

if TYPE_CHECKING:
    from ddmkit.simulator.http.context import ServiceContext
    from ddmkit.simulator.http.gateway import LoggedRequest, RequestLog
    from ddmkit.simulator.http.uvicorn_thread import WebServer

__all__ = ["ScenarioFacts", "Simulator", "serve_forever"]


@dataclass(frozen=True, repr=False)
class ScenarioFacts:
    """The values with which a restore succeeds, and credentials that are valid only in the simulator.

    `endpoint` is the address of DDM and IAM; RDS, VPC and CTS have addresses of their own. In the scenarios
    `whole-incident` and `half-recovered`, the target or some of the data nodes have to be made first: `target` is then
    empty, and `data_nodes` holds those that exist.

    Both `restore_time` and `backup_id` match the `data_nodes`. In the scenario `old-backup` only the backup leads to a
    restore: `restore_time` is the instant of the backup there, and is outside the restorable ranges. The scenario `fleet`
    has `rows`, one for each restore, as a table of a fleet has them.
    """

    source: str
    target: str
    data_nodes: tuple[str, ...]
    backup_id: str
    restore_time: datetime
    incident: datetime | None
    endpoint: str
    rds_endpoint: str
    vpc_endpoint: str
    cts_endpoint: str
    project_id: str
    region: str
    token: str
    access_key: str
    secret_key: str
    iam_endpoint: str
    user: str
    password: str
    domain: str
    description: str
    temporary_access_key: str
    temporary_secret_key: str
    security_token: str
    notes: str = ""
    rows: tuple[dict[str, Any], ...] = ()

    def __repr__(self) -> str:
        """Return the facts without the credentials, one per line."""
        shown = (
            "description",
            "endpoint",
            "rds_endpoint",
            "vpc_endpoint",
            "cts_endpoint",
            "project_id",
            "source",
            "target",
            "backup_id",
            "restore_time",
        )
        lines = [f"  {name}: {getattr(self, name)}" for name in shown]
        nodes = ", ".join(self.data_nodes[:3]) + (
            f", and {len(self.data_nodes) - 3} more" if len(self.data_nodes) > 3 else ""
        )
        return "\n".join(["ScenarioFacts", *lines, f"  data_nodes: {nodes}"])


class Simulator:
    """A simulator of the service on a loopback port.

    Args:
        world: The file of the world, created when it does not exist. None means a temporary world that `close()` removes.
            An existing world keeps its id, scenario, edition and clock.
        scenario: A name of `SCENARIOS`.
        faults: The active faults, as `NAME[@Operation][*TIMES|%PERCENT]`; the names are in `FAULTS`.
        now: The time at which the clock of a new world is stopped; None means a running clock.
        speed: Divides the duration of jobs.
        latency_s: Seconds added to every request.
        port: The port of DDM and IAM; 0 means a free one.
        slow_s: Seconds added to requests that trigger the fault `slow`.
        edition: A name of `EDITIONS`.
        ports: The ports of `rds`, `vpc` and `cts`; those left out get free ones.

    Raises:
        ValueError: A fault, scenario, edition or service is unknown, the world has another scenario or edition, or the
            speed is not above 0.
    """

    def __init__(
        self,
        world: Path | str | None = None,
        scenario: str | None = None,
        faults: Iterable[str | Fault] = (),
        now: datetime | None = None,
        speed: float = 1.0,
        latency_s: float = 0.0,
        port: int = 0,
        *,
        slow_s: float = 2.0,
        edition: str | None = None,
        ports: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        self._request_log: RequestLog | None = None
        self._server: WebServer | None = None
        if speed <= 0:
            raise ValueError(f"The speed must be above 0, not {speed}.")
        unknown = sorted(set(ports) - set(SERVICES[1:]))
        if unknown:
            raise ValueError(f"There is no service {unknown[0]!r} with a port; there are {', '.join(SERVICES[1:])}.")
        self._faults = ActiveFaults(scenario or "")
        for fault in faults:
            self.inject(fault)
        self._folder = Path(tempfile.mkdtemp(prefix="ddmkit-world-")) if world is None else None
        path = self._folder / "world.sqlite" if self._folder else Path(str(world)).expanduser()
        try:
            self.world = World(path, scenario, now, edition=edition)
        except BaseException:
            self._remove_folder()
            raise
        self._speed, self._latency_s, self._slow_s = speed, latency_s, slow_s
        self._ports = {"ddm": port, **{service: ports.get(service, 0) for service in SERVICES[1:]}}
        self._authenticator = Authenticator(self.world.storage, self.world.seed, self._faults.gateway_ms)

    def __enter__(self) -> Self:
        """Start serving."""
        return self.start()

    def __exit__(self, *exception: object) -> None:
        """Stop serving and close the world."""
        self.close()

    def __repr__(self) -> str:
        """Return the scenario and the address."""
        place = self.endpoint if self._server else "not started"
        name = self.scenario_name if hasattr(self, "world") else "without a world"  # opening the world may have failed
        return f"<Simulator {name} at {place}>"

    def start(self) -> Self:
        """Start serving in a thread; does nothing when already started."""
        if self._server is None:
            from ddmkit.simulator.http.app import bind_apps  # noqa: PLC0415 - loads the web framework
            from ddmkit.simulator.http.gateway import ApiGateway, RequestLog  # noqa: PLC0415 - loads the web framework
            from ddmkit.simulator.http.uvicorn_thread import WebServer  # noqa: PLC0415 - loads the web framework

            context, self._request_log = self._context(), RequestLog()
            application = ApiGateway(
                bind_apps(context), context, self._request_log, latency_s=self._latency_s, slow_s=self._slow_s
            )
            self._server = WebServer(application, *self._ports.values())
            self._ports = dict(zip(SERVICES, self._server.ports, strict=True))
            context.ports.update(self._ports)
        return self

    def close(self) -> None:
        """Stop serving, close the world, and remove a temporary world. A second call does nothing."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self.world.close()
        self._remove_folder()

    @property
    def endpoint(self) -> str:
        """The address of DDM and IAM; raises RuntimeError before the start."""
        return self._address("ddm")

    @property
    def rds_endpoint(self) -> str:
        """The address of RDS; raises RuntimeError before the start."""
        return self._address("rds")

    @property
    def vpc_endpoint(self) -> str:
        """The address of VPC; raises RuntimeError before the start."""
        return self._address("vpc")

    @property
    def cts_endpoint(self) -> str:
        """The address of CTS, the audit service; raises RuntimeError before the start."""
        return self._address("cts")

    def now(self) -> datetime:
        """Return the time of the world's clock."""
        return from_ms(self.world.clock.now_ms())

    @property
    def speed(self) -> float:
        """The number that divides the duration of jobs."""
        return self._speed

    @property
    def is_clock_stopped(self) -> bool:
        """Whether the world's clock is stopped: it moves only when a client reads jobs, and by `advance()`."""
        return self.world.clock.is_stopped

    @property
    def world_id(self) -> str:
        """The random id of the world, 32 hexadecimal digits."""
        return self.world.id

    @property
    def world_path(self) -> Path:
        """The file of the world."""
        return self.world.path

    @property
    def scenario_name(self) -> str:
        """The name of the world's scenario."""
        return self.world.scenario

    @property
    def edition(self) -> str:
        """The name of the world's edition of the service."""
        return self.world.edition

    @property
    def facts(self) -> ScenarioFacts:
        """The values for a restore in this world, and the credentials; the token is the currently valid one."""
        outline, credentials = self.world.outline, self.world.seed.credentials()
        known = {field.name for field in fields(ScenarioFacts)}
        values: dict[str, Any] = {**vars(outline), **vars(credentials)}
        values |= {
            "restore_time": from_ms(outline.restore_time),
            "incident": None if outline.incident is None else from_ms(outline.incident),
            "endpoint": self.endpoint,
            "rds_endpoint": self.rds_endpoint,
            "vpc_endpoint": self.vpc_endpoint,
            "cts_endpoint": self.cts_endpoint,
            "iam_endpoint": self.endpoint,
            "region": REGION,
            "token": self._authenticator.scenario_token(),
        }
        return ScenarioFacts(**{name: value for name, value in values.items() if name in known})

    @property
    def requests(self) -> list[LoggedRequest]:
        """The requests since the start, in the order of their arrival."""
        return self._request_log.requests() if self._request_log else []

    def effective_restores(self) -> list[dict[str, Any]]:
        """Return the restores that were started in this world: job_id, source, target, backup_id, at, body."""
        return self.world.effective_restores()

    def effective_changes(self) -> list[dict[str, Any]]:
        """Return what else was started in this world by RDS and DDM: service, kind, id, name, job_id, at, and more."""
        return self.world.effective_changes()

    def contents(self, data_node: str, at: datetime | None = None) -> dict[str, DatabaseContent]:
        """Return the physical databases that a data node holds at an instant (None: now), by name.

        No call of the service shows this: two data nodes that were recovered a minute apart look alike to DDM. Raises
        KeyError for an unknown data node.
        """
        return self.world.contents(data_node, at)

    def inject(self, fault: str | Fault) -> None:
        """Add an active fault, as `NAME[@Operation][*TIMES|%PERCENT]`; raise ValueError for unknown names."""
        self._faults.add(parse_fault(fault))

    def clear_faults(self) -> None:
        """Remove all faults; jobs that a fault has changed stay changed."""
        self._faults.clear()

    def advance(self, distance: timedelta) -> None:
        """Move the world's clock."""
        self.world.advance(distance)

    def openapi(self, service: str = "ddm") -> dict[str, Any]:
        """Return the OpenAPI description of the supported calls of a service: `ddm`, `rds`, `vpc` or `cts`."""
        from ddmkit.simulator.http.app import build_app  # noqa: PLC0415 - loads the web framework

        return deepcopy(build_app(self.world.edition, service).openapi())

    def _address(self, service: str) -> str:
        if self._server is None:
            raise RuntimeError("The simulator has no address yet; call start() or use it in a with statement.")
        return f"http://127.0.0.1:{self._ports[service]}"

    def _context(self) -> ServiceContext:
        from ddmkit.simulator.http.context import ServiceContext  # noqa: PLC0415 - loads the web framework

        return ServiceContext(self.world, self._authenticator, self._faults, self._speed)

    def _remove_folder(self) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


def serve_forever(simulator: Simulator) -> None:
    """Serve until Ctrl-C or SIGTERM, then close the simulator. Call this function in the main thread only."""
    ended = threading.Event()
    previous = {number: signal.signal(number, lambda *_: ended.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with simulator:
            while not ended.wait(0.5):
                pass
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
