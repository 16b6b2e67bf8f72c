"""Requests of other clients, byte by byte: the Go SDK, OpenStack clients, proxies, old HTTP."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import struct
import time
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from tests import plain_http


def send(facts: Any, request: str | bytes) -> tuple[int, dict[str, str], bytes]:
    """Send the bytes of one request; return status, headers with names in lower case, and the bytes of the body."""
    place = urlsplit(facts.endpoint)
    data = request.encode() if isinstance(request, str) else request
    with socket.create_connection((place.hostname, place.port), timeout=20) as connection:
        connection.sendall(data)
        answer = b""
        while piece := connection.recv(65_536):
            answer += piece
    head, _, body = answer.partition(b"\r\n\r\n")
    if head.startswith(b"HTTP/1.1 100 "):
        head, _, body = body.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return int(first.split()[1]), headers, body


def written(method: str, target: str, headers: dict[str, str], body: str = "", version: str = "1.1") -> str:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{method} {target} HTTP/{version}\r\n{lines}\r\n{body}"


def go_number(value: int) -> str:
    """Format a number as Go's `%v` formats a float32."""
    rounded = struct.unpack("f", struct.pack("f", value))[0]
    shortest = next(text for digits in range(1, 18) if same_float32(text := f"{rounded:.{digits}e}", rounded))
    mantissa, _, exponent = shortest.partition("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{exponent}"


def same_float32(text: str, value: float) -> bool:
    return bool(struct.unpack("f", struct.pack("f", float(text)))[0] == value)


def go_signed(facts: Any, method: str, path: str, query: dict[str, str], body: str = "", **changes: str) -> str:
    """Build a request as the Go SDK does: its HTTP library does not list the host as a header, so the host is not signed."""
    place = urlsplit(facts.endpoint)
    signed = {"content-type": "application/json", "x-sdk-date": time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())}
    signed["x-project-id"] = facts.project_id
    for dropped in changes.get("without", "").split():
        del signed[dropped]
    names = sorted(signed)
    pairs = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in sorted(query.items()))
    lines = "".join(f"{name}:{signed[name]}\n" for name in names)
    digest = hashlib.sha256(body.encode()).hexdigest()
    canonical = f"{method}\n{path}/\n{pairs}\n{lines}\n{';'.join(names)}\n{digest}"
    date = signed.get("x-sdk-date", "")
    scope = changes.get("scope", "")
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join(["SDK-HMAC-SHA256", date, *([scope] if scope else []), hashed])
    key = f"SDK{facts.secret_key}".encode() if scope else facts.secret_key.encode()
    for part in scope.split("/") if scope else []:
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    holder = f"Credential={facts.access_key}/{scope}" if scope else f"Access={facts.access_key}"
    shown = f"SDK-HMAC-SHA256 {holder}, SignedHeaders={';'.join(names)}, Signature={signature}"
    headers = {
        "Host": place.netloc,
        "User-Agent": "huaweicloud-usdk-go/3.0",
        "Authorization": shown,
        "Content-Type": "application/json",
        "X-Project-Id": facts.project_id,
        "X-Sdk-Date": date or time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()),
        "Accept-Encoding": "gzip",
        "Connection": "close",
        **({"Content-Length": str(len(body.encode()))} if body else {}),
    }
    return written(method, f"{path}?{pairs}" if pairs else path, headers, body)


def plain(facts: Any, **more: str) -> dict[str, str]:
    host = urlsplit(facts.endpoint).netloc
    named = {name.replace("_", "-"): value for name, value in more.items()}
    return {"Host": host, "X-Auth-Token": facts.token, "Connection": "close", **named}


def test_go_prints_large_floats_with_an_exponent() -> None:
    assert go_number(1_795_548_600_000) == "1.7955486e+12"


def test_a_signature_without_the_host_is_accepted(caller: Any) -> None:
    status, _, body = send(caller.facts, go_signed(caller.facts, "GET", f"{caller.v3}/backups", {"limit": "1"}))
    assert status == 200
    assert len(json.loads(body)["backups"]) == 1


def test_a_signature_over_the_date_alone_is_accepted(caller: Any) -> None:
    request = go_signed(caller.facts, "GET", f"{caller.v3}/backups", {}, without="content-type x-project-id")
    assert "SignedHeaders=x-sdk-date," in request
    assert send(caller.facts, request)[0] == 200


def test_a_signature_that_leaves_the_date_out_is_refused(caller: Any) -> None:
    request = go_signed(caller.facts, "GET", f"{caller.v3}/backups", {}, without="x-sdk-date")
    status, _, body = send(caller.facts, request)
    assert (status, json.loads(body)["error_code"]) == (401, "APIGW.0301")


@pytest.mark.parametrize("rest", ["/simulator-1/ddm/sdk_request", "///sdk_request"])
def test_a_signature_by_a_key_for_a_day_a_region_and_a_service_is_accepted(caller: Any, rest: str) -> None:
    scope = time.strftime("%Y%m%d", time.gmtime()) + rest
    request = go_signed(caller.facts, "GET", f"{caller.v3}/backups", {"limit": "1"}, scope=scope)
    assert f"Credential={caller.facts.access_key}/{scope}," in request
    assert send(caller.facts, request)[0] == 200


@pytest.mark.parametrize("change", [("/ddm/", "/rds/"), ("sdk_request", "other_request"), ("Signature=", "Signature=0")])
def test_a_signature_by_a_derived_key_must_match_its_scope(caller: Any, change: tuple[str, str]) -> None:
    scope = time.strftime("%Y%m%d", time.gmtime()) + "/simulator-1/ddm/sdk_request"
    request = go_signed(caller.facts, "GET", f"{caller.v3}/backups", {}, scope=scope).replace(*change)
    status, _, body = send(caller.facts, request)
    assert (status, json.loads(body)["error_code"]) == (401, "APIGW.0301")


def test_a_derived_key_is_valid_for_its_own_day(caller: Any) -> None:
    request = go_signed(caller.facts, "GET", f"{caller.v3}/backups", {}, scope="20200101/simulator-1/ddm/sdk_request")
    assert send(caller.facts, request)[0] == 401


def test_times_of_the_job_list_may_come_as_floats(caller: Any) -> None:
    now = int(caller.simulator.now().timestamp() * 1000)
    query = {"start_time": go_number(now - 86_400_000), "end_time": go_number(now + 600_000), "limit": "10"}
    assert "e+12" in query["start_time"]
    request = go_signed(caller.facts, "GET", f"{caller.v3}/jobs", query)
    assert "%2B12" in request
    status, _, body = send(caller.facts, request)
    assert (status, json.loads(body)["limit"]) == (200, 10)


def test_a_whole_restore_is_started_by_a_signed_request_without_the_host(caller: Any) -> None:
    path = f"{caller.source}/backups/metadata-recovery"
    status, _, body = send(caller.facts, go_signed(caller.facts, "POST", path, {}, json.dumps(caller.body())))
    assert status == 202
    assert caller.finish(json.loads(body)["job_id"])["status"] == "Completed"


def test_a_generic_client_finds_the_service_through_identity_alone(caller: Any) -> None:
    facts, http = caller.facts, plain_http.open_client()
    version = http.get(f"{facts.iam_endpoint}/v3").json()["version"]
    (auth_url,) = [link["href"] for link in version["links"] if link["rel"] == "self"]
    user = {"name": facts.user, "password": facts.password, "domain": {"name": facts.domain}}
    identity: dict[str, Any] = {"methods": ["password"], "password": {"user": user}}
    unscoped = http.post(f"{auth_url}auth/tokens", json={"auth": {"identity": identity}}).headers["X-Subject-Token"]
    own = http.get(f"{auth_url}auth/projects", headers={"X-Auth-Token": unscoped}).json()["projects"]
    again = {"methods": ["token"], "token": {"id": unscoped}}
    scope = {"project": {"id": own[0]["id"]}}
    answer = http.post(f"{auth_url}auth/tokens", json={"auth": {"identity": again, "scope": scope}})
    token, catalog = answer.headers["X-Subject-Token"], answer.json()["token"]["catalog"]
    (ddm,) = [service for service in catalog if service["type"] == "ddmv3"]
    (endpoint,) = [place for place in ddm["endpoints"] if place["interface"] == "public" and place["region"] == facts.region]
    assert http.get(f"{endpoint['url']}/backups", headers={"X-Auth-Token": token}).status_code == 200
    http.close()


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "FOO"])
def test_another_method_is_not_allowed_and_the_error_names_the_allowed_one(caller: Any, method: str) -> None:
    status, headers, body = send(caller.facts, written(method, f"{caller.v3}/backups", plain(caller.facts)))
    assert (status, headers["allow"]) == (405, "GET")
    assert (body == b"") == (method == "HEAD")


@pytest.mark.parametrize("path", ["{v3}/backups/", "/{v3}/backups", "{v1}/instances/a%2Fb", "*"])
def test_another_path_is_not_published(caller: Any, path: str) -> None:
    target = path.format(v3=caller.v3, v1=caller.v1)
    status, _, body = send(caller.facts, written("GET", target, plain(caller.facts)))
    assert (status, json.loads(body)["error_code"]) == (404, "APIGW.0101")


@pytest.mark.parametrize("encode", ["%{:02X}", "%{:02x}"])
def test_ids_may_be_percent_encoded(caller: Any, encode: str) -> None:
    project, source = ("".join(map(encode.format, text.encode())) for text in (caller.facts.project_id, caller.facts.source))
    target = f"/v1/{project}/instances/{source}"
    status, _, body = send(caller.facts, written("GET", target, plain(caller.facts)))
    assert (status, json.loads(body)["id"]) == (200, caller.facts.source)


@pytest.mark.parametrize("bad", ["a%00b", "%ff%fe", "%zz", "%2e%2e"])
def test_an_id_of_odd_bytes_is_an_unknown_instance(caller: Any, bad: str) -> None:
    status, _, body = send(caller.facts, written("GET", f"{caller.v1}/instances/{bad}", plain(caller.facts)))
    assert (status, json.loads(body)["errCode"]) == (404, "DBS.200002")


@pytest.mark.parametrize(
    ("query", "status"), [("limit=3&limit=1", 200), ("limit=1&limit=500", 400), ("limit=", 400), ("limit", 400)]
)
def test_of_a_key_that_comes_twice_the_last_value_counts(caller: Any, query: str, status: int) -> None:
    answer = send(caller.facts, written("GET", f"{caller.v3}/backups?{query}", plain(caller.facts)))
    assert answer[0] == status
    if status == 200:
        assert len(json.loads(answer[2])["backups"]) == 1


def test_a_target_with_scheme_and_host_is_read_as_its_path(caller: Any) -> None:
    target = f"{caller.facts.endpoint}{caller.v3}/backups?limit=1"
    assert send(caller.facts, written("GET", target, plain(caller.facts)))[0] == 200
    assert send(caller.facts, written("GET", caller.facts.endpoint, plain(caller.facts)))[0] == 200


def test_header_names_may_be_in_any_case(caller: Any) -> None:
    headers = {"hOsT": "any", "x-AUTH-token": caller.facts.token, "CONNECTION": "close"}
    assert send(caller.facts, written("GET", f"{caller.v3}/backups", headers))[0] == 200


@pytest.mark.parametrize("connection", ["close", "keep-alive"])
def test_http_1_0_is_answered_without_a_host(caller: Any, connection: str) -> None:
    headers = {"X-Auth-Token": caller.facts.token, "Connection": connection}
    status, _, body = send(caller.facts, written("GET", "/v3/auth/catalog", headers, version="1.0"))
    assert status == 200
    assert caller.facts.endpoint in body.decode()


def test_an_answer_is_plain_whatever_encodings_are_accepted(caller: Any) -> None:
    headers = plain(caller.facts, Accept_Encoding="gzip, br", Accept="text/html")
    status, answered, body = send(caller.facts, written("GET", f"{caller.v3}/backups", headers))
    assert (status, "content-encoding" in answered) == (200, False)
    assert json.loads(body)


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 202),
        ("application/json;charset=utf8", 202),
        ("Application/JSON ; charset=UTF-8", 202),
        ("application/jsonp", 415),
        ("application/vnd.api+json", 415),
        ("text/plain", 415),
        ("", 415),
    ],
)
def test_a_body_must_have_the_content_type_json(caller: Any, content_type: str, status: int) -> None:
    body = json.dumps(caller.body())
    headers = plain(caller.facts, Content_Type=content_type, Content_Length=str(len(body)))
    answer = send(caller.facts, written("POST", f"{caller.source}/backups/metadata-recovery", headers, body))
    assert answer[0] == status


@pytest.mark.parametrize("expect", [{}, {"Expect": "100-continue"}])
def test_a_body_may_be_chunked_and_may_follow_a_100_continue(caller: Any, expect: dict[str, str]) -> None:
    body = json.dumps(caller.body())
    half = len(body) // 2
    chunks = "".join(f"{len(part):x}\r\n{part}\r\n" for part in (body[:half], body[half:], ""))
    headers = plain(caller.facts, Content_Type="application/json", Transfer_Encoding="chunked", **expect)
    status, _, answer = send(caller.facts, written("POST", f"{caller.source}/backups/metadata-recovery", headers, chunks))
    assert (status, bool(json.loads(answer)["job_id"])) == (202, True)


@pytest.mark.parametrize(
    "body", ["", "null", "[]", '"x"', "{}{}", "[" * 20_000, '{"source":{"restore_time":1e400}}', "\ufeff"]
)
def test_an_invalid_body_is_a_parameter_error(caller: Any, body: str) -> None:
    headers = plain(caller.facts, Content_Type="application/json", Content_Length=str(len(body.encode())))
    status, _, answer = send(caller.facts, written("POST", f"{caller.source}/backups/metadata-recovery", headers, body))
    assert (status, json.loads(answer)["error_code"]) == (400, "DBS.280001")
