"""Excel files of pages: at once up to 2,000 rows, more as an export job;
the download is recorded (LOG-3).
"""

from dataclasses import dataclass
from typing import Any

from flask import Response, current_app, url_for

from occ.audit import service as audit
from occ.audit.rules import Work
from occ.audit.views import actor
from occ.core import tasks, ui, xlsx
from occ.core.access import Permission, me
from occ.core.db import db
from occ.core.i18n import gettext as _
from occ.exports.sheets import MANAGERS, Maker
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


def kinds() -> dict[str, Export]:
    """The kinds by name, as the factory lists them."""
    found: dict[str, Export] = current_app.extensions["occ_exports"]
    return found


def answer(
    kind: str, name: str, params: dict[str, Any], *, service: Service, managers: bool
) -> Response:
    """The file, or the page where it is being made: whoever asked fetches it there, a file for
    `managers` only as a manager.
    """
    export = kinds()[kind]
    sheet = export.maker(params)
    if sheet.total > xlsx.ROW_LIMIT:
        with db.write():
            wanted = {**params, MANAGERS: managers}
            asked = tasks.ask(
                kind,
                name,
                wanted,
                member_id=me.member_id,
                service_id=service.id,
                total=sheet.total,
                kinds=kinds(),
            )
            ident = asked.id
        return ui.done(_("The file is being created."), go=url_for("exports.show", ident=ident))
    rows = [row for batch in sheet.batches for row in batch]
    content = xlsx.workbook(sheet.title, sheet.head, rows)
    with db.write():
        audit.work(export.work, actor=actor(), service=service, detail={"rows": len(rows)})
    return xlsx.download(content, name)
