"""What members and services keep of statistics: columns, reports."""

from collections.abc import Sequence

import sqlalchemy as sa

from occ.core.db import db
from occ.statistics.models import ChosenColumns


def columns(member_id: int, page: str) -> Sequence[str] | None:
    """The keys of the columns that a member keeps on a page; None where they chose none."""
    found = sa.select(ChosenColumns.columns).where(
        ChosenColumns.member_id == member_id, ChosenColumns.page == page
    )
    return db.session.scalar(found)
