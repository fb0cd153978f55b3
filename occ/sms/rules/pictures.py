"""Pictures of an MMS (SMS-4): what gateways take."""

from occ.core.errors import Refused
from occ.core.i18n import lazy_gettext as _
from occ.core.i18n import number

COUNT = 2
BYTES = 307_200
SIDE = 1_000  # pixels
NAME = 45  # characters, the ending among them
ENDING = ".jpg"


class Unreadable(Refused):
    """Nothing can be made of it: it is no picture, or broken."""


def name_of(name: str) -> str:
    """A name of a picture as gateways take it: not too long, with the ending of a JPEG."""
    stem = name.rpartition(".")[0] or name
    return stem[: NAME - len(ENDING)] + ENDING


def check_picture(kind: str, size: int, sides: tuple[int, int] | None, field: str) -> None:
    """Raises Unreadable, or Refused for a picture that gateways refuse: `kind` is its media type by
    content, `size` in bytes, `sides` in pixels, None where it cannot be read.
    """
    if not kind:
        raise Unreadable(_("This is not a picture. Choose a JPEG."), field)
    if sides is None:
        raise Unreadable(_("This picture cannot be read. Choose another one."), field)
    if kind != "image/jpeg":
        raise Refused(
            _(
                "Messages take JPEG pictures; this is %(kind)s, whatever its name says.",
                kind=kind.removeprefix("image/").upper(),
            ),
            field,
        )
    check_size(size, field)
    if max(sides) > SIDE:
        raise Refused(
            _(
                "A picture may have at most %(limit)s × %(limit)s pixels; this has %(sides)s.",
                limit=number(SIDE),
                sides=" × ".join(map(number, sides)),
            ),
            field,
        )


def check_size(size: int, field: str) -> None:
    """Raises Refused for a picture of more bytes than gateways take."""
    if size > BYTES:
        raise Refused(
            _(
                "A picture may have at most %(limit)s bytes; this has %(count)s.",
                limit=number(BYTES),
                count=number(size),
            ),
            field,
        )


def check_count(count: int, field: str) -> None:
    """Raises Refused for more pictures than a message takes."""
    if count > COUNT:
        raise Refused(_("A message takes at most %(limit)s pictures.", limit=COUNT), field)
