"""What a file is, told by its bytes, and why it is not taken (MIG-1)."""

import enum

from occ.core.i18n import lazy_gettext as _
from occ.migration.rules.batches import ROWS_MAX


class Fault(enum.Enum):
    """Why nothing of a file can be taken."""

    OLD_EXCEL = "xls"
    LOCKED = "locked"
    MACROS = "macros"
    TOO_LARGE = "bomb"
    TOO_MANY = "rows"
    UNREADABLE = "unreadable"
    ENCODING = "encoding"
    EMPTY = "empty"
    OLDER = "older"
    OTHER_SERVICE = "service"


WORDS = {
    Fault.OLD_EXCEL: _(
        "This is an Excel file of the old kind (.xls). Save it as .xlsx and upload that."
    ),
    Fault.LOCKED: _("This file has a password. Save it without one and upload that."),
    Fault.MACROS: _("This file has macros (.xlsm). Save it as .xlsx and upload that."),
    Fault.TOO_LARGE: _("This file unpacks to too much. Divide it."),
    Fault.TOO_MANY: _("A file may have at most %(count)s rows. Divide it.", count=f"{ROWS_MAX:,}"),
    Fault.UNREADABLE: _(
        "This is neither an Excel file (.xlsx) nor a CSV file, or it is damaged. Save it anew, or "
        "fill in the template."
    ),
    Fault.ENCODING: _("This CSV file is neither UTF-8 nor CP949. Save it as one of them."),
    Fault.EMPTY: _("There is no row to take below the head. Fill in the sheet."),
    Fault.OLDER: _(
        "This file was made for other fields than the service has now. Download the template again "
        "and put your rows into it."
    ),
    Fault.OTHER_SERVICE: _(
        "This file is the template of another service. Choose that service, or download the "
        "template of this one."
    ),
}
_OLE, _ZIP = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def is_workbook(content: bytes) -> bool:
    """Whether a file claims to be a workbook: all else is read as CSV."""
    return content.startswith((_ZIP, _OLE))


def fault_of(content: bytes) -> Fault | None:
    """What its first bytes say against a file; a workbook is opened by the child that reads it."""
    if content.startswith(_OLE):
        return Fault.LOCKED if _ENCRYPTED in content else Fault.OLD_EXCEL
    if not content.startswith(_ZIP) and b"\x00" in content[:4096]:
        return Fault.UNREADABLE
    return None
