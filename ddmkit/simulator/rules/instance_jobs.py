"""Creates, deletes and changes DDM instances by jobs, and applies their effects.

Source: DDM API, "Buying a DDM Instance", "Deleting a DDM Instance", "Resetting the Administrator Password", "Setting the
Read-Only Status".
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from ddmkit.simulator.rules.ddm_catalog import engine_with, flavour_with
from ddmkit.simulator.rules.errors import ApiError, parameter_error
from ddmkit.simulator.rules.history import accounts_at
from ddmkit.simulator.rules.networks import group_ids, subnet_of, vpc_of
from ddmkit.simulator.rules.nodes.catalog import ZONES
from ddmkit.simulator.storage.clock import from_ms
from ddmkit.simulator.storage.ids import Seed
from ddmkit.simulator.storage.schema import Account, Attachment, Backup, DataNode, Instance, Job
from ddmkit.simulator.storage.storage import Storage

__all__ = [
    "CREATE",
    "DELETE",
    "READ_ONLY",
    "SHOWN_STATUS",
    "InstanceRequest",
    "apply_instance_job",
    "create_instance",
    "delete_instance",
    "describe_instance_job",
    "set_administrator",
    "start_instance_job",
]

CREATE, DELETE, READ_ONLY = "CreateInstance", "DeleteInstance", "SetReadOnlyStatus"
_KINDS = {CREATE: "create", DELETE: "delete", READ_ONLY: "read-only"}
SHOWN_STATUS = {"RestoreMetadata": "RESTORE", CREATE: "CREATING", DELETE: "DELETING"}
ADMINISTRATOR_FROM = (3, 0, 9)
MOST_NODES = 32
ALL_RIGHTS = ("CREATE", "DROP", "ALTER", "INDEX", "INSERT", "DELETE", "UPDATE", "SELECT")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{3,63}")
_TIME_ZONE = re.compile(r"UTC(?:[+-](?:0\d|1[0-2]):00)?")
_USER = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,31}")
_PASSWORD = re.compile(r"[A-Za-z0-9~!@#%^*\-_+?$=,()&]{8,32}")


@dataclass(frozen=True)
class InstanceRequest:
    """A request for a new DDM instance."""

    name: str
    flavor_ref: str
    node_num: int
    engine_version: str
    available_zones: tuple[str, ...]
    vpc_id: str
    subnet_id: str
    security_group_id: str
    time_zone: str = "UTC"
    enterprise_project_id: str = "0"
    param_group_id: str = ""
    admin_user_name: str = ""
    admin_user_password: str = ""


def create_instance(
    storage: Storage, seed: Seed, request: InstanceRequest, now: int, duration_ms: int, *, fails: bool, with_account: bool
) -> tuple[Instance, Job]:
    """Start the creation of an instance; raise ApiError when the request breaks a rule.

    `fails` makes the job fail; `with_account` gives the new instance an account.
    """
    with storage.writing():
        _check_request(storage, request)
        place = storage.count("SELECT max(rowid) FROM instances") + 1
        flavour = flavour_with(request.flavor_ref)
        vpc = vpc_of(storage, request.vpc_id)
        key = f"created {place}"
        instance = Instance(
            id=seed.instance(key),
            name=request.name,
            created=now,
            updated=now,
            vpc_id=request.vpc_id,
            vpc_name=vpc.name if vpc else "",
            subnet_id=request.subnet_id,
            security_group_id=request.security_group_id,
            access_ip=f"172.16.{seed.number(254, 'address 3', key) + 1}.{seed.number(254, 'address 4', key) + 1}",
            status="CREATING",
            engine_version=request.engine_version,
            node_count=request.node_num,
            core_count=str(flavour.cpus if flavour else 1),
            ram_capacity=str(flavour.memory if flavour else 2),
            flavor_ref=flavour.spec_code if flavour else request.flavor_ref,
            available_zone=",".join(request.available_zones),
            admin_user_name=request.admin_user_name,
            time_zone=request.time_zone,
            enterprise_project_id=request.enterprise_project_id,
            param_group_id=request.param_group_id,
        )
        job = _job_of(
            storage, seed, instance, CREATE, now, duration_ms, fails="DBS.111205: createVM failed." if fails else ""
        )
        storage.add([instance, job])
        if request.admin_user_name or with_account:
            name = request.admin_user_name or "former_user"
            storage.add([Account(instance.id, name, now, now, json.dumps(list(ALL_RIGHTS)))])
    return instance, job


def delete_instance(
    storage: Storage, seed: Seed, instance: Instance, now: int, duration_ms: int, *, delete_dn_data: bool
) -> Job:
    """Start the deletion of an instance; the service makes a backup first."""
    reason = "deleting the instance"
    with storage.writing():
        number = storage.count("SELECT max(rowid) FROM backups") + 1
        backup = Backup(
            id=seed.backup(f"{instance.name} event {number}"),
            name=f"Backup-{instance.name}-{from_ms(now):%Y%m%d%H%M}{now // 1000 % 10}",
            instance_id=instance.id,
            instance_name=instance.name,
            created=now,
            updated=now + 17_000,
            backup_type="metadata",
            description=f"metadata backup before {reason}",
        )
        job = _job_of(storage, seed, instance, DELETE, now, duration_ms, body={"delete_dn_data": delete_dn_data})
        storage.add([backup, job])
    return job


def start_instance_job(
    storage: Storage, seed: Seed, instance: Instance, name: str, now: int, duration_ms: int, **body: object
) -> Job:
    """Start another job of an instance and return it."""
    with storage.writing():
        job = _job_of(storage, seed, instance, name, now, duration_ms, body=body)
        storage.add([job])
    return job


def set_administrator(storage: Storage, instance: Instance, name: str, password: str, now: int) -> None:
    """Create the administrator, or reset its password; raise ApiError when a rule is broken."""
    kernel = tuple(int(part) for part in instance.engine_version.split(".") if part.isdecimal())
    if kernel < ADMINISTRATOR_FROM:
        raise ApiError(400, "DBS.300005", "The request could not be processed: the engine version is too early.")
    if not _USER.fullmatch(name) or not _PASSWORD.fullmatch(password):
        raise parameter_error()
    present = {account.name for account in accounts_at(storage, instance.id, now)}
    if instance.admin_user_name in present and name != instance.admin_user_name:
        raise ApiError(400, "DBS.300005", "The request could not be processed: the instance has another administrator.")
    if name in present and name != instance.admin_user_name:
        raise ApiError(400, "DBS.300005", "The request could not be processed: an account of this name exists.")
    with storage.writing():
        storage.change(Instance, instance.id, {"admin_user_name": name})
        if name not in present:
            storage.add([Account(instance.id, name, now, now, json.dumps(list(ALL_RIGHTS)))])


def apply_instance_job(storage: Storage, job: Job, *, completed: bool) -> None:
    """Apply the effect of a job that has ended to its instance."""
    end = job.created + job.duration_ms
    if job.name == CREATE:
        status = "RUNNING" if completed else "CREATEFAILED"
        error = "" if completed else "The instance could not be created."
        storage.change(Instance, job.instance_id, {"status": status, "updated": end, "error_msg": error})
    elif job.name == READ_ONLY and completed:
        storage.change(Instance, job.instance_id, {"read_only": bool(json.loads(job.body)["readonly"]), "updated": end})
    elif job.name == DELETE and completed:
        _delete(storage, job, end)


def describe_instance_job(job: Job) -> dict[str, Any]:
    """Return a started job as a dictionary, for tests that count effective requests."""
    told = {"service": "ddm", "kind": _KINDS[job.name], "id": job.instance_id, "name": job.instance_name}
    return {**told, "job_id": job.id, "at": from_ms(job.created)}


def _delete(storage: Storage, job: Job, end: int) -> None:
    used = storage.every(Attachment, "instance_id = ? AND until IS NULL", (job.instance_id,))
    storage.change(Instance, job.instance_id, {"deleted": end})
    storage.execute("UPDATE attachments SET until = ? WHERE instance_id = ? AND until IS NULL", (end, job.instance_id))
    if json.loads(job.body)["delete_dn_data"]:
        for attachment in used:
            storage.change(DataNode, attachment.data_node_id, {"recovered_from": None, "recovered_at": None})


def _check_request(storage: Storage, request: InstanceRequest) -> None:
    subnet = subnet_of(storage, request.subnet_id)
    flavour_known = flavour_with(request.flavor_ref) is not None
    taken = storage.count("SELECT count(*) FROM instances WHERE name = ? AND deleted IS NULL", (request.name,))
    wrong = (
        (not _NAME.fullmatch(request.name) or not _TIME_ZONE.fullmatch(request.time_zone), parameter_error()),
        (not 1 <= request.node_num <= MOST_NODES, parameter_error()),
        (taken > 0, ApiError(409, "DBS.200022", "Instance name already exists.")),
        (engine_with(request.engine_version) is None, ApiError(400, "DBS.200041", "The engine version does not exist.")),
        (not flavour_known, ApiError(400, "DBS.200054", "The flavor does not exist.")),
        (not set(request.available_zones) <= set(ZONES), ApiError(400, "DBS.280285", "Invalid AZ.")),
        (not request.available_zones, parameter_error()),
        (vpc_of(storage, request.vpc_id) is None, ApiError(404, "DBS.200503", "The VPC does not exist.")),
        (
            subnet is None or subnet.vpc_id != request.vpc_id,
            ApiError(404, "DBS.200501", "The subnet does not exist in this VPC."),
        ),
        (
            request.security_group_id not in group_ids(storage),
            ApiError(404, "DBS.200050", "The security group does not exist in this VPC."),
        ),
    )
    for broken, error in wrong:
        if broken:
            raise error


def _job_of(
    storage: Storage,
    seed: Seed,
    instance: Instance,
    name: str,
    now: int,
    duration_ms: int,
    *,
    fails: str = "",
    body: dict[str, object] | None = None,
) -> Job:
    number = storage.count("SELECT max(rowid) FROM jobs") + 1
    return Job(
        id=seed.job(f"{name} {instance.id} {number}"),
        name=name,
        instance_id=instance.id,
        instance_name=instance.name,
        created=now,
        duration_ms=duration_ms,
        outcome="Failed" if fails else "Completed",
        fail_reason=fails,
        settled=False,
        body=json.dumps(body or {}),
    )
