"""What the inquiry form sent and what is wrong with it: intake types, fields, files, consent
(FLD-1, TKT-6).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import request
from werkzeug.datastructures import FileStorage

from occ.core import clock, crypto, files, uploads
from occ.core.errors import Refused
from occ.core.forms import clean
from occ.core.i18n import gettext as _
from occ.core.uploads import Upload
from occ.core.values import ident as ident_of
from occ.fields import queries as fields
from occ.fields.rules import FieldKind, FieldType, Shown, System, check_value
from occ.help_center.inquiries import queries, rules, tokens
from occ.help_center.inquiries.queries import ConsentText
from occ.help_center.inquiries.rules import Node
from occ.help_center.inquiries.service import Asker, Consented, Filing
from occ.help_center.inquiries.tokens import Stamp
from occ.help_center.views.place import Place
from occ.tickets import intake
from occ.tickets import rules as tickets
from occ.tickets.intake import Written
from occ.tickets.values import service as values
from occ.tickets.views.fields import sent


@dataclass(frozen=True)
class Kept:
    """A file that was sent with a form which was not taken: it need not be sent again."""

    token: str
    upload: Upload


@dataclass
class Sheet:
    """The form: its questions, what was typed, what is wrong with it by the names of its inputs
    ('' for the whole). Where its types are not chosen to the end, it asks no questions yet.
    """

    stamp: Stamp
    asker: Asker
    consent: ConsentText
    chosen: Sequence[int]
    path: Sequence[int]
    levels: Sequence[Sequence[Node]]
    asked: Sequence[Shown]
    typed: dict[str, Sequence[str]] = field(default_factory=dict)
    attached: list[Kept] = field(default_factory=list)
    errors: dict[str, Any] = field(default_factory=dict)
    proves: bool = False

    limits = {"title": tickets.SUBJECT_MAX, "content": tickets.BODY_MAX}
    files_most = intake.FILES_MAX

    @property
    def token(self) -> str:
        return tokens.stamp(self.stamp.key, self.stamp.opened, self.stamp.bits)

    @property
    def own(self) -> list[Shown]:
        """The service's own fields."""
        return [one for one in self.asked if one.system is None]

    def needs(self, one: Shown) -> bool:
        """Whether a field must be filled in: guests are reached by an address alone."""
        is_guest = self.asker.customer_id is None
        return one.required or (is_guest and one.system is System.EMAIL)

    def one(self, code: str) -> str:
        """What was typed for a field with one input."""
        found = self.typed.get(code)
        return clean(found[0]) if found else ""

    def refuse(self, error: Refused, at: str | None = None) -> None:
        """Puts words beside an input; its first ones stay."""
        self.errors.setdefault(at if at is not None else error.field or "", error.message)

    def check(self, rule: Callable[[], object], at: str | None = None) -> None:
        try:
            rule()
        except Refused as error:
            self.refuse(error, at)


def fresh(*, filled: bool) -> Stamp:
    """A new form; one that was `filled` in already can be sent at once."""
    opened = clock.now() - rules.FASTEST if filled else clock.now()
    return Stamp(crypto.token()[:22], opened, 0)


def _by(here: Place) -> int:
    """Whose the files of a form are: no member's."""
    return -here.service.id


def _asked(here: Place, intake_id: int | None, asker: Asker) -> list[Shown]:
    """What a type asks, in order; a guest always for an address."""
    there = fields.asked(here.service, intake_id, manager=False).form
    if asker.customer_id is not None or any(one.system is System.EMAIL for one in there):
        return there
    every = fields.definitions(here.service, FieldKind.CUSTOMER)
    return [there[0], *(one for one in every if one.system is System.EMAIL), *there[1:]]


def opened(here: Place, asker: Asker) -> Sheet:
    """An empty form; its address may name an intake type."""
    offered = queries.types(here.service)
    asked_for = rules.path_of(offered, ident_of(request.args.get("intake")) or 0)
    return _sheet(here, asker, fresh(filled=False), offered, asked_for)


def _sheet(
    here: Place, asker: Asker, stamp: Stamp, offered: Sequence[Node], chosen: Sequence[int]
) -> Sheet:
    path, levels = rules.cascade(offered, chosen)
    is_chosen = len(path) == len(levels)
    return Sheet(
        stamp,
        asker,
        queries.consent(here.service, here.site, here.language.code),
        chosen,
        path,
        levels,
        _asked(here, path[-1] if path else None, asker) if is_chosen else (),
        {System.EMAIL.value: [asker.email]},
    )


def sent_in(here: Place, asker: Asker) -> Sheet:
    """The form with what was sent of it, its files stored."""
    stamp = tokens.of_stamp(request.form.get("stamp", ""))
    chosen = [one for text in request.form.getlist("intake") if (one := ident_of(text))]
    sheet = _sheet(here, asker, stamp or fresh(filled=True), queries.types(here.service), chosen)
    for code in (System.EMAIL.value, System.TITLE.value, System.CONTENT.value):
        sheet.typed[code] = [request.form.get(code, sheet.one(code))]
    sheet.typed[System.CONSENT.value] = request.form.getlist(System.CONSENT.value)
    sheet.typed.update(sent(sheet.own))
    if stamp is None:
        sheet.refuse(Refused(_("This page has expired. Look at it once more, then send it.")))
    sheet.attached = attached(here, sheet.refuse)
    _take_files(here, sheet)
    return sheet


def attached(here: Place, refuse: Callable[[Refused], None]) -> list[Kept]:
    """The files of a text: those that were sent with it before, and new ones, which are stored
    whatever else is wrong with it.
    """
    by, found = _by(here), []
    for token in request.form.getlist("attached")[: intake.FILES_MAX]:
        try:
            found.append(Kept(token, uploads.of_token(token, by)))
        except Refused as error:
            refuse(error)
    for chosen in _chosen("file"):
        try:
            intake.check_files(len(found) + 1)
            upload = uploads.poured(chosen.filename, chosen.stream)
            found.append(Kept(uploads.token(upload, by), upload))
        except Refused as error:
            refuse(error)
    return found


def _take_files(here: Place, sheet: Sheet) -> None:
    """Stores the files of the fields, each once, whatever else is wrong."""
    by = _by(here)
    for one in sheet.own:
        for chosen in _chosen(f"f-{one.code}-file")[:1] if one.type is FieldType.FILE else ():
            try:
                upload = _sealed(chosen)
                sheet.typed[one.code] = [uploads.token(upload, by)]
            except Refused as error:
                sheet.refuse(error, f"f-{one.code}")


def _chosen(name: str) -> list[FileStorage]:
    """The files of an input; browsers send a nameless one where none was chosen."""
    return [one for one in request.files.getlist(name) if one.filename]


def _sealed(chosen: FileStorage) -> Upload:
    """A field's file, stored with a key of its own."""
    size = chosen.stream.seek(0, 2)
    chosen.stream.seek(0)
    files.check_size(size)
    return uploads.keep(chosen.filename, chosen.stream.read(), sealed=True)


def checked(here: Place, sheet: Sheet) -> Filing | None:
    """The inquiry as it can be filed; None, with the words on the form, where it cannot."""
    sheet.check(lambda: rules.check_types(queries.types(here.service), sheet.chosen))
    if not sheet.asked:
        return None
    sheet.check(lambda: rules.check_codes(_codes(), [one.code for one in sheet.own]))
    email = _email(here, sheet)
    sheet.check(lambda: intake.check_subject(sheet.one("title")), "title")
    sheet.check(lambda: tickets.check_body(sheet.one("content")), "content")
    held = values.check(sheet.own, sheet.typed, {}, by=_by(here))
    for code, message in held.errors.items():
        sheet.refuse(Refused(message, f"f-{code}"))
    if "1" not in sheet.typed[System.CONSENT.value]:
        sheet.refuse(Refused(_("Without your consent the inquiry cannot be taken."), "consent"))
    elif request.form.get("consent_version") != str(sheet.consent.number):
        sheet.typed[System.CONSENT.value] = ()
        sheet.refuse(Refused(_("This text has changed. Read it, then consent again."), "consent"))
    if not sheet.errors:
        sheet.check(lambda: rules.check_pace(sheet.stamp.opened, clock.now()))
    if clock.now() - sheet.stamp.opened > rules.FORM_FOR:
        sheet.stamp = fresh(filled=True)
    if sheet.errors:
        return None
    return Filing(
        Written(
            sheet.one("title"),
            sheet.one("content"),
            sheet.path[-1] if sheet.path else None,
            held.values,
            [one.upload for one in sheet.attached],
        ),
        Asker(email, sheet.asker.customer_id),
        Consented(sheet.consent.number, sheet.consent.language),
        here.language.code,
        sheet.stamp.key,
    )


def _codes() -> set[str]:
    """The fields that the form says something of."""
    names = [one for one in request.form if one.startswith("f-")]
    names += [
        one.removesuffix("-file") for one in request.files if one.startswith("f-") and _chosen(one)
    ]
    return {one.removeprefix("f-") for one in names}


def _email(here: Place, sheet: Sheet) -> str:
    """The address, as it is stored; '' where none was typed and none is needed."""
    field_of = next((one for one in sheet.asked if one.system is System.EMAIL), None)
    if field_of is None:
        return ""
    typed = sheet.one("email")
    if not typed:
        if sheet.needs(field_of):
            sheet.refuse(Refused(_("Fill this in.")), "email")
        return ""
    try:
        return check_value(field_of, [typed], here.service.time_zone, here.service.country)
    except Refused as error:
        sheet.refuse(error, "email")
        return ""
