"""Fields of tickets: which an intake type asks for, and how they are
defined (FLD-1, FLD-2, FLD-3).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, request, url_for

from occ.audit.views import actor
from occ.core import ui
from occ.core.access import requires
from occ.core.db import db
from occ.core.errors import Refused
from occ.core.i18n import force_locale
from occ.core.i18n import gettext as _
from occ.core.values import ident as ident_of
from occ.fields import labels, queries, rules, service
from occ.fields.forms import choices, field_form
from occ.fields.models import Field
from occ.fields.rules import FieldKind, System
from occ.organization.languages import all_languages
from occ.organization.models import Service
from occ.organization.rules import Feature
from occ.organization.views.address import current_service
from occ.ticket_settings import queries as categories
from occ.ticket_settings.models import Category
from occ.ticket_settings.permissions import TICKET_SETTINGS
from occ.ticket_settings.rules import CategoryKind

bp = Blueprint("fields", __name__, url_prefix="/c/s/<slug>/fields")
SHOWN_TYPES = 200


def _kind() -> FieldKind:
    return (
        FieldKind.AGENT
        if request.values.get("kind") == FieldKind.AGENT.value
        else FieldKind.CUSTOMER
    )


def _field(code: str) -> Field:
    return queries.field(current_service().id, code) or abort(404)


def _type(ident: int) -> Category:
    found = categories.category(current_service().id, ident) or abort(404)
    return found if found.kind is CategoryKind.INTAKE else abort(404)


@bp.get("")
@requires(TICKET_SETTINGS, feature=Feature.TICKET)
def index() -> Response:
    """Field settings: a type at the left, what it asks for at the right;
    agent fields hold for all types.
    """
    if _kind() is FieldKind.AGENT:
        rows = queries.definitions(current_service(), FieldKind.AGENT)
        return ui.render(
            "fields/index",
            service=current_service(),
            kind=FieldKind.AGENT,
            labels=labels,
            rows=rows,
            chosen=None,
        )
    types = categories.find(current_service(), CategoryKind.INTAKE, ui.arg("q"), SHOWN_TYPES)
    asked = ident_of(request.args.get("type"))
    chosen = _type(asked) if asked else None
    if chosen is None and types:
        chosen = categories.category(current_service().id, types[0][0])
    rows = queries.layout(current_service(), chosen.id if chosen else None)
    part = "types" if request.headers.get("HX-Target") == "f-types" else ""
    return ui.render(
        "fields/index",
        part=part,
        service=current_service(),
        kind=FieldKind.CUSTOMER,
        labels=labels,
        rows=rows,
        types=types,
        chosen=chosen,
        path=categories.path_names(current_service(), [chosen.id]).get(chosen.id, "")
        if chosen
        else "",
    )


def _placed(ident: int, change: Any) -> Response:
    row = _type(ident)
    with db.write():
        db.lock(Service, current_service().id)
        service.place(
            current_service(),
            row,
            change([one.code for one in queries.layout(current_service(), ident)]),
        )
    return ui.done(_("Saved."))


@bp.route("/types/<int:ident>/add", methods=["GET", "POST"])
@requires(TICKET_SETTINGS, feature=Feature.TICKET)
def add(ident: int) -> Response:
    """Adds fields of the field management to a type."""
    if request.method == "POST":
        wanted = request.form.getlist("code")
        return _placed(ident, lambda codes: [*codes, *wanted])
    row = _type(ident)
    there = {one.code for one in queries.layout(current_service(), ident)}
    left = [
        one
        for one in queries.definitions(current_service(), FieldKind.CUSTOMER)
        if one.code not in there and one.system not in rules.PHONE_SYSTEM
    ]
    return ui.render("fields/add", service=current_service(), row=row, left=left, labels=labels)


@bp.post("/types/<int:ident>/remove/<code>")
@requires(TICKET_SETTINGS, feature=Feature.TICKET)
def remove(ident: int, code: str) -> Response:
    return _placed(ident, lambda codes: [c for c in codes if c != code])


@bp.post("/types/<int:ident>/move/<code>")
@requires(TICKET_SETTINGS, feature=Feature.TICKET)
def place(ident: int, code: str) -> Response:
    to = ident_of(request.form.get("place")) or 0
    return _placed(ident, lambda codes: rules.moved(codes, code, to) if code in codes else codes)


@bp.get("/manage")
@requires(TICKET_SETTINGS, feature=Feature.TICKET)
def manage() -> Response:
    """Field management: every field of a kind."""
    return ui.render(
        "fields/manage",
        service=current_service(),
        kind=_kind(),
        labels=labels,
        rows=queries.definitions(current_service(), _kind()),
    )


@bp.post("/order/<code>")
@requires(TICKET_SETTINGS, feature=Feature.TICKET)
def order(code: str) -> Response:
    row = _field(code) if rules.system_of(code) is None else abort(404)
    with db.write():
        service.move(current_service(), row, ident_of(request.form.get("place")) or 0)
    return ui.done(_("The order is saved."))


def _rows(row: Field | None) -> list[tuple[str, dict[str, str]]]:
    """Choices to draw: what was typed, else what is stored."""
    if request.method == "POST":
        return choices(categories.languages(current_service()))
    return [(c["key"], c["names"]) for c in row.choices if not c.get("gone")] if row else []


def _stored(row: Field) -> dict[str, Any]:
    """A field as its form shows it."""
    in_days = row.purge is not None and row.purge not in rules.PURGES
    return {
        "type": row.type.value,
        "code": row.code,
        "required": row.required,
        "managers_only": row.managers_only,
        "encrypted": row.encrypted,
        "purge": "days" if in_days else row.purge or "",
        "days": int(row.purge[1:]) if in_days and row.purge else None,
    }


@dataclass(frozen=True)
class Edited:
    """A field of a service that is made or changed, or a fixed one whose words are."""

    row: Field | None  # of a fixed one, the service's words where it has its own
    kind: FieldKind
    languages: Sequence[str]
    choices: Sequence[tuple[str, Mapping[str, str]]]
    system: System | None
    used: int  # values that tickets hold
    refused: Sequence[Refused]

    chosen_types = tuple(t.value for t in rules.CHOSEN)

    @property
    def always_required(self) -> bool:
        return self.system in rules.ALWAYS_REQUIRED

    @property
    def default_name(self) -> Any:
        return rules.NAMES[self.system] if self.system else ""

    @property
    def standard_names(self) -> Mapping[str, str]:
        """What a system field is called in a language where nothing else is written."""
        if not self.system:
            return {}
        names = {}
        for code in self.languages:
            with force_locale(code):
                names[code] = str(rules.NAMES[self.system])
        return names

    @property
    def asks_anew(self) -> bool:
        """Whether opening what was encrypted has to be confirmed."""
        return any(one.field == "open_anew" for one in self.refused)

    @property
    def choice_error(self) -> Any:
        return next((one.message for one in self.refused if one.field == "choices"), None)


def _put_faults(form: Any, row: Field | None) -> Sequence[Refused]:
    """All that is wrong with an own field, put on its form at once."""
    found = service.faults(current_service(), form.definition, is_new=row is None)
    for error in found:
        form.refuse(error)
    return found


def _form(
    row: Field | None, kind: FieldKind, save: Any, *, system: System | None = None, used: int = 0
) -> Response:
    """The page of a field, with what was refused."""
    spoken = categories.languages(current_service())
    form = field_form(spoken)(data=_stored(row) if row else {})
    wrong: Sequence[Refused] = ()
    if request.method != "POST":
        form.version.data = str(row.version if row else 0)
        form.show(row.names if row else {})
    elif form.validate() and not (wrong := () if system else _put_faults(form, row)):
        with form.saving(stored=lambda: row and queries.field(current_service().id, row.code)):
            with db.write():
                save(form)
            return ui.done(
                _("Saved."),
                go=url_for("fields.manage", slug=current_service().slug, kind=kind.value),
            )
    refused = [form.refused] if form.refused else []
    return ui.render(
        "fields/form",
        status=form.status,
        form=form,
        edited=Edited(row, kind, spoken, _rows(row), system, used, wrong or refused),
        service=current_service(),
        natives={code: all_languages()[code].native for code in spoken},
        labels=labels,
    )


@bp.route("/new", methods=["GET", "POST"])
@requires(TICKET_SETTINGS, feature=Feature.TICKET)
def new() -> Response:
    kind = _kind()
    return _form(
        None,
        kind,
        lambda form: service.add(current_service(), kind, form.definition),
    )


@bp.route("/<code>", methods=["GET", "POST"])
@requires(TICKET_SETTINGS, feature=Feature.TICKET)
def edit(code: str) -> Response:
    system = rules.system_of(code)
    if system is None:
        row = _field(code)
        save = lambda form: service.change(
            current_service(), row, form.definition, version=form.seen_version, actor=actor()
        )
        return _form(row, row.kind, save, used=service.uses(row))
    changed = queries.field(current_service().id, code)
    kind = FieldKind.AGENT if system in rules.AGENT_SYSTEM else FieldKind.CUSTOMER
    reword = lambda form: service.change_system(
        current_service(),
        system,
        form.names,
        required=bool(form.required.data),
        version=form.seen_version,
    )
    return _form(
        changed,
        kind,
        reword,
        system=system,
    )


@bp.post("/<code>/reset")
@requires(TICKET_SETTINGS, feature=Feature.TICKET)
def reset(code: str) -> Response:
    system = rules.system_of(code) or abort(404)
    with db.write():
        service.reset(current_service(), system)
    return ui.done(_("The field was reset."))


@bp.post("/<code>/delete")
@requires(TICKET_SETTINGS, feature=Feature.TICKET)
def delete(code: str) -> Response:
    row = _field(code)
    if rules.system_of(code) is not None:
        abort(404)
    with db.write():
        service.delete(current_service(), row)
    return ui.done(_("The field was deleted."))
