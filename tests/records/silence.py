"""A way to a real PostgreSQL that, once asked to, swallows everything from the first COMMIT on and keeps the line open."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from urllib.parse import parse_qs, urlsplit


class SilentAtCommit:
    def __init__(self, direct):
        self.direct = direct
        [folder] = parse_qs(urlsplit(direct).query)["host"]
        self._behind = f"{folder}/.s.PGSQL.5432"
        self._front = socket.create_server(("127.0.0.1", 0))
        port = self._front.getsockname()[1]
        self.address = (
            f"postgresql://postgres@127.0.0.1:{port}/{urlsplit(direct).path[1:]}?sslmode=disable&gssencmode=disable"
        )
        self._asked = threading.Event()
        self._lines = []
        self._threads = []

    def __enter__(self):
        self._start(self._accept)
        return self

    def __exit__(self, *_):
        self._front.shutdown(socket.SHUT_RDWR)
        self._front.close()
        self.end()
        for thread in self._threads:
            thread.join(10)

    def begin(self):
        self._asked.set()

    def end(self):
        for line in self._lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()
        self._lines.clear()

    def _start(self, work, *arguments):
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self):
        while True:
            try:
                near, _ = self._front.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            far.connect(self._behind)
            self._lines += [near, far]
            self._start(self._carry, near, far)
            self._start(self._carry, far, near)

    def _carry(self, one, other):
        with suppress(OSError):
            while content := one.recv(65536):
                if self._asked.is_set() and b"COMMIT\0" in content:
                    return
                other.sendall(content)
            other.shutdown(socket.SHUT_WR)
