"""Encoded words (RFC 2047) and the bytes between them."""

import binascii
import re
from contextlib import suppress

from occ.mail.reading import charsets

VALUE_MAX, NAME_MAX = 64 * 1024, 1000  # bytes of a header, and of its name
_SIGNS = (("utf-8", 4), ("cp949", 2), ("cp932", 2))  # bytes of a character that has the most
_WORD = re.compile(
    rb"=\?([^?\s*]{1,40})(?:\*[^?\s]{0,20})?\?([bBqQ])\?([^?]{0,4000}(?:\?[^=?][^?]{0,4000}){0,3}\??)\?="
)


def read(raw: bytes) -> str:
    """What a header says.

    Blanks between encoded words are none, and words of one character set are put together before
    they are decoded: mail programs cut syllables in two.
    """
    raw = raw.strip()
    if len(raw) > VALUE_MAX - NAME_MAX:  # also where it was cut behind its name
        raw = _whole(raw[:VALUE_MAX])
    parts: list[str] = []
    label, run = b"", b""
    at = 0
    for found in _WORD.finditer(raw):
        between = raw[at : found.start()]
        at = found.end()
        given = found[1].lower()
        if between.strip() or given != label:
            parts.append(_said(run, label))
            run = b""
            if between.strip() or not label:
                parts.append(_said(between, b""))
        label = given
        run += _bytes(found[2], found[3])
    parts.append(_said(run, label))
    parts.append(_unfinished(raw[at:]))
    return "".join(parts)


def _whole(raw: bytes) -> bytes:
    """Bytes without the character at their end that was cut in the middle: what is left of it
    would make all of them another character set's.
    """
    for name, most in _SIGNS:
        for gone in range(most):
            shorter = raw[: len(raw) - gone]
            with suppress(UnicodeError):
                shorter.decode(name)
                return shorter
    return raw


def _said(raw: bytes, label: bytes) -> str:
    return charsets.decoded(raw, label.decode("latin-1"))[0] if raw else ""


def _bytes(encoding: bytes, text: bytes) -> bytes:
    if encoding in b"qQ":
        return binascii.a2b_qp(text, header=True)
    signs = re.sub(rb"[^A-Za-z0-9+/]", b"", text)
    whole = len(signs) - (1 if len(signs) % 4 == 1 else 0)
    return binascii.a2b_base64(signs[:whole] + b"=" * (-whole % 4))


_CUT = re.compile(rb"=\?([^?\s*]{1,40})\?([bBqQ])\?([^?\s]{4,4000})\??$")


def _unfinished(raw: bytes) -> str:
    """The end of a header; a word that was cut off there is read as far as it goes."""
    found = _CUT.search(raw)
    if not found:
        return _said(raw, b"")
    before = _said(raw[: found.start()], b"")
    made = _bytes(found[2], found[3])
    name = charsets.known(found[1].decode("latin-1"))
    return before + (made.decode(name or "utf-8", "ignore") if name is not None else "")
