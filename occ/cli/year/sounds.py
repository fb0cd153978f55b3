"""Recordings of the demo's last talks: of a few, for sound takes room (TEL-2)."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from occ.ars import speech
from occ.ars.rules.menu import Language
from occ.core import storage
from occ.core.db import db
from occ.telephony.drivers.simulator import tone
from occ.telephony.models import Leg, Recording
from occ.telephony.rules.calls import LegKind

COUNT, LATELY, LEAST = 12, timedelta(days=9), 40_000  # LEAST: milliseconds of a talk
SAID = (
    "안녕하세요, 늘봄몰 고객센터입니다. 무엇을 도와드릴까요? 네, 주문 번호를 말씀해 주세요. "
    "확인했습니다. 오늘 출고되어 내일 도착합니다.",
    "환불은 카드사에 취소를 요청했습니다. 삼 일에서 오 일 뒤에 확인하실 수 있습니다. "
    "더 궁금한 점이 있으신가요? 감사합니다.",
    "쿠폰을 다시 발급해 드렸습니다. 앱을 다시 열어 확인해 주세요. 네, 보이시나요? "
    "이용해 주셔서 감사합니다. 좋은 하루 보내세요.",
)


def record(service_id: int, end: datetime) -> None:
    """Sound for the newest talks of a service that lasted a while."""
    talks = db.session.scalars(
        sa.select(Leg)
        .where(
            Leg.service_id == service_id,
            Leg.kind == LegKind.AGENT,
            Leg.answered_at.is_not(None),
            Leg.talk_ms >= LEAST,
            Leg.started_at >= end - LATELY,
        )
        .order_by(Leg.started_at.desc())
        .limit(COUNT)
    ).all()
    rows = [(leg.call_id, leg.member_id, leg.answered_at, leg.ended_at) for leg in talks]
    db.session.rollback()
    sounds = _spoken() if rows else []
    kept = [
        (row, storage.save(sounds[place % len(sounds)], ".wav")) for place, row in enumerate(rows)
    ]
    with db.write() as session:
        session.add_all(
            Recording(
                call_id=call,
                member_id=member,
                name=f"rec-{call}-{member}",
                started_at=answered,
                ended_at=ended,
                file=key,
            )
            for (call, member, answered, ended), key in kept
        )


def _spoken() -> list[bytes]:
    """What agents say; where no engine speaks, the tone of the simulator."""
    try:
        names = speech.make([(Language.KO, text) for text in SAID])
    except speech.NoSpeech:
        return [tone()]
    return [path.read_bytes() for name in names if (path := speech.path(name)) is not None]
