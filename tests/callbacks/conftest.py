"""A service that calls back, its team of three and their queue."""

import pytest

from occ.ars.models import Queue
from occ.identity.models import Agent, Member
from occ.organization.models import Service
from tests.factories import phone, world


@pytest.fixture
def mall(boss: Member) -> Service:
    made = phone.service(boss)
    world.agent(boss, made, boss, manager=True)
    return made


@pytest.fixture
def team(boss: Member, mall: Service) -> list[Agent]:
    return [phone.agent(boss, mall, name) for name in ("kim", "lee", "park")]


@pytest.fixture
def orders(mall: Service, team: list[Agent]) -> Queue:
    return phone.queue(mall, team)
