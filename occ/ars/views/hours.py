"""Hours and holidays of the voice menu (ARS-4, ARS-6)."""

from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, request

from occ.ars import menus, national, presentation
from occ.ars.forms import HolidayForm, HoursForm, Stored
from occ.ars.labels import HOLIDAY_KINDS, LANGUAGES
from occ.ars.permissions import ARS
from occ.ars.rules.hours import Days, Holiday, HolidayKind, Row, holiday_on
from occ.core import phones, ui
from occ.core.access import me, requires
from occ.core.db import db
from occ.core.i18n import gettext as _
from occ.core.i18n import locale, ngettext
from occ.organization.rules import Feature
from occ.organization.views.address import current_service

bp = Blueprint("hours", __name__, url_prefix="/c/s/<slug>/ars")
EMPTY_RANGES = 2  # shown besides those that are filled in


def _row(days: str) -> Row:
    kind = next((found for found in Days if found.value == days), None)
    row: Row | None = menus.part(menus.draft(current_service()), f"hours:{days}") if kind else None
    return row or abort(404)


def _page(form: HoursForm, was: Row | None) -> Response:
    return ui.render(
        "hours/row",
        status=form.status,
        form=form,
        row=was,
        service=current_service(),
        stored=form.stored,
        sentences=_sentences(form, was),
        names=LANGUAGES,
    )


def _sentences(form: HoursForm, was: Row | None) -> list[Any]:
    """The after-hours announcement as it would be with what the form holds."""
    ars = menus.draft(current_service())
    try:
        row = form.row
    except (TypeError, ValueError):
        row = None
    if row is not None and all(r.start is not None and r.end is not None for r in row.ranges):
        if was is not None:
            ars = menus.with_part(ars, f"hours:{was.days.value}", None)
        ars = menus.with_part(ars, f"hours:{row.days.value}", row if row.ranges else None)
    return presentation.sentences(ars, menus.spoken(current_service()))


def _stored_hours(name: str) -> Stored:
    now = menus.draft(current_service())
    found = menus.part(now, name) if name else None
    rows = [(_("Hours"), presentation.ranges(found) if found else "")]
    return Stored(rows, menus.seal(now, name) if name else "")


def _edit(was: Row | None) -> Response:
    ars = menus.draft(current_service())
    name = f"hours:{was.days.value}" if was else ""
    if request.method != "POST":
        ranges: list[dict[str, Any]] = [
            {"start": r.start, "end": r.end, "reachable": "1" if r.reachable else ""}
            for r in (was.ranges if was else ())
        ]
        free = next(
            (days.value for days in Days if menus.part(ars, f"hours:{days.value}") is None),
            Days.WEEKDAYS.value,
        )
        asked = ui.arg("days") if ui.arg("days") in [days.value for days in Days] else free
        form = HoursForm(
            data={"days": was.days.value if was else asked, "ranges": ranges + [{}] * EMPTY_RANGES}
        )
        form.seen.data = menus.seal(ars, name) if was else ""
        return _page(form, was)
    form = HoursForm()
    if form.validate():
        with form.saving(stored=lambda: _stored_hours(name)):
            row = form.row
            seen = form.seen.data or "" if was else menus.ABSENT
            with db.write():
                menus.save_row(
                    current_service(), row, was=was.days if was else None, seen=seen, by=me.name
                )
            return ui.done(_("Saved in the draft."))
    return _page(form, was)


@bp.route("/hours/new", methods=["GET", "POST"])
@requires(ARS, feature=Feature.PHONE)
def new() -> Response:
    return _edit(None)


@bp.route("/hours/<days>", methods=["GET", "POST"])
@requires(ARS, feature=Feature.PHONE)
def edit(days: str) -> Response:
    return _edit(_row(days))


@bp.post("/hours/preview")
@requires(ARS, feature=Feature.PHONE)
def preview() -> Response:
    """The generated announcement as it would be, while somebody types."""
    form = HoursForm()
    form.validate()
    days = next((days for days in Days if days.value == request.form.get("was")), None)
    was = menus.part(menus.draft(current_service()), f"hours:{days.value}") if days else None
    return ui.render(
        "hours/row",
        part="sentences",
        service=current_service(),
        sentences=_sentences(form, was),
        names=LANGUAGES,
    )


@bp.post("/hours/<days>/remove")
@requires(ARS, feature=Feature.PHONE)
def remove(days: str) -> Response:
    _row(days)
    with db.write():
        menus.save(current_service(), {f"hours:{days}": None}, by=me.name)
    return ui.done(_("The hours were deleted from the draft."))


# holidays


def _day(text: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        abort(404)
    return found if 2000 <= found.year <= 2100 else abort(404)


def _stored_holiday(name: str) -> Stored:
    now = menus.draft(current_service())
    found = menus.part(now, name)
    rows = (
        [(_("Name"), found.name), (_("Kind"), HOLIDAY_KINDS[found.kind])]
        if found
        else [(_("Name"), "")]
    )
    return Stored(rows, menus.seal(now, name))


@bp.route("/holidays/<day>", methods=["GET", "POST"])
@requires(ARS, feature=Feature.PHONE)
def holiday(day: str) -> Response:
    """Adds a holiday on a day, or changes the one that is there; a yearly one
    is changed on any of its days.
    """
    on = _day(day)
    ars = menus.draft(current_service())
    found = holiday_on(ars.holidays, on)
    was = found.on.isoformat() if found else ""
    name = f"holiday:{was or on.isoformat()}"
    form = HolidayForm(obj=found or Holiday(on, "", HolidayKind.COMPANY))
    if request.method != "POST":
        form.seen.data, form.kind.data = (
            menus.seal(ars, name),
            (found.kind if found else HolidayKind.COMPANY).value,
        )
    elif form.validate():
        with form.saving(stored=lambda: _stored_holiday(name)):
            with db.write():
                menus.save_holiday(
                    current_service(), form.holiday, was=was, seen=form.seen.data or "", by=me.name
                )
            return ui.done(_("Saved in the draft."))
    return ui.render(
        "hours/holiday",
        status=form.status,
        form=form,
        found=found,
        day=on,
        service=current_service(),
        stored=form.stored,
    )


@bp.post("/holidays/<day>/remove")
@requires(ARS, feature=Feature.PHONE)
def remove_holiday(day: str) -> Response:
    on = _day(day)
    if menus.part(menus.draft(current_service()), f"holiday:{on.isoformat()}") is None:
        abort(404)
    with db.write():
        menus.save(current_service(), {f"holiday:{on.isoformat()}": None}, by=me.name)
    return ui.done(_("The holiday was deleted from the draft."))


@bp.route("/import", methods=["GET", "POST"])
@requires(ARS, feature=Feature.PHONE)
def import_holidays() -> Response:
    """National holidays of a country, a part of it and a year, to choose from; those to come are
    chosen (ARS-6).
    """
    today = menus.scene(current_service()).local.date()
    this_year = today.year
    sent = request.form if request.method == "POST" else request.args
    country = sent.get("country", "")[:2] or phones.country_of(current_service().time_zone)
    parts = national.parts(country)
    part = sent.get("part", "") if sent.get("part") in dict(parts) else ""
    year = (
        int(sent["year"])
        if sent.get("year") in [str(this_year), str(this_year + 1)]
        else this_year + 1
    )
    found = national.holidays_of(country, part, year, menus.spoken(current_service())[0].value)
    if request.method == "POST":
        chosen = set(request.form.getlist("on"))
        with db.write():
            count = menus.import_holidays(
                current_service(), [h for h in found if h.on.isoformat() in chosen], by=me.name
            )
        return ui.done(
            ngettext(
                "%(num)s holiday was added to the draft.",
                "%(num)s holidays were added to the draft.",
                count,
            )
        )
    known = {h.on for h in menus.draft(current_service()).holidays}
    return ui.render(
        "hours/import",
        service=current_service(),
        found=found,
        known=known,
        today=today,
        country=country,
        within=part,
        parts=parts,
        year=year,
        years=(this_year, this_year + 1),
        countries=national.countries(str(locale())),
    )
