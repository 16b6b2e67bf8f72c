"""Codes of the network service, as data for ``error_codes/table.py``. Source: rds-api.md 8."""

from __future__ import annotations

from ddmkit.service.error_codes.rows import Row

__all__ = ["ROWS"]

_RIGHTS = "Give the user the permissions to read networks (VPC ReadOnlyAccess); without them a proof becomes a warning."

# Numbers, kind, whether surely nothing was started (``False``) or not, meaning, advice.
ROWS: tuple[Row, ...] = (
    ("0002", "refused", False, "the availability zone is missing", "Correct the request."),
    ("0003", "not-found", False, "the VPC does not exist", "Check the id, the project and the region."),
    ("0004", "refused", False, "the VPC is not active", "Try again later, or look at the VPC in the console."),
    ("0005", "auth", False, "the account is restricted", "Check the account for arrears."),
    ("0007", "refused", False, "the project in the address is not that of the credentials", "Check the project id."),
    ("0008", "auth", False, "the token is invalid", "Obtain a new token for this project."),
    ("0009", "auth", False, "the account has not proved its identity", "Ask the account's administrator."),
    ("0010 2201 2701", "auth", False, "a permission is missing, or the account is frozen", _RIGHTS),
    ("0011 0014", "refused", False, "the enterprise project is invalid or disabled", "Check the enterprise project."),
    ("0101", "refused", False, "a parameter is invalid (the message names it)", "Check the ids."),
    ("2500", "refused", False, "a parameter of a port is invalid", "Check the ids."),
)
