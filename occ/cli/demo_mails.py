"""The demo's mail tickets: mails as servers leave them, read as all others are, and what agents
answered.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, formataddr, parseaddr

import sqlalchemy as sa

from occ.audit.service import Actor
from occ.cli.demo_settings import drawing
from occ.core import clock, storage
from occ.core.db import db
from occ.customers import service as customers
from occ.delivery.models import Outgoing
from occ.identity import queries as identity
from occ.mail import intake, queries, rules, writes
from occ.mail.models import ReceivedMail
from occ.organization import queries as organization
from occ.organization.models import Service
from occ.tickets import service as tickets
from occ.tickets.models import Ticket
from occ.tickets.rules import Move

HELP = formataddr(("늘봄몰 고객센터", "help@neulbom.example"))
PICTURE = "shelf"  # the content id of the picture that a mail brings along

ORDER_TABLE = """\
<p>안녕하세요. 아래 주문 두 건의 <b>수량이 서로 바뀌어</b> 왔습니다.</p>
<table border="1" cellpadding="6">
<tr><th>주문번호</th><th>상품</th><th>주문</th><th>받은 수량</th></tr>
<tr><td>20261127-001204</td><td>접이식 선반</td><td>2</td><td>1</td></tr>
<tr><td>20261127-001205</td><td>수납 상자</td><td>1</td><td>2</td></tr>
</table>
<p>받은 상품의 사진입니다.</p>
<p><img src="cid:shelf" alt="받은 선반" width="320" height="200"></p>
<ul><li>교환 상품은 <i>오후 2시 뒤</i>에 보내 주세요.</li><li>연락은 메일로 부탁드립니다.</li></ul>
<p><img src="https://mail.example.com/signature.png" alt="서명"></p>
"""


@dataclass(frozen=True)
class Mail:
    """A mail that comes, so many minutes ago: `name` is what others refer to it by, `after` the one
    that it answers; `phone` is known of its sender before.
    """

    ago: int
    name: str
    sender: tuple[str, str]
    subject: str
    text: str
    after: str = ""
    html: str = ""
    cc: tuple[tuple[str, str], ...] = ()
    is_automatic: bool = False
    phone: str = ""

    @property
    def message_id(self) -> str:
        return f"<demo-{self.name}@mail.example.com>"


@dataclass(frozen=True)
class Answer:
    """What an agent answers to the ticket of a mail, so many minutes ago."""

    ago: int
    of: str
    move: Move
    text: str
    by: int  # which of the service's agents


@dataclass(frozen=True)
class Bounce:
    """The last answer to the ticket of a mail comes back."""

    ago: int
    of: str


HARIN = ("김하린", "harin.kim@example.com")
GO = ("고은별", "eunbyeol@example.org")
COLLEAGUE = ("서지호", "jiho.seo@example.org")
BUYER = ("구매팀", "purchase@example.org")
STEPS: Sequence[Mail | Answer | Bounce] = (
    Mail(
        2900,
        "late",
        HARIN,
        "주문한 상품이 아직 오지 않았어요",
        "지난 화요일에 주문한 담요가 아직 오지 않았습니다.\n"
        "배송 조회에는 ‘상품 준비’로 나옵니다. 언제 받을 수 있을까요?\n\n김하린 드림",
    ),
    Answer(
        2700,
        "late",
        Move.HOLD,
        "주문이 몰려 출고가 늦어졌습니다. 오늘 출고할 수 있는지 창고에 확인하고 있으며, "
        "주문번호를 알려 주시면 더 빨리 찾을 수 있습니다.",
        1,
    ),
    Mail(
        2600,
        "group",
        GO,
        "단체 주문 견적을 부탁드립니다",
        "11월 말에 열리는 행사에 쓸 컵 120개의 견적을 부탁드립니다.\n"
        "로고를 인쇄할 수 있는지도 알려 주세요. 구매팀을 함께 넣었습니다.",
        cc=(BUYER, COLLEAGUE),
    ),
    Answer(
        2400,
        "group",
        Move.RESOLVE,
        "컵 120개는 개당 6,400원이며, 로고 인쇄는 개당 900원입니다. "
        "인쇄에는 영업일로 5일이 걸립니다.",
        2,
    ),
    Mail(
        2399,
        "away",
        GO,
        "자동 회신: 단체 주문 견적을 부탁드립니다",
        "11월 30일까지 자리를 비웁니다. 급한 일은 구매팀(purchase@example.org)에 알려 주세요.",
        after="group",
        is_automatic=True,
    ),
    Mail(
        1500,
        "english",
        ("Emily Carter", "emily.carter@example.com"),
        "Wrong size delivered",
        "Hello,\n\nI ordered the linen shirt in M, but the parcel holds an L.\n"
        "Could you send the right one before Friday? I can bring the other one back.\n\n"
        "Kind regards,\nEmily",
    ),
    Answer(
        1440,
        "english",
        Move.HOLD,
        "We are sorry for the mix-up. The shirt in M leaves our warehouse today; please keep the "
        "other one until the courier collects it.",
        0,
    ),
    Mail(
        1300,
        "japanese",
        ("佐藤 美咲", "misaki.sato@example.net"),
        "領収書の宛名を変更できますか",
        "先週注文した商品の領収書について、宛名を会社名に変更していただけますでしょうか。\n"
        "会社名：株式会社みどり\n\n佐藤",
    ),
    Mail(
        900,
        "typo",
        ("문가람", "garam@exmaple.example"),
        "적립금이 사라졌어요",
        "어제까지 있던 적립금 12,000원이 오늘 보이지 않습니다. 확인 부탁드립니다.",
        phone="+821033445566",
    ),
    Answer(
        800,
        "typo",
        Move.RESOLVE,
        "적립금 12,000원은 유효 기간이 끝나 소멸했습니다. 소멸 30일 전에 메일로 안내해 드렸습니다.",
        1,
    ),
    Bounce(798, "typo"),
    Mail(
        400,
        "table",
        ("남도경", "dokyung@example.com"),
        "[교환] 수량이 바뀌어 왔습니다",
        "주문 두 건의 수량이 서로 바뀌어 왔습니다. 표와 사진을 확인해 주세요.",
        html=ORDER_TABLE,
    ),
    Mail(
        300,
        "colleague",
        COLLEAGUE,
        "Re: 단체 주문 견적을 부탁드립니다",
        "구매팀 서지호입니다. 견적을 확인했습니다.\n로고 파일은 어디로 보내면 될까요?\n\n"
        "> 컵 120개는 개당 6,400원이며, 로고 인쇄는 개당 900원입니다.\n"
        "> 인쇄에는 영업일로 5일이 걸립니다.",
        after="group",
        cc=(GO,),
    ),
    Mail(
        45,
        "number",
        HARIN,
        "Re: 주문한 상품이 아직 오지 않았어요",
        "주문번호는 20261124-002218입니다. 빨리 부탁드려요.\n\n"
        "2026년 11월 27일 (금) 오후 2:10, 늘봄몰 고객센터 <help@neulbom.example>님이 작성:\n"
        "> 주문이 몰려 출고가 늦어졌습니다. 오늘 출고할 수 있는지 창고에 확인하고 있으며,\n"
        "> 주문번호를 알려 주시면 더 빨리 찾을 수 있습니다.",
        after="late",
    ),
)


def arrive(slug: str, people: Sequence[str]) -> None:
    """Mails become tickets and join them, and agents answer; `people` are the login IDs of the
    service's agents, the manager first.
    """
    of = organization.service_by_slug(slug)
    assert of is not None
    now, became = clock.now(), dict[str, int]()
    for step in STEPS:
        at = now - timedelta(minutes=step.ago)
        with clock.at(at):
            if isinstance(step, Mail):
                _know(step)
                became[step.name] = _receive(of, _written(step, at), at)
            elif isinstance(step, Answer):
                _answer(became[step.of], step, people)
            else:
                _receive(of, _bounced(became[step.of], step, at), at)


def _know(mail: Mail) -> None:
    """Whoever has called before is known by their number, too."""
    if mail.phone:
        name, address = mail.sender
        with db.write():
            customers.found_or_made(name=name, email=address, phone=mail.phone)


def _written(mail: Mail, at: datetime) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"] = formataddr(mail.sender), HELP
    if mail.cc:
        made["Cc"] = ", ".join(map(formataddr, mail.cc))
    made["Subject"], made["Date"] = mail.subject, format_datetime(at)
    made["Message-ID"] = mail.message_id
    if mail.after:
        before = next(one for one in STEPS if isinstance(one, Mail) and one.name == mail.after)
        made["In-Reply-To"] = made["References"] = before.message_id
    if mail.is_automatic:
        made["Auto-Submitted"] = "auto-replied"
    made.set_content(mail.text)
    if mail.html:
        made.add_alternative(mail.html, subtype="html")
        page = made.get_body(("html",))
        assert page is not None
        page.add_related(
            drawing("#8fa98a"), "image", "png", cid=f"<{PICTURE}>", filename="받은 선반.png"
        )
    return made


def _bounced(ticket_id: int, bounce: Bounce, at: datetime) -> EmailMessage:
    """What a server says of an answer whose address it does not know (RFC 3464)."""
    sent = db.session.scalars(
        sa.select(Outgoing)
        .where(Outgoing.about == f"ticket/{ticket_id}")
        .order_by(Outgoing.id.desc())
    ).first()
    assert sent is not None
    made = EmailMessage()
    made["From"], made["To"] = "Mail Delivery System <mailer-daemon@mail.example.com>", HELP
    made["Subject"], made["Date"] = "Undelivered Mail Returned to Sender", format_datetime(at)
    made["Message-ID"] = f"<demo-bounce-{bounce.of}@mail.example.com>"
    made["Auto-Submitted"] = "auto-replied"
    made.set_content(f"I could not deliver your message to {sent.recipient}.")
    made.make_mixed()
    report = EmailMessage()
    report["Content-Type"] = "message/delivery-status"
    status, gone = EmailMessage(), EmailMessage()
    status["Reporting-MTA"] = "dns; mail.example.com"
    gone["Final-Recipient"] = f"rfc822; {sent.recipient}"
    gone["Action"], gone["Status"] = "failed", "5.1.2"
    gone["Diagnostic-Code"] = "smtp; 550 5.1.2 Host or domain name not found"
    report.set_payload([status, gone])
    returned = EmailMessage()
    returned["Message-ID"] = f"<{sent.key}@{parseaddr(HELP)[1].partition('@')[2]}>"
    made.attach(report)
    made.add_attachment(returned)
    made.set_type("multipart/report")
    made.set_param("report-type", "delivery-status")
    return made


def _receive(of: Service, mail: EmailMessage, at: datetime) -> int:
    """Stored, noted and read as what a mailbox gives; returns the ticket's number."""
    account = next(one for one in queries.accounts(of.id) if one.host)
    content = mail.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    key = storage.save(content, "")
    with db.write():
        writes.note(
            writes.Came(
                service_id=of.id,
                account_id=account.id,
                key=key,
                size=len(content),
                identity=rules.identity(content),
                received_at=at,
            )
        )
    intake.read_waiting()
    about = db.session.scalar(sa.select(ReceivedMail.about).where(ReceivedMail.key == key)) or ""
    return int(about.removeprefix("ticket/"))


def _answer(ticket_id: int, answer: Answer, people: Sequence[str]) -> None:
    member = identity.member_by_login(people[answer.by])
    assert member is not None
    who = Actor(member.id, member.login_id, member.name, "127.0.0.1")
    with db.write():
        ticket = db.session.get_one(Ticket, ticket_id)
        tickets.take(ticket, group_id=None, seen=ticket.version, actor=who)
    with db.write():
        seen = db.session.get_one(Ticket, ticket_id).version
        tickets.process(ticket, answer.move, answer.text, seen=seen, manager=True, actor=who)
