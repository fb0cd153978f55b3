"""Reads mails, in a process of its own with limits of memory and time.

Each line of stdin names a mail's file, a folder for its files, and when it arrived (ISO 8601); each
line of stdout says what `packing.unpacked` reads, or what failed where, and then it ends. It also
ends where nobody asks or listens any more.
"""

import gc
import json
import os
import resource
import sys
from datetime import datetime
from pathlib import Path

from occ.mail.reading import apart, packing, read

MEMORY, SECONDS = 1024 * 1024 * 1024, 60
NICE = 10  # the pages come first
GARBAGE = 50_000  # a mail makes many things and hardly any cycle


def main() -> None:
    os.nice(NICE)
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    gc.freeze()
    gc.set_threshold(GARBAGE)
    for order in sys.stdin.buffer:
        _limit()
        try:
            said = _said(**json.loads(order))
        except Exception as error:
            _tell(json.dumps(apart.failure(error)))
            sys.exit(1)
        _tell(said)


def _limit() -> None:
    """So many seconds from now on."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    most = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + SECONDS, most))


def _said(mail: str, files: str, received_at: str) -> str:
    letter = read(Path(mail).read_bytes(), received_at=datetime.fromisoformat(received_at))
    return packing.packed(letter, Path(files))


def _tell(said: str) -> None:
    sys.stdout.buffer.write(said.encode("utf-8") + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
