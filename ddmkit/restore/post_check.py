"""Read the target after a restore and compare it with the expected content.

"The job completed" and "the target holds what it should" are two results. What the service does not show is listed as
unknown, never skipped. The content of a backup cannot be read, so the expectation is derived from the source as it was when
the plan was made, and from the time of the backup.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

from ddmkit.models import Account, Instance, RestoreRequest, Schema, SchemaDetail, is_healthy
from ddmkit.restore.inventory import Fact, Frozen, Inventory, read_in_parallel
from ddmkit.service.client import Client

__all__ = ["Finding", "TargetSnapshot", "Verification", "compare_with_plan", "expected_schemas", "read_target_snapshot"]

Verdict = Literal["as expected", "differs", "cannot be known"]


class Finding(Frozen):
    """One comparison: what was expected, what was found, and the verdict."""

    subject: str
    verdict: Verdict
    expected: str
    found: str


class Verification(Frozen):
    """The result of the comparison: ``passed`` when nothing differs, with every finding listed."""

    at: datetime
    findings: tuple[Finding, ...]
    address: str = ""

    @property
    def passed(self) -> bool:
        """Nothing differs from what was expected; what cannot be known does not count."""
        return not self.differences

    @property
    def differences(self) -> tuple[Finding, ...]:
        """The findings that differ from what was expected."""
        return tuple(one for one in self.findings if one.verdict == "differs")


class TargetSnapshot(Frozen):
    """The target after the restore, and the source's schemas that can still be compared in detail."""

    at: datetime
    target: Fact[Instance]
    schemas: Fact[tuple[Schema, ...]]
    accounts: Fact[tuple[Account, ...]]
    details: dict[str, Fact[SchemaDetail]]
    source_details: dict[str, Fact[SchemaDetail]]

    def for_record(self) -> dict[str, Any]:
        """Return what the target holds as JSON for the record, without single shards."""
        return self.model_dump(mode="json", include={"target", "schemas", "accounts"})


def read_target_snapshot(client: Client, request: RestoreRequest, inventory: Inventory, *, now: datetime) -> TargetSnapshot:
    """Read the target, every schema with its shards, and the same schemas of the source where they still exist."""
    target_id, source_id = request.target_instance_id, request.source_instance_id
    facts = read_in_parallel(
        client,
        {
            "target": lambda: client.show_instance(target_id),
            "schemas": lambda: client.list_schemas(target_id),
            "accounts": lambda: client.list_accounts(target_id),
        },
    )
    names = [schema.name for schema in facts["schemas"].value or ()]
    on_source = [schema.name for schema in inventory.source_schemas.value or () if schema.name in set(names)]
    places = [(target_id, name) for name in names] + [(source_id, name) for name in on_source]
    details = read_in_parallel(client, {place: functools.partial(client.show_schema, *place) for place in places})
    return TargetSnapshot(
        at=now,
        details={name: details[target_id, name] for name in names},
        source_details={name: details[source_id, name] for name in on_source},
        **facts,
    )


def compare_with_plan(
    request: RestoreRequest, inventory: Inventory, after: TargetSnapshot, *, as_of: datetime | None
) -> Verification:
    """Compare the target with what the plan expects, and list every finding.

    ``as_of`` is when the backup was made: what the source got later is not expected on the target.
    """
    findings = (
        _compare_health(inventory, after),
        *_compare_schemas(inventory, after, as_of),
        *_compare_shards(after),
        _compare_nodes(request, after),
        _compare_accounts(inventory, after, as_of),
        Finding(
            subject="accounts' passwords",
            verdict="cannot be known",
            expected="as before",
            found="no call shows them: try a log-in with each application's account",
        ),
    )
    target = after.target.value
    address = f"{target.access_ip}:{target.access_port}" if target and target.access_ip else ""
    return Verification(at=after.at, findings=findings, address=address)


def _compare_health(inventory: Inventory, after: TargetSnapshot) -> Finding:
    target, before = after.target.value, inventory.target.value
    expected = f"running, engine {before.engine_version}" if before and before.engine_version else "running"
    if target is None:
        return _unknown("target", expected, after.target.problem)
    same_engine = before is None or before.engine_version == target.engine_version
    found = f"{target.status}, engine {target.engine_version}"
    return _judge("target", is_healthy(target.status) and same_engine, expected, found)


def _compare_schemas(inventory: Inventory, after: TargetSnapshot, as_of: datetime | None) -> Iterable[Finding]:
    if after.schemas.value is None:
        yield _unknown("schemas", "those of the backup", after.schemas.problem)
        return
    restored = {schema.name: schema for schema in after.schemas.value}
    expected = expected_schemas(inventory, as_of)
    if expected is None:
        yield _unknown("schemas", "those of the backup", _list_names(restored) + " (the source cannot be read to compare)")
    for name, schema in (expected or {}).items():
        found = restored.get(name)
        size = f"{_describe_shards(schema)}, {schema.shard_mode}"
        if found is None:
            yield _judge(f"schema {name}", False, f"present, {size}", "missing")
            continue
        same = (found.shard_number, found.shard_mode) == (schema.shard_number, schema.shard_mode)
        healthy = found.status.casefold() == "running"
        described = f"{found.status}, {_describe_shards(found)}, {found.shard_mode}"
        yield _judge(f"schema {name}", same and healthy, f"RUNNING, {size}", described)
    for name in sorted(set(restored) - set(expected or {})) if expected is not None else ():
        healthy = restored[name].status.casefold() == "running"
        expectation = "restored (no longer on the source)"
        yield _judge(f"schema {name}", healthy, expectation, f"{restored[name].status}, {_describe_shards(restored[name])}")
    if not restored:
        yield _judge("schemas", False, "at least one", "none")


def expected_schemas(inventory: Inventory, as_of: datetime | None) -> dict[str, Schema] | None:
    """Return the schemas that the source has now and had at ``as_of``, by name; ``None`` if the source was not readable."""
    if inventory.source_schemas.value is None:
        return None
    return {schema.name: schema for schema in inventory.source_schemas.value if _existed(schema, as_of)}


def _existed(one: Schema | Account, as_of: datetime | None) -> bool:
    return as_of is None or one.created is None or one.created <= as_of


def _compare_shards(after: TargetSnapshot) -> Iterable[Finding]:
    for name, fact in after.details.items():
        subject = f"shards of {name}"
        if fact.value is None:
            yield _unknown(subject, "all present", fact.problem)
            continue
        found = {shard.physical_db_name for shard in fact.value.shards}
        healthy = all(shard.status.casefold() in {"running", ""} for shard in fact.value.shards)
        before = after.source_details[name].value if name in after.source_details else None
        if before is not None:
            expected = {shard.physical_db_name for shard in before.shards}
            described = f"{len(found & expected)} of {len(expected)} of the source's, {len(found - expected)} others"
            yield _judge(subject, healthy and found == expected, f"the source's {len(expected)}", described)
        else:
            wanted = fact.value.shard_number
            yield _judge(subject, healthy and len(found) == wanted, f"{wanted}", f"{len(found)}")


def _describe_shards(schema: Schema) -> str:
    return "1 shard" if schema.shard_number == 1 else f"{schema.shard_number} shards"


def _compare_nodes(request: RestoreRequest, after: TargetSnapshot) -> Finding:
    read = [fact.value for fact in after.details.values() if fact.value is not None]
    if not read:
        return _unknown("data nodes", f"{len(request.data_nodes)} given", "no schema's detail could be read")
    found = {shard.data_node_id for detail in read for shard in detail.shards}
    strange = sorted(found - set(request.data_nodes))
    unused = sorted(set(request.data_nodes) - found)
    parts = [f"{len(found & set(request.data_nodes))} of {len(request.data_nodes)} hold shards"]
    parts += [f"not of the plan: {', '.join(strange)}"] if strange else []
    parts += [f"without shards: {', '.join(unused)}"] if unused else []
    return _judge("data nodes", not strange, f"only the {len(request.data_nodes)} of the plan", "; ".join(parts))


def _compare_accounts(inventory: Inventory, after: TargetSnapshot, as_of: datetime | None) -> Finding:
    if after.accounts.value is None:
        return _unknown("accounts", "those of the backup", after.accounts.problem)
    found = {account.name for account in after.accounts.value}
    if inventory.source_accounts.value is None:
        return _unknown("accounts", "those of the backup", f"{_list_names(found)} (the source cannot be read to compare)")
    expected = {account.name for account in inventory.source_accounts.value if _existed(account, as_of)}
    missing = sorted(expected - found)
    described = _list_names(found) + (f"; missing: {', '.join(missing)}" if missing else "")
    return _judge("accounts", not missing, _list_names(expected), described)


def _judge(subject: str, as_expected: bool, expected: str, found: str) -> Finding:  # noqa: FBT001  # the verdict itself
    return Finding(subject=subject, verdict="as expected" if as_expected else "differs", expected=expected, found=found)


def _unknown(subject: str, expected: str, found: str) -> Finding:
    return Finding(subject=subject, verdict="cannot be known", expected=expected, found=found)


def _list_names(names: Iterable[str]) -> str:
    ordered = sorted(names)
    shown = ", ".join(ordered[:8]) + (f", and {len(ordered) - 8} more" if len(ordered) > 8 else "")
    return f"{len(ordered)}: {shown}" if ordered else "none"
