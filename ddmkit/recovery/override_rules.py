"""What a person may write for each field of ``like=``: one rule each, in words and with its source.

A rule refuses what the service refuses anyway, before anything is planned or sent. Whether a flavour, a zone or an engine is
for sale, and whether a disk is at least as large as the source's, are checks of the plan, which read it from the service.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from ddmkit.errors import InputError

__all__ = ["NODE_FIELDS", "TARGET_FIELDS", "Rule", "require_rule"]


@dataclass(frozen=True)
class Rule:
    """What a value must be, in ``words``, by which ``source``; ``parts`` are the rules of the parts of an object."""

    words: str
    source: str
    fits: Callable[[Any], bool] = lambda given: isinstance(given, Mapping)
    parts: Mapping[str, Rule] = field(default_factory=dict)


def require_rule(rule: Rule, given: object, place: str) -> None:
    """Raise ``InputError`` that names the place and the rule when a value, or a part of it, does not fit.

    The value itself is not repeated: it may be long, or a secret.
    """
    if not rule.fits(given):
        raise InputError("is not what the service takes.", field=place, fix=f"Give {rule.words}. Source: {rule.source}.")
    if not isinstance(given, Mapping):
        return
    for name, part in given.items():
        inner = f"{place}[{str(name)[:40]!r}]"
        if name not in rule.parts:
            raise InputError("is no part that can be chosen.", field=inner, fix=f"Allowed: {', '.join(rule.parts)}.")
        require_rule(rule.parts[name], part, inner)


def _matches(pattern: str) -> Callable[[Any], bool]:
    whole = re.compile(pattern)
    return lambda given: isinstance(given, str) and whole.fullmatch(given) is not None


def _is_number(least: int, most: int, step: int = 1) -> Callable[[Any], bool]:
    def fits(given: Any) -> bool:
        return isinstance(given, int) and not isinstance(given, bool) and least <= given <= most and given % step == 0

    return fits


def _is_port(given: Any) -> bool:
    is_text = isinstance(given, str) and given.isascii() and given.isdecimal() and len(given) <= 5
    return _is_number(1024, 65535)(int(given) if is_text else given) and str(given) not in {"12017", "33071"}


def _are_zones(most: int) -> Callable[[Any], bool]:
    is_zone = _matches(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")

    def fit(given: Any) -> bool:
        named = given.split(",") if isinstance(given, str) else given
        if not isinstance(named, Sequence) or not 1 <= len(named) <= most:
            return False
        return all(isinstance(one, str) and is_zone(one.strip()) for one in named)

    return fit


_RDS, _DDM = "API page CreateRestoreInstance of RDS", "API page CreateDdmInstance of DDM"
# No page names a greatest length of an id or a flavour; nothing longer than this was seen anywhere.
_is_id = _matches(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}")
_is_flavour = _matches(r"[A-Za-z0-9][A-Za-z0-9_.-]{2,127}")


def _id(what: str, source: str) -> Rule:
    return Rule(f"the id of {what}: letters, digits and -, at most 64", source, _is_id)


def _flavour(source: str, example: str) -> Rule:
    return Rule(f"a flavour's spec code, such as {example}", source, _is_flavour)


def _place(source: str) -> dict[str, Rule]:
    return {
        "vpc_id": _id("a VPC", source),
        "subnet_id": _id("a subnet", source),
        "security_group_id": _id("a security group", source),
        "enterprise_project_id": _id("an enterprise project, or 0 for the default one", source),
    }


_VOLUME = {
    "type": Rule("the type of a disk, such as CLOUDSSD", _RDS, _matches(r"[A-Za-z0-9]{2,32}")),
    "size": Rule(
        "whole GB from 40 to 4000 in steps of 10, not smaller than the source's, as a number", _RDS, _is_number(40, 4000, 10)
    ),
}
_HA = {
    "mode": Rule("Ha", _RDS, _matches("Ha")),
    "replication_mode": Rule("async or semisync", _RDS, _matches("async|semisync")),
}
_CLOCK = r"([01]\d|2[0-3]):[0-5]\d"
_ZONE = r"UTC([+-](0\d|1[0-4]):[0-5]\d)?"
_BACKUPS = {
    "start_time": Rule("a window in UTC, such as 19:00-20:00", _RDS, _matches(f"{_CLOCK}-{_CLOCK}")),
    "keep_days": Rule("days from 1 to 732, or 0 for no backups, as a number", _RDS, _is_number(0, 732)),
}

NODE_FIELDS: Mapping[str, Rule] = MappingProxyType(
    {
        "flavor_ref": _flavour(_RDS, "rds.mysql.n1.large.2.ha"),
        "volume": Rule('type and size of the disk, such as {"type": "CLOUDSSD", "size": 100}', _RDS, parts=_VOLUME),
        "availability_zone": Rule("one zone, or two for HA: az1,az2", _RDS, _are_zones(2)),
        "ha": Rule(
            'an object such as {"replication_mode": "async"}, or None for a single instance',
            _RDS,
            lambda given: given is None or isinstance(given, Mapping),
            _HA,
        ),
        "port": Rule("a port from 1024 to 65535 without 12017 and 33071", _RDS, _is_port),
        "time_zone": Rule("UTC, or such as UTC+08:00", _RDS, _matches(_ZONE)),
        "configuration_id": _id("a parameter template, which usually ends in pr01", _RDS),
        "backup_strategy": Rule(
            'window and days of backups, such as {"start_time": "19:00-20:00", "keep_days": 7}', _RDS, parts=_BACKUPS
        ),
        "disk_encryption_id": _id("a key for disks", _RDS),
        **_place(_RDS),
    }
)
"""The fields of a new node that a person may choose, each with its rule."""

TARGET_FIELDS: Mapping[str, Rule] = MappingProxyType(
    {
        "flavor_ref": _flavour(_DDM, "ddm.xlarge.4"),
        "node_num": Rule("how many computing nodes, from 1 to 32, as a number", _DDM, _is_number(1, 32)),
        "engine_version": Rule("a version, such as 3.1.7.0", _DDM, _matches(r"\d{1,4}(\.\d{1,6}){1,4}")),
        "available_zones": Rule("one zone or several: az1,az2", _DDM, _are_zones(10)),
        "param_group_id": _id("a parameter group", _DDM),
        "time_zone": Rule("UTC, or such as UTC+08:00", _DDM, _matches(_ZONE)),
        **_place(_DDM),
    }
)
"""The fields of a new target that a person may choose, each with its rule."""
