"""Histories of calls and talks: search, detail, recordings, Excel, MP3 (STA-3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, abort, request, send_file, url_for
from werkzeug.wrappers import Response as BaseResponse

from occ.ars import queries as ars
from occ.audit import service as audit
from occ.audit.rules import Work
from occ.audit.views import actor
from occ.core import clock, phones, storage, ui, xlsx
from occ.core.access import me, requires
from occ.core.db import db
from occ.core.errors import Refused
from occ.core.i18n import gettext as _
from occ.core.values import ident as ident_of
from occ.exports import downloads
from occ.identity import queries as identity
from occ.organization.rules import Feature
from occ.organization.views.address import current_service
from occ.telephony import history, labels, queries, sheets, sounds, tokens
from occ.telephony.history import Filters
from occ.telephony.models import Call, Leg, Recording
from occ.telephony.permissions import HISTORIES
from occ.telephony.rules.calls import CallOutcome, Counted, Direction, LegKind

bp = Blueprint("histories", __name__, url_prefix="/c/s/<slug>/histories")
NONE = "none"  # among the dispositions
CHOSEN_MAX = 500  # recordings of one ZIP


def _period() -> ui.Period:
    return ui.period(current_service().time_zone, "week")


def _instants(period: ui.Period) -> tuple[datetime | None, datetime | None]:
    """Where the period begins and ends; a figure of an hour says so itself."""
    hour = (_instant(ui.arg("begun")), _instant(ui.arg("ended")))
    if period.name == "range" and all(hour):
        return hour
    return period.start, period.end


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None and 1970 <= found.year <= 2200 else None


def _filters(period: ui.Period) -> Filters:
    """What the address asks for; numbers are shown masked, so that only whole ones are found."""
    of, found = current_service(), queries.settings()
    typed, filed = ui.arg("number"), ui.arg("disposition")
    since, until = _instants(period)
    return Filters(
        of.id,
        since=since,
        until=until,
        direction=next((one for one in Direction if one.value == ui.arg("direction")), None),
        queue_id=ident_of(ui.arg("queue")),
        member_id=ident_of(ui.arg("member")),
        outcome=next((one for one in CallOutcome if one.value == ui.arg("outcome")), None),
        disposition_id=0 if filed == NONE else ident_of(filed),
        recorded=ui.arg("recorded") == "1",
        whole=(tuple(phones.candidates(typed, of.country)) or (typed,)) if typed else (),
        counted=next((one for one in Counted if one.value == ui.arg("counted")), None),
        level=found.service_level_seconds if found else 0,
        early=found.accepted_abandon_seconds if found else 0,
    )


@dataclass(frozen=True)
class Choices:
    """What the filters offer besides fixed words."""

    queues: Sequence[Any]
    people: Sequence[Any]
    dispositions: Sequence[Any]


def _choices() -> Choices:
    people, _groups = identity.people_choices(current_service().id)
    return Choices(
        ars.queue_choices(current_service().id),
        people,
        ars.dispositions(current_service().id),
    )


@dataclass(frozen=True)
class Shown:
    """Names and times that rows need besides themselves."""

    people: Mapping[int, str]
    numbers: Mapping[int, str | None]
    queues: Mapping[int, str]
    talk: Mapping[int, int]
    calls: Mapping[int, Call]
    dispositions: Mapping[int, str]
    recordings: Mapping[int, Sequence[Recording]]


def _shown(calls: Sequence[Call], legs: Sequence[Leg] = ()) -> Shown:
    by_id = {call.id: call for call in calls} | history.calls_of(legs)
    people = [call.handled_by for call in calls] + [leg.member_id for leg in legs]
    people += [leg.asked_by for leg in legs]
    return Shown(
        people=identity.names([member for member in people if member]),
        numbers={member: agent.number for member, agent in queries.cti_agents().items()},
        queues=ars.queue_names([call.queue_id for call in by_id.values() if call.queue_id]),
        talk=history.talk_times([call.id for call in calls]),
        calls=by_id,
        dispositions=ars.disposition_names([x.disposition_id for x in legs if x.disposition_id]),
        recordings=history.recordings(legs),
    )


def _cursor() -> dict[str, Any]:
    return {
        "after": request.args.get("after", ""),
        "before": request.args.get("before", ""),
        "size": request.args.get("size", 20, int),
    }


@bp.get("")
@requires(HISTORIES, feature=Feature.PHONE)
def index() -> Response:
    """Calls in and out, numbers masked."""
    period = _period()
    page = history.calls(_filters(period), **_cursor())
    return ui.render(
        "histories/index",
        service=current_service(),
        page=page,
        period=period,
        shown=_shown(page.rows),
        choices=_choices(),
        labels=labels,
        directions=Direction,
        outcomes=CallOutcome,
        figures=Counted,
    )


@bp.get("/talks")
@requires(HISTORIES, feature=Feature.PHONE)
def talks() -> Response:
    """Agents' talks with customers, what they noted and what was recorded."""
    period = _period()
    page = history.talks(_filters(period), **_cursor())
    return ui.render(
        "histories/talks",
        service=current_service(),
        page=page,
        period=period,
        shown=_shown((), page.rows),
        choices=_choices(),
        labels=labels,
        directions=Direction,
        unfiled=NONE,
    )


def _call(ident: int) -> Call:
    return queries.call(current_service().id, ident) or abort(404)


@bp.get("/<int:ident>")
@requires(HISTORIES, feature=Feature.PHONE, writes=True)
def detail(ident: int) -> Response:
    """One call with the whole number: that somebody saw it is recorded before (LOG-3)."""
    number = _call(ident).id
    with db.write():
        audit.work(
            Work.CALL_SHOWN, actor=actor(), service=current_service(), detail={"call": number}
        )
    call, legs = _call(ident), queries.legs(ident)
    return ui.render(
        "histories/detail",
        service=current_service(),
        call=call,
        legs=legs,
        entries=history.entries(call.id),
        shown=_shown([call], legs),
        labels=labels,
        Kind=LegKind,
    )


def _recording(ident: int) -> Recording:
    return history.recording(current_service().id, ident) or abort(404)


@bp.post("/recordings/<int:ident>/play")
@requires(HISTORIES, feature=Feature.PHONE)
def play(ident: int) -> Response:
    """Puts a play on record and answers with the player (LOG-3)."""
    found = _recording(ident)
    if not found.file or not storage.path(found.file).is_file():
        raise Refused(_("The recording is no longer there."))
    with db.write():
        audit.work(
            Work.RECORDING_PLAYED,
            actor=actor(),
            service=current_service(),
            detail={"call": found.call_id, "recording": found.id},
        )
    leave = tokens.leave(me.member_id, ident, clock.now())
    url = url_for("histories.sound", slug=current_service().slug, ident=ident, leave=leave)
    return ui.render("histories/player", part="player", url=url)


@bp.get("/recordings/<int:ident>.wav")
@requires(HISTORIES, feature=Feature.PHONE)
def sound(ident: int) -> BaseResponse:
    """A recording's sound, also in parts, for whom its play is on record."""
    found = _recording(ident)
    if not tokens.is_leave(ui.arg("leave"), me.member_id, ident, clock.now()):
        abort(404)
    path = storage.path(found.file or "")
    if not path.is_file():
        abort(404)
    answer = send_file(path, mimetype="audio/wav", conditional=True)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@bp.get("/talks/<int:ident>.mp3")
@requires(HISTORIES, feature=Feature.PHONE, writes=True)
def mp3(ident: int) -> Response:
    """What is kept of a talk as one MP3; recorded before its first byte leaves (LOG-3)."""
    legs = history.chosen(current_service().id, [ident])
    kept = history.recordings(legs).get(ident) or abort(404)
    people = identity.names([leg.member_id for leg in legs if leg.member_id])
    name = sheets.file_name(legs[0], people.get(legs[0].member_id or 0, ""))
    call_id, content = legs[0].call_id, sounds.mp3(kept)
    with db.write():
        audit.work(
            Work.RECORDING_DOWNLOADED,
            actor=actor(),
            service=current_service(),
            detail={"call": call_id, "talks": [ident]},
        )
    answer = Response(content, mimetype="audio/mpeg")
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


def _chosen(values: Sequence[str]) -> list[int]:
    """The talks of this service that were chosen."""
    idents = [found for found in map(ident_of, values[:CHOSEN_MAX]) if found is not None]
    return [leg.id for leg in history.chosen(current_service().id, idents)]


@bp.post("/talks/recordings")
@requires(HISTORIES, feature=Feature.PHONE)
def archive() -> Response:
    """A ZIP of the chosen talks' recordings, made by a task."""
    legs = history.chosen(current_service().id, _chosen(request.form.getlist("talk")))
    kept = [ident for ident, found in history.recordings(legs).items() if found]
    if not kept:
        raise Refused(_("Nothing is recorded of what you chose."))
    name = xlsx.dated(_("Recordings") + f" {current_service().name}")
    params = {"service_id": current_service().id, sheets.TALKS: sorted(kept)}
    return downloads.as_task(
        "recordings", name, params, len(kept), service=current_service(), managers=True
    )


@bp.get("/calls.xlsx")
@requires(HISTORIES, feature=Feature.PHONE, writes=True)
def calls_excel() -> Response:
    """What was searched: at once up to 2,000 rows, more as an export job; the download is recorded
    (LOG-3).
    """
    params = sheets.to_params(_filters(_period()), talks=False)
    name = xlsx.dated(_("Calls") + f" {current_service().name}")
    return downloads.answer("calls", name, params, service=current_service(), managers=True)


@bp.get("/talks.xlsx")
@requires(HISTORIES, feature=Feature.PHONE, writes=True)
def talks_excel() -> Response:
    """The chosen talks, or else all that were searched."""
    chosen = _chosen(request.args.getlist("talk"))
    params = sheets.to_params(_filters(_period()), talks=True, legs=chosen)
    name = xlsx.dated(_("Talks") + f" {current_service().name}")
    return downloads.answer("talks", name, params, service=current_service(), managers=True)
