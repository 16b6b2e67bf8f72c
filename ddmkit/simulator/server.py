"""The simulator as a server on loopback: start, stop, and the handles that tests and notebooks use.

Only here is the web server loaded, and only when a simulator starts; importing this module is cheap.
"""

from __future__ import annotations

import shutil
import signal
import tempfile
import threading
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from ddmkit.simulator.http.auth import REGION, Gate
from ddmkit.simulator.http.faults import Fault, FaultBook, parse_fault
from ddmkit.simulator.storage.clock import from_ms, machine_ms
from ddmkit.simulator.world.world import World

if TYPE_CHECKING:
    from ddmkit.simulator.http.gateway import RequestBook, RequestLog
    from ddmkit.simulator.http.uvicorn_thread import WebServer

__all__ = ["ScenarioFacts", "Simulator", "serve_forever"]

SKEW_MS = 20 * 60_000


@dataclass(frozen=True, repr=False)
class ScenarioFacts:
    """What a newcomer needs: values with which a restore succeeds, and credentials, worth nothing elsewhere.

    `restore_time` and `backup_id` go with the same `data_nodes`. In `old-backup` only the backup leads to a restore: its
    instant, which is the restore time there, lies outside the restorable ranges.
    """

    source: str
    target: str
    data_nodes: tuple[str, ...]
    backup_id: str
    restore_time: datetime
    incident: datetime | None
    endpoint: str
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

    def __repr__(self) -> str:
        """Return the facts without the credentials, one a line."""
        shown = ("description", "endpoint", "project_id", "source", "target", "backup_id", "restore_time")
        lines = [f"  {name}: {getattr(self, name)}" for name in shown]
        nodes = ", ".join(self.data_nodes[:3]) + (
            f", and {len(self.data_nodes) - 3} more" if len(self.data_nodes) > 3 else ""
        )
        return "\n".join(["ScenarioFacts", *lines, f"  data_nodes: {nodes}"])


class Simulator:
    """A stand-in for the service, on a loopback port, over a world that may outlive it.

    Without `world` a new one is made in a private folder and removed again by `close()`; a path that does not exist is
    created with the scenario and the edition of the service (`huawei` unless another is named, see `EDITIONS`); one that
    exists keeps its id, scenario, edition and clock, and naming another scenario or edition for it raises ValueError. With
    `now` the clock of a new world stands there. `speed` scales the duration of jobs, `latency_s` is added to every request,
    `slow_s` to those that the fault `slow` strikes.
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
    ) -> None:
        self._book: RequestBook | None = None
        self._server: WebServer | None = None
        if speed <= 0:
            raise ValueError(f"The speed must be above 0, not {speed}.")
        self._faults = FaultBook(scenario or "")
        for fault in faults:
            self.inject(fault)
        self._folder = Path(tempfile.mkdtemp(prefix="ddmkit-world-")) if world is None else None
        path = self._folder / "world.sqlite" if self._folder else Path(str(world)).expanduser()
        try:
            self.world = World(path, scenario, now, edition=edition)
        except BaseException:
            self._remove_folder()
            raise
        self._speed, self._latency_s, self._slow_s, self._port = speed, latency_s, slow_s, port
        self._gate = Gate(self.world.storage, self.world.seed, self._gateway_ms)

    def __enter__(self) -> Self:
        """Start serving."""
        return self.start()

    def __exit__(self, *exception: object) -> None:
        """Stop serving and let go of the world."""
        self.close()

    def __repr__(self) -> str:
        """Return where the simulator is and what it plays."""
        place = self.endpoint if self._server else "not started"
        name = self.scenario_name if hasattr(self, "world") else "without a world"  # whose opening may have failed
        return f"<Simulator {name} at {place}>"

    def start(self) -> Self:
        """Serve in a thread of its own; once started, nothing more happens."""
        if self._server is None:
            from ddmkit.simulator.http.gateway import RequestBook  # noqa: PLC0415 - loads the web framework
            from ddmkit.simulator.http.uvicorn_thread import WebServer  # noqa: PLC0415 - loads the web framework

            self._book = RequestBook()
            application = self._application(self._book)
            self._server = WebServer(application, self._port)
            self._port = self._server.port
        return self

    def close(self) -> None:
        """Stop serving; a world made without a path is removed. A second time does nothing."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self.world.close()
        self._remove_folder()

    @property
    def endpoint(self) -> str:
        """The address to call, for DDM and IAM alike; raises RuntimeError before the start."""
        if self._server is None:
            raise RuntimeError("The simulator has no address yet; call start() or use it in a with statement.")
        return f"http://127.0.0.1:{self._port}"

    def now(self) -> datetime:
        """Return the time by the world's clock."""
        return from_ms(self.world.clock.now_ms())

    @property
    def clock_stands(self) -> bool:
        """Whether the world's clock is moved only by looks at jobs and by hand."""
        return self.world.clock.stands

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
        """What to restore in this world, and how to be let in; the token is the one that is good at present."""
        outline, credentials = self.world.outline, self.world.seed.credentials()
        known = {field.name for field in fields(ScenarioFacts)}
        values: dict[str, Any] = {**vars(outline), **vars(credentials)}
        values |= {
            "restore_time": from_ms(outline.restore_time),
            "incident": None if outline.incident is None else from_ms(outline.incident),
            "endpoint": self.endpoint,
            "iam_endpoint": self.endpoint,
            "region": REGION,
            "token": self._gate.scenario_token(),
        }
        return ScenarioFacts(**{name: value for name, value in values.items() if name in known})

    @property
    def requests(self) -> list[RequestLog]:
        """The requests since the start, in the order they came."""
        return self._book.requests() if self._book else []

    def effective_restores(self) -> list[dict[str, Any]]:
        """Return the restores that were really started in this world: job_id, source, target, backup_id, at, body."""
        return self.world.effective_restores()

    def inject(self, fault: str | Fault) -> None:
        """Put a fault in force, as `NAME[@Operation][*TIMES|%PERCENT]`; raise ValueError for unknown names."""
        self._faults.add(parse_fault(fault))

    def clear_faults(self) -> None:
        """Lift all faults; what they did to jobs stays."""
        self._faults.clear()

    def advance(self, distance: timedelta) -> None:
        """Move the world's clock by hand."""
        self.world.advance(distance)

    def openapi(self) -> dict[str, Any]:
        """Return the description of the calls that are answered, as OpenAPI."""
        from ddmkit.simulator.http.app import build_app  # noqa: PLC0415 - loads the web framework

        return build_app(self._service()).openapi()

    def _application(self, book: RequestBook) -> Any:
        from ddmkit.simulator.http.app import build_app  # noqa: PLC0415 - loads the web framework
        from ddmkit.simulator.http.gateway import Gateway  # noqa: PLC0415 - loads the web framework

        service = self._service()
        return Gateway(build_app(service), service, book, latency_s=self._latency_s, slow_s=self._slow_s)

    def _service(self) -> Any:
        from ddmkit.simulator.http.context import Service  # noqa: PLC0415 - loads the web framework

        return Service(self.world, self._gate, self._faults, self._speed)

    def _gateway_ms(self) -> int:
        return machine_ms() + (SKEW_MS if self._faults.holds("skewed-clock") else 0)

    def _remove_folder(self) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


def serve_forever(simulator: Simulator) -> None:
    """Serve until Ctrl-C or SIGTERM, then close the simulator. Only in a program's main thread."""
    ended = threading.Event()
    previous = {number: signal.signal(number, lambda *_: ended.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with simulator:
            while not ended.wait(0.5):
                pass
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
