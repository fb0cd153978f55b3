"""Where a request came from: what trusted proxies say of it, else what the connection says.

Works under every WSGI server: the headers are taken out of the request here, so that nothing after
this can believe them. Werkzeug's ProxyFix leaves them in, and takes no scheme where an inner proxy
replaces X-Forwarded-Proto instead of adding to it.
"""

import ipaddress
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# what a proxy could not name: an address that nobody has, so that no limit takes it for this
# machine
UNKNOWN = "0.0.0.0"
FORWARDED = "occ.forwarded"  # in the environment: whether a proxy stood between, trusted or not
_HEADERS = (
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_FORWARDED",
)
_HOST = re.compile(r"(?:[A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?")


def hop(header: str, hops: int) -> str:
    """What the outermost of the trusted proxies said.

    Each proxy adds its word at the end, so that what a client wrote itself stands before those that
    count. Proxies that replace the header instead of adding to it leave fewer: the first one counts
    then.
    """
    said = [part.strip() for part in header.split(",")]
    return said[max(0, len(said) - hops)]


@lru_cache(4096)
def address(text: str) -> str:
    """An address as OCC writes it: no port, brackets or zone, IPv4 as
    IPv4; UNKNOWN for what is none.
    """
    plain = text.strip().strip('"')
    bracketed = re.fullmatch(r"\[([^\]]*)\](?::\d+)?", plain)
    if bracketed:
        plain = bracketed[1]
    elif plain.count(":") == 1:  # IPv4 with a port
        plain = plain.partition(":")[0]
    try:
        found = ipaddress.ip_address(plain.partition("%")[0])
    except ValueError:
        return UNKNOWN
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return str(mapped or found)


@lru_cache(64)
def _is_name(host: str) -> bool:
    """Whether Werkzeug can read a host; of one that it cannot no address of this console can be
    made, not even an error page's.
    """
    try:
        host.partition(":")[0].encode("idna")
    except UnicodeError:
        return False
    return True


class Proxied:
    """WSGI middleware: sets client address, scheme and host of each request by the headers of the
    nearest `hops` proxies.
    """

    def __init__(self, app: "WSGIApplication", hops: int) -> None:
        self._app, self._hops = app, hops

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        said: dict[str, str] = {name: environ.pop(name) for name in _HEADERS if name in environ}
        environ[FORWARDED] = bool(said)
        client = str(environ.get("REMOTE_ADDR", ""))
        if self._hops:
            client = hop(said.get("HTTP_X_FORWARDED_FOR", client), self._hops)
            scheme = hop(said.get("HTTP_X_FORWARDED_PROTO", ""), self._hops).lower()
            if scheme in ("http", "https"):
                environ["wsgi.url_scheme"] = scheme
            host = hop(said.get("HTTP_X_FORWARDED_HOST", ""), self._hops)
            if _HOST.fullmatch(host):
                environ["HTTP_HOST"] = host
        environ["REMOTE_ADDR"] = address(client)
        if not _is_name(environ.get("HTTP_HOST", "")):
            start_response("400 Bad Request", [("Content-Type", "text/plain; charset=utf-8")])
            return [b"This host is no name.\n"]
        return self._app(environ, start_response)
