"""The table of error codes: what each code means, what to do, and whether anything was started.

Data only, in ddmkit's own words: the codes that DDM and RDS share, those of the gateway and those of the identity service;
DDM, RDS, VPC and CTS keep theirs in their own folders. ``explain.py`` explains answers by this table.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType

from ddmkit.service.cts.codes import ROWS as CTS_ROWS
from ddmkit.service.ddm.codes import ROWS as DDM_ROWS
from ddmkit.service.error_codes.rows import CORRECT, LATER, SUPPORT, WAIT, Kind, Row
from ddmkit.service.rds.codes import ROWS as RDS_ROWS
from ddmkit.service.vpc.codes import ROWS as VPC_ROWS

__all__ = ["CODES", "CodeEntry"]


@dataclass(frozen=True)
class CodeEntry:
    """One code of the table. ``started`` is ``False`` if the code guarantees that nothing was started, else ``None``."""

    code: str
    kind: Kind
    started: bool | None
    meaning: str
    advice: str


_NO = False
_OPEN = None

# Codes that are not on that page: those of the RDS API, which DDM shares, and those that public clients handle.
_SHARED_ROWS: tuple[Row, ...] = (
    (
        "200019 200011 200047 201202 212006 212033",
        "busy",
        _NO,
        "another operation runs on the instance, or the instance is faulty",
        WAIT,
    ),
    ("201205", "busy", _NO, "a backup is being made", "Wait until the backup has ended, then try again."),
    ("200412", "server", _OPEN, "the service failed on its side", LATER),
    (
        "280110 200002 200013 200045 200408 200602 201028 290005 290011",
        "not-found",
        _NO,
        "the instance does not exist in this project and region",
        "Check the instance id, the project and the region; a deleted instance is gone, its backups are not.",
    ),
    (
        "108000 108002 108005 200005 213004 290006 290015",
        "server",
        _OPEN,
        "the service failed on its side",
        LATER,
    ),
    (
        "200001 200004 200006 200405 200461 280204 280270 280271 280277 280404 290000 290001",
        "refused",
        _NO,
        "a parameter or an id is missing, malformed or out of range",
        CORRECT,
    ),
    ("200021 280272 200098", "refused", _NO, "a name or a tag is invalid or exists already", "Choose another name."),
    (
        "200022",
        "refused",
        _OPEN,
        "an instance of that name exists already",
        "Look at the instance of that name first: an earlier request with this name may have made it.",
    ),
    ("201201", "refused", _NO, "an object of that name exists already", "Choose another name, or use what exists."),
    ("200023 200026 200027 280241", "refused", _NO, "the type or the size of the storage is invalid", CORRECT),
    (
        "200024 200470",
        "refused",
        _NO,
        "the region or the availability zone is invalid or does not exist",
        "Check region and availability zone.",
    ),
    (
        "200025 280285",
        "refused",
        _NO,
        "the availability zones are invalid, or do not fit the flavour: an HA flavour needs a standby and two zones",
        "Check that the flavour is for sale in each zone, and give ha and two zones for an HA flavour.",
    ),
    (
        "200040 200041 200051 200053 200054 200504 201207 280235 280238 280239 290002",
        "refused",
        _NO,
        "the specification, the engine version or the HA mode is invalid or not offered",
        "Choose one that the service lists for this engine version.",
    ),
    (
        "200048 200049 200050 200501 200503",
        "refused",
        _NO,
        "the VPC, the subnet or the security group is invalid or does not exist there",
        "Check that subnet and security group belong to the VPC.",
    ),
    ("200052 200506 280246", "refused", _NO, "a password or an encryption key is invalid", CORRECT),
    ("200057", "refused", _NO, "the parameter template is invalid or does not exist", "Check the parameter template."),
    ("201101 201103 201106 280250 280253", "refused", _NO, "a setting of the backup policy is invalid", CORRECT),
    ("200316", "refused", _NO, "the storage is full", "Free storage or enlarge it, then try again."),
    ("200402", "refused", _NO, "the operation is invalid for this object", "Check the instance's status in the console."),
    ("200087", "refused", _NO, "the quota of tags is used up", "Remove a tag."),
    ("200811", "server", _OPEN, "the service failed on its side", LATER),
    ("216028", "server", _OPEN, "the quota could not be looked up", LATER),
    (
        "280495 280497 280498",
        "refused",
        _OPEN,
        "a request with this idempotency token was made before, or its token is wrong",
        "Look for a job of the earlier request before you repeat anything.",
    ),
    (
        "200823 200939 01010244 01010340",
        "not-found",
        _OPEN,
        "what was asked for does not exist (any more)",
        "Check the id in the console.",
    ),
    (
        "200010 200044 200604 201003 280015",
        "auth",
        _NO,
        "the resource does not exist, or these credentials may not use it",
        "Check the id and the project, and the permissions of the user (a DDM system policy).",
    ),
    ("280056", "auth", _NO, "the token is invalid", "Obtain a new token for this project, or use an access key."),
    ("200086 201014", "refused", _NO, "the state of the instance forbids this", "Wait until the instance is RUNNING."),
    ("200046 290003", "refused", _NO, "a quota is used up", "Raise the quota or free something."),
    ("200306", "refused", _NO, "the new storage is smaller than the original", "Choose at least the original's storage."),
    ("200543", "not-found", _NO, "the job does not exist", "Check the job id."),
    (
        "201010 201203 280214",
        "not-found",
        _NO,
        "the backup does not exist (any more)",
        "List the backups again: they are kept for up to 30 days.",
    ),
    ("280449", "refused", _NO, "the instance is frozen", "Check the account for arrears or a lock, unfreeze, try again."),
    ("280450", "refused", _NO, "the specification is sold out", "Choose another one."),
    (
        "200018 200076 200611 200080 200452 200463 201015 201206 280011 280343 280816 01010337 01280030",
        "server",
        _OPEN,
        "the instance is not ready for this at the moment",
        WAIT,
    ),
    ("280036", "server", _OPEN, "the instance is not ready", WAIT),
    ("280228", "server", _OPEN, "another operation runs on the instance", WAIT),
    (
        "111205",
        "server",
        _OPEN,
        "the service ran out of time; the operation may have succeeded",
        "Look for a new job or a changed status before you repeat anything.",
    ),
)

# Source: ddm-api.md 11.4; the same numbers come as APIGW.* (cloud) and as APIG.* (private gateways).
_GATEWAY_ROWS: tuple[Row, ...] = (
    (
        "0101",
        "not-found",
        _NO,
        "this endpoint publishes no such API",
        "Check endpoint and region: not every region offers the V3 backup calls.",
    ),
    ("0103", "server", _OPEN, "the gateway finds no backend for this API", SUPPORT),
    ("0104 0105 0106", "server", _OPEN, "the gateway is configured wrongly", SUPPORT),
    ("0201", "server", _OPEN, "the gateway could not pass the request on", LATER),
    ("0204", "refused", _NO, "the gateway does not support this TLS version", "Use TLS 1.2 or later; check the proxy."),
    (
        "0301",
        "auth",
        _NO,
        "the credentials were not accepted",
        "Check the token, or access key and secret key, and their project and region.",
    ),
    ("0302", "auth", _NO, "this user is on a list of users that may not call the API", "Ask the account's administrator."),
    ("0303 0304", "auth", _NO, "app authentication failed", "Use a token or an access key of an IAM user."),
    ("0305 0306", "auth", _NO, "authentication or permission is missing", "Check the credentials and their permissions."),
    ("0307", "auth", _NO, "the token has expired and must be renewed", "Obtain a new token for this project."),
    ("0308", "throttled", _NO, "too many requests in too short a time", "Wait, then continue with fewer requests at once."),
    ("0310", "auth", _NO, "the project is not available", "Check project id, region, and arrears of the account."),
    ("0401 0402 0404", "auth", _NO, "the caller's IP address is not allowed", "Ask the account's administrator."),
    ("0501 0502", "refused", _NO, "the call quota is used up, or the account is frozen", "Check quota and arrears."),
    ("0601", "server", _OPEN, "the gateway failed on its side", LATER),
    ("0602", "refused", _NO, "the gateway calls the request illegal", CORRECT),
    ("0605-0612", "server", _OPEN, "the gateway has a problem with its backend", LATER),
    ("0613", "server", _NO, "the identity service is unavailable for a moment", "Try again in a minute."),
    ("0802", "auth", _NO, "this user is forbidden in this region", "Ask the account's administrator."),
)

# Source: ddm-api.md 7.5, the identity service's error table.
_IDENTITY_ROWS: tuple[Row, ...] = (
    ("0007 0011 0072 0073", "refused", _NO, "the identity service finds a parameter wrong", CORRECT),
    ("1105 1107", "auth", _NO, "the access key has expired or is inactive", "Create or activate an access key."),
    ("1108", "auth", _NO, "the security token has expired", "Obtain new temporary keys."),
    ("1109", "not-found", _NO, "the project does not exist", "Check project id and region."),
    (
        "0001 0067",
        "auth",
        _NO,
        "the identity service does not accept the credentials",
        "Check them; a token may be invalid.",
    ),
    ("0062", "auth", _NO, "the password is wrong", "Check user, password and domain (account name); do not keep trying."),
    ("0066", "auth", _NO, "the token has expired", "Obtain a new token."),
    ("0061", "auth", _NO, "the account is locked after failed logins", "Wait 15 minutes, then use the right password."),
    ("0064 0002 0003", "auth", _NO, "a permission is missing", "Ask the account's administrator for it."),
    (
        "0080-0083",
        "auth",
        _NO,
        "the user is disabled, may only use the console, or may not use this region",
        "Ask the account's administrator for programmatic access.",
    ),
    ("0004", "not-found", _NO, "the identity service does not know what was asked for", "Check user, domain and project."),
    ("0005", "busy", _NO, "the request conflicts with the state of the identity service", LATER),
    ("0020", "server", _OPEN, "the identity service is changing over to another site", "Try again in a minute."),
    ("0012", "throttled", _NO, "too many requests to the identity service", "Wait, then try again."),
    ("0006", "server", _OPEN, "the identity service failed on its side", LATER),
)


def _spell_numbers(text: str) -> Iterator[str]:
    for part in text.split():
        first, _, last = part.partition("-")
        for number in range(int(first), int(last or first) + 1):
            yield str(number).zfill(len(first))


def _build_table() -> dict[str, CodeEntry]:
    families = (
        (("DBS",), DDM_ROWS + _SHARED_ROWS),
        (("APIGW", "APIG"), _GATEWAY_ROWS),
        (("IAM",), _IDENTITY_ROWS),
        (("RDS",), RDS_ROWS),
        (("VPC",), VPC_ROWS),
        (("CTS",), CTS_ROWS),
    )
    table: dict[str, CodeEntry] = {}
    for prefixes, rows in families:
        for numbers, kind, started, meaning, advice in rows:
            for number in _spell_numbers(numbers):
                for code in (f"{prefix}.{number}" for prefix in prefixes):
                    if code in table:
                        raise AssertionError(f"{code} stands twice in the table")
                    table[code] = CodeEntry(code, kind, started, meaning, advice)
    return table


CODES: MappingProxyType[str, CodeEntry] = MappingProxyType(_build_table())
"""The entry of each code that a page or a public client of the service lists."""
