"""Tables of text messages: channel, templates, and what was sent (SMS-1 … SMS-7)."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from occ.core.db import Base, enum_type
from occ.sms.rules.kinds import (
    STANDS,
    ByItself,
    GatewayKind,
    Problem,
    RecipientState,
    RequestState,
    SendingState,
    TextKind,
)

_OPEN = sa.text("state = 'processing'")
_OPEN_REQUEST = sa.text("next_at IS NOT NULL")


class SmsChannel(Base):
    """How a service sends texts (SMS-1): its gateway with sealed keys, on or off, the number for
    refusing advertising, and which template each text by itself uses (`by_itself`: code → id).
    """

    __tablename__ = "sms_channel"
    service_id: Mapped[int] = mapped_column(
        sa.ForeignKey("service.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    gateway: Mapped[GatewayKind] = mapped_column(enum_type(GatewayKind), default=GatewayKind.LOCAL)
    active: Mapped[bool] = mapped_column(default=False)
    app_key: Mapped[str] = mapped_column(sa.Text, default="")  # sealed by the instance's keys
    secret_key: Mapped[str] = mapped_column(sa.Text, default="")  # sealed by the instance's keys
    checked_at: Mapped[datetime | None]
    refusal_number: Mapped[str] = mapped_column(sa.String(13), default="")
    by_itself: Mapped[dict[str, Any]] = mapped_column(default=dict)
    version: Mapped[int] = mapped_column()
    senders: Mapped[list["SmsSender"]] = relationship(
        cascade="all, delete-orphan", order_by="SmsSender.position", lazy="selectin"
    )
    __mapper_args__ = {"version_id_col": version}


class SmsSender(Base):
    """A number that a channel sends from, as its gateway lists it (digits)."""

    __tablename__ = "sms_sender"
    service_id: Mapped[int] = mapped_column(
        sa.ForeignKey("sms_channel.service_id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[str] = mapped_column(sa.String(13), primary_key=True)
    position: Mapped[int]


class SmsCategory(Base):
    """A template category of two levels (SMS-2)."""

    __tablename__ = "sms_category"
    __table_args__ = (
        sa.Index("ix_sms_category_service_id_parent_id", "service_id", "parent_id", "position"),
        sa.Index("ix_sms_category_parent_id", "parent_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(sa.ForeignKey("service.id", ondelete="CASCADE"))
    parent_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("sms_category.id", ondelete="CASCADE")
    )
    name: Mapped[str] = mapped_column(sa.String(100))
    active: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}


class SmsTemplate(Base):
    """A text to send, under a category of the second level (SMS-3)."""

    __tablename__ = "sms_template"
    __table_args__ = (
        sa.Index("ix_sms_template_category_id_position", "category_id", "position"),
        sa.Index("ix_sms_template_service_id", "service_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(sa.ForeignKey("service.id", ondelete="CASCADE"))
    category_id: Mapped[int] = mapped_column(sa.ForeignKey("sms_category.id", ondelete="CASCADE"))
    kind: Mapped[TextKind] = mapped_column(enum_type(TextKind))
    active: Mapped[bool] = mapped_column(default=True)
    editable: Mapped[bool] = mapped_column(default=True)
    name: Mapped[str] = mapped_column(sa.String(100))
    description: Mapped[str] = mapped_column(sa.String(500), default="")
    sender: Mapped[str] = mapped_column(sa.String(13), default="")
    title: Mapped[str] = mapped_column(sa.String(120), default="")
    body: Mapped[str] = mapped_column(sa.Text)
    position: Mapped[int]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column()
    images: Mapped[list["SmsTemplateImage"]] = relationship(
        cascade="all, delete-orphan", order_by="SmsTemplateImage.place", lazy="selectin"
    )
    __mapper_args__ = {"version_id_col": version}


class SmsTemplateImage(Base):
    """A picture of a template: a stored file."""

    __tablename__ = "sms_template_image"
    template_id: Mapped[int] = mapped_column(
        sa.ForeignKey("sms_template.id", ondelete="CASCADE"), primary_key=True
    )
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(sa.String(150))
    key: Mapped[str] = mapped_column(sa.String(64))
    size: Mapped[int]


class SmsSending(Base):
    """One request to send a text, to one or many (SMS-5).

    `submit_key` makes a form that was sent twice one sending, `about` names what it was written
    beside (`ticket/5`) and `part` the answer there that it is (`entry/7`), `by_itself` what made
    the service send it. It can be cancelled until `started_at`, when a worker took its first
    request. `late` marks what left more than a minute after its time.
    """

    __tablename__ = "sms_sending"
    __table_args__ = (
        sa.UniqueConstraint("service_id", "submit_key"),
        sa.Index("ix_sms_sending_service_id_registered_at", "service_id", "registered_at", "id"),
        sa.Index("ix_sms_sending_about", "about", "id"),
        sa.Index("ix_sms_sending_due", "due_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(sa.ForeignKey("service.id", ondelete="CASCADE"))
    submit_key: Mapped[str] = mapped_column(sa.String(64))
    kind: Mapped[TextKind] = mapped_column(enum_type(TextKind))
    title: Mapped[str] = mapped_column(sa.String(120), default="")
    body: Mapped[str] = mapped_column(sa.Text)
    sender: Mapped[str] = mapped_column(sa.String(13))
    advertising: Mapped[bool] = mapped_column(default=False)
    registered_at: Mapped[datetime]
    due_at: Mapped[datetime]
    reserved: Mapped[bool] = mapped_column(default=False)
    member_id: Mapped[int | None]
    member_name: Mapped[str] = mapped_column(sa.String(100), default="")
    template_id: Mapped[int | None]
    template_name: Mapped[str] = mapped_column(sa.String(100), default="")
    about: Mapped[str | None] = mapped_column(sa.String(60))
    part: Mapped[str] = mapped_column(sa.String(40), default="", server_default="")
    by_itself: Mapped[ByItself | None] = mapped_column(enum_type(ByItself))
    state: Mapped[SendingState] = mapped_column(
        enum_type(SendingState), default=SendingState.PROCESSING
    )
    problem: Mapped[Problem | None] = mapped_column(enum_type(Problem))
    count: Mapped[int]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    late: Mapped[bool] = mapped_column(default=False)
    images: Mapped[list["SmsImage"]] = relationship(
        cascade="all, delete-orphan", order_by="SmsImage.place", lazy="selectin"
    )


class SmsImage(Base):
    """A picture of a sending: a stored file of its own, and what the gateway calls it."""

    __tablename__ = "sms_image"
    sending_id: Mapped[int] = mapped_column(
        sa.ForeignKey("sms_sending.id", ondelete="CASCADE"), primary_key=True
    )
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(sa.String(150))
    key: Mapped[str] = mapped_column(sa.String(64))
    size: Mapped[int]
    remote_id: Mapped[str] = mapped_column(sa.String(40), default="")


class SmsRequest(Base):
    """What a gateway was asked for once: at most a thousand recipients of a sending.

    `key` is our name for it at the gateway, written before anything is sent; `remote_id` is the
    gateway's. Whoever sends it first marks it lost, so that after a crash it is looked for and not
    sent again; `looks` counts how often it was looked for. `next_at` is when it is taken up: to be
    sent, to be found, or for its results; until then whoever took it last has it.
    """

    __tablename__ = "sms_request"
    __table_args__ = (
        sa.UniqueConstraint("key"),
        sa.Index("ix_sms_request_sending_id", "sending_id"),
        sa.Index(
            "ix_sms_request_next",
            "next_at",
            sqlite_where=_OPEN_REQUEST,
            postgresql_where=_OPEN_REQUEST,
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    sending_id: Mapped[int] = mapped_column(sa.ForeignKey("sms_sending.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(sa.String(64))
    gateway: Mapped[GatewayKind] = mapped_column(enum_type(GatewayKind))
    state: Mapped[RequestState] = mapped_column(
        enum_type(RequestState), default=RequestState.WRITTEN
    )
    remote_id: Mapped[str] = mapped_column(sa.String(40), default="")
    looks: Mapped[int] = mapped_column(default=0)
    failed_looks: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    first_tried_at: Mapped[datetime | None]
    tried_at: Mapped[datetime | None]
    next_at: Mapped[datetime | None]
    result: Mapped[str] = mapped_column(sa.String(20), default="")  # the gateway's code


class SmsRecipient(Base):
    """One recipient of a sending. `key` is our name for it at the gateway, `charged_day` the
    organization's day on which its message was counted (BIL-1).
    """

    __tablename__ = "sms_recipient"
    __table_args__ = (
        sa.UniqueConstraint("key"),
        sa.UniqueConstraint("sending_id", "number"),
        sa.Index("ix_sms_recipient_service_id_number", "service_id", "number", "sending_id"),
        sa.Index("ix_sms_recipient_listed", "service_id", "registered_at", "id"),
        sa.Index("ix_sms_recipient_customer_id", "customer_id", "sending_id"),
        sa.Index("ix_sms_recipient_request_id", "request_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    sending_id: Mapped[int] = mapped_column(sa.ForeignKey("sms_sending.id", ondelete="CASCADE"))
    service_id: Mapped[int] = mapped_column(sa.ForeignKey("service.id", ondelete="CASCADE"))
    registered_at: Mapped[datetime]  # its sending's, by which lists are ordered
    number: Mapped[str | None] = mapped_column(sa.String(32))
    typed: Mapped[str] = mapped_column(sa.String(64), default="")
    customer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("customer.id"))
    key: Mapped[str] = mapped_column(sa.String(40))
    request_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("sms_request.id", ondelete="SET NULL")
    )
    sequence: Mapped[int | None]  # the gateway's number of it in its request
    state: Mapped[RecipientState] = mapped_column(
        enum_type(RecipientState), default=RecipientState.WAITING
    )
    result: Mapped[str] = mapped_column(sa.String(20), default="")  # the gateway's code
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    charged_day: Mapped[date | None]
    sending: Mapped[SmsSending] = relationship(viewonly=True)

    @property
    def stands(self) -> bool:
        """Whether it was not sent in vain: it arrived, or still may."""
        return self.state in STANDS
