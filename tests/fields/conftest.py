import pytest

from occ.organization.models import Service
from occ.ticket_settings import service as settings
from occ.ticket_settings.models import Category
from occ.ticket_settings.rules import CategoryKind


@pytest.fixture
def refund(mall: Service) -> Category:
    """An intake type."""
    from occ.core.db import db

    with db.write():
        return settings.add_category(
            mall, CategoryKind.INTAKE, parent_id=None, names={"ko": "환불", "en": "Refund"}
        )
