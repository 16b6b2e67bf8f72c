"""The schema of a record store: numbered migrations that each run once. The store keeps the number of the last one.

A migration is never edited; a change of the schema is a new migration. Records are append-only: on SQLite and PostgreSQL
triggers refuse changes and deletions; on other databases ddmkit only never asks for them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    column,
    insert,
    inspect,
    literal,
    select,
    table,
    update,
)
from sqlalchemy.schema import SchemaItem

from ddmkit.errors import RecordError
from ddmkit.records.tables import meta

__all__ = ["MIGRATIONS", "is_current", "lock_schema", "migrate", "schema_version"]

# An arbitrary number, the same in every version of ddmkit.
_ADVISORY_LOCK = 6_845_115_227
_LONGEST_NAME = 200
_NAME = String(_LONGEST_NAME)


def schema_version(connection: Connection) -> int:
    """Return the number of the last migration that was applied; 0 for an empty database."""
    if not inspect(connection).has_table(meta.name):
        return 0
    noted = connection.scalar(select(meta.c.value).where(meta.c.name == "schema_version"))
    if noted is not None and not re.fullmatch("[0-9]{1,9}", noted):
        raise RecordError(
            "The record store has a schema version that is no number: it was edited or damaged. Nothing was changed. "
            "Restore the store from a copy."
        )
    return int(noted) if noted is not None else 0


def is_current(connection: Connection) -> bool:
    """Return whether all migrations are applied; raise ``RecordError`` when the store is newer than this ddmkit."""
    version = schema_version(connection)
    if version > len(MIGRATIONS):
        raise RecordError(
            f"The record store has schema version {version}, and this ddmkit knows {len(MIGRATIONS)} at most. "
            "Update ddmkit on this machine; nothing was changed."
        )
    return version == len(MIGRATIONS)


def migrate(connection: Connection) -> None:
    """Apply the missing migrations within the caller's transaction."""
    lock_schema(connection)
    # Checked again with the lock: another process may have been faster.
    if is_current(connection):
        return
    for number in range(schema_version(connection) + 1, len(MIGRATIONS) + 1):
        MIGRATIONS[number - 1](connection)
        connection.execute(update(meta).where(meta.c.name == "schema_version").values(value=str(number)))


def lock_schema(connection: Connection) -> None:
    """Wait until no other process changes the schema, and keep all others waiting until the end of the transaction."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})")


def _create_records(connection: Connection) -> None:
    _first_tables().create_all(connection, checkfirst=False)
    connection.execute(insert(meta).values(name="schema_version", value="0"))
    for name in ("ddmkit_runs", "ddmkit_events", "ddmkit_sends"):
        _forbid_changes(connection, name)


def _first_tables() -> MetaData:
    metadata = MetaData()
    Table("ddmkit_meta", metadata, Column("name", _NAME, primary_key=True), Column("value", Text, nullable=False))
    Table(
        "ddmkit_runs",
        metadata,
        # The order in which runs were opened; a clock may stop or go back.
        Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
        Column("id", _NAME, nullable=False, unique=True),
        Column("service", _NAME, nullable=False),
        Column("created", BigInteger, nullable=False),
        Column("plan_id", _NAME, nullable=False, unique=True),
        Column("digest", _NAME, nullable=False, index=True),
        Column("project_id", _NAME, nullable=False),
        Column("source_id", _NAME, nullable=False),
        Column("target_id", _NAME, nullable=False, index=True),
        *(Column(name, Text, nullable=False) for name in ("source_name", "target_name", "operator", "host")),
        Column("pid", BigInteger, nullable=False),
        *(Column(name, Text, nullable=False) for name in ("purpose", "ticket")),
    )
    _add_event_table(metadata)
    _add_claim_tables(metadata)
    return metadata


def _add_event_table(metadata: MetaData) -> None:
    Table(
        "ddmkit_events",
        metadata,
        Column("run_id", _NAME, ForeignKey("ddmkit_runs.id"), primary_key=True),
        Column("seq", BigInteger, primary_key=True, autoincrement=False),
        Column("at", BigInteger, nullable=False),
        Column("kind", String(40), nullable=False),
        Column("data", Text, nullable=False),
        Column("prev_sha256", String(64), nullable=False),
        Column("sha256", String(64), nullable=False),
        Index("ix_ddmkit_events_kind", "kind"),
    )


def _add_claim_tables(metadata: MetaData) -> None:
    Table(
        "ddmkit_claims",
        metadata,
        *(Column(name, _NAME, primary_key=True) for name in ("service", "project_id", "target_id")),
        Column("run_id", _NAME, ForeignKey("ddmkit_runs.id"), nullable=False, unique=True),
        Column("operator", Text, nullable=False),
        Column("host", Text, nullable=False),
        Column("pid", BigInteger, nullable=False),
        Column("at", BigInteger, nullable=False),
    )
    Table(
        "ddmkit_sends",
        metadata,
        Column("plan_id", _NAME, primary_key=True),
        Column("run_id", _NAME, ForeignKey("ddmkit_runs.id"), nullable=False),
        Column("at", BigInteger, nullable=False),
    )


def _forbid_changes(connection: Connection, name: str) -> None:
    if connection.dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            connection.exec_driver_sql(
                f"CREATE TRIGGER {name}_no_{verb.lower()} BEFORE {verb} ON {name} "
                "BEGIN SELECT RAISE(ABORT, 'records are append-only'); END"
            )
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(
            "CREATE OR REPLACE FUNCTION ddmkit_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'records are append-only'; END $$"
        )
        connection.exec_driver_sql(
            f"CREATE TRIGGER {name}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {name} "
            "FOR EACH STATEMENT EXECUTE FUNCTION ddmkit_append_only()"
        )


def _allow_deletion_of_freed_sends(connection: Connection) -> None:
    """Allow the deletion of a plan's sending, but only right after the event ``freed`` of its run."""
    last_kind = "(SELECT kind FROM ddmkit_events WHERE run_id = OLD.run_id ORDER BY seq DESC LIMIT 1)"
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("DROP TRIGGER ddmkit_sends_no_delete")
        connection.exec_driver_sql(
            "CREATE TRIGGER ddmkit_sends_no_delete BEFORE DELETE ON ddmkit_sends "
            f"WHEN {last_kind} IS NOT 'freed' BEGIN SELECT RAISE(ABORT, 'records are append-only'); END"
        )
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("DROP TRIGGER ddmkit_sends_append_only ON ddmkit_sends")
        connection.exec_driver_sql(
            "CREATE FUNCTION ddmkit_sends_freed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF {last_kind} IS DISTINCT FROM 'freed' THEN RAISE EXCEPTION 'records are append-only'; END IF; "
            "RETURN OLD; END $$"
        )
        connection.exec_driver_sql(
            "CREATE TRIGGER ddmkit_sends_no_delete BEFORE DELETE ON ddmkit_sends "
            "FOR EACH ROW EXECUTE FUNCTION ddmkit_sends_freed()"
        )
        connection.exec_driver_sql(
            "CREATE TRIGGER ddmkit_sends_append_only BEFORE UPDATE OR TRUNCATE ON ddmkit_sends "
            "FOR EACH STATEMENT EXECUTE FUNCTION ddmkit_append_only()"
        )


def _create_jobs(connection: Connection) -> None:
    """Add a table whose key gives each job one run; of several runs with one job, the first keeps the job."""
    jobs = _add_table(
        connection,
        "ddmkit_jobs",
        *(Column(name, _NAME, primary_key=True) for name in ("service", "job_id")),
        Column("run_id", _NAME, ForeignKey("ddmkit_runs.id"), nullable=False),
    )
    found = connection.exec_driver_sql(
        "SELECT r.service, e.data, r.id FROM ddmkit_runs r JOIN ddmkit_events e ON e.run_id = r.id "
        "WHERE e.kind IN ('answered', 'adopted') AND r.id NOT IN (SELECT run_id FROM ddmkit_imports) "
        "ORDER BY r.number, e.seq"
    )
    owners: dict[tuple[str, str], str] = {}
    for service, data, run_id in found:
        try:
            job_id = json.loads(data)["job_id"]
        except (ValueError, TypeError, KeyError, RecursionError):
            continue  # reading the run reports a damaged event
        if isinstance(job_id, str) and 0 < len(job_id) <= _LONGEST_NAME:
            owners.setdefault((service, job_id), run_id)
    if owners:
        rows = [{"service": key[0], "job_id": key[1], "run_id": run_id} for key, run_id in owners.items()]
        connection.execute(insert(jobs), rows)


def _create_imports(connection: Connection) -> None:
    """Add the list of imported runs; runs that were imported earlier cannot be recognised and are not listed."""
    run_id = Column("run_id", _NAME, ForeignKey("ddmkit_runs.id"), primary_key=True)
    _add_table(connection, "ddmkit_imports", run_id, Column("at", BigInteger, nullable=False))


def _add_table(connection: Connection, name: str, *columns: SchemaItem) -> Table:
    metadata = MetaData()
    Table("ddmkit_runs", metadata, Column("id", _NAME, unique=True))  # what the new table refers to
    added = Table(name, metadata, *columns)
    added.create(connection, checkfirst=False)
    return added


_RESTART = "this record store was upgraded by a newer ddmkit: end this program and start it again"


def _create_steps(connection: Connection) -> None:
    """Add the kind of a run, and claims and sendings by step in the place of those by target and plan.

    A process of an older version may have the store open. It can still write down what it has begun, because its rows stay
    where they are, and their deletion deletes the new rows too. Its next claim is refused: it does not know the claims of
    others any more. On other databases than SQLite and PostgreSQL it is the one who migrates that ends such processes.
    """
    connection.exec_driver_sql("ALTER TABLE ddmkit_runs ADD COLUMN kind VARCHAR(20) DEFAULT 'restore' NOT NULL")
    _add_table(
        connection,
        "ddmkit_step_claims",
        Column("service", _NAME, primary_key=True),
        Column("project_id", _NAME, primary_key=True),
        Column("claim_key", String(2 * _LONGEST_NAME), primary_key=True),
        Column("run_id", _NAME, ForeignKey("ddmkit_runs.id"), nullable=False),
        Column("step", _NAME, nullable=False),
        *(Column(name, Text, nullable=False) for name in ("operator", "host")),
        *(Column(name, BigInteger, nullable=False) for name in ("pid", "at")),
        UniqueConstraint("run_id", "step"),
    )
    _add_table(
        connection,
        "ddmkit_step_sends",
        *(Column(name, _NAME, primary_key=True) for name in ("plan_id", "step")),
        Column("run_id", _NAME, ForeignKey("ddmkit_runs.id"), nullable=False),
        Column("at", BigInteger, nullable=False),
    )
    _move_claims_and_sends(connection)
    _retire(connection, "ddmkit_claims", "ddmkit_step_claims")
    _retire(connection, "ddmkit_sends", "ddmkit_step_sends")
    _protect_sends(connection)


def _move_claims_and_sends(connection: Connection) -> None:
    owner = ("run_id", "operator", "host", "pid", "at")
    claims = table("ddmkit_claims", *map(column, ("service", "project_id", "target_id", *owner)))
    key = literal("restore:") + claims.c.target_id
    kept = select(claims.c.service, claims.c.project_id, key, literal(""), *(claims.c[name] for name in owner))
    names = ["service", "project_id", "claim_key", "step", *owner]
    connection.execute(insert(table("ddmkit_step_claims", *map(column, names))).from_select(names, kept))
    sends = table("ddmkit_sends", *map(column, ("plan_id", "run_id", "at")))
    sent = select(sends.c.plan_id, literal(""), sends.c.run_id, sends.c.at)
    names = ["plan_id", "step", "run_id", "at"]
    connection.execute(insert(table("ddmkit_step_sends", *map(column, names))).from_select(names, sent))


def _retire(connection: Connection, old: str, new: str) -> None:
    """Refuse new rows in a table that was replaced, and let a deletion there delete the row in the new table."""
    forget = f"DELETE FROM {new} WHERE run_id = OLD.run_id AND step = ''"  # noqa: S608  # constants
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(
            f"CREATE TRIGGER {old}_retired BEFORE INSERT ON {old} BEGIN SELECT RAISE(ABORT, '{_RESTART}'); END"
        )
        connection.exec_driver_sql(f"CREATE TRIGGER {old}_forgets AFTER DELETE ON {old} BEGIN {forget}; END")
    if connection.dialect.name == "postgresql":
        for name, when, body in (
            ("retired", "BEFORE INSERT", f"RAISE EXCEPTION '{_RESTART}'"),
            ("forgets", "AFTER DELETE", f"{forget}; RETURN OLD"),
        ):
            connection.exec_driver_sql(
                f"CREATE FUNCTION {old}_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body}; END $$"
            )
            connection.exec_driver_sql(
                f"CREATE TRIGGER {old}_{name} {when} ON {old} FOR EACH ROW EXECUTE FUNCTION {old}_{name}()"
            )


def _protect_sends(connection: Connection) -> None:
    """Allow the deletion of a sending only right after the event that says that nothing was started by it."""
    name = "ddmkit_step_sends"
    last_kind = "(SELECT kind FROM ddmkit_events WHERE run_id = OLD.run_id ORDER BY seq DESC LIMIT 1)"
    forbidden = f"COALESCE({last_kind}, '') NOT IN ('freed', 'step-freed', 'step-released')"
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(
            f"CREATE TRIGGER {name}_no_update BEFORE UPDATE ON {name} "
            "BEGIN SELECT RAISE(ABORT, 'records are append-only'); END"
        )
        connection.exec_driver_sql(
            f"CREATE TRIGGER {name}_no_delete BEFORE DELETE ON {name} "
            f"WHEN {forbidden} BEGIN SELECT RAISE(ABORT, 'records are append-only'); END"
        )
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(
            f"CREATE FUNCTION {name}_freed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF {forbidden} THEN RAISE EXCEPTION 'records are append-only'; END IF; RETURN OLD; END $$"
        )
        connection.exec_driver_sql(
            f"CREATE TRIGGER {name}_no_delete BEFORE DELETE ON {name} FOR EACH ROW EXECUTE FUNCTION {name}_freed()"
        )
        connection.exec_driver_sql(
            f"CREATE TRIGGER {name}_append_only BEFORE UPDATE OR TRUNCATE ON {name} "
            "FOR EACH STATEMENT EXECUTE FUNCTION ddmkit_append_only()"
        )


def _create_fleets(connection: Connection) -> None:
    """Add the state of fleets. It changes while a fleet runs; what a fleet did is on its record, which does not."""
    _add_table(
        connection,
        "ddmkit_fleets",
        Column("run_id", _NAME, ForeignKey("ddmkit_runs.id"), primary_key=True),
        *(Column(name, _NAME, nullable=False) for name in ("digest", "gate", "version")),
        *(Column(name, Text, nullable=False) for name in ("paused", "paused_by")),
        *(Column(name, BigInteger, nullable=False) for name in ("cap", "stop_after", "opened", "slow_until")),
    )
    whole = ("wave", "claimed", "acknowledged", "lease_until", "since", "begun", "ended")
    _add_table(
        connection,
        "ddmkit_fleet_items",
        Column("fleet_id", _NAME, ForeignKey("ddmkit_runs.id"), primary_key=True),
        Column("number", BigInteger, primary_key=True, autoincrement=False),
        *(Column(name, _NAME, nullable=False) for name in ("row", "digest", "state", "run_id", "lease")),
        *(Column(name, Text, nullable=False) for name in ("reason", "owner")),
        *(Column(name, BigInteger, nullable=False) for name in whole),
        UniqueConstraint("fleet_id", "row"),
        Index("ix_ddmkit_fleet_items_lease", "lease"),
    )


MIGRATIONS: tuple[Callable[[Connection], None], ...] = (
    _create_records,
    _allow_deletion_of_freed_sends,
    _create_imports,
    _create_jobs,
    _create_steps,
    _create_fleets,
)
