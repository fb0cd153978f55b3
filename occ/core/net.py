"""Addresses outside that people typed: only http(s), never into this network unless the operator
allows it.

The address that is connected to is one that was checked, so that a name server which changes its
mind leads nowhere.
"""

import ipaddress
import queue
import re
import socket
import threading
import time
from urllib.parse import quote, urlsplit, urlunsplit

import idna

from occ.core.errors import Refused
from occ.core.i18n import gettext as _
from occ.core.settings import configured

SECONDS = 10.0  # for the whole of a call
URL_MAX = 500

# names inside a network do have underscores
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")
# a resolver that hangs holds this many threads, not one a call
_LOOKUPS = threading.BoundedSemaphore(16)
_ROUTED = ipaddress.ip_network("2000::/3")
_CARRIERS = (ipaddress.ip_network("2002::/16"), ipaddress.ip_network("2001::/23"))


class Blocked(Exception):
    """The address lies in this network."""


class Limit:
    """The seconds that one thing may take as a whole, however many steps it has."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds that are left, more than 0. Raises TimeoutError when none are."""
        seconds = self._until - time.monotonic()
        if seconds <= 0:
            raise TimeoutError("the time for all of it is over")
        return seconds


def host_name(host: str) -> str:
    """A host as it is looked up: letters beyond ASCII by IDNA.

    Raises ValueError for what is no name and no address.
    """
    if ":" in host:
        if "%" in host:
            raise ValueError("an address of one network card only")
        return str(ipaddress.IPv6Address(host))
    host = host.lower()
    if not host.isascii() or "xn--" in host:
        host = idna.encode(host, uts46=True).decode()
    labels = host.removesuffix(".").split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError("no host name")
    if _NUMBER.fullmatch(
        labels[-1]
    ):  # nothing but an address ends so: short and octal forms are read differently everywhere
        return str(ipaddress.IPv4Address(host))
    return host


def _quoted(text: str) -> str:
    """Percent-encoded UTF-8; what is encoded already stays."""
    return quote(re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", text), safe="%/?:@!$&'()*+,;=[]~")


def encoded(url: str) -> str:
    """A web address as it goes over the wire, all ASCII. Raises ValueError for what is none."""
    parts = urlsplit(url.strip())
    if (
        parts.scheme not in ("http", "https")
        or not parts.hostname
        or "@" in parts.netloc
        or parts.port == 0
    ):
        raise ValueError("no web address")
    host = host_name(parts.hostname)
    place = (f"[{host}]" if ":" in host else host) + (f":{parts.port}" if parts.port else "")
    return urlunsplit(
        (parts.scheme, place, _quoted(parts.path), _quoted(parts.query), _quoted(parts.fragment))
    )


def check_url(url: str, *, field: str = "url") -> str:
    """An address as it can be called: http or https, a host, no password.

    Whether it may be reached shows when it is.
    """
    text = url.strip()
    try:
        parts = urlsplit(text)
        is_one = (
            parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and "@" not in parts.netloc
            and parts.port != 0
        )
    except ValueError:
        is_one = False
    if not is_one or len(text) > URL_MAX or not text.isprintable():
        raise Refused(_("Enter a web address that begins with http:// or https://."), field)
    check_host(text, field=field)
    return text


def check_host(url: str, *, field: str) -> None:
    """Refuses an address whose host is neither a name nor an IP address."""
    try:
        host_name(urlsplit(url).hostname or "")
    except ValueError as error:
        raise Refused(
            _("The host of this address is not a valid name. Check the address."), field
        ) from error


def check_reachable(url: str, *, field: str = "url") -> None:
    """Refuses an address that names this network itself; one whose name leads
    there is refused when it is called.
    """
    host = host_name(urlsplit(url).hostname or "").removesuffix(".")
    try:
        private = not is_public(host)
    except ValueError:
        private = host == "localhost" or host.endswith(".localhost")
    if private and not configured().outgoing_private:
        raise Refused(_("This address is in an internal network and is not called."), field)


def is_public(address: str) -> bool:
    """Whether an IP address is reachable for everybody: not private, loopback, link-local,
    multicast or reserved.
    """
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return is_public(str(found.ipv4_mapped))
        # only unicast that is routed, without the ranges that carry an IPv4 address (6to4, Teredo
        # and their kin)
        return (
            found in _ROUTED
            and found.is_global
            and not any(found in carrier for carrier in _CARRIERS)
        )
    return found.is_global and not found.is_multicast


def look_up(host: str, port: int, limit: Limit) -> list[str]:
    """The addresses of a host, each once.

    Raises OSError, TimeoutError when the resolver takes longer than is left.

    A resolver knows no limit of its own: it works in a thread that nobody waits for any longer than
    that.
    """
    if not _LOOKUPS.acquire(timeout=limit.left()):
        raise TimeoutError("too many names are being looked up")
    found: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()

    def work() -> None:
        try:
            infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.put(list(dict.fromkeys(str(info[4][0]) for info in infos)))
        except Exception as error:  # told to whoever waits
            found.put(error)
        finally:
            _LOOKUPS.release()

    threading.Thread(target=work, name="look-up", daemon=True).start()
    try:
        answer = found.get(timeout=limit.left())
    except queue.Empty:
        raise TimeoutError(f"looking up {host} took too long") from None
    if isinstance(answer, Exception):
        raise answer
    return answer


def connect(host: str, port: int, limit: Limit, *, guarded: bool) -> socket.socket:
    """A connection to the first of a host's addresses that takes it, each given its share of the
    time that is left.

    `guarded`: all of them must be public, else Blocked is raised; a name that leads to both kinds
    is called at neither, so that no order of answers opens a way in. Raises OSError.
    """
    addresses = look_up(host, port, limit)
    if guarded and not all(is_public(address) for address in addresses):
        raise Blocked(f"{host} lies in this network")
    failed: OSError = OSError(f"{host} has no address")
    for n, address in enumerate(addresses):
        try:
            made = socket.create_connection((address, port), limit.left() / (len(addresses) - n))
        except OSError as error:
            failed = error
            continue
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        made.settimeout(limit.left())
        return made
    raise failed


def host_of(url: str) -> str:
    """The host and port of an address as people read them."""
    return urlsplit(url).netloc
