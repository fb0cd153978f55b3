"""FAQ and notices from a workbook: what is refused comes back in one, coloured and with the reasons
(HC-2).
"""

from flask import Response, request

from occ.core import files, ui, xlsx
from occ.core.errors import Refused
from occ.core.i18n import gettext as _
from occ.core.i18n import ngettext
from occ.help_center.documents import sheets
from occ.help_center.documents.rules import DocumentKind
from occ.help_center.views import document_parts as parts
from occ.organization.views.address import current_service

BODY_MAX = files.BYTES + 1024 * 1024


def _saved(kind: DocumentKind, count: int) -> str:
    if kind is DocumentKind.FAQ:
        return ngettext("%(num)d FAQ was saved.", "%(num)d FAQ were saved.", count)
    return ngettext("%(num)d notice was saved.", "%(num)d notices were saved.", count)


def take(kind: DocumentKind) -> Response:
    """The page that takes a workbook of a kind, and its answer."""
    error, sent = None, request.files.get("file")
    is_faq = kind is DocumentKind.FAQ
    if request.method == "POST":
        try:
            content = sent.read() if sent else b""
            taken = sheets.take(current_service(), kind, content, by=parts.writer())
        except Refused as refused:
            error = refused
        else:
            if taken.why:
                name = _("FAQ") if is_faq else _("Notices of the help center")
                refused_ones = _("Refused FAQ") if is_faq else _("Refused notices")
                back = xlsx.workbook(name, taken.head, taken.refused, taken.why)
                return xlsx.download(back, xlsx.dated(refused_ones))
            return ui.done(_saved(kind, taken.saved), go=parts.address(kind, "index"))
    return ui.render(
        "documents/import",
        status=error.status if error else 200,
        error=error,
        rows=xlsx.ROW_LIMIT,
        ways=parts.Ways(kind),
        is_faq=is_faq,
    )
