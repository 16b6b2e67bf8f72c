"""The part of a client that changes something: every such request is sent once, and nothing here could send it again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import TypeVar

from ddmkit.errors import InputError, ServiceError, UnreachableError
from ddmkit.service.calls import Call
from ddmkit.service.connection import Answer
from ddmkit.service.deadline import Attempt
from ddmkit.service.lists.reader import Reader
from ddmkit.service.transport import Network, stack_login, stack_once

__all__ = ["Writer"]

T = TypeVar("T")


class Writer(Reader):
    """A connection that also sends requests that change something."""

    def send_once(
        self,
        call: Call,
        read: Callable[[Answer], T],
        *,
        last_check: Callable[[], None] = lambda: None,
        attempt: Attempt | None = None,
    ) -> T:
        """Send a request that changes something, exactly once, over a connection of its own.

        Args:
            call: The request, as it was shown and recorded; its bytes are sent as they are.
            read: Reads the answer. What it raises leaves the outcome open unless the service refused.
            last_check: Runs after the login, directly before the request. What it raises keeps the request from leaving.
            attempt: Limits the time of all this together, and knows afterwards whether a byte of the request has left.

        Returns:
            What ``read`` returns.

        Raises:
            ServiceError: The service refused. ``started`` is ``False`` when surely nothing was started.
            UnreachableError: No answer came. ``sent`` is ``False`` when surely nothing was sent.
            InputError: The connection only reads, or ``last_check`` refused.

        Any other error leaves the outcome open.
        """
        attempt = attempt or Attempt()
        try:
            self._prepare_to_send(call, attempt)
            last_check()
            with closing(Network(self._tls, connections=1, keep_alive=False, attempt=attempt)) as network:
                stack = stack_once(network, self._auth, read_only=self._read_only)
                return self._exchange(stack, call, read)
        except ServiceError as error:
            error.started = error.started if attempt.has_left else False
            raise
        except UnreachableError as error:
            error.sent = error.sent and attempt.has_left
            raise

    def _prepare_to_send(self, call: Call, attempt: Attempt) -> None:
        """Do everything that may fail before the request is sent, so that it fails as surely not sent."""
        if self._read_only:
            raise InputError(
                f"this connection only reads; the request to {call.title} was not sent.",
                field="read_only",
                fix="Connect without it.",
            )
        self._project()
        login = Network(self._tls, connections=1, keep_alive=False, attempt=attempt.before_sending())
        with closing(login):
            self._renew_credentials(stack_login(login))
