from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from occ.core.db import Base, enum_type
from occ.notifications.rules import Notice


class Notification(Base):
    """A fact one member should know; worded when shown."""

    __tablename__ = "notification"
    __table_args__ = (sa.Index("ix_notification_member_id_id", "member_id", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int]
    notice: Mapped[Notice] = mapped_column(enum_type(Notice))
    values: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
