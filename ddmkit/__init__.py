"""Restore the metadata of Huawei Cloud DDM: checked, shown before it is sent, sent at most once, on the record.

Names are resolved when they are first used, so that ``import ddmkit`` loads neither pandas nor a plotting library.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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
    from ddmkit.handles.record import read_record
    from ddmkit.kit import Kit
    from ddmkit.rehearsal.replay import compare, replay

__version__ = "0.2.0"

__all__ = [
    "AuthError",
    "BusyError",
    "DDMKitError",
    "InputError",
    "JobFailedError",
    "JobTimeoutError",
    "Kit",
    "NotConfirmedError",
    "NotFoundError",
    "NotReadyError",
    "RecordError",
    "ServiceError",
    "UnknownOutcomeError",
    "UnreachableError",
    "__version__",
    "compare",
    "connect",
    "demo",
    "read_record",
    "replay",
]

_ELSEWHERE = {
    "Kit": "ddmkit.kit",
    "compare": "ddmkit.rehearsal.replay",
    "connect": "ddmkit.factory",
    "demo": "ddmkit.factory",
    "read_record": "ddmkit.handles.record",
    "replay": "ddmkit.rehearsal.replay",
}


def __getattr__(name: str) -> Any:
    """Import a public name's home the first time it is asked for (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module 'ddmkit' has no attribute {name!r}")
    value = getattr(importlib.import_module(_ELSEWHERE.get(name, "ddmkit.errors")), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
