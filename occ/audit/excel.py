"""Excel files of pages: at once up to 2,000 rows, more as an export job; the download is recorded (LOG-3)."""

from typing import Any

from flask import Response, url_for

from occ.audit import service as audit
from occ.audit.rules import Work
from occ.audit.views import actor
from occ.core import tasks, ui, xlsx
from occ.core.access import me
from occ.core.db import db
from occ.core.exports import Sheet
from occ.core.i18n import gettext as _


def answer(kind: str, work: Work, name: str, sheet: Sheet, params: dict[str, Any], *, service: Any) -> Response:
    """The file, or the page where it is being made. `kind` names what makes the same sheet from `params` in the job."""
    if sheet.total > xlsx.ROW_LIMIT:
        with db.write():
            made = tasks.start(kind, name, params, member_id=me.member_id, service_id=service.id, total=sheet.total)
            ident = made.id
        return ui.done(_("The file is being made."), go=url_for("exports.show", ident=ident))
    rows = [row for batch in sheet.batches for row in batch]
    content = xlsx.workbook(sheet.title, sheet.head, rows)
    with db.write():
        audit.work(work, actor=actor(), service=service, detail={"rows": len(rows)})
    return xlsx.download(content, name)
