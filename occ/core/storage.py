"""Files: written beside, synced, renamed; a row is inserted only after the file is safe."""

import math
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from occ.core import disk
from occ.core.disk import DiskFull
from occ.core.errors import Refused
from occ.core.i18n import gettext as _
from occ.core.pictures import IMAGE_SECONDS
from occ.core.settings import configured

IMAGE_BYTES = 2 * 1024 * 1024
ROOM = 1024 * 1024  # bytes of a file that grows, between two looks at the disk


def folder() -> Path:
    path = configured().instance / "files"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def save(content: bytes, suffix: str) -> str:
    """Stores bytes and returns their key, a random name."""
    key = secrets.token_hex(16) + suffix
    write_whole(folder() / key, content)
    return key


def adopt(path: Path) -> str:
    """Stores a file that lies on the disk already, and returns its key; the one at `path` may be
    removed, not changed.
    """
    key = secrets.token_hex(16)
    try:
        os.link(path, folder() / key)
    except OSError:  # on another disk, or one without links
        return save(path.read_bytes(), "")
    os.chmod(folder() / key, 0o600)
    _sync(folder())
    return key


def write_whole(target: Path, content: bytes, *, from_reserve: bool = False) -> None:
    """Writes a file so that it is there whole or not at all, mode 0600; what signing in needs may
    use the reserve.

    Raises DiskFull where there is no room. Nothing half-written stays behind.
    """
    if not from_reserve:
        disk.need(target.parent, len(content))
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        with _said():
            with open(temporary, "wb") as file:
                os.chmod(temporary, 0o600)
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            _put(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def _put(temporary: Path, target: Path) -> None:
    """Gives a file its name, so that it has it after a power cut, too."""
    os.replace(temporary, target)
    _sync(target.parent)


def _sync(where: Path) -> None:
    descriptor = os.open(where, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Growing:
    """A file that comes a piece at a time: after `keep` it is there whole, else nothing is left.

    Raises DiskFull where there is no room.
    """

    def __init__(self, suffix: str) -> None:
        self.key, self.size = secrets.token_hex(16) + suffix, 0
        self._temporary = folder() / f".{self.key}.part"
        self._unasked = 0  # bytes since the disk was asked for room
        disk.need(folder(), ROOM)
        descriptor = os.open(self._temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        self._file = os.fdopen(descriptor, "wb")

    def __enter__(self) -> "Growing":
        return self

    def __exit__(self, *_error: object) -> None:
        with suppress(OSError):  # what could not be written is tried again by closing
            self._file.close()
        self._temporary.unlink(missing_ok=True)

    def write(self, piece: bytes) -> None:
        self.size += len(piece)
        self._unasked += len(piece)
        if self._unasked >= ROOM:
            disk.need(folder(), ROOM)
            self._unasked = 0
        with _said():
            self._file.write(piece)

    def keep(self) -> str:
        """Makes the file stay and returns its key."""
        with _said():
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            _put(self._temporary, folder() / self.key)
        return self.key


@contextmanager
def _said() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if disk.is_full(error):
            raise DiskFull from error
        raise


def path(key: str) -> Path:
    """Where a stored file lies; a key never leads outside the folder."""
    return folder() / Path(key).name


def link(key: str) -> str:
    """Another file with the same bytes, which stays when the first is removed; its key."""
    made = secrets.token_hex(16) + Path(key).suffix
    with _said():
        os.link(path(key), folder() / made)
        _sync(folder())
    return made


def remove(key: str) -> None:
    path(key).unlink(missing_ok=True)


def keys_older_than(instant: float) -> list[str]:
    """Stored files whose last change is before a POSIX time, half-written ones included."""
    return [p.name for p in folder().iterdir() if p.is_file() and p.stat().st_mtime < instant]


def megabytes(size: int) -> str:
    """So many bytes in words of a refusal, rounded up: one byte too many is more than the limit."""
    return f"{math.ceil(size * 10 / 1024 / 1024) / 10:g}"


def picture(content: bytes, *, field: str) -> bytes:
    """A banner or profile picture as PNG of at most 512 × 512, decoded and made again in a child
    process.

    Raises Refused: over 2 MB, not PNG/JPEG/WebP whatever its name says, over 16 million pixels, or
    broken.
    """
    if len(content) > IMAGE_BYTES:
        raise Refused(
            _(
                "The picture may have at most 2 MB; this has %(size)s MB.",
                size=megabytes(len(content)),
            ),
            field,
        )
    try:
        child = subprocess.run(
            [sys.executable, "-m", "occ.core.pictures"],
            input=content,
            capture_output=True,
            timeout=IMAGE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Refused(
            _("This picture cannot be read. Choose a PNG, JPEG or WebP file."), field
        ) from error
    if child.returncode == 3:
        raise Refused(
            _("The picture has too many pixels. Choose one of at most 16 million."), field
        )
    if child.returncode != 0:
        raise Refused(_("This picture cannot be read. Choose a PNG, JPEG or WebP file."), field)
    return child.stdout
