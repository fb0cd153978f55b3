from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from occ.core.db import Base


class Consent(Base):
    """What customers consented to from then on: texts by language. A version is never changed."""

    __tablename__ = "consent"
    service_id: Mapped[int] = mapped_column(
        sa.ForeignKey("service.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    texts: Mapped[dict[str, Any]]
    by: Mapped[str] = mapped_column(sa.String(100))
    at: Mapped[datetime]


class Inquiry(Base):
    """What the inquiry form noted beside its ticket: who asked, and what they consented to.

    `consent` is the version, 0 the text as it came, None where it came by mail and its customer
    wrote here later; `consent_language` is the language it was shown in. `email` is where links to
    it are mailed. `reply_key` is that of the last text that joined.
    """

    __tablename__ = "inquiry"
    ticket_id: Mapped[int] = mapped_column(
        sa.ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True
    )
    customer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("customer.id"), index=True)
    email: Mapped[str] = mapped_column(sa.String(254), default="")
    consent: Mapped[int | None]
    consent_language: Mapped[str] = mapped_column(sa.String(8), default="")
    consented_at: Mapped[datetime | None]
    reply_key: Mapped[str] = mapped_column(sa.String(64), default="")
    renewed_at: Mapped[datetime | None]  # when a new link was mailed last


class WaitingInquiry(Base):
    """An inquiry that waits for whoever reads the mails of its address to confirm it: sealed, with
    the keys of its files. It is removed when it is confirmed or its time is over.
    """

    __tablename__ = "waiting_inquiry"
    __table_args__ = (sa.Index("ix_waiting_inquiry_expires_at", "expires_at"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(
        sa.ForeignKey("service.id", ondelete="CASCADE"), index=True
    )
    key: Mapped[str] = mapped_column(sa.String(64), unique=True)  # of its form
    hash: Mapped[str] = mapped_column(sa.String(64), unique=True)  # of the secret in the mail
    email: Mapped[str] = mapped_column(sa.String(254), index=True)
    sealed: Mapped[str] = mapped_column(sa.Text)
    files: Mapped[list[str]] = mapped_column(sa.JSON)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]

    @property
    def about(self) -> str:
        """What its mails in the outbox name it."""
        return f"waiting/{self.id}"


class CallbackConsent(Base):
    """What somebody consented to who asked for a call in the help center; `key` is that of their
    last form, which asks once however often it is sent.
    """

    __tablename__ = "callback_consent"
    callback_id: Mapped[int] = mapped_column(
        sa.ForeignKey("callback.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    consent: Mapped[int]
    consent_language: Mapped[str] = mapped_column(sa.String(8))
    consented_at: Mapped[datetime]
