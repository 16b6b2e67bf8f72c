"""Describes why a host could not be reached, and whether the request may have been sent before the connection broke.

Texts of the HTTP library are not quoted where they could contain a part of an answer, because an answer can hold a token.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import httpx

from ddmkit.errors import UnreachableError
from ddmkit.secrecy.redaction import quote_text
from ddmkit.service.calls import Call
from ddmkit.service.proxies import ChosenProxy

__all__ = ["describe_failure", "is_untrusted", "was_sent"]

# Errors that occur only before a connection exists, so the request was not sent.
_BEFORE_SENDING = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)


def was_sent(error: httpx.TransportError) -> bool:
    """Return whether the request may have arrived: ``False`` only when no connection was made."""
    return not isinstance(error, _BEFORE_SENDING)


def is_untrusted(error: BaseException) -> bool:
    """Return whether a connection failed because of the server's certificate; trying again does not help then."""
    return any(isinstance(cause, ssl.SSLCertVerificationError) for cause in _chain(error))


def describe_failure(
    error: httpx.TransportError,
    call: Call,
    url: httpx.URL,
    region: str,
    proxy: ChosenProxy | None = None,
    *,
    step: Call | None = None,
) -> UnreachableError:
    """Return the error for a request without an answer: what was tried, what happened, what to do.

    Args:
        error: The error of the HTTP library.
        call: The call that has no answer.
        url: The address that was to be reached.
        region: The region of the settings, for the message.
        proxy: The proxy in use, if any. If the proxy itself was not reached, the message names the proxy, not the host.
        step: The request that failed, if another request than the call itself, such as a login. Then the call was not sent.

    """
    address = url.netloc.decode("ascii")
    if proxy is not None and _is_about_proxy(error):
        happened, advice = _explain_proxy(error, address, proxy)
    else:
        happened, advice = _explain(error, address, region)
        if proxy is not None:
            happened += f", through the proxy {proxy.shown}"
    failed = step or call
    effect = f" Without that, ddmkit could not {call.title}." if failed.operation != call.operation else ""
    sent = was_sent(error) and not effect
    return UnreachableError(f"Could not {failed.what}: {happened}.{effect} What to do: {advice}", sent=sent)


def _is_about_proxy(error: httpx.TransportError) -> bool:
    """Return whether the proxy failed, and not the host behind it."""
    if isinstance(error, httpx.ProxyError):
        return True
    # TLS with the host begins after the proxy has opened the connection.
    is_tls = any(isinstance(cause, ssl.SSLError) for cause in _chain(error))
    return isinstance(error, httpx.ConnectError | httpx.ConnectTimeout) and not is_tls


def _explain_proxy(error: httpx.TransportError, address: str, proxy: ChosenProxy) -> tuple[str, str]:
    if isinstance(error, httpx.ProxyError):
        happened = f"the proxy {proxy.shown} did not open a connection to {address}"
        return happened, f"Check {proxy.variable} (address, user, password); NO_PROXY exempts a host."
    causes = list(_chain(error))
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        reason = "its host name is not known"
    elif any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        reason = "nothing listens there"
    elif isinstance(error, httpx.ConnectTimeout):
        reason = "it did not accept the connection in time"
    else:
        reason = _name_cause(causes)
    happened = f"the proxy {proxy.shown} was not reached ({reason}); {address} was not asked"
    return happened, f"Correct or remove {proxy.variable}; NO_PROXY exempts a host."


def _explain(error: httpx.TransportError, address: str, region: str) -> tuple[str, str]:
    causes = list(_chain(error))
    if isinstance(error, httpx.ProxyError):
        return f"the proxy did not open a connection to {address}", "Check HTTPS_PROXY (address, user, password), NO_PROXY."
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        of_region = f" (region {region})" if region else ""
        return (
            f"the host name {address}{of_region} is not known",
            "Check region or endpoint for a typing mistake, and whether this machine has a network and a name server.",
        )
    untrusted = next((cause for cause in causes if isinstance(cause, ssl.SSLCertVerificationError)), None)
    if untrusted is not None:
        reason = quote_text(str(untrusted.verify_message), 100)
        return (
            f"the certificate of {address} is not trusted ({reason})",
            "If this network inspects TLS, give the certificate of its authority as ca_bundle= or SSL_CERT_FILE.",
        )
    return _explain_plainly(error, causes, address)


def _explain_plainly(error: httpx.TransportError, causes: list[BaseException], address: str) -> tuple[str, str]:
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return f"nothing listens at {address}", "Check host and port; a simulator may have ended."
    # The first kind that matches counts; special kinds stand before general ones.
    kinds: tuple[tuple[type[httpx.TransportError], str, str], ...] = (
        (httpx.ConnectTimeout, f"{address} did not accept the connection in time", "Check endpoint, firewall and VPN."),
        (httpx.PoolTimeout, "no connection became free in time", "Try again with fewer reads at once."),
        (httpx.TimeoutException, f"{address} did not answer in time", "The service may be slow; try again a little later."),
        (httpx.ConnectError, f"no connection to {address} ({_name_cause(causes)})", "Check endpoint, network, HTTPS_PROXY."),
        (
            httpx.RemoteProtocolError,
            f"{address} broke the connection or did not answer in HTTP",
            "Try again; if the error stays, check proxies and load balancers on the way.",
        ),
    )
    broken = (f"the connection to {address} broke ({_name_cause(causes)})", "Try again; check the network.")
    return next(((happened, advice) for kind, happened, advice in kinds if isinstance(error, kind)), broken)


def _name_cause(causes: list[BaseException]) -> str:
    system = next((cause for cause in causes if isinstance(cause, OSError) and cause.strerror), None)
    return quote_text(system.strerror, 100) if system is not None and system.strerror else type(causes[0]).__name__


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__
