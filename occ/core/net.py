"""Requests to addresses that people typed: only http(s), never into this network unless the operator allows it.

The address that is connected to is the one that was checked, so that a name server which changes its mind leads nowhere.
Redirects are not followed.
"""

import ipaddress
import socket
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import current_app

from occ.core.errors import Refused
from occ.core.i18n import gettext as _

SECONDS = 10.0  # a time-out for each step
URL_MAX = 500


_ROUTED = ipaddress.ip_network("2000::/3")
_CARRIERS = (ipaddress.ip_network("2002::/16"), ipaddress.ip_network("2001::/23"))


class Blocked(Exception):
    """The address lies in this network."""


def check_url(url: str, *, field: str = "url") -> str:
    """An address as it can be called: http or https, a host, no password. Whether it may be reached shows when it is."""
    text = url.strip()
    try:
        parts = urlsplit(text)
        port_ok = parts.port is None or parts.port > 0
    except ValueError:
        parts, port_ok = urlsplit(""), False
    if (
        not port_ok
        or parts.scheme not in ("http", "https")
        or not parts.hostname
        or parts.username
        or len(text) > URL_MAX
        or not text.isprintable()
    ):
        raise Refused(_("Give a web address that begins with http:// or https://."), field)
    return text


def check_reachable(url: str, *, field: str = "url") -> None:
    """Refuses an address that names this network itself; one whose name leads there is refused when it is called."""
    host = urlsplit(url).hostname or ""
    try:
        private = not is_public(host)
    except ValueError:
        private = host == "localhost" or host.endswith(".localhost")
    if private and not current_app.config["OUTGOING_PRIVATE"]:
        raise Refused(_("This address lies in this network; it is not called."), field)


def is_public(address: str) -> bool:
    """Whether an IP address is reachable for everybody: not private, loopback, link-local, multicast or reserved."""
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return is_public(str(found.ipv4_mapped))
        # only unicast that is routed, without the ranges that carry an IPv4 address (6to4, Teredo and their kin)
        return found in _ROUTED and found.is_global and not any(found in carrier for carrier in _CARRIERS)
    return found.is_global and not found.is_multicast


def allowed_address(host: str, port: int) -> str:
    """The first address of a host, all of which must be public; raises Blocked. OUTGOING_PRIVATE lifts the rule."""
    found = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not current_app.config["OUTGOING_PRIVATE"] and not all(is_public(address) for address in found):
        raise Blocked(f"{host} lies in this network")
    return found[0]


def post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """Sends a body and returns the answer's status. Raises Blocked, OSError or httpcore's errors."""
    import httpcore

    class Guarded(httpcore.SyncBackend):
        def connect_tcp(self, host: str, port: int, *args: Any, **kwargs: Any) -> Any:
            return super().connect_tcp(allowed_address(host, port), port, *args, **kwargs)

    limits = dict.fromkeys(("connect", "read", "write", "pool"), SECONDS)
    with (
        httpcore.ConnectionPool(network_backend=Guarded()) as pool,
        pool.stream("POST", url, headers=list(headers.items()), content=body, extensions={"timeout": limits}) as answer,
    ):
        return int(answer.status)  # what else it says is not read: nobody holds the line


def host_of(url: str) -> str:
    """The Host header of an address."""
    return urlsplit(url).netloc
