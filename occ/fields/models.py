from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from occ.core.db import Base, enum_type
from occ.fields.rules import FieldKind, FieldType


class Field(Base):
    """A field of a service's tickets (FLD-1, FLD-2).

    A code is never given twice: deleted fields keep their row.

    A system field has a row once it was changed; without one it is as it came. `names` are
    `{language: {"name", "hint"}}`, `choices` `[{"key", "names": {language: name}}]`.
    """

    __tablename__ = "field"
    __table_args__ = (sa.UniqueConstraint("service_id", "code"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(sa.ForeignKey("service.id", ondelete="CASCADE"))
    kind: Mapped[FieldKind] = mapped_column(enum_type(FieldKind))
    type: Mapped[FieldType] = mapped_column(enum_type(FieldType))
    code: Mapped[str] = mapped_column(sa.String(30))
    names: Mapped[dict[str, Any]]
    choices: Mapped[list[dict[str, Any]]]
    required: Mapped[bool]
    managers_only: Mapped[bool] = mapped_column(default=False)
    encrypted: Mapped[bool] = mapped_column(default=False)
    purge: Mapped[str | None] = mapped_column(sa.String(8))
    position: Mapped[int]
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    # what it says on tickets is indexed anew
    to_index: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}


class FieldLayout(Base):
    """Which customer fields an intake type asks for, in order (FLD-1); a type
    without a row asks for the system's.
    """

    __tablename__ = "field_layout"
    category_id: Mapped[int] = mapped_column(
        sa.ForeignKey("category.id", ondelete="CASCADE"), primary_key=True
    )
    codes: Mapped[list[str]]
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}
