"""`occ` that notes each pause by a full garbage collection, in milliseconds, in the file BENCH_PAUSE names.

A pause is the CPU time of the thread that collects: nobody else of the process works meanwhile,
and what other processes take is not its fault.
"""

import gc
import os
import time
from pathlib import Path

from occ.cli import main

FULL = 2
began, note = 0.0, Path(os.environ["BENCH_PAUSE"])


def watch(phase: str, info: dict[str, int]) -> None:
    global began
    if info["generation"] != FULL:
        return
    if phase == "start":
        began = time.thread_time()
        return
    with note.open("a") as told:
        told.write(f"{(time.thread_time() - began) * 1000}\n")


gc.callbacks.append(watch)
if __name__ == "__main__":
    main()
