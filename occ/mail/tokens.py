"""Signed tokens that name a ticket (MAIL-1): whoever answers one of our mails sends it back, in the
address or in the subject, and joins that ticket.
"""

import base64
import hashlib
import hmac
import re

from occ.core import crypto

MAC_BYTES = 10  # 80 bits, which are 16 letters
_TOKEN = re.compile(r"([1-9][0-9]{0,9})-([a-z2-7]{16})")
_IN_SUBJECT = re.compile(r"\[\s*#\s*([1-9][0-9]{0,9}-[a-zA-Z2-7]{16})\s*\]")
_LARGEST = 2**31 - 1  # what an id column holds


def sign(ticket_id: int) -> str:
    """The token of a ticket, at most 27 letters, digits and a hyphen: mail servers may change the
    case of an address, so case means nothing.
    """
    return f"{ticket_id}-{_mac(ticket_id)}"


def verify(token: str) -> int | None:
    """The ticket that a token names; None for one that this console did not sign."""
    found = _TOKEN.fullmatch(token.strip().lower()) if token.isascii() else None
    if found is None or (ident := int(found[1])) > _LARGEST:
        return None
    return ident if hmac.compare_digest(_mac(ident), found[2]) else None


def address(service: str, ticket_id: int, domain: str) -> str:
    """Where the answer to a mail of a ticket goes: `<service>+<token>@<domain>`, with a part before
    the @ of at most 58 characters.
    """
    return f"{service}+{sign(ticket_id)}@{domain}"


def of_address(received_at: str) -> int | None:
    """The ticket that an address names by its token; None without a valid one."""
    local, _at, _domain = received_at.strip().rpartition("@")
    name, plus, token = local.partition("+")
    return verify(token) if name and plus else None


def mark(ticket_id: int) -> str:
    """The end of a subject where only the subject brings the token back."""
    return f"[#{sign(ticket_id)}]"


def of_subject(subject: str) -> int | None:
    """The ticket that a subject names; of several valid tokens the last one, for answers put theirs
    behind.
    """
    tickets = [verify(one) for one in _IN_SUBJECT.findall(" ".join(subject.split()))]
    return next((one for one in reversed(tickets) if one is not None), None)


def without_mark(subject: str) -> str:
    """A subject as people read it, without our tokens."""
    return " ".join(_IN_SUBJECT.sub(" ", subject).split())


def _mac(ticket_id: int) -> str:
    key = crypto.ring().derive("mail-token")
    made = hmac.new(key, str(ticket_id).encode(), hashlib.sha256).digest()[:MAC_BYTES]
    return base64.b32encode(made).decode().lower()
