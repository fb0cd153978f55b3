"""winmail.dat, in which Outlook packs files and texts."""

import struct
import zlib

from tests.mail.corpus.build import PDF, TEXT_PART, Case, case, mail, part, several


def attribute(level: int, name: int, data: bytes) -> bytes:
    return (
        struct.pack("<BII", level, name, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)
    )


def text_property(name: int, value: str) -> bytes:
    raw = (value + "\0").encode("utf-16-le")
    return struct.pack("<HHII", 0x001F, name, 1, len(raw)) + raw + b"\0" * (-len(raw) % 4)


def compressed(rtf: bytes, crc: int | None = None) -> bytes:
    """A text as compressed RTF, in which every byte stands for itself."""
    data = b"".join(b"\0" + rtf[n : n + 8] for n in range(0, len(rtf), 8))
    found = zlib.crc32(data, 0xFFFFFFFF) ^ 0xFFFFFFFF if crc is None else crc
    return struct.pack("<II4sI", len(data) + 12, len(rtf), b"LZFu", found) + data


def stored(rtf: bytes) -> bytes:
    """A text as RTF that says it is not compressed."""
    return struct.pack("<II4sI", len(rtf) + 12, len(rtf), b"MELA", 0) + rtf


def only_rtf(packed: bytes, page: int = 949) -> bytes:
    """A winmail.dat whose text is there as RTF alone."""
    padded = packed + b"\0" * (-len(packed) % 4)
    rich = struct.pack("<IHHII", 1, 0x0102, 0x1009, 1, len(packed)) + padded
    made = struct.pack("<IH", 0x223E9F78, 1) + attribute(1, 0x00069007, struct.pack("<II", page, 0))
    return made + attribute(1, 0x00069003, rich)


def winmail(title: bytes, page: int, *, body: bytes = b"", long: str = "") -> bytes:
    """A winmail.dat with one file."""
    packed = struct.pack("<IH", 0x223E9F78, 1)
    packed += attribute(1, 0x00089006, struct.pack("<I", 0x10000))
    packed += attribute(1, 0x00069007, struct.pack("<II", page, 0))
    if body:
        packed += attribute(1, 0x0002800C, body)
    packed += attribute(2, 0x00069002, struct.pack("<HiHHI", 1, -1, 0, 0, 0))
    packed += attribute(2, 0x00018010, title)
    packed += attribute(2, 0x0006800F, PDF)
    if long:
        packed += attribute(2, 0x00069005, struct.pack("<I", 1) + text_property(0x3707, long))
    return packed


def packed() -> list[Case]:
    """winmail.dat."""

    def sent(
        name: str, content: bytes, *files: tuple[str, str, bytes | None], **expected: object
    ) -> Case:
        raw = mail(
            *several(
                TEXT_PART, part(content, 'application/ms-tnef; name="winmail.dat"', how="base64")
            )
        )
        return case(f"winmail.dat: {name}", raw, files=files, **expected)

    stream = "application/octet-stream"
    whole = winmail(b"offer.pdf\0", 1252)
    korean = winmail("견적서.pdf\0".encode("cp949"), 949)
    return [
        sent("a file", whole, ("offer.pdf", stream, PDF)),
        sent("a name of Korean Outlook", korean, ("견적서.pdf", stream, PDF)),
        sent(
            "a name of Japanese Outlook",
            winmail("見積書.pdf\0".encode("cp932"), 932),
            ("見積書.pdf", stream, PDF),
        ),
        sent(
            "a name of another code page than it says",
            winmail("견적서.pdf\0".encode("cp949"), 1252),
            ("견적서.pdf", stream, PDF),
        ),
        sent(
            "a long name",
            winmail(b"OFFER~1.PDF\0", 949, long="견적서 2026.pdf"),
            ("견적서 2026.pdf", stream, PDF),
        ),
        sent("cut", whole[:-6], ("offer.pdf", stream, PDF[:-4])),
        sent(
            "a count that is a lie",
            whole
            + attribute(
                2, 0x00069005, struct.pack("<IHHI", 0xFFFFFFFF, 0x1002, 0x3000, 0xFFFFFFFF)
            ),
            ("offer.pdf", stream, PDF),
        ),
        sent(
            "something else",
            b"no such file",
            ("winmail.dat", "application/ms-tnef", b"no such file"),
            defects=("tnef",),
        ),
        sent("nothing in it", whole[:6], ("winmail.dat", "application/ms-tnef", whole[:6])),
        case(
            "winmail.dat: by its name",
            mail(
                *several(
                    TEXT_PART,
                    part(whole, "application/octet-stream; name=WINMAIL.DAT", how="base64"),
                )
            ),
            files=(("offer.pdf", stream, PDF),),
        ),
        case(
            "winmail.dat: the text, too",
            mail(
                winmail(b"offer.pdf\0", 949, body="안녕하세요\0".encode("cp949")),
                "application/ms-tnef",
                "base64",
            ),
            text="안녕하세요",
            files=(("offer.pdf", stream, PDF),),
        ),
    ]


PLAIN = rb"""{\rtf1\ansi\ansicpg949\deff0{\fonttbl{\f0\fnil\fcharset129 Gulim;}{\f1\fcharset128 Mincho;}}
{\colortbl;\red0\green0\blue0;}{\info{\author Hana}}{\*\generator Riched20;}\pard\f0
\'be\'c8\'b3\'e7\par\b \u-10179?\u-8704?\b0  {\uc2\u44032 ab}\{1\}{\f1 \'83e\'83X\'83g}
{\pict\bin4 a}\{}{\field{\*\fldinst HYPERLINK "http://example.com"}{\fldrslt here}}\par}"""
CUT = rb"{\rtf1\ansi\ansicpg949 \'be\'c8\'b3\'e7{\bin-1}{\pict\bin9999999999 {}}{}"
IN_TAGS = rb"""{\rtf1\ansi\ansicpg949\fromhtml1 \deff0{\fonttbl{\f0\fswiss Arial;}
{\f5\fswiss\fcharset129 Gulim;}}
{\*\htmltag19 <html>}{\*\htmltag50 <body>}\htmlrtf \par\htmlrtf0
{\*\htmltag64 <p>}\htmlrtf{\f5\htmlrtf0 \'be\'c8\'b3\'e7 {\*\htmltag84 <b>}\htmlrtf {\b\htmlrtf0 1
{\*\htmltag84 &amp;}\htmlrtf &\htmlrtf0  2{\*\htmltag92 </b>}\htmlrtf }\htmlrtf0
{\*\htmltag72 </p>}\htmlrtf\par}\htmlrtf0 {\*\mhtmltag64 <p class=gone>}{\*\htmltag58 </body>}}"""
# of MS-OXRTFCP 3.1: with references to what every text is taken to begin with, and to itself
SHORT = bytes.fromhex(
    "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c09002062"
    "7705b06c647d0a800fa0"
)
AGAIN = bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")


def rich() -> list[Case]:
    """winmail.dat whose text is there as RTF alone."""

    def alone(name: str, raw: bytes, **expected: object) -> Case:
        return case(
            f"winmail.dat: {name}",
            mail(raw, 'application/ms-tnef; name="winmail.dat"', "base64"),
            **expected,
        )

    damaged = only_rtf(compressed(PLAIN, 1))
    kept = (("winmail.dat", "application/ms-tnef", damaged),)
    silent = rb"{\rtf1\ansi{\pict\pngblip 00}}"
    beside = part(only_rtf(compressed(PLAIN)), "application/ms-tnef", how="base64")
    said = "안녕\n😀 가{1}テストhere"
    return [
        alone("a text as RTF", only_rtf(compressed(PLAIN)), text=said),
        alone("HTML inside RTF", only_rtf(compressed(IN_TAGS)), text="안녕 1& 2"),
        alone("RTF that is not compressed", only_rtf(stored(PLAIN)), text=said),
        alone("RTF with what texts begin with", only_rtf(SHORT), text="hello world"),
        alone("RTF that says the same again", only_rtf(AGAIN), text="WXYZ" * 5),
        alone("RTF with a picture that is cut", only_rtf(stored(CUT)), text="안녕"),
        alone("RTF that is cut", only_rtf(stored(PLAIN[:-60])), text="안녕\n😀 가{1}テスト"),
        alone("damaged RTF", damaged, text="", files=kept, defects=("tnef",)),
        alone(
            "RTF that says nothing",
            only_rtf(compressed(silent)),
            text="",
            files=(("message.rtf", "application/rtf", silent),),
        ),
        case(
            "winmail.dat: RTF beside an empty text",
            mail(*several(part(" \r\n", "text/plain"), beside)),
            text=said,
        ),
    ]


CASES = [*packed(), *rich()]
