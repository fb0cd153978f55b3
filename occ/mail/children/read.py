"""Reads a large mail, in a process of its own with limits of memory and time.

argv: the mail's file, a folder for what is read, when it arrived (ISO 8601). `packing.unpacked`
reads the folder.
"""

import resource
import sys
from datetime import datetime
from pathlib import Path

from occ.mail.reading import packing, read

MEMORY, SECONDS = 1024 * 1024 * 1024, 60


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    mail, folder, received_at = sys.argv[1:]
    letter = read(Path(mail).read_bytes(), received_at=datetime.fromisoformat(received_at))
    packing.packed(letter, Path(folder))


if __name__ == "__main__":
    main()
