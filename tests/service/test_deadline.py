"""One total deadline for the request that is sent once: names, connecting, sending and the whole answer share it."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from datetime import timedelta

import httpx
import pytest
import trustme

from ddmkit.errors import UnreachableError
from ddmkit.models import RestoreRequest
from ddmkit.service.deadline import Attempt, count_seconds
from ddmkit.service.protocol import restore_metadata
from ddmkit.service.transport import Bounded, Network, Tls

RESTORE = restore_metadata(
    "p", RestoreRequest(source_instance_id="a", target_instance_id="b", data_nodes=("n",), backup_id="k")
)


class Counter:
    """Seconds that pass only when a test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def post(endpoint: str, attempt: Attempt, ca_bundle: str = "") -> httpx.Response:
    request = httpx.Request("POST", endpoint, content=b"{}", extensions={"timeout": httpx.Timeout(5, connect=0.2).as_dict()})
    with contextlib.closing(Network(Tls(ca_bundle), connections=1, keep_alive=False, attempt=attempt)) as network:
        return Bounded(network).handle_request(request)


@pytest.fixture
def deaf_port():
    """A port at which connecting takes for ever: the queue of those who wait there is full."""
    with socket.socket() as listening, contextlib.ExitStack() as waiting:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        port = listening.getsockname()[1]
        for _ in range(4):
            one = waiting.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        yield port


@pytest.fixture
def speak():
    """Accept one connection after the other and speak to each in its own way; give the port."""
    servers = []

    def start(answer):
        listening = socket.create_server(("127.0.0.1", 0))
        servers.append(listening)

        def serve():
            with contextlib.suppress(OSError):
                while True:
                    near, _ = listening.accept()
                    threading.Thread(target=talk, args=(near,), daemon=True).start()

        def talk(near):
            with near, contextlib.suppress(OSError):
                answer(near)

        threading.Thread(target=serve, daemon=True).start()
        return listening.getsockname()[1]

    yield start
    for server in servers:
        server.close()


def drip(near: socket.socket) -> None:
    near.recv(65536)
    near.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while True:
        time.sleep(0.02)
        near.sendall(b"x")


def drip_records(near: socket.socket) -> None:
    near.recv(65536)
    near.sendall(b"\x16\x03\x03\x40\x00")
    while True:
        time.sleep(0.02)
        near.sendall(b"\x02")


def test_a_name_with_many_dead_addresses_takes_no_longer_than_the_deadline(deaf_port, monkeypatch) -> None:
    dead = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"127.0.0.{number}", deaf_port)) for number in range(1, 14)]
    monkeypatch.setattr("ddmkit.service.deadline.socket.getaddrinfo", lambda *_, **__: dead)
    attempt, started = Attempt(timedelta(seconds=0.5)), time.monotonic()
    with pytest.raises((httpx.ConnectTimeout, httpx.ConnectError)):
        post(f"http://127.0.0.1:{deaf_port}", attempt)
    assert time.monotonic() - started < 2
    assert not attempt.has_left


def test_a_name_that_is_looked_up_for_ever_takes_no_longer_than_the_deadline(monkeypatch) -> None:
    ended = threading.Event()
    monkeypatch.setattr("ddmkit.service.deadline.socket.getaddrinfo", lambda *_, **__: ended.wait(30) and [])
    attempt, started = Attempt(timedelta(seconds=0.2)), time.monotonic()
    with pytest.raises(httpx.ConnectTimeout, match="not resolved in time"):
        post("http://127.0.0.1:9", attempt)
    ended.set()
    assert time.monotonic() - started < 2
    assert not attempt.has_left


def test_a_host_without_an_address_was_not_sent_anything(make_client) -> None:
    with pytest.raises(UnreachableError, match="is not known") as caught:
        make_client(endpoint="https://ddm.invalid").restore_metadata(RESTORE)
    assert caught.value.sent is False


def test_an_answer_that_drips_takes_no_longer_than_the_deadline_and_had_been_sent(speak) -> None:
    attempt, started = Attempt(timedelta(seconds=0.3)), time.monotonic()
    with pytest.raises(httpx.ReadTimeout):
        post(f"http://127.0.0.1:{speak(drip)}", attempt)
    assert time.monotonic() - started < 2
    assert attempt.has_left


def test_a_handshake_that_drips_takes_no_longer_than_the_deadline_and_nothing_was_sent(speak, tmp_path) -> None:
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    attempt, started = Attempt(timedelta(seconds=0.3)), time.monotonic()
    with pytest.raises((httpx.ConnectTimeout, httpx.ConnectError)):
        post(f"https://127.0.0.1:{speak(drip_records)}", attempt, str(tmp_path / "ca.pem"))
    assert time.monotonic() - started < 2
    assert not attempt.has_left


def test_nothing_leaves_when_the_time_was_over_before_the_first_byte(speak) -> None:
    heard: list[bytes] = []
    counter = Counter()
    attempt = Attempt(timedelta(seconds=60), counter=counter)
    port = speak(lambda near: heard.append(near.recv(65536)))
    resolve = socket.getaddrinfo

    def sleep_meanwhile(*arguments, **options):
        counter.now = 61.0
        return resolve(*arguments, **options)

    with pytest.MonkeyPatch.context() as patch, pytest.raises(httpx.ConnectTimeout, match=r"was over|not resolved in time"):
        patch.setattr("ddmkit.service.deadline.socket.getaddrinfo", sleep_meanwhile)
        post(f"http://127.0.0.1:{port}", attempt)
    assert (heard, attempt.has_left) == ([], False)


def test_a_login_shares_the_time_of_the_request_and_is_not_taken_for_it(speak) -> None:
    counter = Counter()
    attempt = Attempt(timedelta(seconds=60), counter=counter)
    counter.now = 45.0
    before = attempt.before_sending()
    assert before.left_s() == 15
    before.has_left = True
    assert not attempt.has_left


def test_an_ordinary_answer_comes_through_and_the_request_had_left(make_client, loopback, reply) -> None:
    loopback.answer = lambda asked: reply({"job_id": "j"})
    attempt = Attempt()
    assert make_client().restore_metadata(RESTORE, attempt=attempt).job_id == "j"
    assert attempt.has_left


def test_what_the_last_look_raises_counts_as_not_sent(make_client, loopback) -> None:
    def unreachable() -> None:
        raise UnreachableError("the store's host is away", sent=True)

    with pytest.raises(UnreachableError) as caught:
        make_client().restore_metadata(RESTORE, last_check=unreachable)
    assert (caught.value.sent, loopback.asked) == (False, [])


def test_the_counter_only_grows_and_is_no_clock_that_can_be_set() -> None:
    first = count_seconds()
    assert count_seconds() >= first
    assert abs(first - time.time()) > 1000
