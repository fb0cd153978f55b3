"""Writes of statistics. Every function runs inside the caller's write transaction."""

from collections.abc import Sequence

import sqlalchemy as sa

from occ.core.db import db
from occ.core.errors import Refused
from occ.core.i18n import gettext as _
from occ.statistics.models import ChosenColumns


def keep_columns(page: str, member_id: int, keys: Sequence[str], offered: Sequence[str]) -> None:
    """Keeps the columns that a member wants to see on a page; all of them, or none that is
    offered, is no choice.
    """
    kept = [key for key in offered if key in keys]
    if not kept:
        raise Refused(_("Choose at least one column."), "columns")
    db.session.execute(
        sa.delete(ChosenColumns).where(
            ChosenColumns.member_id == member_id, ChosenColumns.page == page
        )
    )
    db.session.add(ChosenColumns(member_id=member_id, page=page, columns=kept))
