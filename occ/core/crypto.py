"""Keys of this instance: encryption, signatures, and the refusal to run with the wrong ones."""

import base64
import hashlib
import hmac
import logging
import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from flask import current_app

KEY_BYTES, SHORTEST = 32, 16


def _decoded(texts: Sequence[str], of: str) -> list[bytes]:
    """Keys as bytes. Raises SystemExit in words where they are none."""
    try:
        found = _parse(texts)
    except ValueError:
        found = []
    if not found or min(map(len, found)) < SHORTEST:
        raise SystemExit(
            f"{of} cannot be used: it must hold one or more keys, each of {KEY_BYTES} "
            "bytes as base64. Without its own keys the "
            "console cannot read what it has encrypted: put the keys back from where "
            "they were kept."
        )
    return found


log = logging.getLogger("occ.keys")


class KeyRing:
    """Secret keys, newest first: the first seals, all open, the last never changes.

    Each use derives its own key of them.

    A ring from a file follows it: somebody may put a new key in front while requests run, and other
    processes seal with it before this one has looked.
    """

    def __init__(
        self, keys: Sequence[bytes], path: Path | None = None, stamp: tuple[int, ...] = ()
    ) -> None:
        self._keys, self._path, self._stamp = list(keys), path, stamp
        self.trouble = ""  # why the file cannot be followed, in words

    @classmethod
    def load(cls, instance: Path, given: Sequence[str] = ()) -> "KeyRing":
        """Keys from the setting, else from `instance/keys` (created on first use with mode
        0600).
        """
        if given:
            return cls(_decoded(given, "OCC_KEYS"))
        path = instance / "keys"
        try:
            instance.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not path.exists():
                _make(path)
            stamp = _stamp(path)
            return cls(
                _decoded(path.read_text("utf-8", "replace").split(), f"The key file {path}"),
                path,
                stamp,
            )
        except OSError as error:
            raise SystemExit(
                f"The instance folder {instance} cannot be used: {error.strerror} "
                f"({error.filename}). Let the user that runs OCC read "
                "and write it, or name another folder in OCC_INSTANCE."
            ) from None

    def _follow(self, *, anyway: bool = False) -> bool:
        """Reads the file again when it changed, or `anyway`; whether other keys came of it.

        A file that cannot be read, is being written or lacks the last key is left alone: what works
        goes on working.
        """
        if self._path is None:
            return False
        try:
            stamp = _stamp(self._path)  # before reading: a change meanwhile is seen the next time
            if stamp == self._stamp and not anyway:
                return False
            keys = _parse(self._path.read_text().split())
        except (OSError, ValueError) as error:
            return self._stay(f"the file of keys cannot be read again ({type(error).__name__})")
        if keys[-1:] != self._keys[-1:]:
            return self._stay("the file of keys lacks the key that was its last one")
        changed = keys != self._keys
        self._keys, self._stamp, self.trouble = keys, stamp, ""
        return changed

    def _stay(self, reason: str) -> bool:
        """Goes on with the keys that were read before, and says why once."""
        if reason != self.trouble:
            self.trouble = reason
            log.warning("%s; those that were read before stay in use", reason)
        return False

    def derive(self, purpose: str) -> bytes:
        """The key of one purpose, 32 bytes, made of the last key: what was signed stays valid in
        every process, whatever keys it has read so far.
        """
        return hmac.new(self._keys[-1], purpose.encode(), hashlib.sha256).digest()

    def _fernet(self) -> MultiFernet:
        keys = (hmac.new(key, b"encrypt", hashlib.sha256).digest() for key in self._keys)
        return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])

    def encrypt(self, text: str) -> str:
        """Authenticated encryption of a text, with the newest key."""
        self._follow()
        return self._fernet().encrypt(text.encode()).decode()

    def decrypt(self, token: str) -> str:
        """The text again; raises ValueError when it was made with other keys or changed."""
        try:
            return self._fernet().decrypt(token.encode()).decode()
        except InvalidToken as error:
            if self._follow(anyway=True):
                return self.decrypt(token)
            raise ValueError("not encrypted with the keys of this instance") from error

    def fingerprint(self) -> str:
        """What the database remembers of these keys, revealing nothing of them."""
        return hmac.new(self._keys[-1], b"fingerprint", hashlib.sha256).hexdigest()[:32]


def _parse(lines: Sequence[str]) -> list[bytes]:
    """Keys of their texts; raises ValueError."""
    return [base64.b64decode(line, validate=True) for line in lines]


def _stamp(path: Path) -> tuple[int, ...]:
    """What changes with a file; raises OSError."""
    found = path.stat()
    return found.st_mtime_ns, found.st_size, found.st_ino


def _make(path: Path) -> None:
    """A file with a first key, mode 0600.

    Of processes that start at once one makes it, and none sees half of it.
    """
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
