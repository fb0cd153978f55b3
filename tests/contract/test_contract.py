"""What holds for every route, page, list and file."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from babel.messages.catalog import Message
from flask import Flask
from lxml import html

from occ import config
from occ.ars import menus, queries
from occ.ars import service as ars
from occ.ars.rules.hours import Holiday, HolidayKind
from occ.audit import service as audit
from occ.audit.rules import Action, LoginResult
from occ.callbacks import service as callbacks
from occ.callbacks.rules import Mode, Source
from occ.cli import features
from occ.core import clock, crypto
from occ.core.db import db
from occ.delivery import service as delivery
from occ.help_center.documents import counting
from occ.help_center.documents.rules import TopicKind
from occ.help_center.members import service as members
from occ.help_center.members.rules import EntryTerms, EntryType
from occ.identity.models import Member
from occ.menu import entries
from occ.organization import rules
from occ.organization.queries import service_by_slug
from occ.screening import rules as spam
from occ.screening import service as screening
from occ.sms import templates as sms_templates
from occ.sms.models import SmsRecipient, SmsSending
from occ.sms.rules.kinds import TextKind
from occ.telephony import queries as telephony_queries
from occ.telephony import service as telephony
from occ.telephony import sessions
from occ.telephony.rules.calls import AgentState, Event, Offered
from occ.tenant import service as tenant
from occ.ticket_settings import service as ticket_settings
from occ.ticket_settings.rules import CategoryKind
from occ.tickets.models import Ticket
from occ.wallboard import service as wallboard
from tests.contract.test_static import static
from tests.factories import document as documents
from tests.factories import mailbox, phone, world
from tests.support import migrated
from tests.support.browser import Browser
from tests.support.routes import PUBLIC, routes
from tests.support.statements import Counter
from tests.tools import messages

WRITING_GETS = {
    "announcements.excel",
    "faq.excel",
    "callbacks.excel",
    "statistics.details_excel",
    "statistics.excel",
    "callback_dealing.statistics_excel",
    "callback_histories.excel",
    "exports.download",
    "sms_history.excel",
    "rates.excel",
    "logs.authority_excel",
    "logs.logins_excel",
    "logs.works_excel",
    "cti_log.excel",
    "histories.calls_excel",
    "histories.detail",
    "histories.mp3",
    "histories.talks_excel",
    "numbers.proof",
    "caller_ids.decision_proof",
    "categories.excel",
    "tickets.excel",
    "ticket_mails.original",
    "mail_doctor.original",
    "help_center_sso.door",
    "migration.refused",
}


def test_every_route_declares_its_permission_and_only_these_are_public(
    applications: Callable[[str], Flask],
) -> None:
    app = applications("sqlite")
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        permission = getattr(app.view_functions[rule.endpoint], "permission", None)
        assert permission is not None, f"{rule.endpoint} declares no permission"
        assert permission.public == (rule.endpoint in PUBLIC), rule.endpoint


def test_only_these_gets_record_something(applications: Callable[[str], Flask]) -> None:
    app = applications("sqlite")
    assert {
        name for name, view in app.view_functions.items() if getattr(view, "writes", False)
    } == WRITING_GETS


def test_service_ids_cannot_be_the_first_part_of_another_address(
    applications: Callable[[str], Flask],
) -> None:
    firsts = {rule.rule.split("/")[1] for rule in applications("sqlite").url_map.iter_rules()}
    assert {first for first in firsts if first and "<" not in first} <= rules.RESERVED


def test_pages_of_a_service_stand_in_one_of_its_menus(applications: Callable[[str], Flask]) -> None:
    for rule in applications("sqlite").url_map.iter_rules():
        if "<slug>" in rule.rule:
            assert entries.SCOPES.get(rule.endpoint.split(".")[0]) in (
                entries.WORK,
                entries.SETTINGS,
            ), rule.endpoint


@pytest.mark.heavy
def test_ids_that_do_not_exist_or_are_absurd_are_404(
    app: Flask, boss: Member, admin: Browser
) -> None:
    phone.furnished(boss)
    for endpoint, path in routes(app, "GET"):
        if "/1" in path:
            for ident in ("99999", "9" * 30):
                assert admin.get(path.replace("/1", f"/{ident}")).status_code == 404, endpoint


MORE = 3  # rows of each table that a list gets at a time
LISTS = (
    "/c/org/contracts", "/c/org/contracts/figures", "/c/org/rates", "/c/org/members",
    "/c/org/admins", "/c/org/logs/authority", "/c/org/logs/logins", "/c/org/logs/works",
    "/c/org/outbox", "/c/org/migration", "/c/org/jobs", "/c/s/mall/agents", "/c/s/mall/groups", "/c/s/mall/groups/new",
    "/c/me", "/c/notices", "/c/org/prices", "/c/s/mall/", "/c/org/cti", "/c/org/cti/agents",
    "/c/org/cti/numbers", "/c/s/mall/ars/queues", "/c/s/mall/ars/dispositions",
    "/c/s/mall/ars/work", "/c/s/mall/ars/numbers", "/c/s/mall/tickets", "/c/s/mall/caller",
    "/c/s/mall/wallboard", "/c/s/mall/wallboard/media", "/c/s/mall/wallboard/agents",
    "/c/s/mall/wallboard/links", "/c/s/mall/wallboard/window/overview", "/c/s/mall/monitoring",
    "/c/s/mall/performance", "/c/s/mall/performance/today",
    "/c/me/cti-log", "/c/phone", "/c/s/mall/ars", "/c/s/mall/ars/history",
    "/c/s/mall/callbacks", "/c/s/mall/callbacks/assign", "/c/s/mall/callbacks/unassign",
    "/c/s/mall/callbacks/statistics", "/c/news", "/c/org/phone", "/c/org/phone/licence",
    "/c/org/phone/orders", "/c/org/phone/orders/new", "/c/s/mall/categories/intake",
    "/c/s/mall/categories/resolution", "/c/s/mall/tickets?box=all",
    "/c/s/mall/tickets/list?box=all", "/c/s/mall/tickets/counters", "/c/s/mall/tickets/new",
    "/c/s/mall/words", "/c/s/mall/templates", "/c/s/mall/customers", "/c/s/mall/sms",
    "/c/s/mall/sms/templates", "/c/s/mall/sms/channel", "/c/s/mall/sms/history",
    "/c/s/mall/mail", "/c/s/mall/mail/doctor", "/c/s/mall/faq", "/c/s/mall/faq/drafts",
    "/c/s/mall/announcements", "/c/s/mall/document-topics/categories",
    "/c/s/mall/document-topics/headings", "/c/s/mall/notice-templates",
    "/c/s/mall/missed-searches",
    "/c/org/sso", "/c/s/mall/spam",
    "/c/s/mall/spam/rule",
    "/c/s/mall/help-center/parts",
    "/c/s/mall/help-center/themes", "/c/s/mall/help-center/texts", "/c/s/mall/help-center/menus",
    "/c/s/mall/help-center/widget", "/c/org/company", "/c/s/mall/histories?period=all",
    "/c/s/mall/histories/talks?period=all", "/c/s/mall/histories/callbacks?period=all",
    "/c/s/mall/statistics/calls/queues?period=year",
    "/c/s/mall/statistics/calls/agents?period=year",
    "/c/s/mall/statistics/calls/states?period=year",
)  # fmt: skip


def _text(service_id: int, number: int) -> None:
    """A text that was sent."""
    now = clock.now()
    text = SmsSending(
        service_id=service_id,
        submit_key=f"t{number}",
        kind=TextKind.SMS,
        body="x",
        sender="15440000",
        registered_at=now,
        due_at=now,
        count=1,
    )
    db.session.add(text)
    db.session.flush()
    db.session.add(
        SmsRecipient(
            sending_id=text.id,
            service_id=service_id,
            registered_at=now,
            number=f"+8210{number:08}",
            key=f"k{number}",
        )
    )


def _calls(boss: Member, queue: Any, made: Any, one: Member, number: int) -> None:
    """A waiting and an answered call, an agent who is logged in, and more rows of the phone settings."""
    by = world.actor(boss)
    mall = service_by_slug("mall")
    assert mall is not None
    mailbox.mail(mall, mailbox.account(mall, address=f"a{number}@shop.example"))
    documents.topic(mall, TopicKind.CATEGORY, f"F{number}")
    documents.faq(mall, boss, f"F{number}")
    documents.faq(mall, boss, f"F{number}", publish=False)
    documents.notice(mall, boss, f"F{number}")
    counting.note_missed(mall.id, "ko", f"F{number}")
    counting.flush()
    shop = EntryTerms(f"E{number}", EntryType.GET, "", "", "https://shop.example/check", {})
    inquiry = spam.Source(spam.Channel.FORM, ip="203.0.113.7")
    with db.write():
        members.add_entry(shop, actor=by)
        screening.hold(mall, inquiry, spam.Verdict(spam.Reason.LIMIT), title=f"I{number}")
        screening.add_block(mall, f"203.0.113.{number}")
        ars.save_disposition(mall, None, name=f"D{number}")
        ars.save_queue(mall, None, name=f"Q{number}", agent_ids=[])
        ars.save_caller_id(
            mall, None, name=f"N{number}", number=f"+821577{number:04}", proof="none", actor=by
        )
        wallboard.add_link(
            mall, name=f"L{number}", services=[mall.id], addresses="", allowed={mall.id}, actor=by
        )
        sessions.login(one.id, made.id, AgentState.READY)
        main = queries.phone_service(made.id)
        assert main is not None
        first = queries.queues(mall.id)[0]
        idents = [
            callbacks.ask(mall, first.id, f"+8210{number:04}{n:04}", Source.MENU).id
            for n in range(4)
        ]
        callbacks.assign(mall, idents[:2], [boss.id], Mode.EVEN, actor=by)
        menus.save(
            mall,
            {
                f"holiday:2026-01-{number - 9:02}": Holiday(
                    date(2026, 1, number - 9), "x", HolidayKind.COMPANY
                )
            },
            by="Boss",
        )
        ticket_settings.add_category(
            mall, CategoryKind.INTAKE, parent_id=None, names={"ko": f"C{number}"}
        )
        ticket_settings.save_word(mall, None, f"word {number}")
        made_of = ticket_settings.save_template(
            mall, None, title=f"T{number}", body="x", code=f"t{number}", shared=False
        )
        kind = ticket_settings.add_category(
            mall, CategoryKind.RESOLUTION, parent_id=None, names={"ko": f"R{number}"}
        )
        ticket_settings.link_template(mall, made_of, [kind.id])
        sms_templates.add_category(mall, name=f"S{number}", parent_id=None, active=True)
        _text(mall.id, number)
        for n in range(2):
            telephony.arrive(f"more-{number}-{n}", f"+8210{number:04}{n:04}", main.main_number)
        found = telephony_queries.call_by_ref(f"more-{number}-0")
        assert found is not None
        telephony.happen(found, Offered(one.id))
        telephony.happen(found, Event.ANSWERED)


def _more(boss: Member, start: int) -> None:
    """`MORE` rows of everything."""
    actor = world.actor(boss)
    for number in range(start, start + MORE):
        name = "".join(chr(97 + int(digit)) for digit in str(number))
        made = phone.service(boss, f"svc{name}", seats=20)
        one = world.member(f"m{number}")
        world.agent(boss, made, boss, manager=True, phone=True)
        _calls(
            boss, phone.queue(made, [world.agent(boss, made, one, phone=True)]), made, one, number
        )
        with db.write():
            tenant.order(
                1, tenant.Delivery("Kim", "+821012345678", "06236", "Seoul"), key=name, actor=actor
            )
            delivery.send_mail(to="a@example.com", subject="S", body="B", key=f"k{number}")
            audit.login(
                LoginResult.WRONG_PASSWORD, login_id="x", ip="1.1.1.1", device="d", member=one
            )
            audit.authority(Action.MEMBER_CHANGED, actor=actor, target=one)


@pytest.mark.heavy
def test_no_list_costs_more_queries_with_more_rows(
    app: Flask, boss: Member, admin: Browser
) -> None:
    mall = phone.furnished(boss)
    one = db.session.scalar(sa.select(sa.func.min(Ticket.id)).where(Ticket.service_id == mall.id))
    screen = f"/c/s/mall/tickets/{one}"  # a list with one of its rows beside it
    counts: list[dict[str, int]] = []
    now = clock.now()
    admin.time = lambda: clock.at(now)  # some of what pages keep is made anew each minute
    for start in (10, 20, 30):
        _more(boss, start)
        for number in range(start, start + MORE):
            one = db.session.scalars(sa.select(Member).where(Member.login_id == f"m{number}")).one()
            world.agent(boss, mall, one)
            from occ.identity import agents

            with db.write():
                agents.add_group(mall, name=f"G{number}", agent_ids=[], actor=world.actor(boss))
        row = {}
        app.extensions.pop("occ_kept", None)  # figures that were counted for the last round
        for path in (*LISTS, screen):
            with Counter() as counter:
                assert admin.get(path, htmx=path.endswith("figures")).status_code == 200
            row[path] = len(counter.statements)
        counts.append(row)
    assert counts[1] == counts[2], {
        p: (counts[1][p], counts[2][p]) for p in counts[2] if counts[1][p] != counts[2][p]
    }
    assert max(counts[2][path] for path in LISTS) <= 20, counts[2]
    assert counts[2][screen] <= 24, counts[2]


def test_lists_page_forth_and_back_without_losing_or_repeating_a_row(
    app: Flask, boss: Member, admin: Browser
) -> None:
    for number in range(45):
        world.member(f"m{number:02}", name=f"Name {number % 7}")
    seen: list[str] = []
    path = "/c/org/members"
    pages = []
    while path:
        page = admin.get(path).text
        pages.append(re.findall(r'o-id">([\w.]+)</div>', page))
        seen += pages[-1]
        found = re.search(r'rel="next" href="([^"]+)"', page)
        path = found[1].replace("&amp;", "&") if found else ""
    assert len(seen) == len(set(seen)) == 46
    back = re.search(r'rel="prev" href="([^"]+)"', page)
    assert back is not None
    assert (
        re.findall(r'o-id">([\w.]+)</div>', admin.get(back[1].replace("&amp;", "&")).text)
        == pages[-2]
    )
    for cursor in ("rubbish", "e30", crypto.token(), "WzFd"):
        assert admin.get(f"/c/org/members?after={cursor}").status_code == 200


def test_every_message_has_a_korean_and_a_japanese_text_with_the_same_placeholders() -> None:
    ids = messages.template()
    for locale in messages.CATALOGS:
        catalog = messages.load(locale)
        for message in ids:
            if not message.id:
                continue
            key, text = messages.key(message), messages.text_of(catalog, message)
            assert text, f"{locale}: no text for {key!r}"
            wanted = set(
                re.findall(
                    r"%\(\w+\)[sd]", message.id if isinstance(message.id, str) else message.id[1]
                )
            )
            assert set(re.findall(r"%\(\w+\)[sd]", text)) == wanted, f"{locale}: {key!r}"


def test_no_label_promises_a_day_where_the_time_of_today_stands() -> None:
    named = re.compile(
        r"""(?:data-label="|<dt>)\{\{ (?:_\(|pgettext\('(\w+)', )'([^']+)'\) \}\}"""
        r"""(?:"[^>]*>|</dt>\s*<dd>)\s*\{\{ when\("""
    )
    labels = {
        label
        for file in (config.ROOT / "templates").rglob("*.html")
        for label in named.findall(file.read_text("utf-8"))
    }
    assert {("", "Added"), ("", "Ordered at"), ("day", "Assigned")} <= labels
    for locale in messages.CATALOGS:
        catalog = messages.load(locale)
        for context, label in labels:
            text = messages.text_of(catalog, Message(label, context=context or None))
            assert not text.endswith(("일", "日")), f"{locale}: {text} is not only a day"


def test_catalogs_hold_nothing_that_is_no_longer_used() -> None:
    ids = {messages.key(message) for message in messages.template()}
    for locale in messages.CATALOGS:
        assert {messages.key(message) for message in messages.load(locale)} <= ids | {("", "")}


@pytest.mark.heavy
@pytest.mark.parametrize("locale", ["ko", "ja"])
def test_pages_of_the_other_languages_hold_no_english_sentence(
    app: Flask, boss: Member, admin: Browser, locale: str
) -> None:
    phone.furnished(boss)
    boss.locale = locale
    db.session.commit()
    english = {
        m.id
        for m in messages.template()
        if isinstance(m.id, str) and len(m.id) > 12 and " " in m.id
    }
    assert english
    for path in LISTS:
        page = html.fromstring(admin.get(path, htmx=path.endswith("figures")).text)
        said = {" ".join(text.split()) for text in page.itertext()}
        assert not english & said, path


def test_documented_settings_are_the_ones_there_are() -> None:
    text = (config.ROOT / "docs" / "settings.md").read_text("utf-8")
    documented = re.findall(r"^\| `(\w+)` \|", text, re.M)
    assert documented == [setting.name for setting in config.SETTINGS]
    for setting in config.SETTINGS:
        assert setting.doc in text, setting.name


def test_no_message_hides_in_an_f_string() -> None:
    """Babel finds those only from Python 3.12 on, so that the catalogs would differ from one Python to the next."""
    hidden = [
        f"{path.relative_to(config.ROOT)}:{node.lineno}"
        for path in sorted((config.ROOT / "occ").rglob("*.py"))
        for text in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(text, ast.JoinedStr)
        for node in ast.walk(text)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).rpartition(".")[2] in messages.KEYWORDS
    ]
    assert not hidden, "say it outside of the f-string"


def test_the_readme_table_is_up_to_date() -> None:
    assert not features.update_readme(), (
        "the README's feature table was stale; it is updated now, commit it"
    )


def test_what_is_offered_is_there_and_what_is_there_is_offered() -> None:
    """A feature is offered and priced from the first test of what it sells on (ORG-3)."""
    sells = {
        rules.Feature.TICKET: "TKT-1",
        rules.Feature.PHONE: "CTI-4",
        rules.Feature.MAIL: "MAIL-1",
        rules.Feature.HELP_CENTER: "HC-2",
        rules.Feature.CHAT: "CHT-1",
        rules.Feature.CUSTOMERS: "CUS-1",
        rules.Feature.SECURITY: "TKT-4",
        rules.Feature.STATISTICS: "STA-2",
        rules.Feature.OPEN_API: "API-1",
        rules.Feature.CALLBACK: "CBK-2",
        rules.Feature.SMS: "SMS-5",
        rules.Feature.WALLBOARD: "MON-1",
        rules.Feature.HANDOVER: "TKT-5",
        rules.Feature.DOORAY: "DOO-2",
    }
    proofs = features.proofs()
    assert set(sells) == set(rules.Feature)
    assert {feature for feature, ident in sells.items() if not proofs.get(ident)} == rules.NOT_YET


def test_every_spec_mark_names_an_id_that_exists() -> None:
    assert set(features.proofs()) <= set(features.titles())


def test_locks_name_no_address_and_have_hashes() -> None:
    for name in ("requirements.lock", "requirements-dev.lock", "requirements-node.lock"):
        text = (config.ROOT / name).read_text()
        assert "://" not in text, name
        assert text.count("--hash=sha256:") > text.count("=="), name
    lock = json.loads((config.ROOT / "package-lock.json").read_text())
    assert len(lock["packages"]) > 1
    for name, package in lock["packages"].items():
        assert "resolved" not in package, name
        assert not name or package["integrity"].startswith("sha512-"), name


def test_every_icon_used_is_in_the_sprite(app: Flask) -> None:
    sprite = set((config.ROOT / "static" / "icons.txt").read_text().split())
    used: set[str] = set()
    for path in (config.ROOT / "templates").rglob("*.html"):
        text = path.read_text("utf-8")
        used |= set(re.findall(r"(?:icon|empty)\(\s*'([a-z0-9-]+)'", text))
    for path in (config.ROOT / "occ").rglob("*.py"):
        used |= set(
            re.findall(
                r'Label\(_l?\(.*?\), "\w+", "([a-z0-9-]+)"\)|icon="([a-z0-9-]+)"',
                path.read_text("utf-8"),
            )
            and re.findall(r'"\w+", "([a-z0-9-]+)"\)', path.read_text("utf-8"))
        )
    assert len(used) > 100, "what names icons was not found"
    assert used <= sprite, used - sprite


def test_an_idle_server_has_not_loaded_what_only_some_work_needs(tmp_path: Path) -> None:
    code = (
        "import sys; from occ.factory import create_app; from occ.cli.start import prepare; app = create_app(); prepare(app); "
        "client = app.test_client(); client.get('/healthz'); client.get('/login'); print([m for m in ('alembic', 'openpyxl', 'lxml', 'PIL', 'zxcvbn', 'segno', 'pyotp', 'psycopg', 'av', 'cattrs', 'httpcore', 'httpx', 'aiosmtpd', 'holidays', 'sudachipy', 'regex') if m in sys.modules])"
    )
    migrated.put_in(tmp_path)
    environ = {"OCC_INSTANCE": str(tmp_path), "PATH": "/usr/bin:/bin", "DATABASE_URL": ""}
    made = subprocess.run(
        [sys.executable, "-c", code],
        env=environ,
        cwd=config.ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert made.stdout.strip() == "[]"


def test_no_file_is_long_or_names_a_registry() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=config.ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    for name in listed:
        path = config.ROOT / name
        if (
            path.suffix in (".py", ".html", ".js", ".css")
            and path.exists()
            and "versions" not in path.parts
        ):
            assert len(path.read_text("utf-8").splitlines()) <= 600, name


def test_security_headers_are_on_every_page(
    app: Flask, boss: Member, browser: Callable[..., Browser]
) -> None:
    one = browser()
    for path in ("/login", "/mall/hc", "/c/", "/healthz", static(app, "dist/base.css")):
        headers = one.get(path).headers
        policy = headers["Content-Security-Policy"].split("; ")
        assert "unsafe-inline" not in headers["Content-Security-Policy"]
        assert {
            "default-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        } <= set(policy), path
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Request-Id"]
        is_file = path.startswith("/static/")
        assert ("no-store" in headers["Cache-Control"]) is not is_file, path
