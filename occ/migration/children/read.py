"""Reads a file of old inquiries, in a process of its own with limits of memory and time: what a
hostile workbook makes of its reader ends with it (MIG-1).

The file comes on stdin; each line of stdout is a row, `[number, cells]`, the first what the hidden
sheet says, the last `true`, or the fault for which nothing can be taken.
"""

import json
import os
import resource
import sys

from occ.migration.reading.faults import Unfit
from occ.migration.reading.file import read
from occ.migration.rules.cells import packed
from occ.migration.rules.files import Fault

MEMORY, SECONDS = 2 * 1024 * 1024 * 1024, 120
NICE = 10  # the pages come first


def main() -> None:
    os.nice(NICE)
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    out = sys.stdout
    try:
        sheet = read(sys.stdin.buffer.read())
        print(json.dumps(sheet.marks), file=out)
        for number, row in sheet.rows:
            print(json.dumps([number, [packed(cell) for cell in row]]), file=out)
        print("true", file=out)
    except Unfit as unfit:
        print(json.dumps(unfit.fault.value), file=out)
    except MemoryError:
        print(json.dumps(Fault.TOO_LARGE.value), file=out)


if __name__ == "__main__":
    main()
