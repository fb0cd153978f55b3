"""Signing in to a help center (HC-4): the token that a customer site makes, when it holds, and
where a visitor may be led afterwards. After the product's public guides for POST and GET.
"""

import base64
import enum
import hashlib
import hmac
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import SplitResult, urlencode, urlsplit, urlunsplit

from occ.core import net
from occ.core.errors import Refused
from occ.core.i18n import lazy_gettext as _

USERCODE_MAX, NAME_MAX, EMAIL_MAX, PHONE_MAX, NUMBER_MAX = 50, 50, 100, 20, 50
ENTRY_NAME_MAX = 50
ADDRESSES_MAX = 20
VALID_FOR = timedelta(minutes=3)
AHEAD = timedelta(minutes=1)  # a customer site's clock may be fast
KEPT_FOR = VALID_FOR + AHEAD
"""A token that is kept for so long cannot be used again before it is too old."""
VISIT = timedelta(hours=12)
LINK_FOR = timedelta(minutes=30)
LINK_MINUTES = LINK_FOR // timedelta(minutes=1)
PASS_FOR = VALID_FOR
LINKS_MOST = 3
"""Links that one address is sent within LINK_FOR."""
KEY_SHOWN = 4

# What Java's isNotBlank, by which the guide's sample leaves values out, sees and Python does not
_NO_BLANK_IN_JAVA = "\x85\xa0\u2007\u202f"


class Method(enum.Enum):
    """How visitors of a help center say who they are."""

    NONE = "none"
    EMAIL = "email"
    SSO = "sso"


class EntryType(enum.Enum):
    POST = "post"
    GET = "get"


class Parameter(enum.Enum):
    """What of a member is told to the login-state URL, by the name that the guide gives it."""

    USERCODE = "usercode"
    USERNAME = "username"
    EMAIL = "email"
    PHONE = "phone"
    MEMBERNO = "memberno"


class Carrier(enum.Enum):
    """Where a parameter stands in the request."""

    QUERY = "query"
    HEADER = "header"


class PassKind(enum.Enum):
    """What a one-time pass is good for: a member that a customer site vouched for, or whoever
    reads the mails of an address.
    """

    MEMBER = "member"
    EMAIL = "email"


class Held(enum.Enum):
    """What became of a token."""

    YES = "yes"
    WRONG = "wrong"
    LATE = "late"
    EARLY = "early"


@dataclass(frozen=True)
class Claim:
    """Who a customer site says is there, as it was sent; `time` is in milliseconds."""

    service: str
    usercode: str
    time: str
    username: str = ""
    email: str = ""
    phone: str = ""
    memberno: str = ""
    return_url: str = ""
    token: str = ""


def claim_of(values: Mapping[str, str], service: str) -> Claim:
    """The claim of a form or an address."""
    return Claim(
        service=service,
        usercode=values.get("usercode", ""),
        time=values.get("time", ""),
        username=values.get("username", ""),
        email=values.get("email", ""),
        phone=values.get("phone", ""),
        memberno=values.get("memberno", ""),
        return_url=values.get("returnUrl", ""),
        token=values.get("token", ""),
    )


def is_blank(text: str) -> bool:
    """Whether a value is left out of the token's text."""
    return all(sign.isspace() and sign not in _NO_BLANK_IN_JAVA for sign in text)


def text_of(claim: Claim) -> str:
    """What a token signs: the values in the guide's order, blank ones left out with their `&`."""
    optional = (claim.username, claim.email, claim.phone, claim.memberno, claim.return_url)
    given = [value for value in optional if not is_blank(value)]
    return "&".join([claim.service, claim.usercode, *given, claim.time])


def _bytes(text: str) -> bytes:
    """UTF-8, with ? for halves of signs that JSON may hold."""
    return text.encode("utf-8", "replace")


def token_of(text: str, key: str) -> str:
    """HMAC-SHA256 of a text with the key of an entry, in Base64."""
    made = hmac.new(key.encode(), _bytes(text), hashlib.sha256).digest()
    return base64.b64encode(made).decode()


def is_signed(claim: Claim, key: str) -> bool:
    """Whether the token was made with the key, in a time that tells nothing about it.

    A `+` that was not encoded arrives as a blank.
    """
    return hmac.compare_digest(
        _bytes(claim.token.replace(" ", "+")), token_of(text_of(claim), key).encode()
    )


def made_at(claim: Claim) -> datetime | None:
    """When a claim says that it was made; None where that is no time."""
    text = claim.time
    if not (text.isascii() and text.isdecimal() and len(text) <= 14):
        return None
    try:
        return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=int(text))
    except OverflowError:
        return None


def held(claim: Claim, key: str, now: datetime) -> Held:
    """Whether a claim holds now: for three minutes, and from a clock that is a minute fast. Its
    age is said only of those that were signed.
    """
    at = made_at(claim)
    if not is_signed(claim, key) or at is None or is_blank(claim.usercode):
        return Held.WRONG
    if len(claim.usercode) > USERCODE_MAX:
        return Held.WRONG
    if now - at > VALID_FOR:
        return Held.LATE
    return Held.EARLY if at - now > AHEAD else Held.YES


def mark_of(claim: Claim) -> str:
    """By which a claim is known when it comes again, however its token was written."""
    return hashlib.sha256(_bytes(text_of(claim))).hexdigest()


def says_yes(answer: object, usercode: str) -> bool:
    """Whether the token-check URL's answer says that this user is signed in."""
    if not isinstance(answer, Mapping):
        return False
    login = answer.get("login")
    return (login is True or login == "true") and answer.get("usercode") == usercode


# addresses


def _place(url: str) -> SplitResult | None:
    """A web address as browsers will read it; None for what they may read otherwise, or what
    hides where it leads.
    """
    if not url.isprintable() or "\\" in url or any(sign.isspace() for sign in url):
        return None
    try:
        parts = urlsplit(net.encoded(url))
    except ValueError:
        return None
    steps = parts.path.lower().replace("%2e", ".").replace("%2f", "/").replace("%5c", "/")
    return None if {".", ".."} & set(steps.split("/")) else parts


def origin_of(url: str) -> str:
    """Scheme, host and port of an address; '' for what is none."""
    parts = _place(url)
    if parts is None:
        return ""
    usual = {"http": 80, "https": 443}[parts.scheme]
    host = str(parts.hostname)
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (
        f":{parts.port}" if parts.port and parts.port != usual else ""
    )


def leads_to(url: str, allowed: Collection[str]) -> str:
    """An address as it may be redirected to: it begins with one of those allowed, by whole parts
    of its path. '' where it does not.
    """
    parts = _place(url)
    if parts is None:
        return ""
    for one in allowed:
        known = _place(one)
        if known is None or origin_of(one) != origin_of(url):
            continue
        base = known.path.rstrip("/")
        if parts.path == base or parts.path.startswith(f"{base}/"):
            return urlunsplit(parts)
    return ""


def check_addresses(text: str) -> list[str]:
    """The return addresses of a form, one a line, each once, at most ADDRESSES_MAX."""
    found = list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
    if len(found) > ADDRESSES_MAX:
        raise Refused(
            _("Enter at most %(most)s addresses.", most=ADDRESSES_MAX), "return_addresses"
        )
    for one in found:
        net.check_url(one, field="return_addresses")
        parts = _place(one)
        if parts is None or parts.query or parts.fragment:
            raise Refused(
                _("Enter %(address)s without ?, # and dots between slashes.", address=one),
                "return_addresses",
            )
    return found


def login_address(login_url: str, back: str) -> str:
    """The customer site's login page, told where to come back to."""
    parts = urlsplit(login_url)
    query = "&".join(filter(None, (parts.query, urlencode({"returnUrl": back}))))
    return urlunsplit(parts._replace(query=query))


# choices


@dataclass(frozen=True)
class EntryTerms:
    """What an entry of the organization says (HC-4)."""

    name: str
    type: EntryType
    login_url: str
    status_url: str
    check_url: str
    parameters: Mapping[Parameter, Carrier]


def check_entry(terms: EntryTerms) -> None:
    """Refuses an entry that lacks what its type needs."""
    needed = (
        ("login_url", terms.login_url, terms.type is EntryType.POST),
        ("status_url", terms.status_url, terms.type is EntryType.POST),
        ("check_url", terms.check_url, terms.type is EntryType.GET),
    )
    for field, url, is_needed in needed:
        if is_needed and not url:
            raise Refused(_("Fill this in."), field)
        if url:
            net.check_url(url, field=field)
            if "#" in url:
                raise Refused(_("Enter the address without #."), field)


def may_ask(*, signed_in: bool, method: Method, guests: bool) -> bool:
    """Whether a visitor may file inquiries: guests only where they are allowed or nobody can
    sign in.
    """
    return signed_in or guests or method is Method.NONE


def masked(key: str) -> str:
    """A key as pages show it."""
    return "•" * 12 + key[-KEY_SHOWN:]


def parameters_of(stored: Sequence[Mapping[str, str]]) -> dict[Parameter, Carrier]:
    """Parameters as they are stored, by name."""
    return {Parameter(one["name"]): Carrier(one["carrier"]) for one in stored}
