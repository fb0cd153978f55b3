from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from occ.automation.rules import Condition, Result, condition_from, result_from
from occ.core.db import Base


class Trigger(Base):
    """Conditions and what is done when they hold (TRG-1); active ones
    run in the order of `position`.
    """

    __tablename__ = "trigger"
    __table_args__ = (
        sa.Index(
            "ix_trigger_service_id_active_position",
            "service_id",
            "active",
            "position",
            "id",
            "version",
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(sa.ForeignKey("service.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(sa.String(100))
    active: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int]
    conditions: Mapped[list[dict[str, Any]]]
    results: Mapped[list[dict[str, Any]]]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}

    @property
    def condition_rows(self) -> list[Condition]:
        return [condition_from(values) for values in self.conditions]

    @property
    def result_rows(self) -> list[Result]:
        return [result_from(values) for values in self.results]


class TriggerTurn(Base):
    """Whose turn it was last in a result that assigns in turn; locked
    while the next one is chosen.
    """

    __tablename__ = "trigger_turn"
    trigger_id: Mapped[int] = mapped_column(
        sa.ForeignKey("trigger.id", ondelete="CASCADE"), primary_key=True
    )
    place: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int]
