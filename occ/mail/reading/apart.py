"""A large mail, read in a process of its own, so that the server stays small."""

import subprocess
import sys
import threading
from datetime import datetime
from pathlib import Path

from occ.mail.reading import packing
from occ.mail.reading.letter import Letter

APART = 1024 * 1024
"""Bytes of a mail from which on it is read apart."""
TIMEOUT = 120  # seconds; the child may compute for half of them
_children = threading.BoundedSemaphore(1)


class Unreadable(Exception):
    """The child died or took too long: the mail is put aside with this reason."""


def read_apart(path: Path, folder: Path, *, received_at: datetime) -> Letter:
    """The mail in the file at `path`; its files lie in `folder`, which has to be there and is
    the caller's to empty. Raises Unreadable.
    """
    with _children:
        try:
            child = subprocess.run(
                [
                    *(sys.executable, "-m", "occ.mail.children.read"),
                    *(str(path), str(folder), received_at.isoformat()),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                timeout=TIMEOUT,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise Unreadable("timeout") from error
    if child.returncode != 0:
        last = child.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise Unreadable(last.partition(":")[0][:100] or f"signal {-child.returncode}")
    return packing.unpacked(folder)
