"""DDM's further answers, which only a whole recovery needs: what can be bought, an instance in detail, open sessions.

Source: rds-api.md 9.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import model_validator

from ddmkit.models import Word
from ddmkit.recovery_models.loose import (
    LooseInstant,
    LooseModel,
    LooseNumber,
    LooseText,
    Objects,
    parse_json_text,
    strip_keys,
)

__all__ = [
    "AcceptedJob",
    "CreatedTarget",
    "Engine",
    "FlavorZone",
    "InstanceDetail",
    "InstanceGroup",
    "InstanceMember",
    "Session",
    "SessionCount",
    "TargetFlavor",
    "count_sessions",
]


class Engine(LooseModel):
    """An engine version for sale. Source: API page ListDdmEngines."""

    id: LooseText = ""
    name: Word = ""
    version: Word = ""


class FlavorZone(LooseModel):
    """A zone of a flavour, and whether the flavour is for sale there (``normal``, ``unsupported``, ``sellout``)."""

    code: Word = ""
    status: Word = ""


class TargetFlavor(LooseModel):
    """A flavour of DDM. ``group_type`` is the architecture. Source: API page ListDdmFlavors."""

    id: LooseText = ""
    spec_code: Word = ""
    vcpus: LooseText = ""
    ram: LooseText = ""
    group_type: Word = ""
    az_infos: Annotated[tuple[FlavorZone, ...], Objects] = ()

    def is_sold_in(self, zone: str) -> bool | None:
        """Return whether the flavour is for sale in a zone, or ``None`` when the service does not name the zone."""
        return next((info.status.casefold() == "normal" for info in self.az_infos if info.code == zone), None)


class InstanceMember(LooseModel):
    """A computing node in the detail of a DDM instance."""

    id: LooseText = ""
    name: LooseText = ""
    status: Word = ""
    az_code: Word = ""
    subnet_id: LooseText = ""


class InstanceGroup(LooseModel):
    """A group of computing nodes, and the address that applications use."""

    role: Word = ""
    endpoint: LooseText = ""
    node_count: LooseNumber = None
    nodes: Annotated[tuple[InstanceMember, ...], Objects] = ()


class InstanceDetail(LooseModel):
    """A DDM instance in detail. The network ids come from its ``extend_map``. Source: API page ShowDdmDetail (v3)."""

    id: LooseText = ""
    name: LooseText = ""
    status: Word = ""
    datastore_version: Word = ""
    create_at: LooseInstant = None
    port: LooseNumber = None
    time_zone: Word = ""
    pay_model: Word = ""
    admin_user_name: LooseText = ""
    vpc_id: LooseText = ""
    subnet_id: LooseText = ""
    security_group_id: LooseText = ""
    enterprise_project_id: LooseText = ""
    az_code: Word = ""
    engine_id: LooseText = ""
    groups: Annotated[tuple[InstanceGroup, ...], Objects] = ()

    @model_validator(mode="before")
    @classmethod
    def _read_extend_map(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        named = strip_keys(data)
        more = parse_json_text(named.get("extend_map"))
        return {**(strip_keys(more) if isinstance(more, dict) else {}), **named}


class Session(LooseModel):
    """An open session: its account only. The statement, the schema and the address are not read.

    Source: API page ShowLogicalProcesses.
    """

    id: LooseText = ""
    user: LooseText = ""


class SessionCount(LooseModel):
    """How many sessions an account has open on an instance."""

    account: str
    sessions: int


def count_sessions(sessions: Iterable[Session]) -> tuple[SessionCount, ...]:
    """Return the number of sessions for each account, the busiest account first."""
    counted = Counter(session.user for session in sessions)
    busiest = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(SessionCount(account=account, sessions=count) for account, count in busiest)


class CreatedTarget(LooseModel):
    """The answer to the creation of a DDM instance; a yearly or monthly one would have an order in place of a job."""

    id: LooseText = ""
    job_id: LooseText = ""
    order_id: LooseText = ""


class AcceptedJob(LooseModel):
    """The answer to a write that starts a job; the job's id is empty where the service names none."""

    job_id: LooseText = ""
