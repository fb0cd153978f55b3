"""Rows that were read, in files that only their batch opens: they are personal data (MIG-1)."""

import json
import os
import secrets
import struct
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from occ.core import crypto, storage, uploads
from occ.core.uploads import Upload
from occ.core.vault import NONCE
from occ.migration.models import Batch

BLOCK = 500  # rows that are sealed together
_HEAD = struct.Struct(">II")  # bytes of a block, and its rows


class RowsFile:
    """A file of rows that is being written; nothing of it stays unless it is kept."""

    def __init__(self) -> None:
        self._key = AESGCM.generate_key(256)
        self._grown = storage.Growing("")
        self._waiting: list[dict[str, Any]] = []
        self.count = 0

    def __enter__(self) -> "RowsFile":
        self._grown.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._grown.__exit__(*error)

    def add(self, row: dict[str, Any]) -> None:
        self._waiting.append(row)
        self.count += 1
        if len(self._waiting) >= BLOCK:
            self._seal()

    def _seal(self) -> None:
        plain = zlib.compress(json.dumps(self._waiting, ensure_ascii=False).encode(), 1)
        nonce = secrets.token_bytes(NONCE)
        block = nonce + AESGCM(self._key).encrypt(nonce, plain, None)
        self._grown.write(_HEAD.pack(len(block), len(self._waiting)) + block)
        self._waiting = []

    def keep(self) -> tuple[str, str]:
        """Makes it stay; returns the file's key, and what it is opened with."""
        if self._waiting:
            self._seal()
        return self._grown.keep(), self._key.hex()


def rows(key: str, secret: str, skip: int) -> Iterator[list[dict[str, Any]]]:
    """The rows of a file in blocks, without so many at its beginning."""
    opener = AESGCM(bytes.fromhex(secret))
    with storage.path(key).open("rb") as file:
        while head := file.read(_HEAD.size):
            size, count = _HEAD.unpack(head)
            if skip >= count:
                file.seek(size, os.SEEK_CUR)
                skip -= count
                continue
            block = file.read(size)
            plain = opener.decrypt(block[:NONCE], block[NONCE:], None)
            yield json.loads(zlib.decompress(plain))[skip:]
            skip = 0


def keys(batch: Batch) -> dict[str, str]:
    """What the files of a batch are opened with."""
    found: dict[str, str] = json.loads(crypto.ring().decrypt(batch.secrets))
    return found


def remember(batch: Batch, **secret: str) -> None:
    """Keeps what files of a batch are opened with."""
    there = keys(batch) if batch.secrets else {}
    batch.secrets = crypto.ring().encrypt(json.dumps({**there, **secret}))


def content(batch: Batch, kind: str) -> bytes:
    """A file of a batch that was sealed whole: `file` as it came, or its `refusals`."""
    key = getattr(batch, f"{kind}_key")
    if key is None:
        raise FileNotFoundError(kind)
    return uploads.content(Upload("", key, 0, "", keys(batch)[kind]))


def forget(batch: Batch, kinds: Iterable[str]) -> None:
    """Destroys files of a batch once the transaction has committed."""
    for kind in kinds:
        uploads.forget([getattr(batch, f"{kind}_key")])
        setattr(batch, f"{kind}_key", None)
