"""Recordings as files to take along: MP3, one or many of them (STA-3)."""

import subprocess
import sys
import threading
from collections.abc import Sequence

from occ.core import storage
from occ.core.errors import Refused
from occ.core.i18n import gettext as _
from occ.telephony.models import Recording

TIMEOUT = 120  # seconds
_children = threading.BoundedSemaphore(2)


def mp3(recordings: Sequence[Recording]) -> bytes:
    """The recordings one after the other as MP3, made in a child process.

    Raises Refused when a file is gone or cannot be read.
    """
    paths = [storage.path(row.file) for row in recordings if row.file]
    try:
        sounds = [path.read_bytes() for path in paths]
    except OSError as error:
        raise Refused(_("The recording is no longer there.")) from error
    content = b"".join(len(sound).to_bytes(8, "big") + sound for sound in sounds)
    with _children:
        try:
            child = subprocess.run(
                [sys.executable, "-m", "occ.telephony.children.mp3"],
                input=content,
                capture_output=True,
                timeout=TIMEOUT,
                check=True,
            )
        except (subprocess.TimeoutExpired, subprocess.CalledProcessError) as error:
            raise Refused(_("The recording cannot be read.")) from error
    return child.stdout
