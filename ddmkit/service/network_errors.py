"""Says in words why a host could not be reached, and whether the request may have left before the connection broke.

The HTTP library's own texts are not quoted where they could hold a piece of an answer: a token can stand in one.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import httpx

from ddmkit.errors import UnreachableError
from ddmkit.secrecy.redaction import quote_text
from ddmkit.service.protocol import Call
from ddmkit.service.proxies import ChosenProxy

__all__ = ["describe_failure", "was_sent"]

# The connection was never made. Source: design of ddmkit, "Talking to the service".
_BEFORE_SENDING = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)


def was_sent(error: httpx.TransportError) -> bool:
    """Return whether the request may have arrived: ``False`` only when no connection was made."""
    return not isinstance(error, _BEFORE_SENDING)


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

    ``proxy`` is the one on the way, if any: where it was not reached itself, it is named in place of the host. ``step`` is
    the call that failed on the way, such as a login: then the call itself was surely not sent.
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
    """Describe whether the proxy failed, not what lies behind it: TLS with the host begins when the proxy has opened the way."""
    if isinstance(error, httpx.ProxyError):
        return True
    is_tls = any(isinstance(cause, ssl.SSLError) for cause in _chain(error))
    return isinstance(error, httpx.ConnectError | httpx.ConnectTimeout) and not is_tls


def _explain_proxy(error: httpx.TransportError, address: str, proxy: ChosenProxy) -> tuple[str, str]:
    if isinstance(error, httpx.ProxyError):
        happened = f"the proxy {proxy.shown} did not open the way to {address}"
        return happened, f"Check {proxy.variable} (address, user, password); NO_PROXY excepts a host."
    causes = list(_chain(error))
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        reason = "its host name is not known"
    elif any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        reason = "nothing listens there"
    elif isinstance(error, httpx.ConnectTimeout):
        reason = "it did not take the connection in time"
    else:
        reason = _name_cause(causes)
    happened = f"the proxy {proxy.shown} was not reached ({reason}); {address} was not asked"
    return happened, f"Correct or remove {proxy.variable}; NO_PROXY excepts a host."


def _explain(error: httpx.TransportError, address: str, region: str) -> tuple[str, str]:
    causes = list(_chain(error))
    if isinstance(error, httpx.ProxyError):
        return f"the proxy did not open the way to {address}", "Check HTTPS_PROXY (address, user, password) and NO_PROXY."
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
            "If this network inspects TLS, give its authority's certificate as ca_bundle= or SSL_CERT_FILE.",
        )
    return _explain_plainly(error, causes, address)


def _explain_plainly(error: httpx.TransportError, causes: list[BaseException], address: str) -> tuple[str, str]:
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return f"nothing listens at {address}", "Check host and port; a simulator may have ended."
    # The first kind that fits, special before general.
    kinds: tuple[tuple[type[httpx.TransportError], str, str], ...] = (
        (httpx.ConnectTimeout, f"{address} did not take the connection in time", "Check the endpoint, a firewall, a VPN."),
        (httpx.PoolTimeout, "no connection became free in time", "Try again with fewer reads at once."),
        (httpx.TimeoutException, f"{address} did not answer in time", "The service may be slow; try again a little later."),
        (httpx.ConnectError, f"no connection to {address} ({_name_cause(causes)})", "Check endpoint, network, HTTPS_PROXY."),
        (
            httpx.RemoteProtocolError,
            f"{address} broke the connection or did not answer in HTTP",
            "Try again; if it stays, look at proxies and load balancers on the way.",
        ),
    )
    broken = (f"the connection to {address} broke ({_name_cause(causes)})", "Try again; look at the network.")
    return next(((happened, advice) for kind, happened, advice in kinds if isinstance(error, kind)), broken)


def _name_cause(causes: list[BaseException]) -> str:
    system = next((cause for cause in causes if isinstance(cause, OSError) and cause.strerror), None)
    return quote_text(system.strerror, 100) if system is not None and system.strerror else type(causes[0]).__name__


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__
