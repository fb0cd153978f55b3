"""The CTI log (CTI-3): while on, closed at the organization's midnight, downloaded by right, kept for its time."""

import io
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook

from occ.audit.models import WorkEntry
from occ.audit.rules import Work
from occ.core import clock
from occ.core.db import db
from occ.identity.models import Agent, Member
from occ.organization.models import Service
from occ.telephony import jobs, queries
from occ.telephony.models import CtiLogDay, Recording
from occ.telephony.rules.calls import Command
from tests.factories import phone
from tests.factories.phone import Floor
from tests.support.browser import Browser

pytestmark = pytest.mark.heavy  # on PostgreSQL in `make test-all`

Make = Callable[..., Browser]


@pytest.fixture
def team(boss: Member, mall: Service) -> list[Agent]:
    made = [phone.agent(boss, mall, name) for name in ("kim", "lee")]
    phone.queue(mall, made)
    return made


def a_call(floor: Floor, mall: Service, who: Agent) -> None:
    ref = floor.place(mall)
    floor.do(who, Command.ANSWER)
    floor.leave(ref)
    floor.do(who, Command.STATE, state="ready")


def close(floor: Floor, days: int = 1) -> None:
    floor.now = clock.next_midnight(floor.now, "Asia/Seoul") + timedelta(days=days - 1, minutes=1)
    with floor.time():
        jobs.close_days()
        jobs.drop_old()


def sheet(answer: object) -> list[tuple[object, ...]]:
    return list(load_workbook(io.BytesIO(answer.data)).active.iter_rows(values_only=True))[1:]  # type: ignore[attr-defined,union-attr]


@pytest.mark.spec("CTI-3", "LOG-3")
def test_a_day_is_closed_and_downloaded_by_right(
    floor: Floor, mall: Service, team: list[Agent], browser: Make
) -> None:
    kim, lee = team
    floor.login(kim)
    a_call(floor, mall, kim)
    floor.do(kim, Command.STATE, state="rest")
    floor.login(lee)
    day = clock.local_day(floor.now, "Asia/Seoul")
    assert "No closed day yet" in browser("boss").get("/c/me/cti-log").text
    close(floor, days=3)
    his = browser("kim")
    assert db.session.scalars(sa.select(CtiLogDay.day)).all() == [day], "also after downtime"
    mine = sheet(his.get(f"/c/me/cti-log/{day}"))
    everything = sheet(browser("boss").get(f"/c/me/cti-log/{day}"))
    assert {row[2] for row in mine} == {"Kim"}
    assert {row[2] for row in everything} >= {"Kim", "Lee"} and len(everything) > len(mine)
    assert [row[1] for row in mine][:2] == ["login", "state.ready"] and isinstance(
        mine[0][0], datetime
    )
    works = [
        w.detail["all"]
        for w in db.session.scalars(
            sa.select(WorkEntry).where(WorkEntry.work == Work.CTI_LOG).order_by(WorkEntry.id)
        )
    ]
    assert works == [False, True]
    for wrong in ("2026-01-01", "x", "0000-00-00"):
        assert his.get(f"/c/me/cti-log/{wrong}").status_code == 404


@pytest.mark.spec("CTI-3")
def test_nothing_is_logged_while_off_and_past_days_stay(
    floor: Floor, mall: Service, team: list[Agent], browser: Make
) -> None:
    floor.login(team[0])
    close(floor)
    found = queries.settings()
    assert found is not None
    found.log_on = False
    db.session.commit()
    floor.step()
    floor.login(team[0])
    a_call(floor, mall, team[0])
    close(floor)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(CtiLogDay)) == 1
    assert "The CTI log is off" in browser("kim").get("/c/me/cti-log").text


@pytest.mark.spec("CTI-3", "TEL-2")
def test_days_and_recordings_end_after_their_time(
    floor: Floor, mall: Service, team: list[Agent]
) -> None:
    floor.login(team[0])
    a_call(floor, mall, team[0])
    with floor.time():
        key = db.session.scalars(sa.select(Recording.file)).one()
    assert key is not None
    close(floor, days=89)
    assert db.session.scalars(sa.select(Recording.file)).all() == [key]
    close(floor, days=1)
    assert db.session.scalar(sa.select(CtiLogDay.day)) is not None
    close(floor, days=1)
    assert db.session.scalar(sa.select(CtiLogDay.day)) is None
    assert db.session.scalars(sa.select(Recording.file)).all() == [None]
