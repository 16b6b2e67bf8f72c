"""A world of the simulator: one file with the instances, data nodes, backups, jobs and the clock of a scenario.

`World` opens or creates the file, and has methods that change the world for tests and exercises.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from ddmkit.simulator.rules.contents import DatabaseContent, contents_at
from ddmkit.simulator.rules.editions import DEFAULT_EDITION, require_edition
from ddmkit.simulator.rules.history import nodes_at, schema_named
from ddmkit.simulator.rules.instance_jobs import describe_instance_job
from ddmkit.simulator.rules.nodes.jobs import describe_node_job, settle_node_jobs
from ddmkit.simulator.rules.restores import describe_restore, settle_jobs
from ddmkit.simulator.storage.clock import WorldClock, machine_ms, to_ms
from ddmkit.simulator.storage.ids import Seed
from ddmkit.simulator.storage.recovery_schema import NodeJob, Trace
from ddmkit.simulator.storage.schema import Attachment, Backup, DataNode, Instance, Job, Schema, TableRow
from ddmkit.simulator.storage.storage import Storage, open_storage
from ddmkit.simulator.world.builder import WorldBuilder
from ddmkit.simulator.world.scenarios import DEFAULT_SCENARIO, ScenarioOutline, build_scenario, require_scenario

__all__ = ["World"]

R = TypeVar("R", bound=TableRow)
JSON_COLUMNS = {"gaps", "operations", "tags", "request", "response"}


class World:
    """A world in the file `path`; creates the file with a scenario when it does not exist.

    The `add_...` methods return the ids of the new rows and accept every column of the table as keyword (see
    `storage.schema`); the `set_...` methods change columns. Times are aware datetimes or milliseconds since the epoch.
    `drop_schema`, `drop_account` and `delete_instance` do what the service does; it makes a backup before a schema or an
    instance is deleted. Every change is visible immediately in all processes that serve the world.

    Args:
        path: The SQLite file of the world.
        scenario: A name of `SCENARIOS`; None means the scenario of the file, or the default one for a new world.
        now: The time at which the clock of a new world is stopped; None means a running clock.
        machine: Returns the machine's time in milliseconds since the epoch.
        edition: A name of `EDITIONS`; None means the edition of the file, or the default one for a new world.

    Raises:
        ValueError: The file is not a world, the scenario or edition is unknown, or the file has another one.
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
        new_edition = require_edition(edition or DEFAULT_EDITION)
        now_ms = None if now is None else to_ms(now)
        if not path.exists():
            require_scenario(scenario or DEFAULT_SCENARIO)  # before the world's folder is created

        def fill(storage: Storage) -> None:
            name = scenario or DEFAULT_SCENARIO
            builder = WorldBuilder(Seed(name), WorldClock.set_up(storage, now_ms, machine))
            outline = build_scenario(name, builder)
            storage.add(builder.rows)
            _put_settings(storage, name, new_edition, outline)

        self.storage = open_storage(path, fill)
        self.path = path
        self.id = self.storage.setting("world_id") or ""
        self.scenario = self.storage.setting("scenario") or ""
        self.edition = self.storage.setting("edition") or DEFAULT_EDITION  # old files have no edition
        try:
            _require_same("scenario", path, self.scenario, scenario)
            _require_same("edition", path, self.edition, edition)
        except ValueError:
            self.storage.close()
            raise
        self.seed = Seed(self.scenario)
        self.clock = WorldClock(self.storage, machine)
        self.outline = _read_outline(self.storage)

    @classmethod
    def blank(
        cls, path: Path, title: str, outline: ScenarioOutline, now: datetime, machine: Callable[[], int] = machine_ms
    ) -> World:
        """Create a world without rows.

        Args:
            path: The new SQLite file.
            title: The name of the scenario.
            outline: The values that lead to a restore.
            now: The time at which the clock is stopped.
            machine: Returns the machine's time in milliseconds since the epoch.

        Raises:
            FileExistsError: The path exists.
            ValueError: The file cannot be created as a world.
        """
        if path.exists():
            raise FileExistsError(f"{path} already exists")

        def fill(storage: Storage) -> None:
            WorldClock.set_up(storage, to_ms(now), machine)
            _put_settings(storage, title, DEFAULT_EDITION, outline)

        open_storage(path, fill).close()
        return cls(path, machine=machine)

    def close(self) -> None:
        """Close the file of the world."""
        self.storage.close()

    def settle(self) -> None:
        """Apply the effects of the jobs that have ended."""
        now = self.clock.now_ms()
        settle_jobs(self.storage, now)
        settle_node_jobs(self.storage, now)

    def home_network(self) -> dict[str, str]:
        """Return the network columns of the scenario's own VPC."""
        return WorldBuilder(self.seed, 0).network()

    def contents(self, data_node_id: str, at: datetime | int | None = None) -> dict[str, DatabaseContent]:
        """Return what a data node holds at an instant (None: now): its physical databases by name.

        No call of the service shows this. Raises KeyError for an unknown data node.
        """
        moment = self.clock.now_ms() if at is None else _milliseconds(at)
        return contents_at(self.storage, self._require(DataNode, data_node_id), moment)

    def add_trace(self, **columns: Any) -> str:
        """Add an audit trace of RDS, happened and recorded now unless `time` is given, and return its id."""
        now = _milliseconds(columns.pop("time", self.clock.now_ms()))
        number = self._next_number("traces")
        values: dict[str, Any] = {
            "id": self.seed.uuid("trace", f"added {number}"),
            "name": "createInstance",
            "record_time": now,
            "service": "RDS",
            "resource_type": "instance",
            "resource_id": "",
            "resource_name": "",
            "code": "202",
        }
        trace = Trace(time=now, **{**values, **_to_columns(columns)})
        self.storage.add([trace])
        return trace.id

    def remove_traces(self, data_node_id: str) -> None:
        """Remove the audit traces of a data node."""
        self.storage.execute("DELETE FROM traces WHERE resource_id = ?", (data_node_id,))

    def effective_restores(self) -> list[dict[str, Any]]:
        """Return the started metadata restores, oldest first."""
        return [describe_restore(job) for job in self.storage.every(Job, "source_id <> '' ORDER BY created, rowid")]

    def effective_changes(self) -> list[dict[str, Any]]:
        """Return what else was started in this world by RDS and DDM, oldest first.

        Each has `service`, `kind` (create, restore, delete, read-only), `id`, `name`, `job_id`, `at`; a recovered node also
        has `source` and `restore_time`, the origin of its content.
        """
        # The recoveries that belong to a scenario have no source in their jobs.
        nodes = self.storage.every(NodeJob, "kind <> 'restore' OR source_id <> ''")
        instances = self.storage.every(Job, "source_id = '' AND body <> ''")
        found = [*map(describe_node_job, nodes), *map(describe_instance_job, instances)]
        return sorted(found, key=lambda change: change["at"])

    def instance(self, instance_id: str) -> Instance | None:
        """Find an instance that exists now."""
        return self.storage.one(Instance, "id = ? AND deleted IS NULL", (instance_id,))

    def add_instance(self, name: str | None = None, **columns: Any) -> str:
        """Add a DDM instance in the network of the scenario and return its id."""
        return self.add_instances(1, **columns, **({} if name is None else {"name": name}))[0]

    def add_instances(self, count: int, **columns: Any) -> list[str]:
        """Add several DDM instances and return their ids."""
        first = self._next_number("instances")
        return self._add(lambda d, n, c: d.instance(c.pop("name", f"instance-{first + n:06d}"), **c).id, count, columns)

    def add_data_node(self, name: str | None = None, **columns: Any) -> str:
        """Add an RDS for MySQL instance in the network of the scenario and return its id."""
        return self.add_data_nodes(1, **columns, **({} if name is None else {"name": name}))[0]

    def add_data_nodes(self, count: int, **columns: Any) -> list[str]:
        """Add several RDS for MySQL instances and return their ids."""
        first = self._next_number("data_nodes")
        return self._add(lambda d, n, c: d.data_node(c.pop("name", f"data-node-{first + n:06d}"), **c).id, count, columns)

    def recover_node(self, source_node_id: str, at: datetime | int, name: str = "", **columns: Any) -> str:
        """Add a data node that contains the data of another one at an instant, and return its id."""
        source = self._require(DataNode, source_node_id)
        moment = _milliseconds(at)
        title = name or f"{source.name}-recovered-{self._next_number('data_nodes'):06d}"
        return self._add(lambda d, _, c: d.recovered(source, moment, title, **c).id, 1, columns)[0]

    def add_backup(self, instance_id: str, **columns: Any) -> str:
        """Add a metadata backup of an instance, made now unless `created` is given, and return its id."""
        return self.add_backups(1, instance_id, **columns)[0]

    def remove_backup(self, backup_id: str) -> None:
        """Remove a metadata backup, as the service does when its retention has ended."""
        self.storage.execute("DELETE FROM backups WHERE id = ?", (backup_id,))

    def add_backups(self, count: int, instance_id: str, **columns: Any) -> list[str]:
        """Add several metadata backups, one second apart, newest first, and return their ids."""
        user = self._require(Instance, instance_id)
        first = self._next_number("backups")
        newest = _milliseconds(columns.pop("created", self.clock.now_ms()))
        make = lambda d, n, c: d.backup(user, newest - n * 1000, key=f"added {first + n}", **c).id  # noqa: E731 - as short as the others
        return self._add(make, count, columns)

    def add_schema(
        self, instance_id: str, name: str, shards: int = 8, data_nodes: Sequence[str] | None = None, **columns: Any
    ) -> None:
        """Add a schema to an instance.

        Args:
            instance_id: The instance.
            name: The name of the schema.
            shards: The number of shards; 1 means an unsharded schema.
            data_nodes: The ids of the data nodes of the shards; None means all data nodes of the instance.
            columns: Other columns of the table.
        """
        user = self._require(Instance, instance_id)
        if data_nodes is None:
            nodes = nodes_at(self.storage, instance_id, self.clock.now_ms())
        else:
            nodes = [self._require(DataNode, node_id) for node_id in data_nodes]
        columns.setdefault("created", self.clock.now_ms())
        self._add(lambda d, _, c: str(d.schema(user, name, nodes, shards, **c).id), 1, columns)

    def add_account(self, instance_id: str, name: str, rights: Sequence[str] = ("SELECT",), **columns: Any) -> None:
        """Add an account to an instance.

        Args:
            instance_id: The instance.
            name: The name of the account.
            rights: Rights of ddm-api.md 6.4.
            columns: Other columns of the table, and `databases`, the names of schemas.
        """
        user = self._require(Instance, instance_id)
        columns.setdefault("created", self.clock.now_ms())
        self._add(lambda d, _, c: d.account(user, name, rights, **c).name, 1, columns)

    def add_job(self, instance_id: str, name: str = "RestartInstance", **columns: Any) -> str:
        """Add a job of an instance, started now unless `created` is given, and return its id."""
        return self.add_jobs(1, instance_id, name, **columns)[0]

    def add_jobs(self, count: int, instance_id: str, name: str = "RestartInstance", **columns: Any) -> list[str]:
        """Add several jobs that start at the same instant, and return their ids."""
        user = self._require(Instance, instance_id)
        first = self._next_number("jobs")
        at = _milliseconds(columns.pop("created", self.clock.now_ms()))
        make = lambda d, n, c: d.job(name, user, at, key=f"added {first + n}", **c).id  # noqa: E731 - as short as the others
        return self._add(make, count, columns)

    def attach(self, instance_id: str, data_node_id: str, since: datetime | int | None = None) -> None:
        """Associate a data node with an instance, from now unless `since` is given."""
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
        """Drop a schema as the service does; return the id of the backup made before."""
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
        """Delete an instance as the service does; return the id of the backup made before."""
        now = self.clock.now_ms()
        with self.storage.writing():
            backup_id = self._event_backup(instance_id, now, "deleting the instance")
            self._change(Instance, instance_id, {"deleted": now})
            statement = "UPDATE attachments SET until = ? WHERE instance_id = ? AND until IS NULL"
            self.storage.execute(statement, (now, instance_id))
        return backup_id

    def advance(self, distance: timedelta) -> None:
        """Move the clock of the world."""
        self.clock.advance_ms(distance // timedelta(milliseconds=1))

    def _event_backup(self, instance_id: str, now: int, reason: str) -> str:
        user = self._require(Instance, instance_id)
        key = f"event {self._next_number('backups')}"
        columns = {"key": key, "backup_type": "metadata", "description": f"metadata backup before {reason}"}
        return self._add(lambda d, _, c: d.backup(user, now - 1000, **c).id, 1, columns)[0]

    def _add(
        self, make: Callable[[WorldBuilder, int, dict[str, Any]], str], count: int, columns: Mapping[str, Any]
    ) -> list[str]:
        with self.storage.writing():
            next_schema = self.storage.count("SELECT max(id) FROM schemas") + 1
            builder = WorldBuilder(self.seed, self.clock.now_ms(), next_schema)
            ids = [make(builder, number, _to_columns(columns)) for number in range(count)]
            self.storage.add(builder.rows)
        return ids

    def _change(self, table: type[TableRow], key: str | int, columns: Mapping[str, Any]) -> None:
        with self.storage.writing():
            self.storage.change(table, key, _to_columns(columns))

    def _require(self, table: type[R], key: str) -> R:
        row = self.storage.one(table, "id = ?", (key,))
        if row is None:
            raise KeyError(key)
        return row

    def _next_number(self, table: str) -> int:
        return self.storage.count(f"SELECT max(rowid) FROM {table}") + 1  # noqa: S608 - table names are constants


def _put_settings(storage: Storage, scenario: str, edition: str, outline: ScenarioOutline) -> None:
    storage.put_setting("world_id", secrets.token_hex(16))
    storage.put_setting("scenario", scenario)
    storage.put_setting("edition", edition)
    storage.put_setting("outline", json.dumps(vars(outline)))


def _require_same(kind: str, path: Path, present: str, wanted: str | None) -> None:
    if wanted is not None and wanted != present:
        raise ValueError(
            f"The world at {path} holds the {kind} {present!r}, not {wanted!r}; "
            f"open it without naming {'an' if kind[0] in 'aeiou' else 'a'} {kind}, or use another path."
        )


def _read_outline(storage: Storage) -> ScenarioOutline:
    values = json.loads(storage.setting("outline") or "{}")
    lists = {name: tuple(values.get(name, ())) for name in ("data_nodes", "rows")}
    return ScenarioOutline(**{**values, **lists})


def _milliseconds(moment: datetime | int) -> int:
    return to_ms(moment) if isinstance(moment, datetime) else moment


def _to_columns(columns: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _to_column(name, value) for name, value in columns.items()}


def _to_column(name: str, value: Any) -> Any:
    if name in JSON_COLUMNS and not isinstance(value, str):
        return json.dumps(value, default=_milliseconds)
    return _milliseconds(value) if isinstance(value, datetime) else value
