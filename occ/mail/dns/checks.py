"""The DNS, asked through dnspython under one limit for all questions of a look."""

from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from occ.core import net
from occ.core.net import Limit
from occ.mail.dns.rules import Ask, Finding, Kind, Sending, Unanswered, examine

if TYPE_CHECKING:
    from dns.resolver import Resolver

SECONDS = 10.0  # for all questions of one look
RECORDS_MAX = 50  # of one name: what has more is no mail setup


def resolver() -> "Resolver":
    """The name servers of this machine (/etc/resolv.conf). Raises NoResolverConfiguration."""
    from dns.resolver import Resolver

    return Resolver()


def asking(limit: Limit) -> Ask:
    """Asks for records while the limit lasts; each name once, for a policy and an SPF record name
    the same ones again.
    """
    from dns.exception import DNSException
    from dns.rdtypes.ANY.MX import MX
    from dns.rdtypes.ANY.TXT import TXT
    from dns.resolver import NXDOMAIN, LifetimeTimeout, NoNameservers, NoResolverConfiguration

    known: dict[tuple[str, Kind], Sequence[str]] = {}

    def text(record: object) -> str:
        if isinstance(record, TXT):
            return b"".join(record.strings).decode("utf-8", "replace")
        return f"{record.preference} {record.exchange}" if isinstance(record, MX) else str(record)

    def ask(name: str, kind: Kind) -> Sequence[str]:
        key = (name, kind)
        if key not in known:
            try:
                found = servers.resolve(
                    f"{name}.", kind.value, lifetime=limit.left(), raise_on_no_answer=False
                )
                known[key] = [text(record) for record in list(found)[:RECORDS_MAX]]
            except NXDOMAIN:
                known[key] = []
            except (LifetimeTimeout, NoNameservers, OSError) as error:
                raise Unanswered(name) from error
            except DNSException:  # what is no name has no records
                known[key] = []
        return known[key]

    try:
        servers = resolver()
    except NoResolverConfiguration:
        return _silent
    return ask


def _silent(name: str, kind: Kind) -> Sequence[str]:
    raise Unanswered(name)


def look(
    address: str, *, server: str, include: str = "", selector: str = "", signer: str = ""
) -> list[Finding]:
    """What the DNS says of a sender address, in at most `SECONDS`; outside of any transaction.

    `server` is the address of the mail server that mails are handed to (SMTP_URL), '' where they
    stay here; `include`, `selector` and `signer` as in `Sending`.
    """
    limit = Limit(SECONDS)
    domain = _domain(address.rpartition("@")[2])
    host = urlsplit(server).hostname or ""
    sending = Sending(
        domain=domain,
        envelope=domain,
        addresses=public_addresses(host, limit) if host and not include else (),
        include=include,
        selector=_domain(selector),
        signer=_domain(signer),
    )
    return examine(sending, asking(limit))


def _domain(text: str) -> str:
    """A name as it is asked for."""
    name = text.strip().strip(".").lower()
    try:
        return name if name.isascii() else net.host_name(name)
    except ValueError:
        return name


def public_addresses(host: str, limit: Limit) -> list[str]:
    """The addresses of a mail server that say where mails leave from: none where it stands in this
    network, or cannot be looked up.
    """
    try:
        found = net.look_up(net.host_name(host), 25, limit)
    except (OSError, ValueError):
        return []
    return found if all(net.is_public(address) for address in found) else []
