from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from occ.core.db import Base, enum_type
from occ.delivery.rules import State

_KEPT = sa.text("state = 'failed' AND body IS NOT NULL")
_COUNTED = sa.text("counted != ''")


class Outgoing(Base):
    """One message to the outside, written in the transaction of what caused it.

    The body is encrypted.
    """

    __tablename__ = "outgoing"
    __table_args__ = (
        sa.Index("ix_outgoing_state_due_at", "state", "due_at"),
        sa.Index("ix_outgoing_created_at_id", "created_at", "id"),
        # few: those that failed for good, whose texts are kept for a while
        sa.Index(
            "ix_outgoing_kept",
            "finished_at",
            sqlite_where=_KEPT,
            postgresql_where=_KEPT,
        ),
        sa.Index(
            "ix_outgoing_counted_created_at",
            "counted",
            "created_at",
            sqlite_where=_COUNTED,
            postgresql_where=_COUNTED,
        ),
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
    # which part of what it belongs to: entry/7
    part: Mapped[str] = mapped_column(sa.String(40), default="", server_default="")
    # '' for both: MAIL_FROM
    sender_name: Mapped[str] = mapped_column(sa.String(100), default="", server_default="")
    sender_address: Mapped[str] = mapped_column(sa.String(254), default="", server_default="")
    reply_to: Mapped[str] = mapped_column(sa.String(254), default="", server_default="")
    cc: Mapped[list[str]] = mapped_column(sa.JSON, default=list, server_default="[]")
    # Message-IDs of what it answers, oldest first
    thread: Mapped[list[str]] = mapped_column(sa.JSON, default=list, server_default="[]")
    # a BCP 47 tag; '' is not said
    language: Mapped[str] = mapped_column(sa.String(16), default="", server_default="")
    # a person wrote it for this receiver: robots may not, but people do answer it
    is_personal: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    # a digest of whose mails to whom are counted; '' where nobody counts them
    counted: Mapped[str] = mapped_column(sa.String(64), default="", server_default="")
    # receivers that did not get it yet, once others have
    left: Mapped[list[str]] = mapped_column(sa.JSON, default=list, server_default="[]")
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(sa.Text)


class MailLogin(Base):
    """What the mail server's token service gave last, sealed; `given` is the digest of the settings
    that it was asked with.
    """

    __tablename__ = "mail_login"
    given: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    refresh: Mapped[str] = mapped_column(sa.Text)
    access: Mapped[str] = mapped_column(sa.Text)
    access_until: Mapped[datetime | None]
    refreshing_until: Mapped[datetime | None]  # who gets a new one holds this for a moment


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
