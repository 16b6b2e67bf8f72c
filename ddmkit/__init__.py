"""Restore the metadata of Huawei Cloud DDM: checked, shown before it is sent, sent at most once, on the record.

Each name is imported when it is first used, so that ``import ddmkit`` loads neither pandas nor a plotting library.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ddmkit.credentials import AccessKey, Password, Token
    from ddmkit.display.rows import Rows
    from ddmkit.errors import (
        AuthError,
        BusyError,
        DDMKitError,
        InputError,
        JobFailedError,
        JobTimeoutError,
        NotConfirmedError,
        NotFoundError,
        NotReadyError,
        RecordError,
        ServiceError,
        UnknownOutcomeError,
        UnreachableError,
    )
    from ddmkit.factory import connect, demo
    from ddmkit.handles.job import RestoreJob
    from ddmkit.handles.plan import Plan
    from ddmkit.handles.record import Record, read_record
    from ddmkit.handles.records import Records
    from ddmkit.inputs import PointInTime
    from ddmkit.kit import Kit
    from ddmkit.models import Backup, DataNode, Instance, Job, RestorableRange, RestoreRequest, TargetInstance, TargetNode
    from ddmkit.rehearsal.replay import compare, replay
    from ddmkit.restore.checks.result import CheckResult

__version__ = "0.2.0"

__all__ = [
    "AccessKey",
    "AuthError",
    "Backup",
    "BusyError",
    "CheckResult",
    "DDMKitError",
    "DataNode",
    "InputError",
    "Instance",
    "Job",
    "JobFailedError",
    "JobTimeoutError",
    "Kit",
    "NotConfirmedError",
    "NotFoundError",
    "NotReadyError",
    "Password",
    "Plan",
    "PointInTime",
    "Record",
    "RecordError",
    "Records",
    "RestorableRange",
    "RestoreJob",
    "RestoreRequest",
    "Rows",
    "ServiceError",
    "TargetInstance",
    "TargetNode",
    "Token",
    "UnknownOutcomeError",
    "UnreachableError",
    "__version__",
    "compare",
    "connect",
    "demo",
    "read_record",
    "replay",
]

# Where the names are that are neither errors nor models.
_MODULES = {
    "ddmkit.credentials": "AccessKey Password Token",
    "ddmkit.display.rows": "Rows",
    "ddmkit.factory": "connect demo",
    "ddmkit.handles.job": "RestoreJob",
    "ddmkit.handles.plan": "Plan",
    "ddmkit.handles.record": "Record read_record",
    "ddmkit.handles.records": "Records",
    "ddmkit.inputs": "PointInTime",
    "ddmkit.kit": "Kit",
    "ddmkit.rehearsal.replay": "compare replay",
    "ddmkit.restore.checks.result": "CheckResult",
}

if not TYPE_CHECKING:  # with __getattr__ in sight, a type checker would accept every misspelled name

    def __getattr__(name: str) -> object:
        """Import the module of a public name when the name is first used (PEP 562)."""
        if name not in __all__:
            raise AttributeError(f"module 'ddmkit' has no attribute {name!r}")
        usual = "ddmkit.errors" if name.endswith("Error") else "ddmkit.models"
        module = next((module for module, names in _MODULES.items() if name in names.split()), usual)
        value = getattr(importlib.import_module(module), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted(__all__)
