"""A demo organization with months of charges, made through the services like
by hand, never by raw inserts.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import click
import sqlalchemy as sa

from occ.audit.service import Actor
from occ.billing import jobs as billing_jobs
from occ.billing import service as billing
from occ.cli import (
    demo_help_center,
    demo_mail,
    demo_mails,
    demo_old,
    demo_phone,
    demo_settings,
    demo_texts,
    demo_tickets,
    demo_year,
)
from occ.cli.year.texts import Usage
from occ.core import clock
from occ.core.db import db
from occ.core.settings import configured
from occ.delivery import service as delivery
from occ.delivery.models import Outgoing
from occ.identity import agents, passwords, queries, service
from occ.identity.models import Member
from occ.identity.rules import AgentRights, AgentRole, TokenKind
from occ.organization import service as organization
from occ.organization.models import Service
from occ.organization.rules import NOT_YET, Editor, Feature, Item, ServiceType, Terms
from occ.organization.service import BasicInfo
from occ.tenant import queries as tenant
from occ.tenant.rules import Licence

PASSWORD = "spring-always-2026"
ZONE = "Asia/Seoul"
OWNER = ("seoyeon", "김서연")
PEOPLE = (
    ("jihoon", "박지훈"),
    ("minji", "이민지"),
    ("dohyun", "최도현"),
    ("haeun", "정하은"),
    ("junseo", "강준서"),
    ("sua", "윤수아"),
    ("taeyang", "임태양"),
    ("yerin", "한예린"),
    ("woojin", "오우진"),
    ("nari", "서나리"),
    ("geonwoo", "신건우"),
    ("bomi", "조보미"),
)
F = Feature
SERVICES = (
    # slug, name, type, languages with greetings, features, seats at first and later, agents (first
    # one is the manager), group
    (
        "neulbommall",
        "늘봄몰 고객센터",
        ServiceType.CONSULTATION,
        {
            "ko": "무엇을 도와드릴까요?",
            "en": "How can we help you?",
            "ja": "どのようなご用件でしょうか？",
            "ar": "كيف يمكننا مساعدتك؟",
        },
        {
            F.TICKET,
            F.PHONE,
            F.MAIL,
            F.HELP_CENTER,
            F.CHAT,
            F.CUSTOMERS,
            F.SECURITY,
            F.CALLBACK,
            F.SMS,
            F.WALLBOARD,
            F.STATISTICS,
        },
        (26, 28, 30, 32),
        PEOPLE[:6],
        "고객응대 1팀",
    ),
    (
        "neulbompay",
        "늘봄페이 상담",
        ServiceType.CONSULTATION,
        {"ko": "결제와 환불을 도와드려요", "en": "Payments and refunds"},
        {F.TICKET, F.PHONE, F.MAIL, F.HELP_CENTER, F.CUSTOMERS, F.SECURITY, F.SMS, F.WALLBOARD},
        (14, 18),
        PEOPLE[6:10],
        "결제상담팀",
    ),
    (
        "logistics",
        "물류 이슈",
        ServiceType.ISSUE,
        {"ko": ""},
        {F.TICKET, F.MAIL, F.STATISTICS},
        (12,),
        PEOPLE[10:],
        "물류처리팀",
    ),
)


def fill(days: int | None = None) -> None:
    """Makes the demo organization as it is after so many days; None: from the first of this month a
    year ago.

    On a console that has one, only says so.
    """
    if queries.any_member():
        click.echo("This console is in use already; the demo data is left out.")
        return _accounts()
    end = clock.now()
    today = clock.local_day(end, ZONE)
    a_year_ago = today.replace(year=today.year - 1, day=1)
    first = today - timedelta(days=days) if days else a_year_ago
    click.echo("Making the demo organization …")
    instants = _days(clock.day_start(first, ZONE) + timedelta(hours=10), end)
    with clock.at(next(instants)):
        owner = _people()
        for number, row in enumerate(SERVICES):
            _service(number, row, owner)
        demo_phone.contract(owner)
    click.echo("Playing its days …")
    usage = demo_year.live([row[0] for row in SERVICES], first, end)
    for number, instant in enumerate(instants, start=1):
        with clock.at(instant):
            _day(
                number,
                owner,
                usage,
                every=max(1, min(35, (today - first).days // 4)),
                lately=end - instant < demo_texts.WEEKS,
            )
    with clock.at(end):
        billing_jobs.accrue()
        team = [login_id for login_id, _name in PEOPLE[:6]]
        demo_help_center.furnish("neulbommall", PEOPLE[0][0])
        demo_mails.arrive("neulbommall", team)
        demo_tickets.inquire("neulbommall", team)
        delivery.deliver()
        demo_mail.put_aside("neulbommall")
        demo_phone.ask_for_callbacks()
        demo_texts.reserve("neulbommall", PEOPLE[0][0])
        demo_old.bring_in("neulbommall", owner, team)
        demo_year.record("neulbommall", end)
        demo_year.keep_reports("neulbommall", PEOPLE[0][0])
        demo_phone.living_floor()
    return _accounts()


def _days(start: datetime, end: datetime) -> Iterator[datetime]:
    while start < end:
        yield start
        start += timedelta(days=1)


def _people() -> Actor:
    """The owner and the members, each through the invitation's mail;
    returns the owner as who acts.
    """
    hashed = passwords.hashed(PASSWORD)
    with db.write():
        made = service.setup(
            organization="주식회사 늘봄",
            domain=f"127.0.0.1:{configured().port}",
            time_zone=ZONE,
            currency="KRW",
            locale="ko",
            login_id=OWNER[0],
            name=OWNER[1],
            email=f"{OWNER[0]}@neulbom.example",
            password_hash=hashed,
        )
        owner = Actor(made.id, made.login_id, made.name, "127.0.0.1")
    for login_id, name in PEOPLE:
        with db.write():
            service.invite(
                name=name,
                login_id=login_id,
                email=f"{login_id}@neulbom.example",
                phone="",
                actor=owner,
            )
        mail = db.session.scalars(sa.select(Outgoing).order_by(Outgoing.id.desc())).first()
        found = re.search(r"/invite/(\S+)", delivery.body_of(mail) or "" if mail else "")
        assert found is not None
        with db.write():
            service.use_token(found[1], TokenKind.INVITE, password_hash=hashed)
    with db.write():
        service.invite(
            name="배소라",
            login_id="sora",
            email="sora@neulbom.example",
            phone="010-2345-6789",
            actor=owner,
        )
    return owner


def _service(number: int, row: tuple, owner: Actor) -> None:  # type: ignore[type-arg]
    slug, name, kind, greetings, planned, seats, people, group = row
    features, licence = (
        frozenset(planned - NOT_YET),
        None if tenant.current() else Licence(seats=seats[0]),
    )
    info = BasicInfo(kind, name, slug, list(greetings), ZONE, Editor.HTML, greetings)
    with db.write():
        made = organization.add_service(info, key=f"demo-{slug}", actor=owner)
        billing.sign(
            made,
            Terms(features, seats[0], {Item.SMS_MESSAGE: 2000} if F.SMS in features else {}),
            licence,
            actor=owner,
        )
    for position, (login_id, _name) in enumerate(people):
        rights = AgentRights(
            role=AgentRole.AGENT if position else AgentRole.MANAGER,
            ticket=True,
            chat=F.CHAT in features,
            phone=F.PHONE in features,
            transfer=position < 3,
            view_logs=not position,
        )
        with db.write():
            member = queries.member_by_login(login_id)
            service_row = db.session.scalars(sa.select(Service).where(Service.slug == slug)).one()
            assert member is not None
            teams = [g.id for g in queries.groups(service_row.id)]
            agents.add(
                service_row,
                member,
                rights,
                group_ids=teams[:1],
                new_group="" if teams else group,
                actor=owner,
            )
    demo_tickets.furnish(slug)
    demo_settings.furnish(slug)
    if F.SMS in features:
        demo_texts.furnish(slug)
    if slug == "neulbommall":
        demo_mail.furnish(slug)
    if F.PHONE in features:
        demo_phone.furnish(slug, owner)
    if not number:
        with db.write():
            admin = queries.member_by_login("jihoon")
            assert admin is not None
            service.set_org_admin(admin, on=True, actor=owner)


def _day(number: int, owner: Actor, usage: Usage, *, every: int, lately: bool) -> None:
    """A day of the demo's life: the day before is charged, with the messages that were sent on it.

    Seats grow `every` so many days.
    """
    billing_jobs.accrue()
    today = clock.local_day(clock.now(), ZONE)
    rows = db.session.scalars(sa.select(Service).order_by(Service.id)).all()
    with db.write():
        for (service_id, day, item), count in usage.items():
            if day == today:
                billing.record_usage(service_id, item, count, day=day)
    if lately:
        for row in [row for row in rows if row.offers(F.SMS)]:
            demo_texts.day(row, number, _team(row.slug))
    if number % every == 0:
        step = number // every
        for found, planned in zip(rows, SERVICES, strict=True):
            seats = planned[5]
            if step < len(seats):
                terms = db.session.get_one(Service, found.id).contract.terms  # type: ignore[union-attr]
                with db.write():
                    # hand-over is offered once there is an issue service
                    features = (
                        terms.features | {F.HANDOVER}
                        if planned[0] == "neulbommall"
                        else terms.features
                    )
                    organization.change_contract(
                        found, Terms(features, seats[step], terms.volumes), actor=owner
                    )


def _team(slug: str) -> list[str]:
    """Who works in a service of the demo, by login ID."""
    return next([login for login, _name in row[6]] for row in SERVICES if row[0] == slug)


def _accounts() -> None:
    click.echo(
        "\n  Calls arrive by themselves; under Caller a manager plays a customer and stops them."
    )
    click.echo(f"\n  Organization admin  {OWNER[0]:<10} {OWNER[1]}")
    for member in db.session.scalars(sa.select(Member).order_by(Member.id)).all()[1:]:
        roles = ", ".join(
            f"{agent.service.name} ({agent.role.value})" for agent in queries.agents_of(member.id)
        )
        if roles:
            click.echo(f"  Agent               {member.login_id:<10} {member.name}: {roles}")
    click.echo(f"\n  Password of all: {PASSWORD}\n")
