from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from occ.core.db import Base


class HelpCenter(Base):
    """How a service's help center is set up; without a row it is as it came."""

    __tablename__ = "help_center"
    service_id: Mapped[int] = mapped_column(
        sa.ForeignKey("service.id", ondelete="CASCADE"), primary_key=True
    )
    # values of `rules.Part`
    parts_off: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}


class HelpCenterText(Base):
    """A text of the help center as a service words it (HC-3): one of `wordings`, or one of its own,
    in `texts` by language.
    """

    __tablename__ = "help_center_text"
    __table_args__ = (sa.UniqueConstraint("service_id", "code", name="uq_help_center_text_once"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(sa.ForeignKey("service.id", ondelete="CASCADE"))
    code: Mapped[str] = mapped_column(sa.String(60))
    texts: Mapped[dict[str, Any]]
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}


class HelpCenterTheme(Base):
    """A look of the help center (HC-3); one of a service is in use, else the one that came.

    `colors` are `{name: "#rrggbb"}`, `sections` the home page's parts in order, each
    `{"key": …, "kind": …, "texts": {language: html}}`; `logo` names a stored picture; `css` is as
    `styles.scoped` wrote it.
    """

    __tablename__ = "help_center_theme"
    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(sa.ForeignKey("service.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(sa.String(50))
    in_use: Mapped[bool] = mapped_column(default=False)
    logo: Mapped[str | None] = mapped_column(sa.String(64))
    colors: Mapped[dict[str, Any]]
    sections: Mapped[list[dict[str, Any]]]
    css: Mapped[str] = mapped_column(sa.Text, default="")
    version: Mapped[int] = mapped_column()
    __table_args__ = (
        sa.Index(
            "uq_help_center_theme_in_use",
            "service_id",
            unique=True,
            sqlite_where=sa.text("in_use"),
            postgresql_where=sa.text("in_use"),
        ),
        sa.Index("ix_help_center_theme_service_id", "service_id"),
    )
    __mapper_args__ = {"version_id_col": version}


class HelpCenterMenu(Base):
    """A menu that leads elsewhere (HC-3): names by language, shown on desktop, phone or both,
    with parameters that are added to its address.
    """

    __tablename__ = "help_center_menu"
    __table_args__ = (sa.Index("ix_help_center_menu_service_id", "service_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(sa.ForeignKey("service.id", ondelete="CASCADE"))
    names: Mapped[dict[str, Any]]
    address: Mapped[str] = mapped_column(sa.String(500))
    parameters: Mapped[dict[str, Any]]
    on_desktop: Mapped[bool] = mapped_column(default=True)
    on_phone: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int]
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}


class HelpCenterWidget(Base):
    """Where a service's widget may stand: origins of sites, as browsers name them."""

    __tablename__ = "help_center_widget"
    service_id: Mapped[int] = mapped_column(
        sa.ForeignKey("service.id", ondelete="CASCADE"), primary_key=True
    )
    origins: Mapped[list[str]] = mapped_column(sa.JSON)
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}


class CompanyText(Base):
    """What the foot of all help centers says of the company in a language (HC-1), edited by org
    admins: its name and address, its trademark, its terms and how it keeps personal data.
    """

    __tablename__ = "company_text"
    language: Mapped[str] = mapped_column(sa.String(8), primary_key=True)
    company: Mapped[str] = mapped_column(sa.Text, default="")
    trademark: Mapped[str] = mapped_column(sa.String(200), default="")
    terms: Mapped[str] = mapped_column(sa.Text, default="")
    privacy: Mapped[str] = mapped_column(sa.Text, default="")
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}
