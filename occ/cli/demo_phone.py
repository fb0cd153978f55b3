"""The demo's phone side: queues, dispositions, caller IDs, a voice menu, and
callers that come by themselves.
"""

from datetime import date, timedelta

from occ.ars import menus, national
from occ.ars import queries as ars_queries
from occ.ars import service as ars
from occ.ars.rules.hours import DAY, Days, Holiday, HolidayKind, Range, Row
from occ.ars.rules.menu import Extra, Key, KeyKind, Language, Voice
from occ.ars.rules.texts import SAMPLES
from occ.audit.service import Actor
from occ.callbacks import queries as callback_queries
from occ.callbacks import service as callbacks
from occ.callbacks.rules import Mode, Source
from occ.core import clock
from occ.core.db import db
from occ.identity.rules import AgentRole
from occ.organization import queries as organization_queries
from occ.organization.models import Service
from occ.telephony import settings as telephony
from occ.tenant import queries as tenant_queries
from occ.tenant import service as tenant
from occ.tenant.rules import OrderState
from occ.ticket_settings import queries as settings
from occ.ticket_settings.rules import CategoryKind

QUEUES = {
    "neulbommall": ("주문·환불", "배송", "결제·쿠폰"),
    "neulbompay": ("결제 상담", "환불 상담"),
}
DISPOSITIONS = ("환불 문의", "배송 문의", "결제 오류", "쿠폰 문의", "불만 접수", "단순 문의")
NAMES = {
    "주문·환불": {Language.EN: "orders and refunds", Language.JA: "注文・返金"},
    "배송": {Language.EN: "delivery", Language.JA: "配送"},
    "결제·쿠폰": {Language.EN: "payments and coupons", Language.JA: "決済・クーポン"},
    "결제 상담": {Language.EN: "payments"},
    "환불 상담": {Language.EN: "refunds"},
}
OPENING = {
    Language.KO: Voice(
        "상담시간은 평일 09:00부터 18:00까지입니다. 자세한 내용은 1577-0000으로 문의해 주세요."
    ),
    Language.EN: Voice("We are open on weekdays from 9 a.m. to 6 p.m."),
}
PROOF = b"%PDF-1.4\n% demo document\n"


def furnish(slug: str, owner: Actor) -> None:
    """Queues with their people, dispositions and caller IDs of a service."""
    found = organization_queries.service_by_slug(slug)
    assert found is not None
    proof = ars.read_proof(PROOF)
    with db.write():
        people = ars_queries.phone_people(found.id)
        for position, name in enumerate(QUEUES[slug]):
            chosen = [
                a.id
                for n, a in enumerate(people)
                if position == 0 or n % len(QUEUES[slug]) != position
            ]
            types = settings.find(found, CategoryKind.INTAKE, name.split("·")[0].split()[0])
            ars.save_queue(
                found, None, name=name, agent_ids=chosen, intake_id=types[0][0] if types else None
            )
        for name in DISPOSITIONS:
            ars.save_disposition(found, None, name=name)
        manager = next(a.member for a in people if a.role is AgentRole.MANAGER)
        who = Actor(manager.id, manager.login_id, manager.name, "127.0.0.1")
        first = ars.save_caller_id(
            found, None, name="고객센터", number=f"+8215770{found.id:03}", proof=proof, actor=who
        )
        ars.save_caller_id(
            found, None, name="야간 상담", number=f"+8215771{found.id:03}", proof=proof, actor=who
        )
        ars.decide_caller_id(first, found, accept=True, reason="", actor=owner)
    _menu(found, who.name)


def contract(owner: Actor) -> None:
    """The phone contract's details and desk phones at each step of their way."""
    details = tenant.Company(
        "주식회사 늘봄",
        "220-81-62517",
        "박지훈",
        "+82215770001",
        "phone@neulbom.example",
        "06236",
        "서울특별시 강남구 테헤란로 152, 8층",
    )
    where = tenant.Delivery(details.contact, details.phone, details.postal_code, details.address)
    with db.write():
        found = tenant_queries.current()
        assert found is not None
        tenant.edit(details, version=found.version)
        for number, (quantity, way) in enumerate(
            ((6, (OrderState.SHIPPED, OrderState.IN_USE)), (2, (OrderState.SHIPPED,)), (3, ()))
        ):
            made = tenant.order(quantity, where, key=f"demo-{number}", actor=owner)
            for step in way:
                tenant.move_order(made.id, step)


def _menu(of: Service, by: str) -> None:
    """A published menu that is open day and night, so that the demo lives at any hour,
    and a draft with office hours.
    """
    spoken = menus.spoken(of)
    keys = [
        Key(
            str(number),
            KeyKind.QUEUE,
            {
                Language.KO: queue.name,
                **{k: v for k, v in NAMES.get(queue.name, {}).items() if k in spoken},
            },
            queue=queue.id,
            callback=True,
        )
        for number, queue in enumerate(ars_queries.queues(of.id), start=1)
    ]
    keys.append(
        Key(
            "4",
            KeyKind.ANNOUNCEMENT,
            {Language.KO: "영업시간 안내", Language.EN: "opening hours"},
            voices=OPENING,
        )
    )
    if Language.EN in spoken:
        keys.append(Key("9", KeyKind.LANGUAGE, {Language.EN: "English"}, language=Language.EN))
    consent = {language: Voice(SAMPLES[Extra.RECORDING][language]) for language in spoken}
    extras = {**menus.draft(of).extras, Extra.RECORDING: consent}
    always = tuple(Row(days, (Range(0, DAY),)) for days in (Days.WEEKDAYS, Days.WEEKEND))
    year = menus.scene(of).local.year
    with db.write():
        menus.replace_parts(of, by=by, keys=tuple(keys), extras=extras, hours=always, holidays=())
        menus.publish(of, by=by, seen=menus.seal(menus.draft(of)))
    lunch = (Range(9 * 60, 12 * 60), Range(13 * 60, 18 * 60))
    short = (Range(9 * 60, 12 * 60), Range(13 * 60, 17 * 60))
    with db.write():
        hours = (
            Row(Days.WEEKDAYS, lunch),
            Row(Days.WED, short),
            Row(Days.SAT, (Range(10 * 60, 14 * 60),)),
        )
        menus.replace_parts(of, by=by, hours=hours)
        menus.import_holidays(of, national.holidays_of("KR", "", year, "ko"), by=by)
        founded = Holiday(date(year, 10, 14), "창립기념일", HolidayKind.COMPANY, yearly=True)
        menus.save(of, {f"holiday:{founded.on.isoformat()}": founded}, by=by)


def ask_for_callbacks() -> None:
    """Callbacks of the last hours: some waiting, some assigned, some done, two of them late."""
    now = clock.now()
    found = organization_queries.service_by_slug("neulbommall")
    assert found is not None
    queues, people = ars_queries.queues(found.id), ars_queries.phone_people(found.id)
    manager = next(a.member for a in people if a.role is AgentRole.MANAGER)
    who = Actor(manager.id, manager.login_id, manager.name, "127.0.0.1")
    idents = []
    for number in range(14):
        with clock.at(now - timedelta(hours=30 - number * 2.1)), db.write():
            made = callbacks.ask(
                found,
                queues[number % len(queues)].id,
                f"+8210{number * 6991 + 24680000:08}",
                Source.QUEUE,
            )
            idents.append(made.id)
    with clock.at(now - timedelta(minutes=40)), db.write():
        callbacks.assign(found, idents[:8], [a.member_id for a in people[:3]], Mode.EVEN, actor=who)
    for ident in idents[:3]:
        row = callback_queries.callback(found.id, ident)
        assert row is not None
        with clock.at(now - timedelta(minutes=20)), db.write():
            callbacks.complete(row, actor=who)
    with db.write():
        callbacks.unassign(found, idents[6:7], actor=who)


def living_floor() -> None:
    """Callers and agents of the load mode, so that the wallboard lives from the first minute."""
    with db.write():
        for service_row in ars_queries.phone_services():
            telephony.save_load(
                service_row.id,
                {
                    "on": True,
                    "calls_per_hour": 150,
                    "patience_seconds": 60,
                    "talk_seconds": 75,
                    "robots": 4,
                },
            )
