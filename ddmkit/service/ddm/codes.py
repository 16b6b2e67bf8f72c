"""Codes of DDM, as data for ``error_codes/table.py``."""

from __future__ import annotations

from ddmkit.service.error_codes.rows import CORRECT, LATER, SUPPORT, Row

__all__ = ["ROWS", "SHARD"]

SHARD = "Check the shard configuration tasks of the instance; a restore cannot start while one runs."
_NO = False
_OPEN = None

# Source: ddm-api.md 11.2, after the error code page of the DDM API; all these codes come with HTTP 400.
ROWS: tuple[Row, ...] = (
    (
        "280001",
        "refused",
        _NO,
        "a parameter is wrong, or not allowed together with the others",
        "Check the ids, the point in time and the data nodes; the service does not say which of them is wrong.",
    ),
    ("300002", "server", _OPEN, "the service failed on its side", LATER),
    ("300005", "server", _OPEN, "the service could not process the request", SUPPORT),
    ("300100", "refused", _OPEN, "creating a schema failed", "Check the instance, its data nodes and the schema's name."),
    ("300101", "refused", _OPEN, "deleting a schema failed", "Check whether the schema and its data nodes still exist."),
    (
        "300102",
        "refused",
        _NO,
        "the number of data nodes is wrong",
        "Choose as many data nodes as the source had at that point in time.",
    ),
    (
        "300103",
        "refused",
        _NO,
        "a data node does not exist or lies in another VPC",
        "Choose data nodes in the VPC and subnet of the target instance.",
    ),
    ("300104 300106 300127", "refused", _NO, "a sharding rule or shard count is invalid", CORRECT),
    ("300107", "refused", _NO, "an account is named twice", "Name each account once."),
    ("300108", "refused", _NO, "a data node is named twice", "Name each data node once."),
    (
        "300109 300112",
        "refused",
        _NO,
        "a schema name is invalid or already exists",
        "Choose an empty target instance, or another schema name.",
    ),
    (
        "300110",
        "refused",
        _NO,
        "the state of a data node forbids associating it",
        "Wait until the data node is normal, or choose another one.",
    ),
    (
        "300113 300114 300357",
        "refused",
        _OPEN,
        "a physical database was not created, or the data node's administrator or password is wrong",
        "Check the data node's administrator account and password.",
    ),
    ("300115", "refused", _OPEN, "deleting shards failed", "Synchronise the data nodes first if one was deleted."),
    (
        "300116 300117 300335 300356",
        "server",
        _OPEN,
        "a data node could not be queried or connected to",
        "Check the data nodes in the RDS console, then try again.",
    ),
    ("300333", "refused", _OPEN, "the data nodes differ in time_zone", "Give the data nodes the same time zone."),
    ("300334", "refused", _OPEN, "the data nodes differ in sql_mode", "Give the data nodes the same sql_mode."),
    ("300337", "refused", _OPEN, "a table of a shard task has no primary key", SHARD),
    ("300364", "refused", _OPEN, "a data node has too little disk space for a shard task", SHARD),
    (
        "300368",
        "refused",
        _OPEN,
        "the data nodes differ in lower_case_table_names",
        "Choose data nodes with case-insensitive table names (lower_case_table_names=1).",
    ),
    (
        (
            "300118 300121-300123 300132-300134 300329 300332 300338-300342 300344-300349 300351 300352 300354 300358 "
            "300360-300363 300365-300367 300377 300379 300401 300402"
        ),
        "refused",
        _OPEN,
        "a shard configuration task is in a state that forbids this",
        SHARD,
    ),
    ("300120", "not-found", _OPEN, "information about the job is not available", "Check the job id; a new job shows later."),
    (
        "300400",
        "not-found",
        _NO,
        "the job is not known",
        "Check the job id; a job just started shows after some seconds, and an old one not after about a month.",
    ),
    ("300125", "server", _OPEN, "synchronising data node information failed", "Try again when the data nodes are healthy."),
    ("300128", "server", _OPEN, "querying the schemas failed", LATER),
    ("300129", "not-found", _NO, "the schema does not exist", "List the schemas of the instance."),
    ("300130", "refused", _NO, "the state of the schema forbids this", "Wait until the schema is RUNNING."),
    (
        "300131 300135 300313-300316",
        "refused",
        _OPEN,
        "an operation on the SQL blacklist or on read weights failed",
        CORRECT,
    ),
    (
        "300300-300312 300327 300328",
        "refused",
        _OPEN,
        "an operation on an account failed",
        "Check the account's name, password, description and permissions, and whether it exists.",
    ),
    ("300322", "server", _OPEN, "saving the instance's metadata failed", SUPPORT),
    (
        "300323",
        "refused",
        _NO,
        "an associated data node is unavailable or in a state that forbids this",
        "Check the data nodes in the RDS console and wait until they are normal.",
    ),
    ("300330 300331 300343 300350 300353 300355", "server", _OPEN, "an internal conversion or check failed", SUPPORT),
    (
        "300336",
        "refused",
        _OPEN,
        "the physical databases of the schemas were not found on the data nodes",
        "Check that every data node was recovered, to the same point in time, from the source's data nodes.",
    ),
    ("300369 300370 300371", "refused", _OPEN, "access control, load balancing or a test instance forbids this", SUPPORT),
    (
        "300372",
        "refused",
        _NO,
        "the target instance cannot be restored to",
        "Choose another target: a new, empty instance of engine version 3.0.8 or later.",
    ),
    ("300375", "refused", _NO, "a parameter is invalid (the message names it)", CORRECT),
    ("300376", "refused", _NO, "the time zone is invalid", CORRECT),
    (
        "300405-300407",
        "refused",
        _NO,
        "a schema name breaks a rule (2 to 24 characters, no reserved word, lower case)",
        "Choose another schema name.",
    ),
    (
        "300408",
        "refused",
        _OPEN,
        "a data node cannot be reached from the instance",
        "Check network and security groups between the target instance and its data nodes.",
    ),
)
