"""Histories of calls and talks: search, detail on record, recordings played and taken along (STA-3, LOG-3)."""

import io
import re
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from occ.ars import service as ars
from occ.audit.models import WorkEntry
from occ.core import storage, tasks
from occ.core.db import db
from occ.core.tasks import Task, TaskState
from occ.identity.models import Agent, Member
from occ.organization.models import Service
from occ.telephony import queries, tokens
from occ.telephony.children import mp3
from occ.telephony.drivers.simulator import tone
from occ.telephony.models import Leg, Recording
from occ.telephony.rules.calls import Command, LegKind
from tests.factories import phone, world
from tests.factories.phone import Floor
from tests.support.browser import Browser
from tests.support.sheets import sheet

pytestmark = pytest.mark.heavy  # on PostgreSQL in `make test-all`
HERE = "/c/s/mall/histories"
NUMBER, SHOWN, MASKED = "+821012345678", "010-1234-5678", "010-****-5678"


@pytest.fixture
def lee(boss: Member, mall: Service, kim: Agent) -> Agent:
    world.agent(boss, mall, boss, manager=True)
    made = phone.agent(boss, mall, "lee")
    phone.queue(mall, [made], "Returns")
    return made


@pytest.fixture
def talk(floor: Floor, mall: Service, kim: Agent, lee: Agent) -> Leg:
    """A call that kim takes, holds, asks lee about, and files; another one that nobody takes."""
    with db.write():
        refund = ars.save_disposition(mall, None, name="Refund")
    floor.login(kim, lee)
    ref = floor.place(mall, NUMBER)
    floor.wait(4)
    floor.do(kim, Command.ANSWER)
    floor.wait(10)
    floor.do(kim, Command.CONSULT, member=lee.member_id)
    floor.wait(3)
    floor.do(lee, Command.ANSWER)
    floor.wait(5)
    floor.do(kim, Command.CANCEL)
    floor.do(kim, Command.RESUME)
    floor.wait(10)
    call = floor.call(ref)
    floor.leave(ref)
    floor.do(
        kim, Command.WRAP_UP, call=call.id, notes="wants money", disposition=refund.id, state="rest"
    )
    gone = floor.place(mall, "+821099998888")
    floor.wait(6)
    floor.leave(gone)
    return db.session.scalars(
        sa.select(Leg).where(Leg.kind == LegKind.AGENT, Leg.answered_at.is_not(None))
    ).one()


def works() -> list[tuple[str, dict[str, Any]]]:
    rows = db.session.scalars(sa.select(WorkEntry).order_by(WorkEntry.id))
    return [(row.work.value, row.detail) for row in rows]


@pytest.mark.spec("STA-3", "LOG-3")
def test_calls_are_listed_masked_and_the_detail_shows_the_number_on_record(
    floor: Floor, mall: Service, kim: Agent, talk: Leg, admin: Browser
) -> None:
    with floor.time():
        admin.get(f"{HERE}?period=all")
        first, second = admin.rows()[1:]
        assert "010-****-8888" in first and "Abandoned" in first
        assert MASKED in second and "Orders" in second and "Kim 2001" in " ".join(second)
        assert "00:32" in second, "from the ring to the end"
        assert SHOWN not in admin.text() and not works()
        admin.get(f"{HERE}?period=all&outcome=abandoned")
        assert len(admin.rows()[1:]) == 1
        admin.get(f"{HERE}?period=all&number=01012345678")
        assert len(admin.rows()[1:]) == 1
        admin.get(f"{HERE}?period=all&number=5678")
        assert "No calls match" in admin.text(), "no number is guessed piece by piece"
        admin.get(f"{HERE}/{talk.call_id}")
        assert SHOWN in admin.text() and "wants money" in admin.text()
        assert "Consultation" in admin.text() and "Refund" in admin.text()
        assert works() == [("call_shown", {"call": talk.call_id})]


@pytest.mark.spec("STA-3")
def test_a_consultation_names_who_asked_for_it(
    floor: Floor, kim: Agent, lee: Agent, talk: Leg
) -> None:
    asked = [leg for leg in queries.legs(talk.call_id) if leg.kind is LegKind.CONSULT]
    assert [(leg.asked_by, leg.member_id) for leg in asked] == [(kim.member_id, lee.member_id)]
    assert talk.asked_by is None


@pytest.mark.spec("STA-3", "LOG-3", "TEL-2")
def test_a_recording_plays_only_once_the_play_is_on_record(
    floor: Floor, mall: Service, talk: Leg, admin: Browser
) -> None:
    with floor.time():
        admin.get(f"{HERE}/talks?period=all")
        assert [row[-2] for row in admin.rows()[1:]] == ["Refund wants money"]
        parts = admin.find("//button[contains(@hx-post, '/play')]")
        assert len(parts) == 2, "before and after hold"
        rows = list(db.session.scalars(sa.select(Recording).order_by(Recording.id)))
        url = parts[0].get("hx-post") or ""
        assert url == f"{HERE}/recordings/{rows[0].id}/play" and not works()
        kims = tokens.leave(talk.member_id or 0, rows[0].id, floor.now)
        assert admin.get(f"{HERE}/recordings/{rows[0].id}.wav?leave={kims}").status_code == 404
        player = admin.post(url, htmx=True)
        assert works() == [("recording_played", {"call": talk.call_id, "recording": rows[0].id})]
        found = re.search(r'src="([^"]+)"', player.text)
        assert found and "data-speed" in player.text
        answer = admin.get(found[1])
        assert answer.data == tone() and "no-store" in answer.headers["Cache-Control"]
        part = admin.get(found[1], environ_overrides={"HTTP_RANGE": "bytes=0-43"})
        assert part.status_code == 206 and len(part.data) == 44, "it can be sought in"


@pytest.mark.spec("LOG-3")
def test_leave_to_hear_is_for_one_member_one_recording_and_twelve_hours(app: Flask) -> None:
    now = phone.START
    leave = tokens.leave(1, 7, now)
    assert tokens.is_leave(leave, 1, 7, now + timedelta(hours=12))
    assert not tokens.is_leave(leave, 1, 7, now + timedelta(hours=12, seconds=1))
    assert not tokens.is_leave(leave, 2, 7, now) and not tokens.is_leave(leave, 1, 8, now)
    for text in ("", "-", "x-y", leave[:-1], leave.replace("-", "0-"), "9" * 40, "é-é"):
        assert not tokens.is_leave(text, 1, 7, now)


@pytest.mark.spec("STA-3", "LOG-3")
def test_one_talk_is_taken_along_as_mp3_and_chosen_ones_as_a_zip_of_a_task(
    app: Flask, floor: Floor, mall: Service, talk: Leg, admin: Browser
) -> None:
    with floor.time():
        answer = admin.get(f"{HERE}/talks/{talk.id}.mp3")
        assert answer.mimetype == "audio/mpeg" and answer.data[:3] == b"ID3"
        assert "5678" not in answer.headers["Content-Disposition"]
        told = {"call": talk.call_id, "talks": [talk.id]}
        assert works() == [("recording_downloaded", told)]
        gone = admin.post(f"{HERE}/talks/recordings", {"talk": "9999"}, htmx=True)
        assert "Nothing is recorded of what you chose." in gone.headers["HX-Trigger"]
        admin.post(f"{HERE}/talks/recordings", {"talk": str(talk.id)})
        task = db.session.scalars(sa.select(Task)).one()
        assert (task.kind, task.total) == ("recordings", 1)
        assert "0 of 1 recordings" in admin.get(f"/c/exports/{task.id}").text
        with db.write():
            tasks.begin(db.session.get_one(Task, task.id))
        assert tasks.run(task.id) is TaskState.DONE
        got = admin.get(f"/c/exports/{task.id}/file")
        assert got.mimetype == "application/zip"
        with zipfile.ZipFile(io.BytesIO(got.data)) as archive:
            (name,) = archive.namelist()
            assert name.endswith(f" Kim {talk.id}.mp3")
            assert archive.read(name) == answer.data
        assert works()[1:] == [("recording_downloaded", {"rows": 1, "talks": [talk.id]})]


@pytest.mark.spec("STA-3", "LOG-3")
def test_excel_of_histories_holds_lengths_and_masked_numbers_and_is_recorded(
    floor: Floor, mall: Service, talk: Leg, admin: Browser
) -> None:
    with floor.time():
        head, *rows = sheet(admin.get(f"{HERE}/calls.xlsx?period=all").data)
        assert [row[head.index("Phone number")] for row in rows] == ["010-****-8888", MASKED]
        assert rows[1][head.index("Call time")] == timedelta(seconds=32)
        head, row = sheet(admin.get(f"{HERE}/talks.xlsx?period=all&talk={talk.id}").data)
        assert row[head.index("Talk time")] == timedelta(seconds=28)
        assert (row[head.index("Disposition")], row[head.index("Notes")]) == (
            "Refund",
            "wants money",
        )
        assert works() == [("excel_calls", {"rows": 2}), ("excel_talks", {"rows": 1})]


@pytest.mark.spec("STA-3", "TEL-2")
def test_what_is_gone_or_another_services_is_not_found(
    floor: Floor, boss: Member, mall: Service, talk: Leg, admin: Browser
) -> None:
    other = phone.service(boss, "other")
    world.agent(boss, other, boss, manager=True)
    row = db.session.scalars(sa.select(Recording)).first()
    assert row is not None
    there = HERE.replace("mall", "other")
    for path in (f"{talk.call_id}", f"talks/{talk.id}.mp3"):
        assert admin.get(f"{there}/{path}").status_code == 404
    assert admin.post(f"{there}/recordings/{row.id}/play").status_code == 404
    assert row.file
    storage.remove(row.file)
    gone = admin.post(f"{HERE}/recordings/{row.id}/play", htmx=True)
    assert "The recording is no longer there." in gone.headers["HX-Trigger"]
    with db.write():
        db.session.execute(sa.update(Recording).values(file=None))
    assert admin.get(f"{HERE}/talks/{talk.id}.mp3").status_code == 404
    assert not works()


@pytest.mark.spec("STA-3")
def test_histories_are_for_managers(
    floor: Floor, mall: Service, kim: Agent, talk: Leg, browser: Callable[..., Browser]
) -> None:
    agent = browser("kim")
    for path in ("", "/talks", f"/{talk.call_id}", "/calls.xlsx", f"/talks/{talk.id}.mp3"):
        assert agent.get(f"{HERE}{path}").status_code == 403
    assert not works()


@pytest.mark.spec("STA-3")
def test_recordings_become_one_mp3_as_long_as_all_of_them() -> None:
    import av

    made = mp3.mp3(iter([tone(), tone()]))
    with av.open(io.BytesIO(made)) as file:
        stream = file.streams.audio[0]
        heard = sum(frame.samples for frame in file.decode(stream)) / (stream.rate or 1)
    assert 3.9 < heard < 4.3 and (stream.rate, stream.channels) == (8000, 1)
    assert mp3.mp3(iter([])) == b""
