"""Tables of FAQ and notices (HC-2)."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from occ.core.db import Base, enum_type
from occ.help_center.documents.rules import (
    DocumentKind,
    DocumentState,
    Readers,
    TopicIcon,
    TopicKind,
)


class Topic(Base):
    """A category of FAQ, in a tree of three levels, or a heading or tag of notices."""

    __tablename__ = "document_topic"
    __table_args__ = (
        sa.Index("ix_document_topic_service_id_kind", "service_id", "kind", "position"),
        sa.Index("ix_document_topic_parent_id", "parent_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(sa.ForeignKey("service.id", ondelete="CASCADE"))
    kind: Mapped[TopicKind] = mapped_column(enum_type(TopicKind))
    parent_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("document_topic.id", ondelete="CASCADE")
    )
    level: Mapped[int]
    position: Mapped[int]
    icon: Mapped[TopicIcon] = mapped_column(enum_type(TopicIcon), default=TopicIcon.FOLDER)
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column()
    names: Mapped[list["TopicName"]] = relationship(cascade="all, delete-orphan", lazy="selectin")
    __mapper_args__ = {"version_id_col": version}

    @property
    def texts(self) -> dict[str, str]:
        """Its names by language."""
        return {row.language: row.name for row in self.names}


class TopicName(Base):
    """A topic's name in one language; unique at its `place`: service, kind and level."""

    __tablename__ = "document_topic_name"
    __table_args__ = (
        sa.UniqueConstraint("place", "language", "folded", name="uq_document_topic_name_place"),
    )
    topic_id: Mapped[int] = mapped_column(
        sa.ForeignKey("document_topic.id", ondelete="CASCADE"), primary_key=True
    )
    language: Mapped[str] = mapped_column(sa.String(8), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(100))
    folded: Mapped[str] = mapped_column(sa.Text)
    place: Mapped[str] = mapped_column(sa.String(40))


document_tag = sa.Table(
    "document_tag",
    Base.metadata,
    sa.Column("document_id", sa.ForeignKey("document.id", ondelete="CASCADE"), primary_key=True),
    sa.Column(
        "topic_id",
        sa.ForeignKey("document_topic.id", ondelete="CASCADE"),
        primary_key=True,
        index=True,
    ),
)


class Document(Base):
    """A FAQ or a notice.

    `topic_id` is the category of a FAQ or the heading of a notice, None where that was deleted.
    `pinned` is at the top of its category or of all notices. A notice shows `shown_on` as its day
    and runs from `starts_at` until `ends_at`, None for ever. `registered_at` is when it was first
    saved.
    """

    __tablename__ = "document"
    __table_args__ = (
        sa.Index(
            "ix_document_service_id_kind_state", "service_id", "kind", "state", "changed_at", "id"
        ),
        sa.Index("ix_document_topic_id", "topic_id"),
        sa.Index("ix_document_service_id_starts_at", "service_id", "kind", "state", "starts_at"),
        sa.Index("ix_document_service_id_ends_at", "service_id", "kind", "state", "ends_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(sa.ForeignKey("service.id", ondelete="CASCADE"))
    kind: Mapped[DocumentKind] = mapped_column(enum_type(DocumentKind))
    state: Mapped[DocumentState] = mapped_column(enum_type(DocumentState))
    readers: Mapped[Readers] = mapped_column(enum_type(Readers), default=Readers.CUSTOMERS)
    topic_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("document_topic.id", ondelete="SET NULL")
    )
    pinned_home: Mapped[bool] = mapped_column(default=False)
    pinned: Mapped[bool] = mapped_column(default=False)
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    shown_on: Mapped[date | None] = mapped_column(sa.Date)
    registered_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    changed_by: Mapped[int | None]
    changed_name: Mapped[str] = mapped_column(sa.String(100))
    views: Mapped[int] = mapped_column(default=0)
    helpful: Mapped[int] = mapped_column(default=0)
    unhelpful: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column()
    texts: Mapped[list["DocumentText"]] = relationship(cascade="all, delete-orphan")
    tags: Mapped[list[Topic]] = relationship(
        secondary=document_tag, order_by=(Topic.position, Topic.id)
    )
    __mapper_args__ = {"version_id_col": version}

    @property
    def by_language(self) -> dict[str, "DocumentText"]:
        """Its texts by language."""
        return {row.language: row for row in self.texts}


class DocumentText(Base):
    """What a document says in one language; `html` is sanitized, '' where plain text was
    written. Its id is what the search index knows it by.
    """

    __tablename__ = "document_text"
    __table_args__ = (sa.UniqueConstraint("document_id", "language"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(sa.ForeignKey("document.id", ondelete="CASCADE"))
    language: Mapped[str] = mapped_column(sa.String(8))
    title: Mapped[str] = mapped_column(sa.String(300))
    body: Mapped[str] = mapped_column(sa.Text)
    html: Mapped[str] = mapped_column(sa.Text, default="")


class DocumentVersion(Base):
    """The texts of a document as somebody saved them: {language: {title, body, html}}; the highest
    number is what it says now.
    """

    __tablename__ = "document_version"
    __table_args__ = (sa.UniqueConstraint("document_id", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(sa.ForeignKey("document.id", ondelete="CASCADE"))
    number: Mapped[int]
    saved_at: Mapped[datetime]
    saved_name: Mapped[str] = mapped_column(sa.String(100))
    texts: Mapped[dict[str, Any]]


class NoticeTemplate(Base):
    """A text to begin a notice with: heading, tags (ids) and texts by language."""

    __tablename__ = "notice_template"
    __table_args__ = (sa.Index("ix_notice_template_service_id_name", "service_id", "name", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(sa.ForeignKey("service.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(sa.String(100))
    heading_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("document_topic.id", ondelete="SET NULL"), index=True
    )
    tags: Mapped[list[Any]] = mapped_column(sa.JSON, default=list)
    texts: Mapped[dict[str, Any]]
    changed_at: Mapped[datetime]
    changed_name: Mapped[str] = mapped_column(sa.String(100))
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}


class MissedSearch(Base):
    """What customers searched for without a hit, how often and when last; masked before it comes
    here.
    """

    __tablename__ = "missed_search"
    __table_args__ = (
        sa.UniqueConstraint("service_id", "language", "text"),
        sa.Index("ix_missed_search_service_id_count", "service_id", "count", "id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(sa.ForeignKey("service.id", ondelete="CASCADE"))
    language: Mapped[str] = mapped_column(sa.String(8))
    text: Mapped[str] = mapped_column(sa.String(100))
    count: Mapped[int]
    last_at: Mapped[datetime]
