"""TLS and proxies over real sockets: certificates of an invented authority, a proxy of our own in a thread."""

from __future__ import annotations

import base64
import select
import socket
import ssl
import threading
from collections.abc import Iterator

import pytest
import trustme

from ddmkit.errors import InputError, UnreachableError

HOST = "ddm.example.test"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def bundle(authority: trustme.CA, tmp_path) -> str:
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return str(tmp_path / "ca.pem")


@pytest.fixture
def secure(authority: trustme.CA, make_server, reply):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", HOST).configure_cert(context)

    def wrap(listening: socket.socket) -> ssl.SSLSocket:
        return context.wrap_socket(listening, server_side=True, do_handshake_on_connect=False)

    return make_server(lambda asked: reply({"id": "i"}), wrap=wrap)


class Proxy:
    """Opens a way to one address for every CONNECT, or refuses it; remembers what it was asked."""

    def __init__(self, port: int, *, refuse: bool = False) -> None:
        self.asked: list[str] = []
        self.refuse = refuse
        self.target = port
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        self.threads = [threading.Thread(target=self._serve, daemon=True)]
        self.threads[0].start()

    def _serve(self) -> None:
        while True:
            try:
                near, _ = self.listening.accept()
            except OSError:
                return
            self.threads.append(threading.Thread(target=self._tunnel, args=(near,), daemon=True))
            self.threads[-1].start()

    def _tunnel(self, near: socket.socket) -> None:
        with near:
            self.asked.append(near.recv(65536).decode())
            if self.refuse:
                near.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
                return
            near.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            with socket.create_connection(("127.0.0.1", self.target)) as far:
                self._pump(near, far)

    def _pump(self, near: socket.socket, far: socket.socket) -> None:
        while True:
            ready, _, _ = select.select([near, far], [], [], 5)
            for one in ready:
                chunk = one.recv(65536)
                if not chunk:
                    return
                (far if one is near else near).sendall(chunk)

    def close(self) -> None:
        self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()
        for thread in self.threads:
            thread.join(5)


@pytest.fixture
def proxy(secure) -> Iterator[Proxy]:
    running = Proxy(secure.port)
    yield running
    running.close()


@pytest.fixture(autouse=True)
def no_proxy_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ssl_cert_file", "ssl_cert_dir"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def test_a_company_certificate_is_trusted_by_bundle(make_client, secure, bundle: str) -> None:
    client = make_client(endpoint=f"https://127.0.0.1:{secure.port}", ca_bundle=bundle)
    assert client.show_instance("i").id == "i"


def test_a_company_certificate_is_trusted_by_environment(
    make_client, secure, bundle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", bundle)
    assert make_client(endpoint=f"https://127.0.0.1:{secure.port}").show_instance("i").id == "i"


def test_an_unknown_certificate_is_refused_before_anything_is_sent(make_client, secure, pauses: list[float]) -> None:
    client = make_client(endpoint=f"https://127.0.0.1:{secure.port}")
    with pytest.raises(UnreachableError, match=r"is not trusted .*ca_bundle=") as caught:
        client.show_instance("i")
    assert not caught.value.sent
    assert (secure.asked, pauses) == ([], [])


def test_a_certificate_for_another_host_is_refused(make_client, secure, bundle: str) -> None:
    client = make_client(endpoint=f"https://localhost:{secure.port}", ca_bundle=bundle)
    with pytest.raises(UnreachableError, match="is not trusted"):
        client.show_instance("i")


def test_other_hosts_go_through_the_proxy_and_its_password_is_a_secret(
    make_client, secure, proxy: Proxy, bundle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://user:canary@127.0.0.1:{proxy.port}")
    client = make_client(endpoint=f"https://{HOST}", ca_bundle=bundle)
    assert client.show_instance("i").id == "i"
    assert proxy.asked[0].startswith(f"CONNECT {HOST}:443 ")
    assert base64.b64encode(b"user:canary").decode() in proxy.asked[0]
    assert "x-auth-token" not in proxy.asked[0].casefold()
    assert "canary" in [secret.get_secret_value() for secret in client.known_secrets()]
    client.close()


def test_loopback_never_goes_through_the_proxy(
    make_client, secure, proxy: Proxy, bundle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
    client = make_client(endpoint=f"https://127.0.0.1:{secure.port}", ca_bundle=bundle)
    assert client.show_instance("i").id == "i"
    assert proxy.asked == []


def test_a_proxy_that_refuses_is_named_and_nothing_was_sent(
    make_client, proxy: Proxy, bundle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy.refuse = True
    monkeypatch.setenv("HTTPS_PROXY", f"http://user:canary@127.0.0.1:{proxy.port}")
    client = make_client(endpoint=f"https://{HOST}", ca_bundle=bundle)
    with pytest.raises(UnreachableError, match="HTTPS_PROXY") as caught:
        client.show_instance("i")
    assert not caught.value.sent
    assert "canary" not in str(caught.value)


def test_a_proxy_that_is_not_there_is_named_in_place_of_the_service(
    make_client, bundle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://user:canary@127.0.0.1:1")
    client = make_client(endpoint=f"https://{HOST}", ca_bundle=bundle)
    with pytest.raises(UnreachableError, match=r"the proxy 127\.0\.0\.1:1 \(named by HTTPS_PROXY\)") as caught:
        client.show_instance("i")
    assert not caught.value.sent
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("variable", "address"), [("ALL_PROXY", "socks://127.0.0.1:1080"), ("all_proxy", "socks4://canary@127.0.0.1:1")]
)
def test_a_proxy_that_cannot_be_used_is_named_by_its_variable(
    make_client, bundle: str, monkeypatch: pytest.MonkeyPatch, variable: str, address: str
) -> None:
    monkeypatch.setenv(variable, address)
    with pytest.raises(InputError, match=rf"^{variable}: .*(socks5://|pip install)") as caught:
        make_client(endpoint=f"https://{HOST}", ca_bundle=bundle).show_instance("i")
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_certificates_that_are_not_there_are_named_by_their_variable(
    make_client, monkeypatch: pytest.MonkeyPatch, tmp_path, variable: str
) -> None:
    monkeypatch.setenv(variable, "~/absent.pem")
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(InputError, match=rf"^{variable}: {tmp_path}/absent.pem cannot be read"):
        make_client(endpoint=f"https://{HOST}").show_instance("i")
