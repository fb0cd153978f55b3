"""Parts of a help center, its sections, menus and codes (HC-3), and which wording of a text shows
(ORG-6).
"""

import enum
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit, urlunsplit

from occ.core.errors import Refused
from occ.core.i18n import gettext as _
from occ.core.net import check_host, check_url, encoded

_VALUE = re.compile(r"%\((\w+)\)s")
_CODE = re.compile(r"[a-z0-9._-]+")
_USED = re.compile(r"#\{([^{}]*)\}")
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?")
CODE_MAX, WORDING_MAX = 60, 500
NAME_MAX, THEMES_MAX = 50, 20
MENU_MAX, MENUS_MAX = 40, 20
PARAMETERS_MAX, PARAMETER_MAX = 20, 200
OWN_MAX = 300
ORIGINS_MAX = 20
TEXTS_MAX = 10  # sections of free text
COMPANY_MAX, TRADEMARK_MAX, TERMS_MAX = 2_000, 200, 100_000


class Part(enum.Enum):
    """What a help center consists of; each can be switched off."""

    FAQ = "faq"
    NOTICES = "notices"
    INQUIRIES = "inquiries"
    CALLBACKS = "callbacks"
    WIDGET = "widget"
    COMPANY = "company"


def parts_on(off: Iterable[str]) -> frozenset[Part]:
    """The parts that are on, of the values of those that are off."""
    return frozenset(Part) - {part for part in Part if part.value in set(off)}


def chosen(texts: Mapping[str, str], language: str, default: str) -> tuple[str, str]:
    """(text, its language): the asked language's, else the default one's, else any; ('', '')
    where there is none.
    """
    for code in (language, default, *texts):
        if text := texts.get(code, ""):
            return text, code
    return "", ""


def filled(text: str, values: Mapping[str, object]) -> str:
    """The text with its values; whatever else it says with a % stays."""
    return _VALUE.sub(lambda found: str(values.get(found[1], found[0])), text)


# sections of the home page


class SectionKind(enum.Enum):
    """What the home page consists of; each once, but for free texts."""

    SEARCH = "search"
    NOTICES = "notices"
    CATEGORIES = "categories"
    FAQ = "faq"
    WAYS = "ways"
    TEXT = "text"


SECTIONS: tuple[Mapping[str, object], ...] = tuple(
    {"key": kind.value, "kind": kind.value, "texts": {}}
    for kind in SectionKind
    if kind is not SectionKind.TEXT
)
"""The home page as it comes, in order."""


def moved(keys: Sequence[str], key: str, place: int) -> list[str]:
    """The keys with one of them at another place, 0-based, clamped."""
    rest = [one for one in keys if one != key]
    rest.insert(max(0, min(place, len(rest))), key)
    return rest


# codes


def codes(text: str) -> list[str]:
    """The codes that a text uses as `#{code}`, in order."""
    return _USED.findall(text)


def with_codes(text: str, worded: Mapping[str, str]) -> str:
    """The text with what its codes stand for; one that stands for nothing shows nothing."""
    return _USED.sub(lambda found: worded.get(found[1], ""), text)


def check_codes(text: str, known: Iterable[str], *, field: str) -> None:
    """Refuses a text with a code that stands for nothing."""
    missing = [code for code in codes(text) if code not in set(known)]
    if missing:
        raise Refused(
            _("There is no text with the code “%(code)s”. Check it.", code=missing[0]), field
        )


def own_code(text: str) -> str:
    """A code that a service gives to a text of its own. Raises Refused for what is none."""
    code = text.strip().lower()
    if not _CODE.fullmatch(code) or len(code) > CODE_MAX:
        raise Refused(
            _(
                "Use letters from a to z, digits, points, hyphens and underscores, at most "
                "%(limit)s of them.",
                limit=CODE_MAX,
            ),
            "code",
        )
    return code


def check_wording(shipped: str, text: str, *, field: str) -> None:
    """Refuses a wording without the values that the text has as it comes, with others, or too
    long.
    """
    if len(text) > WORDING_MAX:
        raise Refused(
            _(
                "Use at most %(limit)s characters; this has %(count)s.",
                limit=WORDING_MAX,
                count=len(text),
            ),
            field,
        )
    wanted, there = set(_VALUE.findall(shipped)), set(_VALUE.findall(text))
    for name in sorted(wanted - there):
        raise Refused(
            _(
                "“%(place)s” is missing: it stands for a value that is put in.",
                place=f"%({name})s",
            ),
            field,
        )
    for name in sorted(there - wanted):
        raise Refused(_("Nothing stands for “%(place)s” here.", place=f"%({name})s"), field)


# menus that lead elsewhere


def check_address(text: str) -> str:
    """The address of a menu: https, a host, no password. Raises Refused for others."""
    url = check_url(text, field="address")
    if urlsplit(url).scheme != "https":
        raise Refused(_("Enter a web address that begins with https://."), "address")
    return url


def parameters(text: str) -> dict[str, str]:
    """The parameters that are typed, `name=value` a line. Raises Refused for lines that are
    none.
    """
    found: dict[str, str] = {}
    for line in filter(None, map(str.strip, text.split("\n"))):
        name, sign, value = (part.strip() for part in line.partition("="))
        if not name or not sign or len(line) > PARAMETER_MAX:
            raise Refused(
                _(
                    "“%(line)s” is no parameter. Enter one a line, as name=value, of at most "
                    "%(limit)s characters.",
                    line=line[:40],
                    limit=PARAMETER_MAX,
                ),
                "parameters",
            )
        if name in found:
            raise Refused(_("“%(name)s” is there twice.", name=name), "parameters")
        found[name] = value
    if len(found) > PARAMETERS_MAX:
        raise Refused(_("Use at most %(limit)s parameters.", limit=PARAMETERS_MAX), "parameters")
    return found


def with_parameters(address: str, added: Mapping[str, str]) -> str:
    """An address with parameters behind those that it has."""
    parts = urlsplit(encoded(address))
    query = "&".join(filter(None, [parts.query, urlencode(added)]))
    return urlunsplit(parts._replace(query=query))


# the company


@dataclass(frozen=True)
class Company:
    """What is said of the company in a language: plain texts, whose addresses become links."""

    company: str = ""
    trademark: str = ""
    terms: str = ""
    privacy: str = ""


# the widget


def origins(text: str) -> list[str]:
    """The origins that are typed, one a line, as browsers name them: `https://shop.example`.

    Raises Refused for what is none, and for http:// but to try it on one's own machine.
    """
    found: list[str] = []
    for line in filter(None, map(str.strip, text.split("\n"))):
        found.append(_origin(line))
    once = list(dict.fromkeys(found))
    if len(once) > ORIGINS_MAX:
        raise Refused(_("Enter at most %(limit)s addresses.", limit=ORIGINS_MAX), "origins")
    return once


def _origin(line: str) -> str:
    wrong = Refused(
        _(
            "“%(line)s” is no address of a site. Enter one such as https://shop.example, without "
            "a path.",
            line=line[:60],
        ),
        "origins",
    )
    try:
        check_host(line, field="origins")
        parts = urlsplit(encoded(line))
        port = parts.port
    except (Refused, ValueError) as error:
        raise wrong from error
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise wrong
    host = parts.hostname or ""
    if parts.scheme == "http" and host not in ("localhost", "127.0.0.1"):
        raise Refused(_("“%(line)s” has to begin with https://.", line=line[:60]), "origins")
    is_usual = port in (None, {"http": 80, "https": 443}[parts.scheme])
    made = f"{parts.scheme}://{host}" + ("" if is_usual else f":{port}")
    if not _ORIGIN.fullmatch(made):
        raise wrong
    return made
