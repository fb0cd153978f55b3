"""Bytes of a mail as text, whatever character set is named, or none, or a wrong one."""

import codecs
import re

from occ.core.text import writable

# What mail programs write for what Python names otherwise, or names a smaller set by.
LABELS = {
    **dict.fromkeys(
        (
            "ks_c_5601-1987",
            "ks_c_5601-1989",
            "ks_c_5601",
            "ksc5601",
            "ksc_5601",
            "ks_c-5601-1987",
            "euc-kr",
            "euckr",
            "windows-949",
            "x-windows-949",
            "korean",
            "iso-ir-149",
            "ms949",
            "cp949",
            "uhc",
            "x-cp949",
            "cseuckr",
            "5601",
        ),
        "cp949",
    ),
    **dict.fromkeys(
        (
            "shift_jis",
            "shift-jis",
            "sjis",
            "x-sjis",
            "windows-31j",
            "ms_kanji",
            "cp932",
            "ms932",
            "windows-932",
            "csshiftjis",
        ),
        "cp932",
    ),
    **dict.fromkeys(("gb2312", "gbk", "gb_2312-80", "x-gbk", "cp936", "chinese"), "gb18030"),
    **dict.fromkeys(("iso-2022-kr", "iso2022-kr", "csiso2022kr"), "iso2022_kr"),
    **dict.fromkeys(
        ("iso-2022-jp", "iso2022-jp", "csiso2022jp", "cp50220", "cp50221", "cp50222"), "iso2022_jp"
    ),
    **dict.fromkeys(("x-euc-jp", "cp51932", "eucjp"), "euc_jp"),
    **dict.fromkeys(("big5", "x-big5"), "cp950"),
    **dict.fromkeys(("utf8", "utf-8mb4", "utf_8", "unicode"), "utf-8"),
    **dict.fromkeys(("unicode-1-1-utf-7", "x-unicode-2-0-utf-7"), "utf-7"),
    **dict.fromkeys(("iso-8859-1", "latin1", "latin-1", "iso8859-1"), "cp1252"),
    **dict.fromkeys(("iso-8859-8-i", "iso-8859-8-e"), "iso-8859-8"),
    **dict.fromkeys(
        ("us-ascii", "ascii", "ansi_x3.4-1968", "unknown-8bit", "x-unknown", "default", "binary"),
        "",
    ),
    "tis-620": "cp874",
}
# Codecs that are no character sets, or take time that grows faster than the text.
_OTHER = {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "oem", "mbcs"}
# Sets that hold nearly every byte, so that a wrong label is not noticed by decoding.
_WESTERN = {"", "cp1252"}
_HANGUL = re.compile("[\x00-\x7f\uac00-\ud7a3\u3131-\u318e\u3000-\u303f]*")
FIRSTS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
MIDDLES = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
LASTS = "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
_KANA = re.compile("[\u3041-\u30fe]")  # no Japanese text is without; chance would give rare kanji
_COMPOSED = re.compile(f"\u3164([{FIRSTS}])([{MIDDLES}])([{LASTS}\u3164])")
_JIS = re.compile(rb"\x1b(\$@|\$B|\(B|\(J|\(I|\$\(D)")


def known(label: str) -> str | None:
    """Python's name of a character set: '' where none is said, None where there is none of that
    name.
    """
    name = label.strip().strip("\"'").strip().lower()
    name = LABELS.get(name, name)
    if not name:
        return ""
    try:
        found = codecs.lookup(name).name
    except (LookupError, ValueError):
        return None
    return None if found.replace("_", "-") in _OTHER else name


def decoded(raw: bytes, label: str) -> tuple[str, bool]:
    """The text, and whether the label was right; no label is right for ASCII and UTF-8 alone.

    A text is returned whatever the bytes are, and can be stored.
    """
    text, right = _decoded(raw, label)
    if "\u3164" in text:
        text = _COMPOSED.sub(_syllable, text)
    return writable(text.removeprefix("\ufeff")), right


def _syllable(letters: re.Match[str]) -> str:
    """KS X 1001 writes syllables that it does not have as a filler and three letters."""
    first, middle, last = letters[1], letters[2], letters[3]
    place = FIRSTS.index(first) * 21 + MIDDLES.index(middle)
    return chr(0xAC00 + place * 28 + (LASTS.index(last) + 1 if last != "\u3164" else 0))


def _decoded(raw: bytes, label: str) -> tuple[str, bool]:
    if raw.isascii() and b"\x1b" not in raw and b"\x0e" not in raw and b"+" not in raw:
        name = known(label)
        if name is None or not name.startswith(("utf-16", "utf-32", "utf_16", "utf_32")):
            return raw.decode("ascii"), name is not None
    name = known(label)
    if name in _WESTERN:
        return _unlabelled(raw, name or "")
    if name is not None:
        text = _strictly(raw, name)
        if text is not None:
            return text, True
    for other in ("utf-8", "cp949"):
        text = _strictly(raw, other) if other != name else None
        if text is not None:
            return text, False
    if name is None:
        return _unlabelled(raw, "")[0], False
    return _replaced(raw, name), False


def _replaced(raw: bytes, name: str) -> str:
    """With a sign for what is wrong, unless most is: then nothing is known about it."""
    try:
        text = raw.decode(name, "replace")
    except (LookupError, ValueError):
        text = ""
    odd = sum(sign > "\x7f" for sign in text)
    return text if text and text.count("\ufffd") * 2 <= odd + 1 else raw.decode("latin-1")


def _unlabelled(raw: bytes, name: str) -> tuple[str, bool]:
    for other, escape in (("iso2022_kr", b"\x1b$)C"), ("iso2022_jp", b"\x1b$")):
        text = _strictly(raw, other) if escape in raw else None
        if text is not None:
            return text, False
    text = _strictly(raw, "utf-8")
    if text is not None:
        return text, not name or raw.isascii()
    text = _strictly(raw, "cp949")
    if text is not None and (not name or _HANGUL.fullmatch(text)):
        return text, False
    if not name:
        text = _strictly(raw, "cp932")
        if text is not None and _KANA.search(text):
            return text, False
    return _strictly(raw, "cp1252") or raw.decode("latin-1"), bool(name)


def _strictly(raw: bytes, name: str) -> str | None:
    if name == "iso2022_kr" and b"\x1b$)C" not in raw:
        raw = b"\x1b$)C" + raw  # said once at the head of a mail, which an encoded word has not
    try:
        return raw.decode(name)
    except UnicodeError:
        return _vendors_japanese(raw) if name == "iso2022_jp" else None
    except (LookupError, ValueError):
        return None


def _vendors_japanese(raw: bytes) -> str | None:
    """ISO-2022-JP with the signs ①, ㈱ and half-width katakana, which Windows puts there: the
    same places are in its own set.
    """
    parts = _JIS.split(raw)
    made = bytearray(parts[0])
    for escape, run in zip(parts[1::2], parts[2::2], strict=True):
        if escape in (b"(B", b"(J"):
            made += run
        elif escape == b"(I":
            made += bytes(byte | 0x80 for byte in run)
        elif escape == b"$(D":
            return None
        else:
            made += _shifted(run)
    try:
        return made.decode("cp932")
    except UnicodeError:
        return None


def _shifted(run: bytes) -> bytes:
    """Pairs of JIS as Shift_JIS; what is no pair, as a line's end, stays."""
    made, at = bytearray(), 0
    while at < len(run):
        high, low = run[at], run[at + 1] if at + 1 < len(run) else 0
        if not (0x21 <= high <= 0x7E and 0x21 <= low <= 0x7E):
            made.append(high)
            at += 1
            continue
        first = ((high - 0x21) >> 1) + 0x81
        if high & 1:
            second = low + (0x1F if low < 0x60 else 0x20)
        else:
            second = low + 0x7E
        made += bytes((first + 0x40 if first > 0x9F else first, second))
        at += 2
    return bytes(made)
