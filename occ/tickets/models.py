"""Inquiries that became work."""

from dataclasses import fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from occ.core.db import Base, enum_type
from occ.customers.models import Customer
from occ.tickets.rules import (
    Box,
    Channel,
    Entry,
    Fact,
    Priority,
    Reason,
    Standing,
    State,
)

_THERE = sa.text("deleted_at IS NULL AND spam_at IS NULL")
_OPEN = sa.text(
    "deleted_at IS NULL AND spam_at IS NULL AND state IN ('unassigned', 'progress', "
    "'hold', 'handed', 'answered')"
)
_DONE = sa.text("deleted_at IS NULL AND spam_at IS NULL AND state = 'done'")
_NOT_INDEXED = sa.text("indexed IS FALSE")
_RESOLVED = sa.text("state = 'resolved'")
_IS_RESOLVED = sa.text("resolved_at IS NOT NULL")
_IS_HELD = sa.text("held_at IS NOT NULL")
_IS_DONE = sa.text("done_at IS NOT NULL")
_SPAM = sa.text("deleted_at IS NULL AND spam_at IS NOT NULL")


_FILTERED = ("state", "priority", "channel", "assignee_id")


def _partial(name: str, *columns: str, where: Any) -> sa.Index:
    return sa.Index(name, *columns, sqlite_where=where, postgresql_where=where)


class Ticket(Base):
    """One inquiry with its state (TKT-1); what was written stands in its
    entries, what happened in its events.
    """

    __tablename__ = "ticket"
    __table_args__ = (
        sa.Index("ix_ticket_service_id_id", "service_id", "id"),
        # with what their conditions name, so that SQLite reads and counts in the index alone
        _partial(
            "ix_ticket_list",
            "service_id",
            "id",
            "spam_at",
            "deleted_at",
            *_FILTERED,
            "created_at",
            where=_THERE,
        ),
        _partial(
            "ix_ticket_own",
            "assignee_id",
            "service_id",
            "state",
            "id",
            "spam_at",
            "deleted_at",
            "priority",
            "channel",
            "created_at",
            where=_THERE,
        ),
        _partial(
            "ix_ticket_open",
            "service_id",
            "state",
            "assignee_id",
            "group_id",
            "created_at",
            "id",
            "spam_at",
            "deleted_at",
            where=_OPEN,
        ),
        _partial("ix_ticket_group", "group_id", "id", "state", where=_OPEN),
        _partial("ix_ticket_spam", "service_id", "id", where=_SPAM),
        # in the order of a period's list, with what is counted of a day
        sa.Index(
            "ix_ticket_received",
            "service_id",
            "created_at",
            "id",
            "state",
            "spam_at",
            "deleted_at",
            "reason",
        ),
        # by when it was processed, for figures
        _partial("ix_ticket_resolved_of", "service_id", "resolved_at", where=_IS_RESOLVED),
        _partial("ix_ticket_held_of", "service_id", "held_at", where=_IS_HELD),
        _partial("ix_ticket_done_of", "service_id", "done_at", where=_IS_DONE),
        _partial("ix_ticket_done", "assignee_id", "service_id", "done_at", where=_DONE),
        _partial("ix_ticket_resolved_at", "resolved_at", where=_RESOLVED),
        _partial("ix_ticket_not_indexed", "id", where=_NOT_INDEXED),
        sa.Index("ix_ticket_intake_id", "intake_id"),
        sa.Index("ix_ticket_resolution_id", "resolution_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(sa.ForeignKey("service.id", ondelete="CASCADE"))
    channel: Mapped[Channel] = mapped_column(enum_type(Channel))
    state: Mapped[State] = mapped_column(enum_type(State), default=State.UNASSIGNED)
    subject: Mapped[str] = mapped_column(sa.String(200), default="")
    priority: Mapped[Priority] = mapped_column(enum_type(Priority), default=Priority.NORMAL)
    customer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("customer.id"), index=True)
    assignee_id: Mapped[int | None] = mapped_column(sa.ForeignKey("member.id"), index=True)
    group_id: Mapped[int | None] = mapped_column(sa.ForeignKey("team.id", ondelete="SET NULL"))
    intake_id: Mapped[int | None] = mapped_column(sa.ForeignKey("category.id", ondelete="SET NULL"))
    resolution_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("category.id", ondelete="SET NULL")
    )
    reason: Mapped[Reason | None] = mapped_column(enum_type(Reason))
    call_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("call.id", ondelete="SET NULL"), index=True
    )
    # handed over from
    source_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("ticket.id", ondelete="SET NULL"), index=True
    )
    # the one that was done when its customer wrote again
    follows_id: Mapped[int | None] = mapped_column()
    has_mail: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    # where the customer wants answers, where that is not their address
    reply_to: Mapped[str] = mapped_column(sa.String(254), default="", server_default="")
    submit_key: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    language: Mapped[str] = mapped_column(sa.String(8), default="", server_default="")
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime | None]
    held_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    spam_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    indexed: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    version: Mapped[int] = mapped_column()
    customer: Mapped[Customer | None] = relationship(lazy="joined")
    __mapper_args__ = {"version_id_col": version}

    @property
    def standing(self) -> Standing:
        """Its state and what goes with it; only written whole, as `rules.transition` says."""
        return Standing(**{one.name: getattr(self, one.name) for one in fields(Standing)})

    @standing.setter
    def standing(self, after: Standing) -> None:
        for one in fields(Standing):
            setattr(self, one.name, getattr(after, one.name))

    @hybrid_property
    def about(self) -> str:
        """What its copies in the outboxes name it."""
        return f"ticket/{self.id}"

    @about.inplace.expression
    @classmethod
    def _about(cls) -> sa.ColumnElement[str]:
        return sa.literal("ticket/") + sa.cast(cls.id, sa.String)


class TicketEntry(Base):
    """What somebody wrote: the inquiry, answers, comments (TKT-4).

    Its author's name stays as it was.
    """

    __tablename__ = "ticket_entry"
    __table_args__ = (sa.Index("ix_ticket_entry_ticket_id_id", "ticket_id", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(sa.ForeignKey("ticket.id", ondelete="CASCADE"))
    kind: Mapped[Entry] = mapped_column(enum_type(Entry))
    author_id: Mapped[int | None]
    author: Mapped[str] = mapped_column(sa.String(100), default="")
    body: Mapped[str] = mapped_column(sa.Text)
    # sanitized; '' where plain text was written
    html: Mapped[str] = mapped_column(sa.Text, default="", server_default="")
    sealed: Mapped[str | None] = mapped_column(sa.Text)  # the original of a text with masked parts
    mailed_to: Mapped[str] = mapped_column(sa.String(254), default="")
    copied_to: Mapped[list[str]] = mapped_column(sa.JSON, default=list, server_default="[]")
    # whom its mail did not reach: `{"to", "why", "is_kept"}`, the last whether it can be sent again
    undelivered: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict, server_default="{}")
    at: Mapped[datetime]

    @property
    def part(self) -> str:
        """What its mails in the outbox name it."""
        return f"entry/{self.id}"

    @property
    def lacks_mail(self) -> bool:
        """Whether it is an answer that no mail brought to the customer."""
        is_answer = self.kind in (Entry.ANSWER, Entry.HOLD)
        return is_answer and (bool(self.undelivered) or not self.mailed_to)


class TicketMail(Base):
    """The mail by which an entry came (MAIL-1).

    `people` holds names and addresses of its headers, `{"to": [["Lee", "lee@example.com"]]}`, of
    which those of `beside` are neither whoever wrote nor ours: an answer can go to them, too.
    `pictures` are files by the places that `html` shows them at, `left_out` names and sizes of
    files that only the original holds.
    """

    __tablename__ = "ticket_mail"
    __table_args__ = (
        sa.Index("ix_ticket_mail_service_id_mark", "service_id", "mark"),
        sa.Index("ix_ticket_mail_ticket_id", "ticket_id"),
    )
    entry_id: Mapped[int] = mapped_column(
        sa.ForeignKey("ticket_entry.id", ondelete="CASCADE"), primary_key=True
    )
    ticket_id: Mapped[int] = mapped_column(sa.ForeignKey("ticket.id", ondelete="CASCADE"))
    service_id: Mapped[int]
    received_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("received_mail.id", ondelete="SET NULL"), index=True
    )
    sent_at: Mapped[datetime | None]  # as it says itself
    message_id: Mapped[str] = mapped_column(sa.Text)
    mark: Mapped[str] = mapped_column(sa.String(64))  # what its message_id is looked for by
    sender: Mapped[str] = mapped_column(sa.String(254))
    people: Mapped[dict[str, Any]]
    beside: Mapped[list[str]] = mapped_column(sa.JSON)
    is_other: Mapped[bool]  # somebody else than the ticket's customer wrote it
    automatic: Mapped[str] = mapped_column(sa.String(16))  # 'no', or what kind of machine wrote it
    has_html: Mapped[bool]
    has_quoted: Mapped[bool]
    html: Mapped[str] = mapped_column(sa.Text, deferred=True)
    quoted: Mapped[str] = mapped_column(sa.Text, deferred=True)
    quoted_html: Mapped[str] = mapped_column(sa.Text, deferred=True)
    pictures: Mapped[dict[str, Any]]
    left_out: Mapped[list[dict[str, Any]]]


class Attachment(Base):
    """A file on a ticket (TKT-6); without an entry while its sender is still writing.

    `kind` is a picture's media type, else ''.
    """

    __tablename__ = "attachment"
    __table_args__ = (sa.Index("ix_attachment_ticket_id_id", "ticket_id", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(sa.ForeignKey("ticket.id", ondelete="CASCADE"))
    entry_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("ticket_entry.id", ondelete="CASCADE"), index=True
    )
    member_id: Mapped[int | None]
    name: Mapped[str] = mapped_column(sa.String(150))
    key: Mapped[str] = mapped_column(sa.String(64), index=True, unique=True)
    size: Mapped[int]
    kind: Mapped[str] = mapped_column(sa.String(20))
    created_at: Mapped[datetime]


class TicketEvent(Base):
    """What happened to a ticket; `detail` holds codes and names, worded when shown."""

    __tablename__ = "ticket_event"
    __table_args__ = (sa.Index("ix_ticket_event_ticket_id_id", "ticket_id", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(sa.ForeignKey("ticket.id", ondelete="CASCADE"))
    fact: Mapped[Fact] = mapped_column(enum_type(Fact))
    actor_id: Mapped[int | None]
    actor: Mapped[str] = mapped_column(sa.String(100), default="")
    detail: Mapped[dict[str, Any]]
    at: Mapped[datetime]


class TicketValue(Base):
    """What a field says on a ticket (FLD-1): `text`, or `sealed` where the field is encrypted;
    neither once it was purged.

    A file has its name as `text` and how it is opened in `sealed`, whether the field is encrypted
    or not.
    """

    __tablename__ = "ticket_value"
    __table_args__ = (sa.Index("ix_ticket_value_code_stored_at", "code", "stored_at", "ticket_id"),)
    ticket_id: Mapped[int] = mapped_column(
        sa.ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True
    )
    code: Mapped[str] = mapped_column(sa.String(30), primary_key=True)
    text: Mapped[str | None] = mapped_column(sa.Text)
    sealed: Mapped[str | None] = mapped_column(sa.Text)
    file_key: Mapped[str | None] = mapped_column(sa.String(64), index=True, unique=True)
    stored_at: Mapped[datetime]
    purged_at: Mapped[datetime | None]


class TicketDraft(Base):
    """What a member is writing on a ticket; it survives a reload and
    another one's change (TKT-4).
    """

    __tablename__ = "ticket_draft"
    ticket_id: Mapped[int] = mapped_column(
        sa.ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True
    )
    member_id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[Entry] = mapped_column(enum_type(Entry))
    body: Mapped[str] = mapped_column(sa.Text)
    # the body is sanitized HTML
    formatted: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    at: Mapped[datetime]


class TicketViewer(Base):
    """Who has a ticket open, and since when they were last seen writing in it (TKT-4)."""

    __tablename__ = "ticket_viewer"
    ticket_id: Mapped[int] = mapped_column(
        sa.ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True
    )
    member_id: Mapped[int] = mapped_column(primary_key=True)
    seen_at: Mapped[datetime]
    writing_at: Mapped[datetime | None]


class TicketStar(Base):
    """A ticket that a member marked for themselves."""

    __tablename__ = "ticket_star"
    ticket_id: Mapped[int] = mapped_column(
        sa.ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True
    )
    member_id: Mapped[int] = mapped_column(primary_key=True)


class SavedSearch(Base):
    """A search that a member keeps under a name (TKT-7)."""

    __tablename__ = "saved_search"
    __table_args__ = (sa.UniqueConstraint("member_id", "service_id", "name"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(sa.ForeignKey("service.id", ondelete="CASCADE"))
    member_id: Mapped[int] = mapped_column(sa.ForeignKey("member.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(sa.String(50))
    query: Mapped[str] = mapped_column(sa.String(200))
    box: Mapped[Box] = mapped_column(enum_type(Box))
    created_at: Mapped[datetime]


class IndexState(Base):
    """With which version of itself the search index was made (TKT-7): tickets from `below` on by
    this one, older ones by another.
    """

    __tablename__ = "index_state"
    name: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    version: Mapped[int]
    below: Mapped[int]


class TriggerRun(Base):
    """What triggers made of one event of a ticket (TRG-4); `fact` is empty for the job of time
    rows.

    `report` has a row for each trigger that was considered: `{"id", "title", "version", "held":
    [bool], "fired", "done", "stopped"}`.
    """

    __tablename__ = "trigger_run"
    __table_args__ = (sa.Index("ix_trigger_run_ticket_id_id", "ticket_id", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(sa.ForeignKey("ticket.id", ondelete="CASCADE"))
    fact: Mapped[str] = mapped_column(sa.String(32))
    report: Mapped[list[dict[str, Any]]]
    at: Mapped[datetime]


class TriggerFired(Base):
    """That a trigger with conditions of time acted on a ticket, which had last
    changed at an instant (TRG-3).
    """

    __tablename__ = "trigger_fired"
    ticket_id: Mapped[int] = mapped_column(
        sa.ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True
    )
    trigger_id: Mapped[int] = mapped_column(
        sa.ForeignKey("trigger.id", ondelete="CASCADE"), primary_key=True
    )
    changed_at: Mapped[datetime]
