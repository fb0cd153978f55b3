"""Text as people see it and as files can hold it: signs that show nothing hide nothing."""

import re

# Unicode's Default_Ignorable_Code_Point beside its categories Cf and Cc, but no blanks: a test
# compares
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000110bd\U000110cd"
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# Control characters but tab and line ends, lone surrogates, and the 66 code points that Unicode
# says are no characters.
_UNWRITABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane * 0x10000 + last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
    + "]"
)
# All that is none of these: most texts are, and this is looked at many times as fast.
_WRITTEN = re.compile(
    "[\t\n\r -~\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd"
    + "".join(f"{chr(plane * 0x10000)}-{chr(plane * 0x10000 + 0xFFFD)}" for plane in range(1, 17))
    + "]*"
)

# 주식회사 and 株式会社, as short forms before or behind a name
_COMPANY = re.compile(r"[(（][주株][)）]|[㈜㈱]")


def visible(text: str) -> str:
    """A text as it is compared: without soft hyphens, joiners, zero-width spaces, variation
    selectors, fillers and controls.
    """
    return _UNSEEN.sub("", text)


def placed(text: str) -> tuple[str, list[int]]:
    """`visible(text)`, and where each of its signs stands in the
    text; one place more for the end.
    """
    unseen = {found.start() for found in _UNSEEN.finditer(text)}
    places = [at for at in range(len(text)) if at not in unseen]
    return "".join(text[at] for at in places), [*places, len(text)]


def writable(text: str) -> str:
    """The text without what XML cannot hold, nor any other sign that nobody sees
    typed; tab and line ends stay.
    """
    return text if _WRITTEN.fullmatch(text) else _UNWRITABLE.sub("", text)


def initial(name: str) -> str:
    """The sign that stands for a name in a small round: its first letter or digit, but for what
    says that it is a company; its first sign where it has none.
    """
    bare = _COMPANY.sub("", name)
    return next((sign for sign in bare if sign.isalnum()), name[:1])
