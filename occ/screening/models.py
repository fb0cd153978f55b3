from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from occ.core.db import Base, enum_type
from occ.screening.rules import BlockKind, Channel, Reason


class SpamRule(Base):
    """How many inquiries a service takes of one source (HC-5); without a row the usual limit."""

    __tablename__ = "spam_rule"
    service_id: Mapped[int] = mapped_column(
        sa.ForeignKey("service.id", ondelete="CASCADE"), primary_key=True
    )
    on: Mapped[bool] = mapped_column(default=True)
    most: Mapped[int]
    minutes: Mapped[int]
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}


class SpamBlock(Base):
    """An address, a range, a sender or a domain whose inquiries are held back."""

    __tablename__ = "spam_block"
    __table_args__ = (sa.UniqueConstraint("service_id", "value"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(sa.ForeignKey("service.id", ondelete="CASCADE"))
    kind: Mapped[BlockKind] = mapped_column(enum_type(BlockKind))
    value: Mapped[str] = mapped_column(sa.String(254))
    created_at: Mapped[datetime]


class FiledInquiry(Base):
    """That an inquiry was taken, by a mark of its address, member or e-mail which reveals none of
    them; kept while it counts.
    """

    __tablename__ = "filed_inquiry"
    __table_args__ = (
        sa.Index("ix_filed_inquiry_counted", "service_id", "mark", "at"),
        sa.Index("ix_filed_inquiry_until", "until"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(sa.ForeignKey("service.id", ondelete="CASCADE"))
    mark: Mapped[str] = mapped_column(sa.String(64))
    at: Mapped[datetime]
    until: Mapped[datetime]


class HeldInquiry(Base):
    """An inquiry that was held back, whole: `sealed` is `service.Held` as JSON, sealed with the
    keys of the instance. What came by mail stays where mail keeps it.
    """

    __tablename__ = "held_inquiry"
    __table_args__ = (
        sa.Index("ix_held_inquiry_service_id_id", "service_id", "id"),
        sa.Index("ix_held_inquiry_at", "at"),
        sa.Index("ix_held_inquiry_email_mark", "email_mark"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(sa.ForeignKey("service.id", ondelete="CASCADE"))
    channel: Mapped[Channel] = mapped_column(enum_type(Channel))
    reason: Mapped[Reason] = mapped_column(enum_type(Reason))
    at: Mapped[datetime]
    sealed: Mapped[str] = mapped_column(sa.Text)
    file_keys: Mapped[list[str]]
    email_mark: Mapped[str] = mapped_column(sa.String(64), default="")
    customer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("customer.id"), index=True)
    mail_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("received_mail.id", ondelete="CASCADE"), unique=True
    )
