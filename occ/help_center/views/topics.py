"""Categories of FAQ, and headings and tags of notices: named in every language, in an order
(HC-2).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, abort, request

from occ.core import ui
from occ.core.access import requires
from occ.core.db import db
from occ.core.i18n import gettext as _
from occ.core.values import ident as ident_of
from occ.help_center.documents import labels, queries, vocabulary
from occ.help_center.documents.models import Topic
from occ.help_center.documents.queries import Branch
from occ.help_center.documents.rules import LEVELS, TopicIcon, TopicKind
from occ.help_center.forms import topic_form
from occ.help_center.permissions import PUBLISH
from occ.help_center.views.document_parts import named
from occ.organization.rules import Feature
from occ.organization.views.address import current_service
from occ.ticket_settings.queries import shown_language

bp = Blueprint("topics", __name__, url_prefix="/c/s/<slug>/document-topics")
KINDS = "any(category, heading, tag)"


@dataclass(frozen=True)
class Shelf:
    """The topics of a kind with how many levels they may have."""

    kind: TopicKind
    tops: Sequence[Branch]

    @property
    def levels(self) -> int:
        return LEVELS[self.kind]


def _shelf(kind: TopicKind) -> Shelf:
    found = queries.topics(current_service(), kind, shown_language(current_service()))
    return Shelf(kind, queries.tops(found))


def _topic(ident: int) -> Topic:
    return queries.topic(current_service().id, ident) or abort(404)


def _name(row: Topic) -> str:
    """What a topic is called for the viewer."""
    return row.texts.get(shown_language(current_service())) or next(iter(row.texts.values()), "")


def _page(*kinds: TopicKind) -> Response:
    return ui.render(
        "documents/topics",
        service=current_service(),
        labels=labels,
        shelves=[_shelf(kind) for kind in kinds],
    )


@bp.get("/categories")
@requires(PUBLISH, feature=Feature.HELP_CENTER)
def categories() -> Response:
    return _page(TopicKind.CATEGORY)


@bp.get("/headings")
@requires(PUBLISH, feature=Feature.HELP_CENTER)
def headings() -> Response:
    return _page(TopicKind.HEADING, TopicKind.TAG)


def _dialog(kind: TopicKind, row: Topic | None, parent: Topic | None) -> Response:
    of = current_service()
    codes = queries.languages(of)
    stored = {f"name-{code}": text for code, text in row.texts.items()} if row else {}
    if row is not None:
        stored["icon"] = row.icon.value
    form = topic_form(codes)(data=stored)
    if request.method != "POST":
        form.version.data = str(row.version if row else 0)
    elif form.validate():
        with form.saving(stored=lambda: row and queries.topic(of.id, row.id)):
            with db.write():
                if row is None:
                    above = parent.id if parent else None
                    icon = TopicIcon(form.icon.data)
                    vocabulary.add_topic(of, kind, form.names, parent_id=above, icon=icon)
                else:
                    vocabulary.change_topic(
                        of,
                        row,
                        form.names,
                        version=form.seen_version,
                        icon=TopicIcon(form.icon.data),
                    )
            return ui.done(_("Saved."))
    return ui.render(
        "documents/topic",
        status=form.status,
        service=of,
        labels=labels,
        form=form,
        kind=kind,
        row=row,
        parent=parent,
        above=_name(parent) if parent else "",
        has_icon=kind is TopicKind.CATEGORY and not (row.parent_id if row else parent),
        languages=named(codes),
    )


@bp.route(f"/<{KINDS}:kind>/new", methods=["GET", "POST"])
@requires(PUBLISH, feature=Feature.HELP_CENTER)
def new(kind: str) -> Response:
    """One under the category that the address names, or at the top."""
    wanted, asked = TopicKind(kind), ident_of(request.args.get("parent"))
    parent = queries.topic(current_service().id, asked, wanted)
    if asked is not None and parent is None:
        abort(404)
    return _dialog(wanted, None, parent)


@bp.route("/<int:ident>/names", methods=["GET", "POST"])
@requires(PUBLISH, feature=Feature.HELP_CENTER)
def edit(ident: int) -> Response:
    row = _topic(ident)
    return _dialog(row.kind, row, None)


@bp.post("/<int:ident>/move")
@requires(PUBLISH, feature=Feature.HELP_CENTER)
def move(ident: int) -> Response:
    row = _topic(ident)
    with db.write():
        place = ident_of(request.form.get("place")) or 0
        vocabulary.move_topic(current_service(), row, place)
    return ui.done(_("The order is saved."))


@bp.route("/<int:ident>/delete", methods=["GET", "POST"])
@requires(PUBLISH, feature=Feature.HELP_CENTER)
def delete(ident: int) -> Response:
    """Asks, with how many documents use it: they keep working without it."""
    row = _topic(ident)
    name = _name(row)
    if request.method == "POST":
        with db.write():
            vocabulary.delete_topic(current_service(), row)
        return ui.done(_("“%(name)s” was deleted.", name=name))
    whole = queries.descendants(row)
    return ui.render(
        "documents/delete_topic",
        service=current_service(),
        row=row,
        title=name,
        below=len(whole) - 1,
        count=queries.documents_in(whole),
    )
