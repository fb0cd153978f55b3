"""Processes that start at once on an empty instance: each waits for the others, none dies (OPS-5)."""

import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from occ.cli.start import prepare
from occ.core import jobs
from occ.core.crypto import KeyRing
from occ.core.db import db, engine_url
from occ.core.jobs import Job
from occ.organization.models import KeyMark
from occ.telephony.engine import Engine
from occ.telephony.models import TelephonyOwner
from tests.conftest import ENGINES
from tests.ops.test_races import at_once
from tests.support.live import Live, until

ROUNDS = 3


@pytest.mark.full
@pytest.mark.live
@pytest.mark.spec("OPS-1", "OPS-5")
@pytest.mark.parametrize("kind", ENGINES)
def test_three_processes_start_at_once_on_nothing(
    kind: str, tmp_path: Path, database_url: Callable[..., str]
) -> None:
    for number in range(ROUNDS):
        instance = tmp_path / str(number)
        url = database_url(kind, "first", is_empty=True)
        started = [Live(instance, url) for _n in range(3)]
        for live, command in zip(started, ("web", "web", "worker"), strict=True):
            live.launch(command)
        try:
            for live in started:
                live.wait()
            engine = sa.create_engine(engine_url(url, instance))
            with engine.connect() as connection:
                marks = connection.scalars(sa.text("SELECT fingerprint FROM key_mark")).all()
                assert marks == [KeyRing.load(instance).fingerprint()]
                until(
                    lambda: connection.scalar(sa.text("SELECT count(*) FROM job WHERE epoch > 0"))
                )
            engine.dispose()
            assert "Traceback" not in "".join(live.log.read_text() for live in started)
        finally:
            for live in started:
                live.stop(signal.SIGKILL)


@pytest.mark.live
@pytest.mark.spec("OPS-5")
def test_what_is_inserted_when_missing_is_there_once(console: Flask) -> None:
    mark = db.session.get_one(KeyMark, 1).fingerprint
    for _round in range(3):
        with db.write() as session:
            for model in (KeyMark, Job, TelephonyOwner):
                session.execute(sa.delete(model))
        assert at_once(console, *[lambda: prepare(console)] * 4) == ["done"] * 4
        assert db.session.scalars(sa.select(KeyMark.fingerprint)).all() == [mark]
        assert sorted(at_once(console, *[lambda: claim("outbox")] * 4)) == [
            "1",
            "None",
            "None",
            "None",
        ]
        owned = at_once(console, *[lambda: str(Engine().own())] * 4)
        assert sorted(owned) == ["False", "False", "False", "True"]
        assert db.session.scalar(sa.select(TelephonyOwner.epoch)) == 1


def claim(name: str) -> str:
    with db.write():
        return str(jobs.claim(name))


def test_of_many_first_starts_one_makes_the_keys(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        for number in range(20):
            rings = pool.map(KeyRing.load, [tmp_path / str(number)] * 16)
            assert len({ring.fingerprint() for ring in rings}) == 1
            assert [path.name for path in (tmp_path / str(number)).iterdir()] == ["keys"]
