"""A world of the simulator: one file with a scenario's instances, data nodes and backups, its clock and its jobs.

Opening and creating, and the methods that shape a world by hand. What is said about it on the wire is left to the shapes.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from ddmkit.simulator.http.editions import DEFAULT_EDITION, require_edition
from ddmkit.simulator.rules.history import nodes_at, schema_named
from ddmkit.simulator.rules.restores import describe_restore, settle_jobs
from ddmkit.simulator.storage.clock import WorldClock, machine_ms, to_ms
from ddmkit.simulator.storage.ids import Seed
from ddmkit.simulator.storage.schema import Attachment, Backup, DataNode, Instance, Job, Noun, Schema
from ddmkit.simulator.storage.storage import Storage, open_storage
from ddmkit.simulator.world.builder import Draft
from ddmkit.simulator.world.scenarios import DEFAULT_SCENARIO, Outline, draw_scenario

__all__ = ["World"]

N = TypeVar("N", bound=Noun)
JSON_COLUMNS = {"gaps", "operations"}


class World:
    """A world at `path`, created there with a scenario when there is none yet.

    Shaping, all at once in force for every server of the world; instants may be aware datetimes or milliseconds:
    `add_instance`, `add_data_node`, `add_backup`, `add_schema`, `add_account`, `add_job` give ids of what they add, each
    takes any column of its noun (see `nouns`); `add_instances`, `add_data_nodes`, `add_backups`, `add_jobs` do so many
    times; `recover_node` adds a data node that holds another's data; `attach` and `detach` associate; `set_instance`,
    `set_data_node`, `set_backup`, `set_job` change columns; `drop_schema`, `drop_account` and `delete_instance` do as the
    service does, which makes a backup just before a schema or an instance goes. A world keeps its scenario and its edition:
    raises ValueError when another one is asked for than that of an existing world, and for unknown ones.
    """

    def __init__(
        self,
        path: Path,
        scenario: str | None = None,
        now: datetime | None = None,
        machine: Callable[[], int] = machine_ms,
        *,
        edition: str | None = None,
    ) -> None:
        plan = _Beginning(scenario or DEFAULT_SCENARIO, require_edition(edition or DEFAULT_EDITION))
        now_ms = None if now is None else to_ms(now)
        self.storage = open_storage(path, lambda storage: _fill(storage, plan, now_ms, machine))
        self.path = path
        self.id = self.storage.setting("world_id") or ""
        self.scenario = self.storage.setting("scenario") or ""
        self.edition = self.storage.setting("edition") or DEFAULT_EDITION  # worlds made before there were editions
        try:
            _refuse_other("scenario", path, self.scenario, scenario)
            _refuse_other("edition", path, self.edition, edition)
        except ValueError:
            self.storage.close()
            raise
        self.seed = Seed(self.scenario)
        self.clock = WorldClock(self.storage, machine)
        self.outline = _read_outline(self.storage)

    @classmethod
    def blank(
        cls, path: Path, title: str, outline: Outline, now: datetime, machine: Callable[[], int] = machine_ms
    ) -> World:
        """Make a world that holds nothing yet, to be shaped by hand; its clock stands at `now`, `title` is its scenario.

        Raises FileExistsError when something is at the path, ValueError when no world can be written there.
        """
        if path.exists():
            raise FileExistsError(f"{path} is there already")

        def fill(storage: Storage) -> None:
            WorldClock.set_up(storage, to_ms(now), machine)
            _introduce(storage, _Beginning(title, DEFAULT_EDITION), outline)

        open_storage(path, fill).close()
        return cls(path, machine=machine)

    def close(self) -> None:
        """Let go of the world's file."""
        self.storage.close()

    def settle(self) -> None:
        """Carry out the effects of jobs that have ended."""
        settle_jobs(self.storage, self.clock.now_ms())

    def effective_restores(self) -> list[dict[str, Any]]:
        """Return the metadata restores that were started, oldest first."""
        return [describe_restore(job) for job in self.storage.every(Job, "source_id <> '' ORDER BY created, rowid")]

    def instance(self, instance_id: str) -> Instance | None:
        """Return an instance that exists at present."""
        return self.storage.one(Instance, "id = ? AND deleted IS NULL", (instance_id,))

    def add_instance(self, name: str | None = None, **columns: Any) -> str:
        """Add a DDM instance in the network of the scenario; give its id."""
        return self.add_instances(1, **columns, **({} if name is None else {"name": name}))[0]

    def add_instances(self, count: int, **columns: Any) -> list[str]:
        """Add many DDM instances; give their ids."""
        first = self._next_number("instances")
        return self._add(lambda d, n, c: d.instance(c.pop("name", f"instance-{first + n:06d}"), **c).id, count, columns)

    def add_data_node(self, name: str | None = None, **columns: Any) -> str:
        """Add an RDS for MySQL instance in the network of the scenario; give its id."""
        return self.add_data_nodes(1, **columns, **({} if name is None else {"name": name}))[0]

    def add_data_nodes(self, count: int, **columns: Any) -> list[str]:
        """Add many RDS for MySQL instances; give their ids."""
        first = self._next_number("data_nodes")
        return self._add(lambda d, n, c: d.data_node(c.pop("name", f"data-node-{first + n:06d}"), **c).id, count, columns)

    def recover_node(self, source_node_id: str, at: datetime | int, name: str = "", **columns: Any) -> str:
        """Add a data node that holds what another one held at an instant; give its id."""
        source = self._need(DataNode, source_node_id)
        moment = _milliseconds(at)
        title = name or f"{source.name}-recovered-{self._next_number('data_nodes'):06d}"
        return self._add(lambda d, _, c: d.recovered(source, moment, title, **c).id, 1, columns)[0]

    def add_backup(self, instance_id: str, **columns: Any) -> str:
        """Add a metadata backup of an instance, made now unless `created` is given; give its id."""
        return self.add_backups(1, instance_id, **columns)[0]

    def add_backups(self, count: int, instance_id: str, **columns: Any) -> list[str]:
        """Add many metadata backups, each a second older than the one before; give their ids."""
        user = self._need(Instance, instance_id)
        first = self._next_number("backups")
        newest = _milliseconds(columns.pop("created", self.clock.now_ms()))
        make = lambda d, n, c: d.backup(user, newest - n * 1000, key=f"added {first + n}", **c).id  # noqa: E731 - a short one among its like
        return self._add(make, count, columns)

    def add_schema(
        self, instance_id: str, name: str, shards: int = 8, data_nodes: Sequence[str] | None = None, **columns: Any
    ) -> None:
        """Add a schema over data nodes of its instance, all of them unless some are named."""
        user = self._need(Instance, instance_id)
        if data_nodes is None:
            nodes = nodes_at(self.storage, instance_id, self.clock.now_ms())
        else:
            nodes = [self._need(DataNode, node_id) for node_id in data_nodes]
        columns.setdefault("created", self.clock.now_ms())
        self._add(lambda d, _, c: str(d.schema(user, name, nodes, shards, **c).id), 1, columns)

    def add_account(self, instance_id: str, name: str, rights: Sequence[str] = ("SELECT",), **columns: Any) -> None:
        """Add an account to an instance."""
        user = self._need(Instance, instance_id)
        columns.setdefault("created", self.clock.now_ms())
        self._add(lambda d, _, c: d.account(user, name, rights, **c).name, 1, columns)

    def add_job(self, instance_id: str, name: str = "RestartInstance", **columns: Any) -> str:
        """Add a job of an instance, begun now unless `created` is given; give its id."""
        return self.add_jobs(1, instance_id, name, **columns)[0]

    def add_jobs(self, count: int, instance_id: str, name: str = "RestartInstance", **columns: Any) -> list[str]:
        """Add many jobs that began at the same instant; give their ids."""
        user = self._need(Instance, instance_id)
        first = self._next_number("jobs")
        at = _milliseconds(columns.pop("created", self.clock.now_ms()))
        make = lambda d, n, c: d.job(name, user, at, key=f"added {first + n}", **c).id  # noqa: E731 - a short one among its like
        return self._add(make, count, columns)

    def attach(self, instance_id: str, data_node_id: str, since: datetime | int | None = None) -> None:
        """Associate a data node with an instance."""
        moment = self.clock.now_ms() if since is None else _milliseconds(since)
        self.storage.add([Attachment(instance_id, data_node_id, moment)])

    def detach(self, data_node_id: str) -> None:
        """End the association of a data node."""
        statement = "UPDATE attachments SET until = ? WHERE data_node_id = ? AND until IS NULL"
        self.storage.execute(statement, (self.clock.now_ms(), data_node_id))

    def set_instance(self, instance_id: str, **columns: Any) -> None:
        """Change columns of an instance."""
        self._change(Instance, instance_id, columns)

    def set_data_node(self, data_node_id: str, **columns: Any) -> None:
        """Change columns of a data node."""
        self._change(DataNode, data_node_id, columns)

    def set_backup(self, backup_id: str, **columns: Any) -> None:
        """Change columns of a backup."""
        self._change(Backup, backup_id, columns)

    def set_job(self, job_id: str, **columns: Any) -> None:
        """Change columns of a job."""
        self._change(Job, job_id, columns)

    def drop_schema(self, instance_id: str, name: str) -> str:
        """Drop a schema as the service does; give the id of the backup made just before."""
        now = self.clock.now_ms()
        state = schema_named(self.storage, instance_id, name, now)
        if state is None:
            raise KeyError(name)
        with self.storage.writing():
            backup_id = self._event_backup(instance_id, now, f"deleting schema {state.schema.name}")
            self._change(Schema, state.schema.id, {"deleted": now})
        return backup_id

    def drop_account(self, instance_id: str, name: str) -> None:
        """Drop an account as the service does."""
        statement = "UPDATE accounts SET deleted = ? WHERE instance_id = ? AND name = ? AND deleted IS NULL"
        with self.storage.writing():
            if not self.storage.execute(statement, (self.clock.now_ms(), instance_id, name)):
                raise KeyError(name)

    def delete_instance(self, instance_id: str) -> str:
        """Delete an instance as the service does; give the id of the backup made just before."""
        now = self.clock.now_ms()
        with self.storage.writing():
            backup_id = self._event_backup(instance_id, now, "deleting the instance")
            self._change(Instance, instance_id, {"deleted": now})
            statement = "UPDATE attachments SET until = ? WHERE instance_id = ? AND until IS NULL"
            self.storage.execute(statement, (now, instance_id))
        return backup_id

    def advance(self, distance: timedelta) -> None:
        """Move the world's clock."""
        self.clock.advance_ms(distance // timedelta(milliseconds=1))

    def _event_backup(self, instance_id: str, now: int, reason: str) -> str:
        user = self._need(Instance, instance_id)
        key = f"event {self._next_number('backups')}"
        columns = {"key": key, "backup_type": "metadata", "description": f"metadata backup before {reason}"}
        return self._add(lambda d, _, c: d.backup(user, now - 1000, **c).id, 1, columns)[0]

    def _add(self, make: Callable[[Draft, int, dict[str, Any]], str], count: int, columns: Mapping[str, Any]) -> list[str]:
        with self.storage.writing():
            next_schema = self.storage.count("SELECT max(id) FROM schemas") + 1
            draft = Draft(self.seed, self.clock.now_ms(), next_schema)
            ids = [make(draft, number, _plain(columns)) for number in range(count)]
            self.storage.add(draft.rows)
        return ids

    def _change(self, noun: type[Noun], key: str | int, columns: Mapping[str, Any]) -> None:
        with self.storage.writing():
            self.storage.change(noun, key, _plain(columns))

    def _need(self, noun: type[N], key: str) -> N:
        row = self.storage.one(noun, "id = ?", (key,))
        if row is None:
            raise KeyError(key)
        return row

    def _next_number(self, table: str) -> int:
        return self.storage.count(f"SELECT max(rowid) FROM {table}") + 1  # noqa: S608 - our own names


@dataclass(frozen=True)
class _Beginning:
    """What a new world is made with and keeps."""

    scenario: str
    edition: str


def _fill(storage: Storage, plan: _Beginning, now_ms: int | None, machine: Callable[[], int]) -> None:
    draft = Draft(Seed(plan.scenario), WorldClock.set_up(storage, now_ms, machine))
    outline = draw_scenario(plan.scenario, draft)
    storage.add(draft.rows)
    _introduce(storage, plan, outline)


def _introduce(storage: Storage, plan: _Beginning, outline: Outline) -> None:
    storage.put_setting("world_id", secrets.token_hex(16))
    storage.put_setting("scenario", plan.scenario)
    storage.put_setting("edition", plan.edition)
    storage.put_setting("outline", json.dumps(vars(outline)))


def _refuse_other(what: str, path: Path, present: str, wanted: str | None) -> None:
    if wanted is not None and wanted != present:
        raise ValueError(
            f"The world at {path} holds the {what} {present!r}, not {wanted!r}; "
            f"open it without naming {'an' if what[0] in 'aeiou' else 'a'} {what}, or use another path."
        )


def _read_outline(storage: Storage) -> Outline:
    values = json.loads(storage.setting("outline") or "{}")
    return Outline(**{**values, "data_nodes": tuple(values["data_nodes"])})


def _milliseconds(moment: datetime | int) -> int:
    return to_ms(moment) if isinstance(moment, datetime) else moment


def _plain(columns: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _packed(name, value) for name, value in columns.items()}


def _packed(name: str, value: Any) -> Any:
    if name in JSON_COLUMNS and not isinstance(value, str):
        return json.dumps(value, default=_milliseconds)
    return _milliseconds(value) if isinstance(value, datetime) else value
