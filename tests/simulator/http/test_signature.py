"""Signatures, compared with test vectors from the official signer."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from ddmkit.simulator.http.signature import canonical_request, parse_authorization, signature_matches, signing_time

VECTORS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "signature_vectors.json").read_text())


def _received(vector: dict[str, Any]) -> tuple[str, dict[str, str], bytes]:
    headers = {name.lower(): value for name, value in vector["headers"].items()} | {"host": vector["host"]}
    if "x-sdk-content-sha256" in vector["signed_headers"]:
        headers["x-sdk-content-sha256"] = "UNSIGNED-PAYLOAD"
    query = "&".join(f"{quote(str(name), safe='~')}={quote(str(value), safe='~')}" for name, value in vector["query"])
    return query, headers, vector["body"].encode()


def _authorization(vector: dict[str, Any], signature: str) -> str:
    return f"SDK-HMAC-SHA256 Access=AKEXAMPLE0DDM0RESTORE, SignedHeaders={vector['signed_headers']}, Signature={signature}"


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_the_official_signature_fits_and_another_does_not(vector: dict[str, Any]) -> None:
    query, headers, body = _received(vector)
    signed = parse_authorization(_authorization(vector, vector["signature"]))
    assert signed is not None
    canonical = canonical_request(signed, vector["method"], vector["path"], query, headers, body)
    assert hashlib.sha256(canonical.encode()).hexdigest() == vector["canonical_request_sha256"]
    date = vector["headers"]["X-Sdk-Date"]
    secret = "skExample+Key/For=TestVectors0123456789AB"
    assert signature_matches(signed, secret, canonical, date)
    assert not signature_matches(signed, secret + "x", canonical, date)
    assert not signature_matches(signed, secret, canonical + "x", date)


@pytest.mark.parametrize("value", ["", "Bearer x", "SDK-HMAC-SHA256 Access=a, SignedHeaders=b", "V11-HMAC-SHA256 Access=a"])
def test_other_authorizations_are_not_taken_for_signatures(value: str) -> None:
    assert parse_authorization(value) is None


@pytest.mark.parametrize("date", ["", "2025-05-21T11:15:43Z", "20251301T000000Z"])
def test_an_unreadable_date_is_no_date(date: str) -> None:
    assert signing_time({"x-sdk-date": date}) is None
