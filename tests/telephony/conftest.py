"""The service with phone that most of these tests play in, and its first agent."""

import pytest

from occ.identity.models import Agent, Member
from occ.organization.models import Service
from tests.factories import phone


@pytest.fixture
def mall(boss: Member) -> Service:
    return phone.service(boss)


@pytest.fixture
def kim(boss: Member, mall: Service) -> Agent:
    """Takes the calls of one queue; the CTI number is 2001."""
    made = phone.agent(boss, mall, "kim")
    phone.queue(mall, [made])
    return made
