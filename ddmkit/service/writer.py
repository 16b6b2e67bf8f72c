"""The part of a client that changes something: every such request is sent once, and nothing here could send it again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from pydantic import BaseModel

from ddmkit.errors import InputError, ServiceError, UnreachableError
from ddmkit.service.calls import Answer, Call, read_model
from ddmkit.service.deadline import Attempt
from ddmkit.service.error_parsing import make_unusable
from ddmkit.service.headers import read_date, read_request_id
from ddmkit.service.lists.reader import Reader
from ddmkit.service.transport import Network, stack_login, stack_once

__all__ = ["Sent", "Writer"]

T = TypeVar("T")
Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Sent(Generic[Model]):
    """The answer to a request that changed something. ``service_date`` is its time by the clock that dates jobs."""

    result: Model
    status: int
    request_id: str
    service_date: datetime | None


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

    def _send(
        self,
        call: Call,
        model: type[Model],
        is_whole: Callable[[Model], object],
        last_check: Callable[[], None],
        attempt: Attempt | None,
    ) -> Sent[Model]:
        """Send a request once and return its answer as a model; an answer that is not whole leaves the outcome open."""

        def read(answer: Answer) -> Sent[Model]:
            is_bare = 200 <= answer.status < 300 and not answer.body.strip()
            payload = {} if is_bare else self._read(answer, call)
            made = read_model(model, payload, call)
            if not is_whole(made):
                problem = "the answer does not name what was started"
                raise make_unusable(call.what, problem, answer.status, answer.headers, secrets=self.known_secrets())
            date = self._world_now or read_date(answer.headers)
            return Sent(made, answer.status, read_request_id(answer.headers), date)

        return self.send_once(call, read, last_check=last_check, attempt=attempt)

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
