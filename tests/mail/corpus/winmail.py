"""winmail.dat, in which Outlook packs files and texts."""

import struct

from tests.mail.corpus.build import PDF, TEXT_PART, Case, case, mail, part, several


def attribute(level: int, name: int, data: bytes) -> bytes:
    return (
        struct.pack("<BII", level, name, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)
    )


def text_property(name: int, value: str) -> bytes:
    raw = (value + "\0").encode("utf-16-le")
    return struct.pack("<HHII", 0x001F, name, 1, len(raw)) + raw + b"\0" * (-len(raw) % 4)


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


CASES = packed()
