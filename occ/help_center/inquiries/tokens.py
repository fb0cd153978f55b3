"""Signed values of the inquiry form and of links to inquiries: what they say is read only where
this console made them.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime

from occ.core import crypto

_MAC_BYTES = 15  # which are 24 letters


@dataclass(frozen=True)
class Stamp:
    """A form: its key, by which it makes one inquiry at most, when it was opened, and how many bits
    of work it asks for.
    """

    key: str
    opened: datetime
    bits: int


@dataclass(frozen=True)
class Link:
    """The inquiry that a link leads to, and until when."""

    ticket_id: int
    until: datetime


def _sign(purpose: str, said: str) -> str:
    mac = hmac.new(crypto.ring().derive(purpose), said.encode(), hashlib.sha256).digest()
    return f"{said}.{base64.b32encode(mac[:_MAC_BYTES]).decode().lower()}"


def _read(purpose: str, token: str, parts: int) -> list[str] | None:
    said, _dot, _mac = token.rpartition(".")
    if not token.isascii() or not hmac.compare_digest(_sign(purpose, said), token):
        return None
    found = said.split(".")
    return found if len(found) == parts else None


def stamp(key: str, opened: datetime, bits: int = 0) -> str:
    return _sign("inquiry-form", f"{key}.{int(opened.timestamp() * 1000)}.{bits}")


def of_stamp(token: str) -> Stamp | None:
    """What a form was; None for what no form of this console had."""
    found = _read("inquiry-form", token, 3)
    if found is None:
        return None
    return Stamp(found[0], datetime.fromtimestamp(int(found[1]) / 1000, UTC), int(found[2]))


def link(ticket_id: int, until: datetime) -> str:
    """What leads to an inquiry whoever has it (HC-1)."""
    return _sign("inquiry-link", f"{ticket_id}.{int(until.timestamp())}")


def of_link(token: str) -> Link | None:
    """Where a link leads, also one whose time is over."""
    return _link("inquiry-link", token)


def receipt(ticket_id: int, until: datetime) -> str:
    """What shows the number of an inquiry, and nothing else of it."""
    return _sign("inquiry-receipt", f"{ticket_id}.{int(until.timestamp())}")


def of_receipt(token: str) -> Link | None:
    return _link("inquiry-receipt", token)


def _link(purpose: str, token: str) -> Link | None:
    found = _read(purpose, token, 2)
    if found is None:
        return None
    return Link(int(found[0]), datetime.fromtimestamp(int(found[1]), UTC))
