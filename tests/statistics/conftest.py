import pytest

from occ.identity.models import Member
from occ.organization.models import Service
from occ.organization.rules import Feature
from tests.factories import world

FEATURES = frozenset({Feature.TICKET, Feature.MAIL, Feature.STATISTICS})


@pytest.fixture
def shop(all_features: None, boss: Member) -> Service:
    """A service with tickets and statistics that the owner manages."""
    made = world.contracted(boss, "mall", features=FEATURES, seats=20)
    world.agent(boss, made, boss, manager=True)
    return made
