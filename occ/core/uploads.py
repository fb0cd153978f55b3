"""Files that are sent before what they belong to is there: stored at once, named by a token in the
form until that is saved.

Nobody remembers a file whose form is never saved: the job that removes orphaned files finds it
after a day.
"""

import base64
import json
import os
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from occ.core import clock, crypto, files, storage
from occ.core.errors import Refused
from occ.core.i18n import gettext as _
from occ.core.unit import Mark
from occ.core.vault import NONCE

_forgotten: Mark[set[str]] = Mark(set)
PIECE = 256 * 1024  # bytes
VALID = timedelta(hours=20)  # less than what the job leaves alone


@dataclass(frozen=True)
class Upload:
    """A stored file: `size` in bytes, `kind` a picture's media type or '', `secret` its own key, ''
    where it lies as it came.
    """

    name: str
    key: str
    size: int
    kind: str
    secret: str = ""

    def dump(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def load(cls, text: str) -> "Upload":
        return cls(**json.loads(text))


def keep(name: str | None, content: bytes, *, sealed: bool = False) -> Upload:
    """Stores a file; a sealed one with a key of its own (AES-256-GCM), so that who forgets the key
    has destroyed the file.

    Raises Refused for an empty file and one that is too large.
    """
    files.check(content)
    secret = ""
    kept = content
    if sealed:
        key, nonce = secrets.token_bytes(32), secrets.token_bytes(NONCE)
        secret, kept = (
            base64.b64encode(key).decode(),
            nonce + AESGCM(key).encrypt(nonce, content, None),
        )
    return Upload(
        files.name_of(name), storage.save(kept, ""), len(content), files.image_type(content), secret
    )


def poured(name: str | None, stream: IO[bytes]) -> Upload:
    """Stores a file that is read a piece at a time, as it came.

    Raises Refused for an empty one and one that is too large, of which nothing is read.
    """
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    files.check_size(size)
    begins = stream.read(files.MAGIC)
    stream.seek(0)
    with storage.Growing("") as grown:
        while piece := stream.read(PIECE):
            grown.write(piece)
        key = grown.keep()
    return Upload(files.name_of(name), key, size, files.image_type(begins))


def adopted(name: str, path: Path) -> Upload:
    """A file that lies on the disk already, stored as it is."""
    with path.open("rb") as opened:
        begins = opened.read(files.MAGIC)
    return Upload(
        files.name_of(name), storage.adopt(path), path.stat().st_size, files.image_type(begins)
    )


def content(upload: Upload) -> bytes:
    """What was sent; raises FileNotFoundError when the file is gone or damaged."""
    raw = storage.path(upload.key).read_bytes()
    if not upload.secret:
        return raw
    try:
        return AESGCM(base64.b64decode(upload.secret)).decrypt(raw[:NONCE], raw[NONCE:], None)
    except InvalidTag as error:
        raise FileNotFoundError(upload.key) from error


def forget(keys: Iterable[str | None]) -> None:
    """Removes files once the transaction that forgets them has committed; what is left by a crash
    goes with the orphans.
    """
    _forgotten.noted().update(key for key in keys if key)


def remove_forgotten() -> None:
    for key in _forgotten.take():
        storage.remove(key)


def token(upload: Upload, by: int) -> str:
    """What a form of its sender holds until it is saved: sealed, and
    after a blank the name to show.
    """
    until = (clock.now() + VALID).isoformat()
    facts = json.dumps({"upload": asdict(upload), "by": by, "until": until})
    return f"{crypto.ring().encrypt(facts)} {upload.name}"


def of_token(text: str, by: int, *, sealed: bool = False) -> Upload:
    """The file of a token; raises Refused for one of somebody else, one kept the other way, a
    changed and an old one.
    """
    try:
        said = json.loads(crypto.ring().decrypt(text.partition(" ")[0]))
        upload = (
            Upload(**said["upload"])
            if said["by"] == by and datetime.fromisoformat(said["until"]) > clock.now()
            else None
        )
    except (ValueError, KeyError, TypeError):
        upload = None
    if upload is None or bool(upload.secret) is not sealed:
        raise Refused(_("This file is no longer there. Choose it again."), "file")
    return upload
