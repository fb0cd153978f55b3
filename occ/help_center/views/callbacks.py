"""Asking for a call in a help center (CBK-1, CBK-6): within the hours of the voice menu."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from occ.ars import menus
from occ.ars import queries as ars
from occ.ars.menus import Closed
from occ.ars.models import Queue
from occ.core import clock, i18n
from occ.core.access import PUBLIC, client_ip, requires
from occ.core.db import db
from occ.core.errors import Refused
from occ.core.forms import clean
from occ.core.i18n import gettext as _
from occ.core.values import ident as ident_of
from occ.core.values import phone_number
from occ.help_center.inquiries import queries, rules, service, tokens
from occ.help_center.inquiries.queries import ConsentText
from occ.help_center.inquiries.service import Consented
from occ.help_center.site.rules import Part
from occ.help_center.views import members, refusals
from occ.help_center.views import sheet as sheets
from occ.help_center.views.inquiries import TRAP
from occ.help_center.views.place import Place, place, show
from occ.identity.views.auth import exempt, limiter
from occ.organization.languages import all_languages
from occ.screening.rules import Channel, Source

bp = Blueprint("hc_callbacks", __name__, url_prefix="/<service_slug>/hc/<code>/callback")
refusals.explain(bp)


@dataclass
class Wish:
    """The form: what was typed, what is wrong with it by the names of its inputs."""

    stamp: str
    consent: ConsentText
    queues: Sequence[Queue]
    number: str = ""
    queue: int | None = None
    consented: bool = False
    errors: dict[str, Any] = field(default_factory=dict)

    def check(self, rule: Any, at: str) -> Any:
        """What a rule makes of something; None, its words beside an input, where it refuses."""
        try:
            return rule()
        except Refused as error:
            self.errors.setdefault(at, error.message)
            return None


def _here(slug: str, code: str) -> Place:
    """Where calls are asked for; else 404."""
    return place(slug, code, part=Part.CALLBACKS)


def _queues(here: Place, closed: Closed | None) -> list[Queue]:
    """The queues that call back, while it is closed those that do then, too."""
    queues = [one for one in ars.queues(here.service.id) if one.callback]
    return [one for one in queues if closed is None or one.after_hours]


def _page(here: Place, wish: Wish) -> Response:
    i18n.speak(here.words)
    return show(
        "help_center/callback",
        here,
        status=422 if wish.errors else 200,
        wish=wish,
        consent_tag=all_languages()[wish.consent.language].tag,
        trap=TRAP,
    )


@bp.route("", methods=["GET", "POST"])
@requires(PUBLIC)
@limiter.limit("10 per minute", exempt_when=exempt)
def new(service_slug: str, code: str) -> Response | BaseResponse:
    """The form; outside the hours it says when it opens."""
    here = _here(service_slug, code)
    if (away := members.ask_to_sign_in(here)) is not None:
        return away
    closed = menus.closed_now(here.service)
    queues = _queues(here, closed)
    if not queues:
        opens = i18n.moment(closed.opens) if closed and closed.opens else ""
        holiday = closed.holiday if closed else ""
        return show("help_center/callback_closed", here, opens=opens, holiday=holiday)
    known = members.visitor(here.service)
    made = sheets.fresh(filled=request.method == "POST")
    wish = Wish(
        tokens.stamp(made.key, made.opened),
        queries.consent(here.service, here.site, here.language.code),
        queues,
        i18n.phone(known.phone) if known.phone else "",
        queues[0].id if len(queues) == 1 else None,
    )
    if request.method == "GET":
        return _page(here, wish)
    number = _read(here, wish)
    stamp = tokens.of_stamp(wish.stamp)
    if wish.errors or stamp is None or wish.queue is None:
        return _page(here, wish)
    member = known.customer.id if known.is_member and known.customer else None
    source = Source(Channel.FORM, client_ip(), customer_id=member)
    consented = Consented(wish.consent.number, wish.consent.language)
    try:
        with db.write():
            service.ask_for_call(here.service, wish.queue, number, source, consented, key=stamp.key)
    except Refused as error:
        wish.errors[""] = error.message
        return _page(here, wish)
    return redirect(here.url(".asked"), 303)


def _read(here: Place, wish: Wish) -> str:
    """The number, with everything that was sent on the form."""
    sent = request.form.get("stamp", "")
    opened = tokens.of_stamp(sent)
    wish.number = clean(request.form.get("number"))
    wish.consented = request.form.get("consent") == "1"
    chosen = ident_of(request.form.get("queue"))
    wish.queue = chosen if chosen in [one.id for one in wish.queues] else None
    if opened is None or request.form.get(TRAP):
        wish.errors[""] = _("This page has expired. Look at it once more, then send it.")
    else:
        wish.stamp = sent
        wish.check(lambda: rules.check_pace(opened.opened, clock.now(), calls=True), "")
    number = wish.check(lambda: _number(here, wish.number), "number")
    if wish.queue is None:
        wish.errors["queue"] = _("Choose one of the list.")
    if not wish.consented:
        wish.errors["consent"] = _("Without your consent we cannot call you.")
    elif request.form.get("consent_version") != str(wish.consent.number):
        wish.consented = False
        wish.errors["consent"] = _("This text has changed. Read it, then consent again.")
    return str(number or "")


def _number(here: Place, text: str) -> str:
    if not text:
        raise Refused(_("Fill this in."))
    return phone_number(text, here.service.country)


@bp.get("/asked")
@requires(PUBLIC)
def asked(service_slug: str, code: str) -> Response:
    """That a call was asked for."""
    return show("help_center/callback_asked", _here(service_slug, code))
