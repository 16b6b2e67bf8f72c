"""Plain HTTP to servers of this machine. A client of httpx loads all certificates of the system, which takes 30 ms each."""

from __future__ import annotations

import ssl
from functools import partial

import httpx

__all__ = ["get", "open_client", "post", "request"]

_NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

open_client = partial(httpx.Client, trust_env=False, verify=_NO_CERTIFICATES)
get = partial(httpx.get, trust_env=False, verify=_NO_CERTIFICATES)
post = partial(httpx.post, trust_env=False, verify=_NO_CERTIFICATES)
request = partial(httpx.request, trust_env=False, verify=_NO_CERTIFICATES)
