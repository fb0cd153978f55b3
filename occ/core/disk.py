"""Room on the disks: a reserve stays free, so that signing in and cleaning up still work where
nothing more can be stored.
"""

import errno
import shutil
import tempfile
from pathlib import Path
from typing import Any

from flask import g, has_request_context

from occ.core.errors import Refused
from occ.core.i18n import lazy_gettext as _
from occ.core.settings import configured

MB = 1024 * 1024
FULL = _("The server's disk is full, so this was not saved. Tell an administrator.")
SPOOLED = 500 * 1024
"""Bytes of a request from which on it is written to the temporary folder while it is read."""
_ERRNOS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
# what lxml says, which is no OSError
_XML = {f"IO_{errno.errorcode[number]}" for number in _ERRNOS}
_SQLITE_FULL, _SQLITE_IOERR, _POSTGRES_FULL = 13, 10, "53100"


class DiskFull(Refused):
    """There is no room for what was sent or asked for."""

    status = 507

    def __init__(self) -> None:
        super().__init__(FULL)
        if has_request_context():
            g.no_room = True  # whatever form shows it, the answer is no 422 (core/ui.py)


def instance() -> Path:
    """The folder of files and of the SQLite database."""
    return configured().instance


def temporary() -> Path:
    """The folder in which the bodies of large requests wait."""
    return Path(tempfile.gettempdir())


def free(folder: Path) -> int:
    """Bytes that ordinary users may still write there; what is kept for root does not count."""
    return shutil.disk_usage(folder).free


def has_room(folder: Path, size: int = 0, *, reserve: int | None = None) -> bool:
    """Whether so many bytes leave the reserve untouched: that of the
    settings, unless it is given in bytes.
    """
    kept = configured().disk_reserve_mb * MB if reserve is None else reserve
    return free(folder) - size >= kept


def need(folder: Path, size: int) -> None:
    """Raises DiskFull unless there is room for so many bytes."""
    if not has_room(folder, size):
        raise DiskFull


def is_full(error: BaseException) -> bool:
    """Whether a file or the database could not be written for want of room."""
    if isinstance(error, OSError):
        return error.errno in _ERRNOS
    if str(error) in _XML:
        return True
    cause: Any = getattr(error, "orig", None)
    code = getattr(cause, "sqlite_errorcode", None) or 0
    if code & 0xFF == _SQLITE_IOERR:  # what SQLite maps and cannot enlarge ends so
        return free(instance()) < MB
    return code == _SQLITE_FULL or getattr(cause, "sqlstate", None) == _POSTGRES_FULL
