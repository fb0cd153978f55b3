from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from occ.core.db import Base, enum_type
from occ.ticket_settings.rules import CategoryKind


class Category(Base):
    """An intake or resolution type in a tree of five levels (SET-1).

    A deleted one stays for the tickets that have it.
    """

    __tablename__ = "category"
    __table_args__ = (
        sa.Index("ix_category_service_id_kind_parent_id", "service_id", "kind", "parent_id"),
        sa.Index("ix_category_parent_id", "parent_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(sa.ForeignKey("service.id", ondelete="CASCADE"))
    kind: Mapped[CategoryKind] = mapped_column(enum_type(CategoryKind))
    parent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("category.id", ondelete="CASCADE"))
    level: Mapped[int]
    in_help_center: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()
    names: Mapped[list["CategoryName"]] = relationship(cascade="all, delete-orphan")
    __mapper_args__ = {"version_id_col": version}

    @property
    def texts(self) -> dict[str, str]:
        """Its names by language."""
        return {row.language: row.name for row in self.names}


class CategoryName(Base):
    """A category's name in one language; among those that are not deleted it is unique at its
    `place`: service, kind and level.
    """

    __tablename__ = "category_name"
    __table_args__ = (
        sa.Index(
            "uq_category_name_place",
            "place",
            "language",
            "folded",
            unique=True,
            sqlite_where=sa.text("place IS NOT NULL"),
            postgresql_where=sa.text("place IS NOT NULL"),
        ),
    )
    category_id: Mapped[int] = mapped_column(
        sa.ForeignKey("category.id", ondelete="CASCADE"), primary_key=True
    )
    language: Mapped[str] = mapped_column(sa.String(8), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(100))
    folded: Mapped[str] = mapped_column(sa.Text)
    place: Mapped[str | None] = mapped_column(sa.String(40))


class ForbiddenWord(Base):
    """What a reply must not say (FBW-1); `folded` is what it is compared by."""

    __tablename__ = "forbidden_word"
    __table_args__ = (sa.UniqueConstraint("service_id", "folded"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(sa.ForeignKey("service.id", ondelete="CASCADE"))
    word: Mapped[str] = mapped_column(sa.String(100))
    folded: Mapped[str] = mapped_column(sa.String(900))
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}


template_resolution = sa.Table(
    "template_resolution",
    Base.metadata,
    sa.Column("template_id", sa.ForeignKey("template.id", ondelete="CASCADE"), primary_key=True),
    sa.Column(
        "category_id",
        sa.ForeignKey("category.id", ondelete="CASCADE"),
        primary_key=True,
        index=True,
    ),
)


class Template(Base):
    """A text to answer with (TPL-1): of one service, or shared with all; its search
    code is unique in its service.
    """

    __tablename__ = "template"
    __table_args__ = (
        sa.Index("ix_template_service_id_title", "service_id", "title", "id"),
        sa.Index(
            "uq_template_code",
            "service_id",
            "code",
            unique=True,
            sqlite_where=sa.text("deleted_at IS NULL AND code <> ''"),
            postgresql_where=sa.text("deleted_at IS NULL AND code <> ''"),
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(sa.ForeignKey("service.id", ondelete="CASCADE"))
    shared: Mapped[bool]
    title: Mapped[str] = mapped_column(sa.String(100))
    body: Mapped[str] = mapped_column(sa.Text)
    # sanitized; '' where plain text was written
    html: Mapped[str] = mapped_column(sa.Text, default="", server_default="")
    code: Mapped[str] = mapped_column(sa.String(20), default="")
    used: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}


class SharedFile(Base):
    """A file that templates, layouts and the help center point to by its name (FILE-1)."""

    __tablename__ = "shared_file"
    __table_args__ = (sa.UniqueConstraint("service_id", "name"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(sa.ForeignKey("service.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(sa.String(150))
    key: Mapped[str] = mapped_column(sa.String(64))
    size: Mapped[int]
    kind: Mapped[str] = mapped_column(sa.String(20))
    created_at: Mapped[datetime]
