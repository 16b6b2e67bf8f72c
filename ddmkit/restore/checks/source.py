"""Checks of the source: it exists and is new enough; the backup is its own, usable, and does not expire soon."""

from __future__ import annotations

from datetime import timedelta

from ddmkit.models import RestoreRequest, is_below
from ddmkit.restore.checks.result import RESTORING_METADATA, Check, Finding, fail, ok, skip, unread, warn
from ddmkit.restore.inventory import Inventory
from ddmkit.times import format_ago, format_utc

__all__ = ["BACKUP_LIFE", "SOURCE_CHECKS"]

SOURCE_MINIMUM = "2.3.2.11"
BACKUP_LIFE = timedelta(days=30)


def find_source(inventory: Inventory, request: RestoreRequest) -> Finding:
    """The source exists, or it was deleted and its backups still exist."""
    if inventory.source.value is not None:
        found = inventory.source.value
        return ok(f"{found.name} ({found.id}), status {found.status or 'not told'}.")
    own = [backup for backup in inventory.backups.value or () if backup.instance_id == request.source_instance_id]
    if own:
        return warn(
            f"The source cannot be read ({inventory.source.problem}), but {len(own)} of its backups exist.",
            "If it was deleted, go on: its backups outlive it. That the restore accepts a deleted source is undocumented.",
        )
    # A call that this edition does not have proves neither "no such instance" nor "no such backup".
    not_read = [fact for fact in (inventory.source, inventory.backups) if not fact.is_read and not fact.missing]
    why = " ".join(fact.problem for fact in (inventory.source, inventory.backups) if fact.problem)
    return unread(
        f"{request.source_instance_id} cannot be read ({why}), and no backup carries its id.",
        "Check the id, the project and the region. The source is the instance that lost its metadata, not the new one.",
        *not_read,
    )


def compare_source_version(inventory: Inventory, _request: RestoreRequest) -> Finding:
    """The source's engine is new enough for its backups to be restored."""
    version = inventory.source.value.engine_version if inventory.source.value else ""
    is_old = is_below(version, SOURCE_MINIMUM)
    if is_old is None:
        return warn(
            f"The source's engine version is not readable ({version or inventory.source.problem or 'none is given'}).",
            f"Make sure that it was {SOURCE_MINIMUM} or later when the backup was made.",
        )
    if is_old:
        return fail(
            f"The source's engine is {version}, below {SOURCE_MINIMUM}.",
            "Backups of such an engine cannot be restored this way. Ask the provider's support.",
        )
    return ok(f"Engine {version}, at least {SOURCE_MINIMUM}.")


def match_backup_to_source(inventory: Inventory, request: RestoreRequest) -> Finding:
    """The chosen backup was made of the source."""
    if request.backup_id is None:
        return skip("A point in time was chosen, not a backup.")
    backup = inventory.chosen_backup
    if backup is None:
        return _judge_unlisted_backup(inventory, request)
    detail = inventory.backup_detail.value
    owner_id = backup.instance_id or (detail.instance_id if detail else "")
    if not owner_id:
        return warn(
            f"Backup {backup.id} does not say which instance it was made of.",
            "Compare its name and time with the source's backups in the console, and accept this only if they agree.",
        )
    if owner_id != request.source_instance_id:
        return fail(
            f"Backup {backup.id} was made of {backup.instance_name} ({owner_id}), not of the source.",
            f"Choose a backup of {request.source_instance_id}, or make {owner_id} the source.",
        )
    return ok(f"{backup.name} ({backup.id}) was made of the source, {format_utc(backup.created)}.")


def _judge_unlisted_backup(inventory: Inventory, request: RestoreRequest) -> Finding:
    detail = inventory.backup_detail.value
    if detail is not None and detail.instance_id not in {"", request.source_instance_id}:
        return fail(
            f"Backup {detail.id} was made of {detail.instance_name} ({detail.instance_id}), not of the source.",
            f"Choose a backup of {request.source_instance_id}, or make {detail.instance_id} the source.",
        )
    if detail is not None and inventory.backups.is_read:
        return fail(
            f"Backup {detail.id} exists, but the list of backups does not say when it was made: it cannot be used yet.",
            "Wait if it is still being made; otherwise choose another one that is normal (in code: kit.backups(source)).",
        )
    why = inventory.backups.problem or "it is in no list of this project"
    hint = "Choose one that is still listed (in code: kit.backups(source)); backups live for 30 days."
    not_read = [] if inventory.backups.is_read else [inventory.backups]
    return unread(f"Backup {request.backup_id} was not found: {why}.", hint, *not_read)


def _without_backup(inventory: Inventory, request: RestoreRequest, subject: str) -> Finding:
    """Return the finding about a backup's state when the backup was not found."""
    if request.backup_id is None:
        return skip("A point in time was chosen, not a backup.")
    if inventory.backups.unpublished:
        hint = "Only a finished backup, not older than 30 days, can be restored."
        return unread(f"{subject} cannot be read ({inventory.backups.problem}).", hint, inventory.backups)
    return skip("No backup to look at.")


def check_backup_status(inventory: Inventory, request: RestoreRequest) -> Finding:
    """The chosen backup is finished and sound."""
    backup = inventory.chosen_backup
    if request.backup_id is None or backup is None:
        return _without_backup(inventory, request, "The status of the backup")
    if not backup.is_usable:
        return fail(
            f"Backup {backup.id} has the status {backup.status!r}; only 'normal' can be restored.",
            "Wait if it is still 'creating'; otherwise choose another one that is normal (in code: kit.backups(source)).",
        )
    return ok("Status normal.")


def check_backup_age(inventory: Inventory, request: RestoreRequest) -> Finding:
    """The chosen backup will still exist when the restore runs."""
    backup = inventory.chosen_backup
    if request.backup_id is None or backup is None:
        return _without_backup(inventory, request, "The age of the backup")
    expires = backup.created + BACKUP_LIFE
    if expires - inventory.taken_at <= timedelta(days=1):
        return warn(
            f"Made {format_ago(backup.created, inventory.taken_at)}; backups are kept up to 30 days, so it expires "
            f"about {format_utc(expires)}.",
            "Submit soon, and have a second backup in mind: it can vanish while you prepare.",
        )
    return ok(f"Made {format_ago(backup.created, inventory.taken_at)}, kept until about {format_utc(expires)}.")


SOURCE_CHECKS = (
    Check("source-found", "Source instance", f"{RESTORING_METADATA}: a source DDM instance must exist", find_source),
    Check(
        "source-version",
        "Source engine version",
        f"{RESTORING_METADATA}: source engine 2.3.2.11 or later",
        compare_source_version,
    ),
    Check("backup-of-source", "Instance of the backup", "API page ListBackups: instance_id", match_backup_to_source),
    Check("backup-usable", "Backup status", "API page ListBackups: status", check_backup_status),
    Check(
        "backup-expiry",
        "Backup expiry",
        f"{RESTORING_METADATA}: backups are kept up to 30 days",
        check_backup_age,
    ),
)
