import pytest
import sqlalchemy as sa

from occ.core.db import db
from occ.identity.models import Group, Member
from occ.organization.models import Service
from tests.factories import world


@pytest.fixture
def team(boss: Member, mall: Service) -> list[Member]:
    """Three agents in the group Team, in the order in which they were added."""
    made = [world.member(name) for name in ("ana", "ben", "cho")]
    for one in made:
        world.agent(boss, mall, one, ticket=True)
    return made


@pytest.fixture
def group(mall: Service, team: list[Member]) -> int:
    return db.session.scalars(sa.select(Group.id).where(Group.service_id == mall.id)).one()
