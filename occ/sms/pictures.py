"""Pictures of an MMS, read and made smaller in a child process."""

import subprocess
import sys

from occ.core import files
from occ.core.errors import Refused
from occ.core.i18n import gettext as _
from occ.sms.children.picture import SECONDS
from occ.sms.rules.pictures import BYTES, SIDE, check_picture

TOO_LARGE = 3  # the child's status


def _child(content: bytes, *arguments: int) -> tuple[int, bytes]:
    """The status and what the child said."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "occ.sms.children.picture", *map(str, arguments)],
            input=content,
            capture_output=True,
            timeout=SECONDS * 2,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return TOO_LARGE, b""
    return done.returncode, done.stdout


def check(content: bytes, *, field: str = "picture") -> None:
    """Raises Refused for what gateways refuse, by its content: no JPEG, too many bytes or pixels,
    broken (SMS-4).
    """
    kind = files.image_type(content)
    status, said = _child(content) if kind else (2, b"")
    sides = tuple(map(int, said.split())) if status == 0 else None
    check_picture(kind, len(content), (sides[0], sides[1]) if sides else None, field)


def shrunk(content: bytes, *, field: str = "picture") -> bytes:
    """A JPEG of it that gateways take; raises Refused where none can be made."""
    status, made = _child(content, SIDE, BYTES)
    if status == TOO_LARGE:
        raise Refused(_("This picture is too large to be made smaller here."), field)
    if status != 0:
        raise Refused(_("This picture cannot be read. Choose another one."), field)
    return made
