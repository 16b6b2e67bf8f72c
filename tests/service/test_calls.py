"""A call keeps its secrets for the wire, knows whether it only asks, and names its service."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from ddmkit.errors import InputError
from ddmkit.service.calls import AUDIT_TRACES, Call, PageShape, fill_path, is_read, require_id

SECRET = SecretStr("Canary-4-Pass")


def test_a_secret_in_a_body_is_sent_and_not_shown() -> None:
    call = Call("Make", "make", "POST", "/things", body=b'{"password":"Canary-4-Pass"}', secrets=(SECRET,))
    assert b"Canary" in (call.body or b"")
    assert "Canary" not in repr(call) + call.shown_body + call.what + call.target
    assert call.shown_body == '{"password":"[secret]"}'


@pytest.mark.parametrize(
    ("method", "asks", "reads"),
    [("GET", False, True), ("POST", True, True), ("POST", False, False), ("DELETE", False, False), ("PUT", False, False)],
)
def test_only_a_question_may_be_repeated(method: str, asks: bool, reads: bool) -> None:
    call = Call("X", "x", method, "/x", asks=asks)
    assert call.is_read is reads
    assert is_read(method, call) is reads
    assert is_read(method, None) is (method == "GET")


def test_services_share_names_of_operations_but_no_audit_trace() -> None:
    assert Call("ListInstances", "list", "GET", "/x").audit_trace == "listInstances"
    assert Call("ListInstances", "list", "GET", "/x", service="RDS").audit_trace == ""
    assert Call("CreateRestoreInstance", "make", "POST", "/x", service="RDS").audit_trace == "createInstance"
    assert Call("ListInstances", "list", "GET", "/x", service="RDS").name == "RDS ListInstances"
    assert all(name for name in AUDIT_TRACES.values())


def test_a_list_is_asked_for_in_pages_of_its_own_size() -> None:
    call = Call("X", "x", "GET", "/x", (("a", "1"),), page=PageShape("rows", limit=50))
    assert call.at(100).target == "/x?a=1&limit=50&offset=100"
    assert call.asking(b="2", c="").target == "/x?a=1&b=2"


@pytest.mark.parametrize("value", ["", " ", ".", "..", None])
def test_an_empty_id_is_refused_in_a_path_and_in_a_query(value: object) -> None:
    for refuse in (lambda: fill_path("/{id}", id=value), lambda: require_id(value, "id")):
        with pytest.raises(InputError) as caught:
            refuse()
        assert caught.value.field == "id"
