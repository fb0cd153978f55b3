"""Files of pages: Excel at once up to 2,000 rows, more as an export job, and archives, which a task
makes; the download is recorded (LOG-3).
"""

from dataclasses import dataclass
from typing import Any, ClassVar

from flask import Response, current_app, url_for

from occ.audit import service as audit
from occ.audit.rules import Work
from occ.audit.views import actor
from occ.core import tasks, ui, xlsx
from occ.core.access import Permission, me
from occ.core.db import db
from occ.core.i18n import gettext as _
from occ.core.tasks import Worker
from occ.exports.sheets import MANAGERS, Maker, writer
from occ.organization.models import Service
from occ.organization.rules import Feature


@dataclass(frozen=True)
class Export:
    """A kind of Excel file of a service: what makes its sheet, what its download is recorded as,
    and the right that it takes.
    """

    maker: Maker
    work: Work
    permission: Permission
    feature: Feature
    suffix, mimetype = ".xlsx", xlsx.MIMETYPE
    noted: ClassVar[tuple[str, ...]] = ()

    @property
    def writer(self) -> Worker:
        return writer(self.maker)


@dataclass(frozen=True)
class Archive:
    """A kind of ZIP of a service that a task writes; its download is recorded with those of the
    task's parameters that are `noted`.
    """

    writer: Worker
    work: Work
    permission: Permission
    feature: Feature
    noted: tuple[str, ...]
    suffix, mimetype = ".zip", "application/zip"


def kinds() -> dict[str, Export | Archive]:
    """The kinds by name, as the factory lists them."""
    found: dict[str, Export | Archive] = current_app.extensions["occ_exports"]
    return found


def answer(
    kind: str, name: str, params: dict[str, Any], *, service: Service, managers: bool
) -> Response:
    """The file, or the page where it is being made: whoever asked fetches it there, a file for
    `managers` only as a manager.
    """
    export = kinds()[kind]
    assert isinstance(export, Export)
    sheet = export.maker(params)
    if sheet.total > xlsx.ROW_LIMIT:
        return as_task(kind, name, params, sheet.total, service=service, managers=managers)
    rows = [row for batch in sheet.batches for row in batch]
    content = xlsx.workbook(sheet.title, sheet.head, rows)
    with db.write():
        audit.work(export.work, actor=actor(), service=service, detail={"rows": len(rows)})
    return xlsx.download(content, name)


def as_task(
    kind: str, name: str, params: dict[str, Any], total: int, *, service: Service, managers: bool
) -> Response:
    """Asks a task for the file; answers with the page where it is being made."""
    with db.write():
        asked = tasks.ask(
            kind,
            name,
            {**params, MANAGERS: managers},
            member_id=me.member_id,
            service_id=service.id,
            total=total,
            kinds=kinds(),
        )
        ident = asked.id
    return ui.done(_("The file is being created."), go=url_for("exports.show", ident=ident))
