"""Pictures of a message while it is written: sent at once, checked by their content, made smaller
where somebody wants that (SMS-4).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Response, abort, request

from occ.core import files, ui, uploads
from occ.core.access import me, requires
from occ.core.errors import Refused
from occ.core.i18n import gettext as _
from occ.core.uploads import Upload
from occ.core.values import ident as ident_of
from occ.organization.rules import Feature
from occ.organization.views.address import current_service
from occ.sms import pictures
from occ.sms.models import SmsTemplateImage
from occ.sms.permissions import TEXTS
from occ.sms.rules.pictures import COUNT, Unreadable, check_count, name_of

bp = Blueprint("sms_pictures", __name__, url_prefix="/c/s/<slug>/sms/pictures")
FIELD = "picture"
JPEG = "image/jpeg"


@dataclass
class Shelf:
    """The pictures that a form holds: tokens of stored files with their names, what was refused
    last, and the token of a picture that can be made smaller.
    """

    kept: list[Upload] = field(default_factory=list)
    error: Any = None
    offered: str = ""

    limit = COUNT

    @property
    def rows(self) -> Sequence[tuple[str, Upload]]:
        """Each picture with the token that names it in the form."""
        return [(uploads.token(one, me.member_id), one) for one in self.kept]


def of_template(images: Sequence[SmsTemplateImage]) -> list[Upload]:
    """The pictures of a template, as a form holds them."""
    return [Upload(one.name, one.key, one.size, JPEG) for one in images]


def sent() -> list[Upload]:
    """The pictures that a form names; raises Refused for one that is gone, and too many."""
    kept = [uploads.of_token(text, me.member_id) for text in request.form.getlist(FIELD)]
    check_count(len(kept), FIELD)
    return kept


def shelf() -> Shelf:
    """The pictures that a refused form names; what is gone is left out, and said."""
    found = Shelf()
    for text in request.form.getlist(FIELD)[:COUNT]:
        try:
            found.kept.append(uploads.of_token(text, me.member_id))
        except Refused as refused:
            found.error = refused.message
    return found


def contents(kept: Sequence[Upload]) -> list[bytes]:
    """What the pictures hold; raises Refused where a file is gone."""
    try:
        return [uploads.content(one) for one in kept]
    except FileNotFoundError as error:
        raise Refused(_("This file is no longer there. Choose it again."), FIELD) from error


def checked(kept: Sequence[Upload]) -> list[bytes]:
    """What the pictures hold; raises Refused for what gateways refuse: a form may name any file
    that its sender has left here, such as one that was only offered to be made smaller (SMS-4).
    """
    found = contents(kept)
    for one in found:
        pictures.check(one, field=FIELD)
    return found


def _take(found: Shelf) -> None:
    """Keeps what was chosen, where gateways take it; else offers to make it smaller."""
    chosen = request.files.get("file")
    content = chosen.read() if chosen else b""
    check_count(len(found.kept) + 1, FIELD)
    files.check(content, field=FIELD)
    name = name_of(files.name_of(chosen.filename if chosen else ""))
    try:
        pictures.check(content, field=FIELD)
    except Unreadable:
        raise
    except Refused:
        found.offered = uploads.token(uploads.keep(name, content), me.member_id)
        raise
    found.kept.append(uploads.keep(name, content))


def _shrink(found: Shelf) -> None:
    """Keeps the picture that was offered to be made smaller, so that gateways take it."""
    check_count(len(found.kept) + 1, FIELD)
    large = uploads.of_token(request.form.get("offered", ""), me.member_id)
    made = pictures.shrunk(contents([large])[0], field=FIELD)
    found.kept.append(uploads.keep(large.name, made))


@bp.post("")
@requires(TEXTS, feature=Feature.SMS)
def change() -> Response:
    """Takes a picture, makes one smaller, or takes one away: the pictures that the form holds."""
    found = shelf()
    try:
        if "remove" in request.form:
            at = ident_of(request.form["remove"])
            found.kept = [one for place, one in enumerate(found.kept) if place != at]
        elif "offered" in request.form:
            _shrink(found)
        else:
            _take(found)
    except Refused as refused:
        found.error = refused.message
    return ui.render(
        "sms/pictures",
        part="pictures",
        status=422 if found.error else 200,
        service=current_service(),
        shelf=found,
    )


change.body_max = files.BYTES + 1024 * 1024  # type: ignore[attr-defined]


@bp.get("")
@requires(TEXTS, feature=Feature.SMS)
def show() -> Response:
    """A picture that a form of the viewer holds."""
    try:
        found = uploads.of_token(request.args.get("token", ""), me.member_id)
        uploads.content(found)
    except (Refused, FileNotFoundError):
        abort(404)
    return files.answer(found.key, found.name, found.kind)
