"""`occ` that notes the longest pause by a full garbage collection in the file BENCH_PAUSE names.

A pause is the CPU time of the thread that collects: nobody else of the process works meanwhile,
and what other processes take is not its fault.
"""

import gc
import os
import time
from pathlib import Path

from occ.cli import main

FULL = 2
began, longest, note = 0.0, 0.0, Path(os.environ["BENCH_PAUSE"])


def watch(phase: str, info: dict[str, int]) -> None:
    global began, longest
    if info["generation"] != FULL:
        return
    if phase == "start":
        began = time.thread_time()
        return
    took = (time.thread_time() - began) * 1000
    if took > longest:
        longest = took
        note.write_text(f"{took}")


gc.callbacks.append(watch)
if __name__ == "__main__":
    note.write_text("0")
    main()
