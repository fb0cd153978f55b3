"""The contract wizard and what a service's row can do (ORG-1, ORG-2, ORG-5)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, redirect, request, send_file, url_for
from werkzeug.wrappers import Response as BaseResponse

from occ.audit.views import actor
from occ.core import crypto, storage, ui
from occ.core.access import SIGNED_IN, requires
from occ.core.db import db
from occ.core.errors import Refused
from occ.core.forms import clean
from occ.core.i18n import gettext as _
from occ.organization import labels, languages, queries, rules, service
from occ.organization.forms import GREETING_MAX, BasicForm
from occ.organization.models import Service
from occ.organization.permissions import CONTRACTS
from occ.organization.rules import Editor, Item, ServiceState, ServiceType
from occ.organization.service import BasicInfo

bp = Blueprint("wizard", __name__, url_prefix="/c/org/contracts")
KEY_MAX = 64
OFFERED = 12  # languages that are listed at once


def _found(ident: int) -> Service:
    return queries.service(ident) or abort(404)


def _greetings() -> dict[str, str]:
    """Typed greetings by language; raises Refused when one is too long."""
    known = languages.all_languages()
    texts = {}
    for key, value in request.form.items():
        code = key.removeprefix("greeting-")
        if key != code and code in known:
            texts[code] = clean(value)
            if len(texts[code]) > GREETING_MAX:
                text = _(
                    "%(language)s: use at most %(limit)s characters.",
                    language=known[code].native,
                    limit=GREETING_MAX,
                )
                raise Refused(text, "languages")
    return texts


def _info(form: BasicForm) -> BasicInfo:
    """What step 1 says; a picture is decoded and stored before any transaction."""
    upload = form.banner.data
    banner = None
    if upload and upload.filename:
        banner = storage.save(
            storage.picture(upload.read(storage.IMAGE_BYTES + 1), field="banner"), ".png"
        )
    return BasicInfo(
        type=ServiceType(form.type.data),
        name=form.name.data,
        slug=form.slug.data,
        languages=form.languages.data or [],
        time_zone=form.time_zone.data,
        editor=Editor(form.editor.data),
        greetings=_greetings(),
        banner=banner,
        country=form.country.data or None,
    )


def _basic_page(
    form: BasicForm,
    *,
    key: str = "",
    edited: Service | None = None,
    greetings: dict[str, str],
) -> Response:
    return ui.render(
        "wizard/basic",
        status=form.status,
        form=form,
        key=key,
        service=edited,
        labels=labels,
        chosen=[
            languages.all_languages()[c]
            for c in form.languages.data or []
            if c in languages.all_languages()
        ],
        offered=_offered("", form.languages.data or []),
        greetings=greetings,
    )


@bp.get("/new")
@requires(CONTRACTS)
def new() -> BaseResponse:
    """Every wizard has its own address from the start, so that reload, back
    and a closed tab find it again.
    """
    return redirect(url_for("wizard.basic", key=crypto.token()[:24]))


@bp.route("/new/<key>", methods=["GET", "POST"])
@requires(CONTRACTS)
def basic(key: str) -> Response | BaseResponse:
    if len(key) > KEY_MAX:
        abort(404)
    form = BasicForm()
    made = queries.service_by_key(key)
    if made is not None:
        return redirect(url_for("contract_terms.terms", ident=made.id))
    if request.method != "POST":
        draft = queries.draft(key)
        values: dict[str, Any] = (
            draft.values if draft else {"languages": ["ko"], "time_zone": "Asia/Seoul"}
        )
        for name in (
            "type",
            "name",
            "slug",
            "languages",
            "time_zone",
            "time_zone_touched",
            "country",
            "editor",
        ):
            if name in values:
                form[name].data = values[name]
        return _basic_page(form, key=key, greetings=values.get("greetings", {}))
    if form.validate():
        with form.saving():
            info = _info(form)
            with db.write():
                ident = service.add_service(info, key=key, actor=actor()).id
            return redirect(url_for("contract_terms.terms", ident=ident), 303)
    return _basic_page(form, key=key, greetings=_typed_greetings())


def _typed_greetings() -> dict[str, str]:
    return {
        k.removeprefix("greeting-"): v for k, v in request.form.items() if k.startswith("greeting-")
    }


@bp.post("/new/<key>/draft")
@requires(CONTRACTS)
def draft(key: str) -> Response:
    """Keeps what is typed so far, whatever it is; step 1 checks it when it is sent."""
    form = BasicForm()
    names = ("type", "name", "slug", "time_zone", "time_zone_touched", "country", "editor")
    values: dict[str, Any] = {name: clean(form[name].data)[:200] for name in names}
    known = languages.all_languages()
    values["languages"] = [c for c in form.languages.data or [] if c in known]
    values["greetings"] = {
        c: clean(t)[:GREETING_MAX] for c, t in _typed_greetings().items() if c in known
    }
    if len(key) <= KEY_MAX and values["name"]:
        with db.write():
            service.save_draft(key, values)
    return Response(status=204)


@bp.post("/new/<key>/delete")
@requires(CONTRACTS)
def delete_draft(key: str) -> Response:
    with db.write():
        service.delete_draft(key)
    return ui.done(_("The unfinished service was deleted."))


@bp.get("/slug")
@requires(CONTRACTS)
def slug() -> Response:
    """Whether a service ID can be had, while it is typed."""
    text, error = ui.arg("slug"), None
    try:
        if text and service.slug_taken(rules.check_slug(text)):
            error = _("“%(slug)s” is taken. A service ID is never used again.", slug=text.lower())
    except Refused as refused:
        error = str(refused.message)
    return ui.render("wizard/basic", part="slug", text=text, error=error)


@dataclass(frozen=True)
class Offered:
    """Languages that can be added: those that fit a text, or the first ones."""

    text: str
    found: Sequence[languages.Language]
    more: int
    added: Sequence[languages.Language]  # chosen ones that fit the text


def _offered(text: str, chosen: Collection[str]) -> Offered:
    found = languages.search(text, without=chosen)
    added = [one for one in languages.search(text) if one.code in chosen] if text else []
    return Offered(text, found[:OFFERED], max(len(found) - OFFERED, 0), added)


@bp.get("/languages")
@requires(CONTRACTS)
def language_search() -> Response:
    """Languages that are not chosen yet, by code or name."""
    return ui.render(
        "wizard/basic",
        part="languages",
        offered=_offered(ui.arg("q"), request.args.getlist("languages")),
    )


@bp.post("/languages/add")
@requires(CONTRACTS)
def language_add() -> Response:
    """The chosen languages in order with their greetings, after adding, removing
    or moving one; the zone follows.
    """
    form = BasicForm()
    known = languages.all_languages()
    codes = [
        c
        for c in dict.fromkeys([*(form.languages.data or []), request.args.get("add", "")])
        if c in known and c != request.args.get("drop")
    ]
    first = request.args.get("first", "")
    if first in codes:
        codes.remove(first)
        codes.insert(0, first)
    zone = (
        form.time_zone.data
        if form.time_zone_touched.data or not codes
        else languages.zone_of(codes[0])
    )
    return ui.render(
        "wizard/basic",
        part="chosen",
        chosen=[known[c] for c in codes],
        offered=_offered(request.form.get("q", "").strip(), codes),
        greetings=_typed_greetings(),
        zone=zone,
        zone_follows=not form.time_zone_touched.data and bool(codes),
        form=form,
    )


@bp.route("/<int:ident>/basic", methods=["GET", "POST"])
@requires(CONTRACTS)
def edit_basic(ident: int) -> Response | BaseResponse:
    found = _found(ident)
    if found.state in queries.GONE:
        abort(404)
    form = BasicForm()
    form.type.data, form.slug.data = found.type.value, found.slug  # fixed after step 1
    if request.method != "POST":
        form.version.data, form.name.data, form.time_zone.data = (
            str(found.version),
            found.name,
            found.time_zone,
        )
        form.languages.data = [language.code for language in found.shown_languages]
        form.editor.data, form.time_zone_touched.data = found.editor.value, "1"
        form.country.data = found.own_country or ""
        return _basic_page(
            form, edited=found, greetings={row.code: row.greeting for row in found.languages}
        )
    if form.validate():
        with form.saving(stored=lambda: _found(ident)):
            info = _info(form)
            with db.write():
                service.edit_service(found, info, version=form.seen_version)
            go = (
                url_for("contract_terms.terms", ident=ident)
                if found.state is ServiceState.UNUSED
                else url_for("contracts.index")
            )
            return ui.done(_("Saved."), go=go)
    return _basic_page(form, edited=_found(ident), greetings=_typed_greetings())


@bp.post("/<int:ident>/state")
@requires(CONTRACTS)
def state(ident: int) -> Response:
    """Active ↔ Suspended, at once, with a way back."""
    active = request.values.get("on") == "1"
    found = _found(ident)
    name = found.name
    with db.write():
        service.set_state(found, active=active, actor=actor())
    undo = url_for("wizard.state", ident=ident, on=0 if active else 1)
    done = (
        _("“%(name)s” is active.", name=name)
        if active
        else _("“%(name)s” is suspended.", name=name)
    )
    return ui.done(done, undo=undo)


@bp.route("/<int:ident>/terminate", methods=["GET", "POST"])
@requires(CONTRACTS)
def terminate(ident: int) -> Response:
    found = _found(ident)
    error, typed = None, request.form.get("typed", "")
    if request.method == "POST":
        name = found.name
        try:
            with db.write():
                service.terminate(found, typed=typed, actor=actor())
            return ui.done(_("“%(name)s” is terminated. Charges stop from tomorrow.", name=name))
        except Refused as refused:
            error = refused
    return ui.render(
        "wizard/terminate",
        status=422 if error else 200,
        service=_found(ident),
        error=error,
        typed=typed,
    )


@bp.route("/<int:ident>/delete", methods=["GET", "POST"])
@requires(CONTRACTS)
def delete(ident: int) -> Response:
    found = _found(ident)
    if request.method != "POST":
        return ui.render("wizard/delete", service=found)
    name = found.name
    with db.write():
        service.delete_service(found, actor=actor())
    return ui.done(_("“%(name)s” was deleted.", name=name))


@bp.get("/<int:ident>")
@requires(CONTRACTS)
def detail(ident: int) -> Response:
    """A service as it was contracted; the one page of a terminated one (ORG-5)."""
    return ui.render(
        "wizard/detail",
        service=_found(ident),
        labels=labels,
        items=Item,
        history=queries.contract_history(ident),
    )


@bp.get("/<int:ident>/certificate")
@requires(CONTRACTS)
def certificate(ident: int) -> Response:
    found = _found(ident)
    if found.certificate is None:
        abort(404)
    return ui.render("wizard/certificate", service=found, organization=queries.the_organization())


@bp.get("/<int:ident>/banner")
@requires(SIGNED_IN)
def banner(ident: int) -> BaseResponse:
    """A service's banner; its name is shown to every member anyway."""
    found = _found(ident)
    return banner_file(found.banner)


def banner_file(key: str | None) -> BaseResponse:
    """A stored banner, cacheable for a day since its key changes with it."""
    if not key or not storage.path(key).is_file():
        abort(404)
    response = send_file(storage.path(key), mimetype="image/png", max_age=86400)
    response.headers["Content-Disposition"] = "inline; filename=banner.png"
    return response
