"""Inquiries in a help center (HC-1, HC-5): the form, which works without script, what is shown once
it was sent, and a customer's own inquiries, each by its signed link or in their list.
"""

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from occ.core import clock, files, i18n
from occ.core.access import PUBLIC, client_ip, requires
from occ.core.db import db
from occ.core.errors import Refused
from occ.help_center.inquiries import queries, rules, service, tokens
from occ.help_center.inquiries.service import Answer, Asker, Filing, Outcome
from occ.help_center.inquiries.tokens import Stamp
from occ.help_center.site.rules import Part
from occ.help_center.views import followed, members, refusals
from occ.help_center.views import sheet as sheets
from occ.help_center.views.place import Place, missing, place, show
from occ.help_center.views.sheet import Sheet
from occ.identity.views.auth import exempt, limiter
from occ.organization.languages import all_languages
from occ.tickets.models import Ticket

bp = Blueprint("hc_inquiries", __name__, url_prefix="/<service_slug>/hc/<code>")
refusals.explain(bp)
REQUEST_MAX = 7 * files.BYTES + 1024 * 1024
"""Bytes of a form without script: five files of its text, some of its fields."""
TRAP = "website"
"""An input that nobody sees: who fills it in has to prove that they are no machine."""


def here_at(slug: str, code: str) -> Place:
    """Where inquiries are filed and followed; else 404."""
    return place(slug, code, part=Part.INQUIRIES)


def asker(here: Place) -> Asker:
    """Who is signed in; a guest has no address yet."""
    who = members.visitor(here.service)
    return Asker(who.email, who.customer.id if who.customer else None)


def _form(here: Place, sheet: Sheet, *, part: str = "") -> Response:
    i18n.speak(here.words)
    return show(
        "help_center/inquiry",
        here,
        status=422 if sheet.errors else 200,
        part=part,
        sheet=sheet,
        consent_tag=all_languages()[sheet.consent.language].tag,
        trap=TRAP,
    )


@bp.route("/inquiry", methods=["GET", "POST"])
@requires(PUBLIC)
@limiter.limit("20 per minute", exempt_when=exempt)
def new(service_slug: str, code: str) -> Response | BaseResponse:
    """The form. Without script a button shows what the chosen type asks, and keeps what was typed;
    a script asks for the same as a part.
    """
    here = here_at(service_slug, code)
    who = asker(here)
    if (away := members.ask_to_sign_in(here)) is not None:
        return away
    if request.method == "GET":
        return _form(here, sheets.opened(here, who))
    sheet = sheets.sent_in(here, who)
    if "questions" in request.form:
        sheet.errors.clear()
        return _form(here, sheet, part="inquiry_questions" if "part" in request.form else "")
    filing = sheets.checked(here, sheet)
    if filing is None:
        return _form(here, sheet)
    proven = _is_proven(sheet)
    if request.form.get(TRAP) and not proven:
        return _unproven(here, sheet, filing)
    source = service.source_of(filing, client_ip())
    try:
        with db.write():
            answer = service.submit(here.service, filing, source, proven=proven)
            token = _receipt(answer)
    except Refused as error:
        sheet.refuse(error)
        return _form(here, sheet)
    if answer.outcome is Outcome.UNPROVEN:
        return _unproven(here, sheet, filing)
    return _taken(here, token)


new.body_max = REQUEST_MAX  # type: ignore[attr-defined]


def _receipt(answer: Answer) -> str:
    """What shows the number of an inquiry that was taken; '' where it is held back."""
    if answer.ticket is None:
        return ""
    return tokens.receipt(answer.ticket.id, clock.now() + rules.RECEIPT_FOR)


def _taken(here: Place, token: str) -> BaseResponse:
    return redirect(here.url(".received", token=token) if token else here.url(".held"), 303)


def _is_proven(sheet: Sheet) -> bool:
    """Whether the browser has worked for this form."""
    bits = sheet.stamp.bits
    return bits > 0 and rules.is_proof(sheet.token, request.form.get("proof", ""), bits)


def _unproven(here: Place, sheet: Sheet, filing: Filing) -> Response | BaseResponse:
    """Asks the browser to work, or whoever reads the mails of the address to confirm."""
    if "by_mail" in request.form and filing.asker.email:
        try:
            with db.write():
                service.wait(here.service, filing)
            return redirect(here.url(".asked"), 303)
        except Refused as error:
            sheet.refuse(error)
    else:
        sheet.refuse(Refused(here.say("inquiry.prove")))
    sheet.stamp = Stamp(sheet.stamp.key, sheet.stamp.opened, rules.PROOF_BITS)
    sheet.proves = True
    return _form(here, sheet)


@bp.get("/inquiry/received/<token>")
@requires(PUBLIC)
def received(service_slug: str, code: str, token: str) -> Response:
    """The number of an inquiry that was sent just now."""
    here = here_at(service_slug, code)
    link = tokens.of_receipt(token)
    ticket = queries.of_form(here.service.id, link.ticket_id) if link else None
    if link is None or ticket is None or link.until < clock.now():
        missing(here)
    noted = queries.inquiry(ticket.id)
    return show(
        "help_center/inquiry_received",
        here,
        number=f"#{ticket.id}",
        mailed=bool(noted and noted.email),
    )


@bp.get("/inquiry/asked")
@requires(PUBLIC)
def asked(service_slug: str, code: str) -> Response:
    """That a mail was sent whose link lets the inquiry in."""
    return show("help_center/inquiry_asked", here_at(service_slug, code))


@bp.get("/inquiry/held")
@requires(PUBLIC)
def held(service_slug: str, code: str) -> Response:
    """That somebody looks at an inquiry before it is taken (HC-5)."""
    return show("help_center/inquiry_held", here_at(service_slug, code))


@bp.route("/inquiry/confirm/<secret>", methods=["GET", "POST"])
@requires(PUBLIC)
@limiter.limit("20 per minute", exempt_when=exempt)
def confirm(service_slug: str, code: str, secret: str) -> Response | BaseResponse:
    """A link from a mail: looking at it lets nothing in, for programs look at mails, too."""
    here = here_at(service_slug, code)
    row = queries.waiting(here.service.id, secret)
    if request.method == "POST" and row is not None:
        with db.write():
            answer = service.confirm(here.service, secret, client_ip())
            token = _receipt(answer) if answer else ""
        if answer is not None:
            return _taken(here, token)
        row = None
    i18n.speak(here.words)
    return followed.apart(
        show("help_center/inquiry_confirm", here, status=200 if row else 410, waits=row)
    )


# one's own


@bp.get("/inquiries")
@requires(PUBLIC)
def mine(service_slug: str, code: str) -> Response:
    """Whoever is signed in sees their inquiries; guests read how they find theirs."""
    here = here_at(service_slug, code)
    known = asker(here).customer_id
    page = None
    if known is not None:
        after, before = request.args.get("after", ""), request.args.get("before", "")
        page = queries.own(here.service.id, known, after=after, before=before)
    return followed.apart(
        show(
            "help_center/inquiries",
            here,
            page=page,
            stages=rules.STAGES,
            way_in=members.way_in(here, here.url(".mine")),
        )
    )


def _own(here: Place, ident: int) -> Ticket:
    known = asker(here).customer_id
    found = queries.of_customer(here.service.id, known, ident) if known is not None else None
    return found or missing(here)


@bp.route("/inquiries/<int:ident>", methods=["GET", "POST"])
@requires(PUBLIC)
@limiter.limit("20 per minute", exempt_when=exempt)
def own(service_slug: str, code: str, ident: int) -> Response | BaseResponse:
    """One of the inquiries of whoever is signed in."""
    here = here_at(service_slug, code)
    ticket, back = _own(here, ident), here.url(".mine")
    page = here.url(".own", ident=ident)
    if request.method == "GET":
        return followed.shown(here, ticket, page, back=back)
    further, joined = followed.reply(here, ticket)
    if joined is None:
        return followed.shown(here, _own(here, ident), page, back=back, further=further)
    return followed.after(here.url(".own", ident=db.key_of(joined)), joined)


own.body_max = followed.BODY_MAX  # type: ignore[attr-defined]


@bp.get("/inquiries/<int:ident>/files/<int:number>")
@requires(PUBLIC)
def own_file(service_slug: str, code: str, ident: int, number: int) -> BaseResponse:
    return followed.file(_own(here_at(service_slug, code), ident), number)


def _linked(here: Place, token: str) -> Ticket | None:
    """The inquiry of a link, None where its time is over; else 404."""
    link = tokens.of_link(token)
    if link is None:
        missing(here)
    if link.until <= clock.now():
        return None
    return queries.of_form(here.service.id, link.ticket_id) or missing(here)


@bp.route("/i/<token>", methods=["GET", "POST"])
@requires(PUBLIC)
@limiter.limit("20 per minute", exempt_when=exempt)
def linked(service_slug: str, code: str, token: str) -> Response | BaseResponse:
    """The inquiry of a mailed link; one whose time is over offers a new one."""
    here = here_at(service_slug, code)
    ticket = _linked(here, token)
    if ticket is None:
        return followed.apart(show("help_center/inquiry_over", here, status=410, token=token))
    page = here.url(".linked", token=token)
    if request.method == "GET":
        return followed.shown(here, ticket, page)
    number = ticket.id
    further, joined = followed.reply(here, ticket)
    if joined is None:
        return followed.shown(here, _linked(here, token) or missing(here), page, further=further)
    if db.key_of(joined) != number:
        until = clock.now() + rules.LINK_FOR
        page = here.url(".linked", token=tokens.link(db.key_of(joined), until))
    return followed.after(page, joined)


linked.body_max = followed.BODY_MAX  # type: ignore[attr-defined]


@bp.get("/i/<token>/files/<int:number>")
@requires(PUBLIC)
def linked_file(service_slug: str, code: str, token: str, number: int) -> BaseResponse:
    here = here_at(service_slug, code)
    return followed.file(_linked(here, token) or missing(here), number)


@bp.post("/i/<token>/renew")
@requires(PUBLIC)
@limiter.limit("5 per minute", exempt_when=exempt)
def renew(service_slug: str, code: str, token: str) -> BaseResponse:
    """Mails a new link to the address of the inquiry; answers the same whether it is there."""
    here = here_at(service_slug, code)
    with db.write():
        service.renew(here.service, token)
    return redirect(here.url(".renewed"), 303)


@bp.get("/inquiry/renewed")
@requires(PUBLIC)
def renewed(service_slug: str, code: str) -> Response:
    return show("help_center/inquiry_renewed", here_at(service_slug, code))
