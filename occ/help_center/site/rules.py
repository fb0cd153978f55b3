"""Parts of a help center (HC-3), and which wording of a text is shown (ORG-6)."""

import enum
import re
from collections.abc import Iterable, Mapping

_VALUE = re.compile(r"%\((\w+)\)s")


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
