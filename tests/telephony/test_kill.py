"""kill -9 in the middle of twenty calls: after the restart they are closed, agents are free, new calls flow (TEL-2)."""

import itertools
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from occ.ars import queries as ars
from occ.core.db import db
from occ.factory import create_app
from occ.telephony import bus, queries, settings
from occ.telephony.models import AgentInterval, Call, Leg, QueueEntry
from occ.telephony.rules.asking import of_row
from occ.telephony.rules.calls import IN_CALL, CallOutcome, Command, Direction, Phase, QueueOutcome
from occ.wallboard import queries as wallboard
from tests.conftest import ENGINES, QUIET
from tests.factories import phone, world
from tests.support import live as processes
from tests.support.live import Live
from tests.support.migrated import prepare

LIVE = 20
_keys = itertools.count()


@pytest.fixture(params=ENGINES)
def server(
    request: pytest.FixtureRequest, tmp_path: Path, database_url: Callable[..., str]
) -> Iterator[tuple[Live, int, list[int]]]:
    url = database_url(request.param, "kill")
    application = create_app({**QUIET, "OCC_INSTANCE": tmp_path, "DATABASE_URL": url})
    prepare(application)
    with application.app_context():
        boss = world.owner()
        mall = phone.service(boss)
        agents = [phone.agent(boss, mall, f"a{n:02}") for n in range(LIVE // 2)]
        phone.queue(mall, agents)
        people = [agent.member_id for agent in agents]
        ident = mall.id
        with db.write():
            settings.ensure().recall_seconds = 300  # it rings until a slow machine has looked
        db.session.remove()
        live = Live(tmp_path, url)
        yield live, ident, people
        live.stop(signal.SIGKILL)
        db.session.remove()
        db.engine.dispose()


def until(ask: Callable[[], Any]) -> Any:
    """What `ask` says as soon as it says something, looked at from outside the server."""

    def look() -> Any:
        db.session.rollback()
        return ask()

    return processes.until(look)


def ask(command: Command, member: int, **args: Any) -> None:
    """A click, as another web process sends it: a row that the server's engine finds."""
    key = f"kill-{next(_keys)}"
    until(lambda: bus.ask(of_row(command, args), member, key=key))


def place(mall: int, member: int, number: int) -> None:
    phone_service = ars.phone_service(mall)
    assert phone_service is not None
    ask(
        Command.PLACE,
        member,
        ref=f"kill-{number}",
        caller=f"+8210{number:08}",
        called=phone_service.main_number,
    )


def answer(member: int) -> None:
    found = queries.call_of(member)
    assert found is not None
    ask(Command.ANSWER, member, call=found.id)


@pytest.mark.live
@pytest.mark.heavy
@pytest.mark.spec("TEL-2")
def test_killed_calls_are_closed_as_interrupted_and_new_ones_flow(
    server: tuple[Live, int, list[int]],
) -> None:
    live, mall, people = server
    live.start()
    for member in people:
        ask(Command.LOGIN, member, service=mall, ip="127.0.0.1", device="test")
    for number in range(LIVE):
        place(mall, people[0], number)
    until(
        lambda: (
            len(queries.open_calls()) == LIVE and all(queries.call_of(member) for member in people)
        )
    )
    for member in people[: LIVE // 4]:
        answer(member)
    live.stop(signal.SIGKILL)
    db.session.rollback()
    before = {call.id for call in queries.open_calls()}
    assert len(before) >= LIVE
    live.start()
    until(lambda: not before & {call.id for call in queries.open_calls()})
    closed = db.session.scalars(sa.select(Call).where(Call.id.in_(before))).all()
    assert {call.outcome for call in closed} == {CallOutcome.INTERRUPTED}
    assert not db.session.scalars(
        sa.select(Leg.id).where(Leg.call_id.in_(before), Leg.ended_at.is_(None))
    ).all()
    waits = db.session.scalars(
        sa.select(QueueEntry.outcome).where(QueueEntry.call_id.in_(before))
    ).all()
    assert set(waits) <= {QueueOutcome.ANSWERED, QueueOutcome.INTERRUPTED}
    busy = sa.select(AgentInterval.id).where(
        AgentInterval.ended_at.is_(None), AgentInterval.call_id.in_(before)
    )
    assert not db.session.scalars(busy.where(AgentInterval.state.in_(IN_CALL))).all(), (
        "agents are free"
    )
    place(mall, people[0], LIVE)
    until(lambda: [member for member in people if queries.call_of(member)])
    answer(next(member for member in people if queries.call_of(member)))
    assert [call.phase for call in queries.open_calls()] == [Phase.TALKING]
    live.stop()
    db.session.rollback()
    inbound = db.session.scalar(
        sa.select(sa.func.count()).select_from(Call).where(Call.direction == Direction.INBOUND)
    )
    board = wallboard.board([mall])
    assert board.calls.offered == inbound, "no call counts twice"
