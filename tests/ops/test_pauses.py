"""Full garbage collections stay short while a server runs."""

import gc
import time
from collections.abc import Iterator

import pytest

from occ.scheduler import server


@pytest.fixture
def collector() -> Iterator[None]:
    """Python's garbage collector, afterwards as it was."""
    callbacks, thresholds = list(gc.callbacks), gc.get_threshold()
    server.shorten_pauses()
    yield
    gc.callbacks[:] = callbacks
    gc.set_threshold(*thresholds)
    gc.unfreeze()


def test_what_the_start_made_is_not_looked_at_again(collector: None) -> None:
    assert gc.get_freeze_count() > 50_000
    assert len(gc.get_objects()) < gc.get_freeze_count() / 10


def test_what_a_long_collection_found_is_set_aside(
    collector: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = [[number] for number in range(1000)]
    clock = [0.0]
    monkeypatch.setattr(time, "thread_time", lambda: clock[0])

    def lasting(seconds: float) -> None:
        """A full collection that takes so long."""

        def passes(phase: str, _told: dict[str, int]) -> None:
            clock[0] += seconds if phase == "start" else 0

        gc.callbacks.append(passes)
        gc.collect()
        gc.callbacks.remove(passes)

    before = gc.get_freeze_count()
    lasting(server.LONG / 2)
    assert gc.get_freeze_count() == before
    lasting(server.LONG * 2)
    assert gc.get_freeze_count() >= before + len(kept)
    set_aside = gc.get_freeze_count()
    kept.clear()
    assert gc.get_freeze_count() <= set_aside - 1000, "what nobody holds any more stays"
