"""Templates of notices: heading, tags and texts to begin with (HC-2)."""

from flask import Blueprint, Response, abort, request, url_for

from occ.audit.views import actor
from occ.core import ui
from occ.core.access import requires
from occ.core.db import db
from occ.core.i18n import gettext as _
from occ.help_center.documents import history, queries, vocabulary
from occ.help_center.documents.models import NoticeTemplate
from occ.help_center.documents.rules import TopicKind
from occ.help_center.forms import NoticeTemplateForm, written
from occ.help_center.permissions import PUBLISH
from occ.help_center.views.document_parts import named, topic_choices
from occ.organization.rules import Editor, Feature
from occ.organization.views.address import current_service
from occ.ticket_settings.queries import shown_language

bp = Blueprint("notice_templates", __name__, url_prefix="/c/s/<slug>/notice-templates")


def _template(ident: int) -> NoticeTemplate:
    return queries.notice_template(current_service().id, ident) or abort(404)


@bp.get("")
@requires(PUBLISH, feature=Feature.HELP_CENTER)
def index() -> Response:
    of = current_service()
    return ui.render(
        "documents/templates",
        service=of,
        rows=queries.notice_templates(of.id),
        headings=queries.topics(of, TopicKind.HEADING, shown_language(of)),
    )


def _save(row: NoticeTemplate | None) -> Response:
    of = current_service()
    codes = queries.languages(of)
    form = written(NoticeTemplateForm, codes)(obj=row)
    headings = queries.topics(of, TopicKind.HEADING, shown_language(of))
    form.topic.choices = topic_choices(headings, _("Without a heading"))
    if request.method != "POST":
        form.version.data = str(row.version if row else 0)
        form.topic.data = (row.heading_id if row else None) or 0
        form.loaded(history.loaded(row.texts) if row else {}, of.editor)
    elif form.validate():
        with form.saving(stored=lambda: row and queries.notice_template(of.id, row.id)):
            texts = form.texts(of)
            with db.write():
                vocabulary.save_template(
                    of,
                    row,
                    name=form.name.data,
                    texts=texts,
                    heading_id=form.topic.data or None,
                    tags=form.tags,
                    by=actor(),
                    version=form.seen_version if row else None,
                )
            return ui.done(_("Saved."), go=url_for("notice_templates.index", slug=of.slug))
    return ui.render(
        "documents/template",
        status=form.status,
        service=of,
        form=form,
        row=row,
        languages=named(codes),
        formatted=of.editor is Editor.HTML,
        tags=queries.topics(of, TopicKind.TAG, shown_language(of)),
        ticked=form.tags if request.method == "POST" else row.tags if row else [],
    )


@bp.route("/new", methods=["GET", "POST"])
@requires(PUBLISH, feature=Feature.HELP_CENTER)
def new() -> Response:
    return _save(None)


@bp.route("/<int:ident>", methods=["GET", "POST"])
@requires(PUBLISH, feature=Feature.HELP_CENTER)
def edit(ident: int) -> Response:
    return _save(_template(ident))


@bp.post("/<int:ident>/delete")
@requires(PUBLISH, feature=Feature.HELP_CENTER)
def delete(ident: int) -> Response:
    row = _template(ident)
    name = row.name
    with db.write():
        vocabulary.delete_template(current_service(), row)
    return ui.done(_("“%(name)s” was deleted.", name=name))
