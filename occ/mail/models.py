from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from occ.core.db import Base, enum_type
from occ.mail.rules import AccountKind, LayoutKind, MailState, Reason, Security, SignIn, Trouble


class MailAccount(Base):
    """Where a service gets its mail from (MAIL-1).

    What people choose stands above, with `version`; what reading it finds out below, written by
    statements of their own, so that a form which is open meanwhile can still be saved.
    """

    __tablename__ = "mail_account"
    __table_args__ = (
        sa.UniqueConstraint("service_id", "folded", name="uq_mail_account_once_a_service"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(sa.ForeignKey("service.id", ondelete="CASCADE"))
    kind: Mapped[AccountKind] = mapped_column(enum_type(AccountKind))
    name: Mapped[str] = mapped_column(sa.String(20))
    # of the representative account what stands before the @: the domain is the operator's setting
    address: Mapped[str] = mapped_column(sa.String(254))
    folded: Mapped[str] = mapped_column(sa.String(254))
    on: Mapped[bool] = mapped_column(default=True)
    host: Mapped[str] = mapped_column(sa.String(253), default="")
    port: Mapped[int] = mapped_column(default=0)
    security: Mapped[Security] = mapped_column(enum_type(Security), default=Security.TLS)
    user: Mapped[str] = mapped_column(sa.String(254), default="")
    sign_in: Mapped[SignIn] = mapped_column(enum_type(SignIn), default=SignIn.PASSWORD)
    # rules.Secret as JSON, sealed with the keys of the instance; '' of the representative account
    sealed: Mapped[str] = mapped_column(sa.Text, default="")
    sealed_at: Mapped[datetime | None]  # when it was typed last
    keep_original: Mapped[bool] = mapped_column(default=True)
    sender_name: Mapped[str] = mapped_column(sa.String(45), default="")
    silence_hours: Mapped[int | None]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column()

    uidvalidity: Mapped[int | None] = mapped_column(sa.BigInteger)
    # the greatest that was looked at; mails up to `first_uid` were there before the account was
    last_uid: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    first_uid: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    older_since: Mapped[date | None]  # older mail from this day on was asked for
    looked_at: Mapped[datetime | None]  # the last time that all new mail was fetched
    mail_at: Mapped[datetime | None]  # when a mail came last
    trouble: Mapped[Trouble | None] = mapped_column(enum_type(Trouble))
    trouble_words: Mapped[str] = mapped_column(sa.String(300), default="")
    failing_since: Mapped[datetime | None]
    told_failing_at: Mapped[datetime | None]
    told_silent_at: Mapped[datetime | None]
    # an access token and until when it holds, sealed; who gets a new one holds this for a moment
    access: Mapped[str] = mapped_column(sa.Text, default="")
    access_until: Mapped[datetime | None]
    refreshing_until: Mapped[datetime | None]
    __mapper_args__ = {"version_id_col": version}


class ReceivedMail(Base):
    """A mail as it came: its bytes lie in a file, and this row says what became of it (MAIL-1).

    The row stays when the original is removed, so that the same message is not taken for a new one.
    """

    __tablename__ = "received_mail"
    __table_args__ = (
        sa.UniqueConstraint("service_id", "identity", name="uq_received_mail_once_a_service"),
        sa.Index("ix_received_mail_state_id", "state", "id"),
        sa.Index("ix_received_mail_service_id_state_id", "service_id", "state", "id"),
        sa.Index("ix_received_mail_account_id_state_id", "account_id", "state", "id"),
        sa.Index("ix_received_mail_sender_service_id", "sender", "service_id"),
        sa.Index("ix_received_mail_about", "about"),
        sa.Index("ix_received_mail_received_at_id", "received_at", "id"),
        sa.Index(
            "ix_received_mail_unmarked",
            "account_id",
            "id",
            sqlite_where=sa.text("NOT marked"),
            postgresql_where=sa.text("NOT marked"),
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(sa.ForeignKey("service.id", ondelete="CASCADE"))
    account_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("mail_account.id", ondelete="SET NULL")
    )
    identity: Mapped[str] = mapped_column(sa.String(64))
    key: Mapped[str | None] = mapped_column(sa.String(64))  # of the stored bytes
    size: Mapped[int] = mapped_column(sa.BigInteger)
    received_at: Mapped[datetime]
    # as the server called it; None of mail that came by LMTP or SMTP
    uid: Mapped[int | None] = mapped_column(sa.BigInteger)
    uidvalidity: Mapped[int | None] = mapped_column(sa.BigInteger)
    # whether the original in the mailbox is marked as read, or deleted
    marked: Mapped[bool] = mapped_column(default=True)
    # whom it was delivered to, with the plus token; '' where the mailbox does not say so
    recipient: Mapped[str] = mapped_column(sa.String(320), default="")
    older: Mapped[bool] = mapped_column(default=False)  # asked for: neither triggers nor mails
    # whether somebody let it in that the spam rule held back (HC-5)
    let_in: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    state: Mapped[MailState] = mapped_column(enum_type(MailState))
    reason: Mapped[Reason | None] = mapped_column(enum_type(Reason))
    detail: Mapped[str] = mapped_column(sa.String(300), default="")
    attempts: Mapped[int] = mapped_column(default=0)
    read_at: Mapped[datetime | None]
    sender: Mapped[str] = mapped_column(sa.String(254), default="")  # folded
    subject: Mapped[str] = mapped_column(sa.String(200), default="")  # only while in quarantine
    about: Mapped[str] = mapped_column(sa.String(40), default="")  # what it became: ticket/5


class MailOwner(Base):
    """Which process reads mailboxes and receives mail: a lease with an epoch."""

    __tablename__ = "mail_owner"
    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(sa.String(200), default="")
    epoch: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime]


class MailLayout(Base):
    """How mails of answers look, in one language (MAIL-2); a service has one for those that it does
    not leave to the shipped ones.
    """

    __tablename__ = "mail_layout"
    __table_args__ = (
        sa.UniqueConstraint("service_id", "kind", "language", name="uq_mail_layout_once"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(sa.ForeignKey("service.id", ondelete="CASCADE"))
    kind: Mapped[LayoutKind] = mapped_column(enum_type(LayoutKind))
    language: Mapped[str] = mapped_column(sa.String(8))
    body: Mapped[str] = mapped_column(sa.Text)
    # sanitized; '' where plain text was written
    html: Mapped[str] = mapped_column(sa.Text)
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}
