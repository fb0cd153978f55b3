"""What the one poller of a browser asks for: versions, counts and the newest notices."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, g, jsonify

from occ.core import clock, live
from occ.core.access import SIGNED_IN, me, requires
from occ.identity.principals import live_facts
from occ.menu.page import notice_text, notice_url, waiting
from occ.notifications import queries as notices
from occ.notifications.models import Notification
from occ.notifications.rules import Notice
from occ.telephony.queries import session_of

bp = Blueprint("news", __name__, url_prefix="/c/news")
FRESH = timedelta(minutes=5)  # a page that asks every few seconds has told it long before
TOLD = frozenset(
    {
        Notice.CALLBACK_ASKED,
        Notice.CALLBACKS_ASSIGNED,
        Notice.TICKET_ASSIGNED,
        Notice.TICKET_REPLIED,
        Notice.TICKET_UNDELIVERED,
        Notice.HANDOVER_ANSWERED,
        Notice.EXPORT_READY,
        Notice.EXPORT_FAILED,
        Notice.BULK_DONE,
        Notice.BULK_FAILED,
        Notice.MIGRATION_CHECKED,
        Notice.MIGRATION_DONE,
        Notice.MIGRATION_STOPPED,
    }
)


def _probe() -> tuple[Any, ...] | None:
    return live_facts("phone", "notices", "badge")


def _is_news(notice: Notification) -> bool:
    since = max(me.signed_in_at, clock.now() - FRESH)
    return notice.notice in TOLD and notice.read_at is None and notice.created_at >= since


@bp.get("")
@requires(SIGNED_IN)
@live.part(_probe)
def index() -> Response:
    """The phone's version, unread notices, callbacks by service, the newest notice worth
    telling, and how often to ask. What came before signing in, or while a computer slept, is no
    news: it waits in the list.
    """
    facts = g.get("live_facts") or (0, 0, 0, 0)
    newest = [n for n in notices.newest(me.member_id) if _is_news(n)][:1] if me.notices else []
    now = waiting()
    told = [{"id": n.id, "text": notice_text(n), "url": notice_url(n)} for n in newest]
    return jsonify(
        phone=facts[-4] or 0,
        notices=now.unread,
        callbacks=now.callbacks,
        told=told,
        fast=session_of(me.member_id) is not None,
    )
