import pytest

from occ.identity.models import Member
from occ.organization.models import Service
from tests.factories import ticket as tickets
from tests.factories import world


@pytest.fixture
def mall(boss: Member) -> Service:
    return tickets.desk(boss)


@pytest.fixture
def kim(boss: Member, mall: Service) -> Member:
    """An agent who may hand tickets on."""
    made = world.member("kim")
    world.agent(boss, mall, made, ticket=True, transfer=True)
    return made
