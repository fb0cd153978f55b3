from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from occ.core.db import Base, enum_type
from occ.delivery.rules import State


class Outgoing(Base):
    """One message to the outside, written in the transaction of what caused it.

    The body is encrypted.
    """

    __tablename__ = "outgoing"
    __table_args__ = (
        sa.Index("ix_outgoing_state_due_at", "state", "due_at"),
        sa.Index("ix_outgoing_created_at_id", "created_at", "id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    # what it belongs to: ticket/5
    about: Mapped[str | None] = mapped_column(sa.String(40), index=True)
    state: Mapped[State] = mapped_column(enum_type(State))
    recipient: Mapped[str] = mapped_column(sa.String(254))
    subject: Mapped[str] = mapped_column(sa.String(300))
    body: Mapped[str | None] = mapped_column(sa.Text)
    html: Mapped[str | None] = mapped_column(sa.Text)  # encrypted, too; goes beside the plain text
    attachments: Mapped[list[dict[str, Any]]] = mapped_column(
        sa.JSON, default=list, server_default="[]"
    )
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(sa.Text)


class WebCall(Base):
    """One call to an address outside, written in the transaction of what caused it (TRG-3).

    The body is encrypted.
    """

    __tablename__ = "web_call"
    __table_args__ = (
        sa.Index("ix_web_call_state_due_at", "state", "due_at"),
        sa.Index("ix_web_call_service_id_id", "service_id", "id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int]
    key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    # what it belongs to: ticket/5
    about: Mapped[str | None] = mapped_column(sa.String(40), index=True)
    url: Mapped[str] = mapped_column(sa.String(500))
    body: Mapped[str | None] = mapped_column(sa.Text)
    state: Mapped[State] = mapped_column(enum_type(State))
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int]
    finished_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(sa.Text)
