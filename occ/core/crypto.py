"""Keys of this instance: encryption, signatures, and the refusal to run with the wrong ones."""

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from flask import current_app

KEY_BYTES = 32


class KeyRing:
    """Secret keys, newest first. Every use derives its own key, so that none serves two ends."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = list(keys)

    @classmethod
    def load(cls, instance: Path, given: Sequence[str] = ()) -> "KeyRing":
        """Keys from the setting, else from `instance/keys` (created on first use with mode 0600)."""
        if given:
            return cls([base64.b64decode(text) for text in given])
        instance.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = instance / "keys"
        if not path.exists():
            _make(path)
        return cls([base64.b64decode(line) for line in path.read_text().split()])

    def derive(self, purpose: str, *, oldest: bool = False) -> bytes:
        """The newest key for one purpose, 32 bytes; the oldest one where what was signed must stay valid."""
        return hmac.new(self._keys[-1 if oldest else 0], purpose.encode(), hashlib.sha256).digest()

    def _fernet(self) -> MultiFernet:
        keys = (hmac.new(key, b"encrypt", hashlib.sha256).digest() for key in self._keys)
        return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])

    def encrypt(self, text: str) -> str:
        """Authenticated encryption of a text."""
        return self._fernet().encrypt(text.encode()).decode()

    def decrypt(self, token: str) -> str:
        """The text again; raises ValueError when it was made with other keys or changed."""
        try:
            return self._fernet().decrypt(token.encode()).decode()
        except InvalidToken as error:
            raise ValueError("not encrypted with the keys of this instance") from error

    def fingerprint(self) -> str:
        """What the database remembers of these keys, revealing nothing of them."""
        return hmac.new(self._keys[-1], b"fingerprint", hashlib.sha256).hexdigest()[:32]


def _make(path: Path) -> None:
    """A file with a first key, mode 0600. Of processes that start at once one makes it, and none sees half of it."""
    temporary = path.with_name(f".keys.{secrets.token_hex(4)}.part")
    descriptor = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode() + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(temporary, path)
    except FileExistsError:  # another process was faster
        pass
    finally:
        temporary.unlink()


def ring() -> KeyRing:
    """The keys of this instance."""
    found: KeyRing = current_app.extensions["occ_keys"]
    return found


def token() -> str:
    """A random secret for a link or session, 256 bits, URL-safe."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """What is stored of a random secret: enough to recognise it, useless to use it."""
    return hashlib.sha256(secret.encode()).hexdigest()
