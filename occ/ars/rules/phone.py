"""Queues and their people, dispositions, caller IDs: enums, bounds and pure decisions."""

import enum
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from occ.core import net
from occ.core.errors import Refused
from occ.core.i18n import gettext as _

NAME_MAX = 30
PROMISE_HOURS, PROMISE_MAX = 24, 720
ATTEMPTS, ATTEMPTS_MAX = 3, 20
PROOF_BYTES = 3 * 1024 * 1024
PROOF_TYPES = {b"%PDF-": ".pdf", b"\x89PNG\r\n\x1a\n": ".png", b"\xff\xd8\xff": ".jpg"}


class AfterLogin(enum.Enum):
    READY = "ready"
    AWAY = "away"


class AfterCall(enum.Enum):
    READY = "ready"
    AWAY = "away"
    WRAP_UP = "wrap_up"
    ASK = "ask"


class CallerIdState(enum.Enum):
    CHECKING = "checking"
    REGISTERED = "registered"
    REFUSED = "refused"


def proof_suffix(content: bytes) -> str:
    """The file ending that a proof document's content deserves; raises Refused for
    anything but PDF, PNG and JPEG.
    """
    if not content:
        raise Refused(_("Add the document that proves the number is yours."), "proof")
    if len(content) > PROOF_BYTES:
        raise Refused(_("The document may have at most 3 MB. Choose a smaller file."), "proof")
    for magic, suffix in PROOF_TYPES.items():
        if content.startswith(magic):
            return suffix
    raise Refused(_("Choose a PDF, PNG or JPEG file."), "proof")


def moved(idents: list[int], ident: int, place: int) -> list[int]:
    """The order after `ident` was put at `place` (0-based, clamped)."""
    rest = [i for i in idents if i != ident]
    rest.insert(max(0, min(place, len(rest))), ident)
    return rest


def main_number(service_id: int) -> str:
    """The simulator's number for a service: 070 and eight digits, as E.164 (ARS-1)."""
    return f"+8270{service_id % 10**8:08}"


PLACEHOLDERS = ("caller", "called", "queue", "call")


def popup_url(template: str, values: Mapping[str, str]) -> str:
    """CTI-8: the address of the user's own system with its placeholders filled in, encoded."""
    for name in PLACEHOLDERS:
        template = template.replace("{" + name + "}", quote(values.get(name, ""), safe=""))
    return template


def check_popup_url(template: str, field: str = "popup_url") -> None:
    """Raises Refused unless the template is empty or an http(s) address with known placeholders."""
    if not template:
        return
    filled = popup_url(template, {})
    if "{" in filled or "}" in filled:
        raise Refused(
            _(
                "Only {caller}, {called}, {queue} and {call} can be filled in. Remove "
                "other placeholders."
            ),
            field,
        )
    # letters beyond ASCII are encoded by the browser that opens it
    net.check_url(filled, field=field)
    if "{" in urlsplit(template).netloc:
        raise Refused(_("The host of the address cannot be filled in."), field)
