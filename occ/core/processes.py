"""Who holds a lease, and whether they still live.

Each process holds a lock on a file of its own in the instance folder; the system lets go of it when
the process ends, however it ends. Its number would say too little: in a container a restarted
process has the one of its dead predecessor, and processes of two containers of one name have the
same.
"""

import fcntl
import os
import secrets
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path

from occ.core.settings import configured

KEPT = 24 * 3600  # seconds that the file of a dead process stays: no lease is as long
_guard = threading.Lock()
_names: dict[
    tuple[int, Path], str
] = {}  # by process and folder; the locks are held until the process ends


def _folder() -> Path:
    return configured().instance / "processes"


def _machine() -> tuple[str, str]:
    """(host, boot): a container has a host of its own, the boot is that of the system
    below it, '-' where it is not told.
    """
    boot = Path("/proc/sys/kernel/random/boot_id")
    return socket.gethostname(), boot.read_text().strip() if boot.exists() else "-"


def owner() -> str:
    """This process: host, boot, and the name of the file that it holds."""
    folder = _folder()
    with _guard:
        name = _names.get((os.getpid(), folder))
        if name is None:
            name = _names[os.getpid(), folder] = _hold(folder)
    return "/".join((*_machine(), name))


def _hold(folder: Path) -> str:
    """Makes this process's file.

    Where none can be made or locked nobody is found dead, and leases end by their time.
    """
    name = f"{os.getpid()}-{secrets.token_hex(6)}"
    with suppress(OSError):
        folder.mkdir(mode=0o700, exist_ok=True)
        fcntl.flock(
            os.open(folder / name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600), fcntl.LOCK_EX
        )
        for path in folder.iterdir():
            if path.stat().st_mtime < time.time() - KEPT and _is_free(path):
                path.unlink()
    return name


def _is_free(path: Path) -> bool:
    """Whether the process that made the file has ended; a file that is not there, or
    cannot be locked, says nothing.
    """
    try:
        descriptor = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True


def is_dead(lease_owner: str | None) -> bool:
    """Whether a lease belongs to a process of this machine that no longer runs.

    Of others nobody knows: their lease ends.
    """
    if not lease_owner:
        return False
    host, boot, name = lease_owner.rsplit("/", 2)
    my_host, my_boot = _machine()
    if boot != my_boot:
        return host == my_host  # it was started anew since
    return (boot != "-" or host == my_host) and _is_free(_folder() / Path(name).name)
