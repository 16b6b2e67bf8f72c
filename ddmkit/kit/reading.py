"""What a kit reads from the service, as tables, a chart and a file."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ddmkit.config.paths import expand
from ddmkit.display.charts import timeline_chart
from ddmkit.display.rows import Rows
from ddmkit.errors import DDMKitError, InputError, NotFoundError
from ddmkit.handles.records import RecordRow
from ddmkit.inputs import Identified, PointInTime, choose_point, id_of, read_incident
from ddmkit.kit.session import Session
from ddmkit.models import (
    Backup,
    DataNode,
    Instance,
    Job,
    RestorableRange,
    Schema,
    TargetInstance,
    TargetNode,
)
from ddmkit.restore.checks.target import judge_targets
from ddmkit.restore.proofs.gather.existing import judge_existing
from ddmkit.restore.proofs.nodes import NodeVerdict, Wanted
from ddmkit.restore.proofs.witnesses import Witnesses
from ddmkit.times import to_ms
from ddmkit.typed_times import find_time_zone, parse_point_in_time

if TYPE_CHECKING:
    import altair as alt


__all__ = ["Reading"]

_LONGEST_SPAN = timedelta(days=365)


class Reading(Session):
    """The reading half of ``Kit``: each method sends reads only, and nothing that changes the service."""

    def instances(self) -> Rows[Instance]:
        """Return every DDM instance of the project."""
        return self._rows(Instance, self._client.list_instances(), "DDM instances", "no DDM instances in this project")

    def backups(self, source: Identified | None = None) -> Rows[Backup]:
        """Return every metadata backup of the source (of the whole project when left out), newest first."""
        with self._client.collect_reads() as reads:
            found = self._client.list_backups(id_of(source, "source") if source is not None else "")
        remark = "; ".join(read.remark for read in reads if read.remark)
        empty = f"no metadata backups that can be used: {remark or 'the service makes them daily'}"
        return self._rows(Backup, found, f"Metadata backups ({remark})" if remark else "Metadata backups", empty)

    def restorable_ranges(self, source: Identified) -> Rows[RestorableRange]:
        """Return the ranges that a point in time may be chosen from, their ends included."""
        found = self._client.list_restorable_ranges(id_of(source, "source"))
        return self._rows(RestorableRange, found, "Restorable ranges", "no restorable ranges: choose a backup instead")

    def related_nodes(
        self, source: Identified, point: PointInTime | Backup, *, time_zone: str | None = None
    ) -> Rows[DataNode]:
        """Return the data nodes that the source had at ``point``: a time, a backup, or a backup's id."""
        source_id = id_of(source, "source")
        instant = self._instant_of(source_id, point, time_zone)
        found = self._client.show_related_nodes(source_id, instant).related_data_nodes
        return self._rows(DataNode, found, "Data nodes of the source then", "no data nodes at that point")

    def backup_nodes(self, source: Identified, backup: Identified) -> Rows[DataNode]:
        """Return the data nodes that a backup names, even when the service no longer lists the nodes of that time."""
        found = self._client.show_backup(id_of(source, "source"), id_of(backup, "backup")).related_data_nodes
        nodes = [DataNode(instance_id=one.instance_id, instance_name=one.instance_name) for one in found]
        return self._rows(DataNode, nodes, "Data nodes that the backup names", "the backup names no data nodes")

    def schemas(self, instance: Identified) -> Rows[Schema]:
        """Return the schemas that an instance has now."""
        found = self._client.list_schemas(id_of(instance, "instance"))
        return self._rows(Schema, found, "Schemas", "no schemas")

    def targets(self, source: Identified) -> Rows[TargetInstance]:
        """Return the possible targets; an unavailable instance is listed with the reason.

        An instance whose engine is too old is unavailable too. The service's own list does not look at the engine.
        """
        source_id = id_of(source, "source")
        reads: list[Callable[[], Any]] = [
            lambda: self._client.list_target_instances(source_id),
            self._client.list_instances,
        ]
        listed, instances = self._client.gather(reads)
        if isinstance(listed, DDMKitError):
            raise listed
        # Without the list of instances the engines are unknown here. The check of a plan reads the target itself.
        found = judge_targets(listed, () if isinstance(instances, DDMKitError) else instances)
        return self._rows(TargetInstance, found, "Possible targets", "no possible targets: create a new DDM instance")

    def target_nodes(
        self,
        source: Identified,
        target: Identified,
        source_node: Identified,
        point: PointInTime | Backup,
        *,
        time_zone: str | None = None,
    ) -> Rows[TargetNode]:
        """Return the candidates that can replace one data node of the source.

        Args:
            source: The instance whose metadata is to be restored.
            target: The instance to restore to.
            source_node: The data node of the source that is to be replaced.
            point: A point in time, a backup, or a backup's id.
            time_zone: The zone of a time without an offset.

        Returns:
            Every candidate of the project; an unavailable node is listed with the reason.

        Raises:
            InputError: An argument cannot be right, or the backup is not one of the source.
        """
        source_id = id_of(source, "source")
        instant = self._instant_of(source_id, point, time_zone)
        target_id, node_id = id_of(target, "target"), id_of(source_node, "source_node")
        found = self._client.list_target_nodes(source_id, target_id, node_id, instant)
        return self._rows(TargetNode, found, "Candidates", "no candidates in this project")

    def node_origins(
        self, source: Identified, point: PointInTime | Backup, *, time_zone: str | None = None
    ) -> Rows[NodeVerdict]:
        """Return what each existing data node was recovered from and to, and whether that fits the source at ``point``.

        ``status`` is ``pass``, ``warn`` where nothing shows it, or ``fail``; ``detail`` says what was seen. The source's own
        nodes are left out. Only for choosing: the checks of a plan read more. Empty where data nodes cannot be listed.
        """
        source_id = id_of(source, "source")
        wanted = self._wanted_at(source_id, point, time_zone)
        context = self._context
        found = judge_existing(
            self._client, context.witnesses or Witnesses(), wanted.source_ids or (), wanted, now=self._client.service_now()
        )
        return self._rows(NodeVerdict, found, "Where data nodes come from", "no data nodes that can be listed")

    def _wanted_at(self, source_id: str, point: PointInTime | Backup, time_zone: str | None) -> Wanted:
        given = point.id if isinstance(point, Backup) else point
        chosen = choose_point(given, self._typed_zone(time_zone), field="point")
        instant = chosen if isinstance(chosen, datetime) else self._instant_of(source_id, given, time_zone)
        nodes = self._client.show_related_nodes(source_id, instant).related_data_nodes
        source_ids = tuple(one.instance_id for one in nodes)
        if isinstance(chosen, datetime):
            return Wanted(restore_time_ms=to_ms(instant), source_ids=source_ids)
        made = [one.created for one in self._client.list_backups(source_id) if one.is_usable and one.created > instant]
        return Wanted(backup_ms=to_ms(instant), later_backups_ms=tuple(sorted(map(to_ms, made))), source_ids=source_ids)

    def jobs(self, since: PointInTime | timedelta = timedelta(days=1)) -> Rows[Job]:
        """Return every job begun since then (in the last day by default), newest first.

        Raises ``InputError`` for more than 30 days back: the service keeps no older jobs.
        """
        self._client.learn_clock()
        now = self._client.service_now()
        zone = self._typed_zone()
        if isinstance(since, timedelta):
            start = now - min(since, _LONGEST_SPAN)  # the client refuses this too, and names its limit
        else:
            start = parse_point_in_time(since, zone, field="since")
        found = self._client.list_jobs(start)
        return self._rows(Job, found, "Jobs", "no jobs in that time")

    def timeline(
        self, source: Identified, *, point: PointInTime | Backup | None = None, incident: PointInTime | None = None
    ) -> alt.LayerChart:
        """Draw the source's restorable ranges with their gaps, its backups by type, now and the chosen point."""
        source_id = id_of(source, "source")
        reads: list[Callable[[], Any]] = [
            lambda: self._client.list_restorable_ranges(source_id),
            lambda: self._client.list_backups(source_id),
        ]
        answers: list[Any] = []
        for answer in self._client.gather(reads):
            if isinstance(answer, DDMKitError) and not isinstance(answer, NotFoundError):
                raise answer
            # A deleted instance has no ranges any more; its backups are still drawn.
            answers.append(() if isinstance(answer, NotFoundError) else answer)
        ranges, backups = answers
        return timeline_chart(
            ranges,
            backups,
            self.now(),
            point=None if point is None else self._instant_of(source_id, point, None),
            incident=None if incident is None else read_incident(incident, self._typed_zone(), now=self.now()),
            zone=self._settings.time_zone,
        )

    def open_restores(self) -> Rows[RecordRow]:
        """Return the restores of this service that may still be going on, newest first; ``resume`` continues one."""
        return self._rows(RecordRow, self._open_runs("restore"), "Open restores", "no restore is going on")

    def open_recoveries(self) -> Rows[RecordRow]:
        """Return the whole recoveries and drills of this service that have not ended, newest first; ``resume`` reads one."""
        found = self._open_runs("recovery", "drill")
        return self._rows(RecordRow, found, "Open recoveries", "no recovery is going on")

    def open_fleets(self) -> Rows[RecordRow]:
        """Return the fleets of this service with rows that are left, newest first; ``resume_fleet`` goes on with one."""
        return self._rows(RecordRow, self._open_runs("fleet"), "Open fleets", "no fleet is going on")

    def _open_runs(self, *kinds: str) -> list[RecordRow]:
        store = self._context.store
        known = [one for one in store.list() if not one.state.is_settled and one.service == store.service]
        return [RecordRow.of(one) for one in known if one.header.kind in kinds and not one.imported]

    def export_schema_metadata(self, source: Identified, path: str | Path) -> Path:
        """Write the source's shard distribution, as the service exports it, to a new JSON file; return its path.

        Keep the file as a safety copy before a restore. Raises ``InputError`` when the file exists already or cannot be
        written. Source: API page DownloadSchemaMetadata.
        """
        exported = self._client.export_schema_metadata(id_of(source, "source"))
        place = expand(path)
        try:
            # Readable by the owner only, whatever the umask: the file names every schema, shard and node.
            number = os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(number, "w", encoding="utf-8") as file:
                file.write(exported.model_dump_json(indent=1))
        except OSError as error:
            raise InputError(
                f"{place} cannot be written ({error.strerror}).", field="path", fix="Choose another file; none is replaced."
            ) from error
        return place

    def _typed_zone(self, time_zone: str | None = None) -> str | None:
        """Return the zone in which a typed time without an offset is read; ``None`` when nobody has named one."""
        if time_zone is not None:
            return find_time_zone(time_zone).key
        return self._settings.time_zone if self._settings.names_time_zone else None

    def _instant_of(self, source_id: str, point: PointInTime | Backup, time_zone: str | None) -> datetime:
        given = point.id if isinstance(point, Backup) else point
        chosen = choose_point(given, self._typed_zone(time_zone), field="point")
        if isinstance(chosen, datetime):
            return chosen
        found = next((one for one in self._client.list_backups(source_id) if one.id == chosen), None)
        if found is None:
            raise InputError(
                f"{chosen!r} is no backup of {source_id} and no time.",
                field="point",
                fix="Give a backup's id from kit.backups(source), or a time such as 2025-05-20T10:12:32+02:00.",
            )
        return found.created
