"""Files that people send and fetch: what they are by content, never by name;
answered so that none runs in a page.
"""

import unicodedata
from io import BytesIO
from pathlib import Path

from flask import Response, send_file

from occ.core import storage
from occ.core.errors import Refused
from occ.core.i18n import gettext as _

BYTES = 20 * 1024 * 1024
NAME_MAX = 150
MAGIC = 16
"""Bytes that tell what a file is."""
_IMAGES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}


def image_type(content: bytes) -> str:
    """The media type of a picture that browsers show, '' of everything
    else (SVG and HTML run scripts).
    """
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for magic, kind in _IMAGES.items() if content.startswith(magic)), "")


def check(content: bytes, *, field: str = "file") -> None:
    """Raises Refused for an empty file and one over 20 MB."""
    check_size(len(content), field=field)


def check_size(size: int, *, field: str = "file") -> None:
    """The same of a file of so many bytes."""
    if not size:
        raise Refused(_("Choose a file that is not empty."), field)
    if size > BYTES:
        raise Refused(
            _(
                "A file may have at most %(limit)s MB; this has %(size)s MB.",
                limit=BYTES // 1024 // 1024,
                size=storage.megabytes(size),
            ),
            field,
        )


def name_of(sent: str | None) -> str:
    """A file's name without its folders, of bounded length; its ending is kept."""
    plain = unicodedata.normalize("NFC", (sent or "").replace("\\", "/").rpartition("/")[2])
    plain = (
        "".join(sign for sign in plain if sign.isprintable() and sign not in '"<>|:*?').strip(" .")
        or "file"
    )
    stem, dot, ending = plain.rpartition(".")
    if dot and len(ending) <= 10:
        return f"{stem[: NAME_MAX - len(ending) - 1]}.{ending}"
    return plain[:NAME_MAX]


def answer(key: str, name: str, kind: str, *, download: bool = False) -> Response:
    """A stored file: a picture inline, everything else as a download of no
    type; scripts in it run nowhere.
    """
    return _sent(storage.path(key), name, kind if not download else "", "private, max-age=3600")


def handed(content: bytes, name: str) -> Response:
    """A file that was opened for one reader: a download that no browser keeps."""
    return _sent(BytesIO(content), name, "", "no-store")


def _sent(source: Path | BytesIO, name: str, kind: str, keeps: str) -> Response:
    response = send_file(
        source,
        mimetype=kind or "application/octet-stream",
        as_attachment=not kind,
        download_name=name,
    )
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = keeps
    return response
