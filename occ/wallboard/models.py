from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from occ.core.db import Base


class WallLink(Base):
    """A read-only address of a wallboard for a screen without a login (MON-5):
    only its token's hash is stored.
    """

    __tablename__ = "wall_link"
    id: Mapped[int] = mapped_column(primary_key=True)
    service_id: Mapped[int] = mapped_column(
        sa.ForeignKey("service.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str] = mapped_column(sa.String(30))
    hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    services: Mapped[list[int]] = mapped_column(sa.JSON)
    addresses: Mapped[str] = mapped_column(sa.String(500), default="")
    made_by: Mapped[int] = mapped_column(sa.ForeignKey("member.id"))
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
