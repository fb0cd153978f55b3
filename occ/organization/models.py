from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from occ.core import clock, phones
from occ.core.db import Base, enum_type
from occ.core.money import from_micros
from occ.organization import languages
from occ.organization.rules import (
    ContractKind,
    Editor,
    Feature,
    Item,
    ServiceState,
    ServiceType,
    Terms,
)


class Organization(Base):
    """The one organization of this deployment (ORG-7)."""

    __tablename__ = "organization"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(32), unique=True)
    name: Mapped[str] = mapped_column(sa.String(100))
    url: Mapped[str] = mapped_column(sa.String(200))
    time_zone: Mapped[str] = mapped_column(sa.String(64))
    next_time_zone: Mapped[str | None] = mapped_column(sa.String(64))
    next_time_zone_from: Mapped[datetime | None]
    locale: Mapped[str] = mapped_column(sa.String(8))
    api_key: Mapped[str] = mapped_column(sa.Text)
    api_key_hash: Mapped[str] = mapped_column(sa.String(64))
    totp_for_admins: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}

    def zone(self, at: datetime) -> str:
        """The zone whose days count at an instant: a change takes effect
        at the next local midnight.
        """
        if self.next_time_zone and self.next_time_zone_from and self.next_time_zone_from <= at:
            return self.next_time_zone
        return self.time_zone

    @property
    def country(self) -> str:
        """The country whose numbers are written without +."""
        return phones.country_of(self.zone(clock.now()))

    def today(self) -> date:
        now = clock.now()
        return clock.local_day(now, self.zone(now))


class KeyMark(Base):
    """Which keys this database belongs to."""

    __tablename__ = "key_mark"
    id: Mapped[int] = mapped_column(primary_key=True)
    fingerprint: Mapped[str] = mapped_column(sa.String(64))


class ServiceDraft(Base):
    """Step 1 of the wizard before it is complete; `key` is part of its address."""

    __tablename__ = "service_draft"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    values: Mapped[dict[str, Any]]
    updated_at: Mapped[datetime]

    @property
    def name(self) -> str:
        return str(self.values.get("name") or "")


_RAISED = sa.table("live_version", sa.column("scope"), sa.column("n", sa.BigInteger))


def _raised(scope: Any) -> sa.ScalarSelect[int]:
    """How often a live scope was raised; 0 for never."""
    found = sa.select(sa.func.coalesce(sa.func.max(_RAISED.c.n), 0))
    return found.where(_RAISED.c.scope == scope).correlate_except(_RAISED).scalar_subquery()


class Service(Base):
    __tablename__ = "service"
    __table_args__ = (
        sa.Index("ix_service_created_at_id", "created_at", "id"),
        sa.Index("ix_service_name_id", "name", "id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(sa.String(30), unique=True)
    name: Mapped[str] = mapped_column(sa.String(100))
    type: Mapped[ServiceType] = mapped_column(enum_type(ServiceType))
    state: Mapped[ServiceState] = mapped_column(enum_type(ServiceState), index=True)
    time_zone: Mapped[str] = mapped_column(sa.String(64))
    own_country: Mapped[str | None] = mapped_column(sa.String(2))
    editor: Mapped[Editor] = mapped_column(enum_type(Editor))
    banner: Mapped[str | None] = mapped_column(sa.String(64))
    submit_key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    draft_terms: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON)
    created_at: Mapped[datetime]
    terminated_at: Mapped[datetime | None]
    terminated_on: Mapped[date | None]
    erased_at: Mapped[datetime | None]
    certificate: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON)
    contract_id: Mapped[int | None]
    version: Mapped[int] = mapped_column()
    # read with it, so that no process keeps what changed meanwhile (`core/kept.py`)
    settings_n: Mapped[int] = column_property(_raised("settings/" + sa.cast(id, sa.String)))
    erasures_n: Mapped[int] = column_property(_raised("erasures"))
    languages: Mapped[list["ServiceLanguage"]] = relationship(
        order_by="ServiceLanguage.position", cascade="all, delete-orphan"
    )
    contract: Mapped["Contract | None"] = relationship(
        primaryjoin="foreign(Service.contract_id) == Contract.id", lazy="joined", viewonly=True
    )
    __mapper_args__ = {"version_id_col": version}

    def offers(self, feature: Feature) -> bool:
        """Whether the feature is contracted."""
        return self.contract is not None and feature.value in self.contract.values["features"]

    @property
    def country(self) -> str:
        """The country whose numbers are written without +: that of the time
        zone until another one is chosen.
        """
        return self.own_country or phones.country_of(self.time_zone)

    @property
    def shown_languages(self) -> list["ServiceLanguage"]:
        """The languages customers see, the default one first."""
        return [language for language in self.languages if not language.hidden]

    def greeting(self, code: str) -> str:
        """The help center's greeting in a language, else in the default one (ORG-6), else empty."""
        texts = {language.code: language.greeting for language in self.shown_languages}
        return texts.get(code) or next(iter(texts.values()), "")


class ServiceLanguage(Base):
    """A help-center language of a service; hidden ones keep their texts."""

    __tablename__ = "service_language"
    service_id: Mapped[int] = mapped_column(
        sa.ForeignKey("service.id", ondelete="CASCADE"), primary_key=True
    )
    code: Mapped[str] = mapped_column(sa.String(8), primary_key=True)
    position: Mapped[int]
    hidden: Mapped[bool] = mapped_column(default=False)
    greeting: Mapped[str] = mapped_column(sa.String(200), default="")

    @property
    def info(self) -> languages.Language:
        return languages.all_languages()[self.code]


class Contract(Base):
    """One version of a service's contract; the newest of a day is in force at its end (BIL-1)."""

    __tablename__ = "contract"
    __table_args__ = (
        sa.UniqueConstraint("service_id", "local_date", "kind", name="uq_contract_once_a_day"),
        sa.Index("ix_contract_service_id_local_date", "service_id", "local_date"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(sa.ForeignKey("service.id", ondelete="CASCADE"))
    kind: Mapped[ContractKind] = mapped_column(enum_type(ContractKind))
    local_date: Mapped[date]
    at: Mapped[datetime]
    values: Mapped[dict[str, Any]]

    @property
    def terms(self) -> Terms:
        return terms_from(self.values)

    def changed_on(self, day: date) -> bool:
        """Whether the newest version is that day's change (ORG-4; signing does not count)."""
        return self.kind is ContractKind.CHANGED and self.local_date == day


class PriceList(Base):
    """All unit prices from a day on (ORG-8); the newest that has started counts."""

    __tablename__ = "price_list"
    id: Mapped[int] = mapped_column(primary_key=True)
    effective_from: Mapped[date] = mapped_column(unique=True)
    currency: Mapped[str] = mapped_column(sa.String(3))
    vat_basis_points: Mapped[int]
    micros: Mapped[dict[str, Any]]
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}

    @property
    def prices(self) -> dict[Item, Decimal]:
        """Unit price by item, in whole currency units; an item that is newer
        than the list costs nothing.
        """
        return {item: from_micros(self.micros.get(item.value, 0)) for item in Item}

    @property
    def vat_percent(self) -> Decimal:
        return Decimal(self.vat_basis_points) / 100


def terms_from(values: dict[str, Any]) -> Terms:
    """Terms as stored in JSON."""
    return Terms(
        frozenset(Feature(code) for code in values["features"]),
        int(values["seats"]),
        {Item(code): int(volume) for code, volume in values["volumes"].items()},
    )


def terms_values(terms: Terms) -> dict[str, Any]:
    """Terms for JSON, in a stable order."""
    return {
        "features": sorted(feature.value for feature in terms.features),
        "seats": terms.seats,
        "volumes": {
            item.value: volume
            for item, volume in sorted(terms.volumes.items(), key=lambda pair: pair[0].value)
        },
    }
