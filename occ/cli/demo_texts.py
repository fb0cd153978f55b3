"""The demo's text messages: channel, templates, and what was sent over the last weeks."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from io import BytesIO

from PIL import Image

from occ.audit.service import Actor
from occ.core import clock, storage
from occ.core.db import db
from occ.identity import queries as identity
from occ.organization import queries as organization
from occ.organization.models import Service
from occ.sms import messages, queries, running, service, settings, templates
from occ.sms.models import SmsTemplate
from occ.sms.rules.kinds import ByItself, GatewayKind, Message, Picture, TextKind
from occ.sms.rules.library import Draft, Stored
from occ.sms.rules.recipients import Typed

SENDERS = ["15440000", "0212345678"]
ON_CALLBACK = "콜백 접수"
REFUSAL = "0808880000"
WEEKS = timedelta(days=21)
SMS, MMS = TextKind.SMS, TextKind.MMS
# first level, second level, whether it is in use, templates (kind, name, title, body, editable)
LIBRARY: tuple[tuple[str, str, bool, tuple[tuple[TextKind, str, str, str, bool], ...]], ...] = (
    (
        "주문·배송",
        "배송 안내",
        True,
        (
            (SMS, "배송 출발", "", "[늘봄몰] 주문하신 상품이 오늘 출발했습니다.", True),
            (
                SMS,
                "배송 지연",
                "",
                "[늘봄몰] 물류 사정으로 배송이 하루 늦어집니다. 불편을 드려 죄송합니다.",
                True,
            ),
            (
                MMS,
                "설치 안내",
                "설치 방문 안내",
                "[늘봄몰] 설치 기사가 방문 30분 전에 연락드립니다.\n"
                "약도와 준비 사항을 사진으로 보내 드립니다.",
                True,
            ),
        ),
    ),
    (
        "주문·배송",
        "환불 안내",
        True,
        (
            (
                SMS,
                "환불 완료",
                "",
                "[늘봄몰] 환불이 완료되었습니다. 카드사에 따라 3~5일이 걸립니다.",
                False,
            ),
        ),
    ),
    (
        "상담",
        "전화 안내",
        True,
        (
            (SMS, ON_CALLBACK, "", "[늘봄몰] 콜백이 접수되었습니다. 곧 전화드리겠습니다.", False),
            (
                SMS,
                "부재 안내",
                "",
                "[늘봄몰] 상담원에게 연결되지 못해 죄송합니다. 1544-0000으로 다시 걸어 주세요.",
                False,
            ),
        ),
    ),
    (
        "행사",
        "정기 세일",
        False,
        ((MMS, "가을 세일", "가을 정기 세일", "[늘봄몰] 이번 주말 전 상품 20% 할인", True),),
    ),
)


def furnish(slug: str) -> None:
    """The channel, with templates in categories of two levels."""
    of = organization.service_by_slug(slug)
    assert of is not None
    with db.write():
        settings.save_gateway(
            of,
            GatewayKind.LOCAL,
            active=True,
            app_key="",
            secret_key="",
            listed=None,
            version=0,
        )
    with db.write():
        settings.save_senders(of, SENDERS, version=_version(of))
    tops: dict[str, int] = {}
    made: dict[str, int] = {}
    for top, name, active, rows in LIBRARY:
        with db.write():
            if top not in tops:
                tops[top] = templates.add_category(of, name=top, parent_id=None, active=True).id
            under = templates.add_category(of, name=name, parent_id=tops[top], active=active).id
        for kind, title, heading, body, editable in rows:
            draft = Draft(
                kind=kind,
                name=title,
                title=heading,
                body=body,
                editable=editable,
                sender=SENDERS[0],
                pictures=[_stored(_picture("teal"))] if kind is MMS else [],
            )
            with db.write():
                row = templates.save_template(of, None, draft, category_id=under)
                made[title] = row.id
    with db.write():
        settings.save_own_texts(
            of,
            refusal_number=REFUSAL,
            by_itself={ByItself.CALLBACK_RECEIVED: made[ON_CALLBACK]},
            version=_version(of),
        )


def _version(of: Service) -> int:
    found = queries.channel(of.id)
    assert found is not None
    return found.version


def _picture(color: str) -> bytes:
    made = BytesIO()
    Image.new("RGB", (640, 400), color).save(made, "JPEG")
    return made.getvalue()


def _stored(content: bytes) -> Stored:
    return Stored("map.jpg", storage.save(content, ".jpg"), len(content))


def day(of: Service, number: int, by: Sequence[str]) -> None:
    """What a service sent on a day of its last weeks: some to one, now and then to many."""
    rows = [row for top in templates.usable(of.id) for one in top.below for row in one.templates]
    for turn in range(1 + number % 3):
        row = rows[(number * 5 + turn) % len(rows)]
        member = by[(number + turn) % len(by)]
        count = 12 if (number + turn) % 7 == 0 else 1
        _send(of, row, member, [number * 40 + turn * 13 + place for place in range(count)])
    running.deliver()


def reserve(slug: str, by: str) -> None:
    """A text that waits for its time."""
    of = organization.service_by_slug(slug)
    assert of is not None
    rows = [row for top in templates.usable(of.id) for one in top.below for row in one.templates]
    _send(of, rows[0], by, [7, 8, 9], due_at=clock.now() + timedelta(hours=3))


def _send(
    of: Service,
    row: SmsTemplate,
    login_id: str,
    people: Sequence[int],
    due_at: datetime | None = None,
) -> None:
    by = identity.member_by_login(login_id)
    assert by is not None
    said = Message(
        kind=row.kind,
        sender=SENDERS[0],
        title=row.title,
        body=row.body,
        pictures=tuple(Picture(one.name, storage.path(one.key).read_bytes()) for one in row.images),
    )
    found = [Typed(f"+821020{one * 7919 % 1_000_000:06}", "") for one in people]
    with db.write():
        service.send(
            of,
            said,
            messages.recipients(found),
            actor=Actor(by.id, by.login_id, by.name, "127.0.0.1"),
            submit_key=f"demo-{of.id}-{clock.now().timestamp()}-{people[0]}",
            due_at=due_at,
            template=row,
        )
