#!/usr/bin/env bash
# tnefparse 1.4.0: the name of an attachment in winmail.dat is read as UTF-8, whatever code page the file names.
#
# Expected: winmail.dat tells its code page (ATTOEMCODEPAGE), which tnefparse keeps as `codepage` and reads subjects and bodies by; an
# attachment's short name (ATTATTACHTITLE) is in the same code page, so 견적서.pdf and 見積書.pdf are expected where 949 and 932 are named.
# Seen: `name` and `long_filename()` decode that attribute as UTF-8 and raise UnicodeDecodeError. Only attachments whose name is given once
# more as a MAPI property, as newer Outlooks do, have one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$folder" tnefparse==1.4.0
PYTHONPATH=$folder python3 - <<'PY'
import struct

from tnefparse import TNEF

MESSAGE, ATTACHMENT = 1, 2


def attribute(level: int, name: int, data: bytes) -> bytes:
    return struct.pack("<BII", level, name, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def packed(page: int, title: str) -> bytes:
    return (
        struct.pack("<IH", 0x223E9F78, 1)
        + attribute(MESSAGE, 0x00089006, struct.pack("<I", 0x10000))
        + attribute(MESSAGE, 0x00069007, struct.pack("<II", page, 0))
        + attribute(ATTACHMENT, 0x00069002, struct.pack("<HiHHI", 1, -1, 0, 0, 0))
        + attribute(ATTACHMENT, 0x00018010, title.encode(f"cp{page}") + b"\0")
        + attribute(ATTACHMENT, 0x0006800F, b"%PDF-1.7")
    )


seen = []
for page, title in ((1252, "offer.pdf"), (949, "견적서.pdf"), (932, "見積書.pdf")):
    file = TNEF(packed(page, title))
    try:
        seen.append(file.attachments[0].long_filename())
    except UnicodeDecodeError as error:
        seen.append(f"UnicodeDecodeError: {error.encoding}")
    print(file.codepage, seen[-1])
assert seen == ["offer.pdf", "UnicodeDecodeError: utf-8", "UnicodeDecodeError: utf-8"], "this has changed"
PY
