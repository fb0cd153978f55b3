"""`make shots [LOCALE]`: every menu page of the demo as a picture: desktop, phone, dark; and what axe finds."""

import os
import re
import shutil
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from occ.config import ROOT
from tests.support import chromium
from tests.support.live import Live

OUT = ROOT / "shots"
PASSWORD = "spring-always-2026"
PAGES = {
    "contracts": "/c/org/contracts",
    "detail": "/c/org/contracts/1",
    "wizard-basic": "/c/org/contracts/new",
    "wizard-edit": "/c/org/contracts/1/basic",
    "wizard-terms": "/c/org/contracts/1/terms",
    "terminate": "/c/org/contracts/1/terminate",
    "rates": "/c/org/rates",
    "rates-service": "/c/org/rates?scope=service",
    "prices": "/c/org/prices",
    "prices-new": "/c/org/prices/new",
    "info": "/c/org/info",
    "info-edit": "/c/org/info/edit",
    "members": "/c/org/members",
    "invite": "/c/org/members/invite",
    "admins": "/c/org/admins",
    "log-authority": "/c/org/logs/authority",
    "log-entry": "/c/org/logs/authority/5",
    "log-logins": "/c/org/logs/logins",
    "log-works": "/c/org/logs/works",
    "access": "/c/org/access",
    "outbox": "/c/org/outbox",
    "jobs": "/c/org/jobs",
    "service": "/c/s/neulbommall/",
    "agents": "/c/s/neulbommall/agents",
    "agent-new": "/c/s/neulbommall/agents/new",
    "agent-edit": "/c/s/neulbommall/agents/1",
    "groups": "/c/s/neulbommall/groups",
    "group-edit": "/c/s/neulbommall/groups/1",
    "me": "/c/me",
    "me-password": "/c/me/password",
    "me-totp": "/c/me/totp",
    "notices": "/c/notices",
    "not-found": "/c/nowhere",
    "categories": "/c/s/neulbommall/categories/intake?at=3",
    "categories-new": "/c/s/neulbommall/categories/intake",
    "category-names": "/c/s/neulbommall/categories/3/names",
    "category-delete": "/c/s/neulbommall/categories/1/delete",
    "resolution": "/c/s/neulbommall/categories/resolution?at=14",
    "tickets": "/c/s/neulbommall/tickets",
    "ticket": "/c/s/neulbommall/tickets/7?box=all",
    "ticket-other": "/c/s/neulbommall/tickets/9?box=all",
    "ticket-new": "/c/s/neulbommall/tickets/new",
    "ticket-bulk": "/c/s/neulbommall/tickets/bulk?box=all&ticket=7&ticket=8&action=transfer",
    "ticket-transfer": "/c/s/neulbommall/tickets/7/transfer",
    "ticket-type": "/c/s/neulbommall/tickets/7/intake",
    "customers": "/c/s/neulbommall/customers",
    "customer": "/c/s/neulbommall/customers/15",
    "customer-merge": "/c/s/neulbommall/customers/15/merge",
    "templates": "/c/s/neulbommall/templates",
    "template": "/c/s/neulbommall/templates/2",
    "template-links": "/c/s/neulbommall/templates/2/links",
    "fields": "/c/s/neulbommall/fields?type=2",
    "fields-agent": "/c/s/neulbommall/fields?kind=agent",
    "fields-manage": "/c/s/neulbommall/fields/manage",
    "field-new": "/c/s/neulbommall/fields/new",
    "field-edit": "/c/s/neulbommall/fields/pay",
    "field-system": "/c/s/neulbommall/fields/email",
    "fields-add": "/c/s/neulbommall/fields/types/2/add",
    "triggers": "/c/s/neulbommall/triggers",
    "trigger": "/c/s/neulbommall/triggers/1",
    "trigger-new": "/c/s/neulbommall/triggers/new",
    "web-calls": "/c/s/neulbommall/triggers/calls",
    "ledger": "/c/s/neulbommall/fields/ledger",
    "customer-erase": "/c/s/neulbommall/customers/15/erase",
    "files": "/c/s/neulbommall/files",
    "file-new": "/c/s/neulbommall/files/new",
    "tickets-found": "/c/s/neulbommall/tickets?q=환불&box=all",
    "tickets-not-found": "/c/s/neulbommall/tickets?q=zzzz&box=all",
    "tickets-asked": "/c/s/neulbommall/tickets?q=환불 접수유형:배송 상태:없음&box=all",
    "search-filters": "/c/s/neulbommall/tickets/searches/filters?q=환불&box=all",
    "search-save": "/c/s/neulbommall/tickets/searches/new?q=환불",
    "ticket-fields": "/c/s/neulbommall/tickets/16/fields",
    "ticket-triggers": "/c/s/neulbommall/tickets/16/triggers",
    "ticket-handover": "/c/s/neulbommall/tickets/15/handover",
    "ticket-handed": "/c/s/neulbommall/tickets/13?box=all",
    "ticket-refund": "/c/s/neulbommall/tickets/16?box=all",
    "words": "/c/s/neulbommall/words",
    "mail": "/c/s/neulbommall/mail",
    "mail-new": "/c/s/neulbommall/mail/new",
    "mail-edit": "/c/s/neulbommall/mail/2",
    "mail-remove": "/c/s/neulbommall/mail/2/remove",
    "mail-doctor": "/c/s/neulbommall/mail/doctor",
    "mail-drop": "/c/s/neulbommall/mail/doctor/mails/11/drop",
    "ticket-mail": "/c/s/neulbommall/tickets/1?box=all",
    "ticket-mail-people": "/c/s/neulbommall/tickets/2?box=all",
    "ticket-mail-english": "/c/s/neulbommall/tickets/3?box=all",
    "ticket-mail-japanese": "/c/s/neulbommall/tickets/4?box=all",
    "ticket-mail-bounced": "/c/s/neulbommall/tickets/5?box=all",
    "ticket-mail-table": "/c/s/neulbommall/tickets/6?box=all",
    "word-new": "/c/s/neulbommall/words/new",
    "mail-layouts": "/c/s/neulbommall/mail/layouts",
    "mail-layout": "/c/s/neulbommall/mail/layouts/resolved/ko",
    "tickets-none": "/c/s/neulbommall/tickets?box=done",
    "wallboard": "/c/s/neulbommall/wallboard",
    "wallboard-people": "/c/s/neulbommall/wallboard/agents",
    "wall-media": "/c/s/neulbommall/wallboard/window/media",
    "wall-people": "/c/s/neulbommall/wallboard/window/people",
    "wall-links": "/c/s/neulbommall/wallboard/links",
    "wall-link-new": "/c/s/neulbommall/wallboard/links/new",
    "monitoring": "/c/s/neulbommall/monitoring",
    "caller": "/c/s/neulbommall/caller",
    "performance": "/c/s/neulbommall/performance",
    "queues": "/c/s/neulbommall/ars/queues",
    "queue-edit": "/c/s/neulbommall/ars/queues/1",
    "work": "/c/s/neulbommall/ars/work",
    "dispositions": "/c/s/neulbommall/ars/dispositions",
    "numbers": "/c/s/neulbommall/ars/numbers",
    "number-new": "/c/s/neulbommall/ars/numbers/new",
    "phone-contract": "/c/org/phone",
    "phone-licence": "/c/org/phone/licence",
    "phone-edit": "/c/org/phone/edit",
    "desk-phones": "/c/org/phone/orders",
    "desk-phone-new": "/c/org/phone/orders/new",
    "cti": "/c/org/cti",
    "cti-agents": "/c/org/cti/agents",
    "cti-agent": "/c/org/cti/agents/2",
    "caller-ids": "/c/org/cti/numbers",
    "caller-id": "/c/org/cti/numbers/2",
    "voice-menu": "/c/s/neulbommall/ars",
    "voice": "/c/s/neulbommall/ars/voices/delayed",
    "key": "/c/s/neulbommall/ars/keys/1",
    "hours": "/c/s/neulbommall/ars/hours/weekdays",
    "holiday": "/c/s/neulbommall/ars/holidays/2027-02-07",
    "holidays": "/c/s/neulbommall/ars/import",
    "menu-history": "/c/s/neulbommall/ars/history",
    "menu-version": "/c/s/neulbommall/ars/history/1?with=draft",
    "callbacks": "/c/s/neulbommall/callbacks",
    "callbacks-assign": "/c/s/neulbommall/callbacks/assign",
    "callbacks-unassign": "/c/s/neulbommall/callbacks/unassign",
    "callbacks-figures": "/c/s/neulbommall/callbacks/statistics",
    "figures": "/c/s/neulbommall/statistics/tickets",
    "figures-year": "/c/s/neulbommall/statistics/tickets?period=year",
    "figures-months": "/c/s/neulbommall/statistics/tickets?period=year&unit=month",
    "figures-types": "/c/s/neulbommall/statistics/tickets/types?period=year&level=2",
    "figures-staff": "/c/s/neulbommall/statistics/tickets/staff?period=month",
    "figures-bands": "/c/s/neulbommall/statistics/tickets/bands?period=month",
    "figures-none": "/c/s/neulbommall/statistics/tickets?period=range&since=2020-01-01&until=2020-01-31",
    "figures-wrong": "/c/s/neulbommall/statistics/tickets?period=year&unit=hour",
    "figures-calls": "/c/s/neulbommall/statistics/calls",
    "figures-calls-year": "/c/s/neulbommall/statistics/calls?period=year",
    "figures-calls-hours": "/c/s/neulbommall/statistics/calls?period=last_week&unit=hour",
    "figures-queues": "/c/s/neulbommall/statistics/calls/queues?period=month",
    "figures-waits": "/c/s/neulbommall/statistics/calls/waits?period=month",
    "figures-queue": "/c/s/neulbommall/statistics/calls/queue?period=year&unit=week",
    "figures-agents": "/c/s/neulbommall/statistics/calls/agents?period=month",
    "figures-agent": "/c/s/neulbommall/statistics/calls/agent?period=year&unit=month",
    "figures-states": "/c/s/neulbommall/statistics/calls/states?period=month",
    "figures-dispositions": "/c/s/neulbommall/statistics/calls/dispositions?period=month",
    "figures-texts": "/c/s/neulbommall/statistics/texts",
    "figures-texts-year": "/c/s/neulbommall/statistics/texts?period=year&unit=week",
    "figures-templates": "/c/s/neulbommall/statistics/texts/templates?period=year",
    "figures-details": "/c/s/neulbommall/statistics/details",
    "figures-reports": "/c/s/neulbommall/statistics/reports",
    "figures-week": "/c/s/neulbommall/statistics/weekly",
    "histories": "/c/s/neulbommall/histories",
    "histories-talks": "/c/s/neulbommall/histories/talks",
    "histories-recorded": "/c/s/neulbommall/histories/talks?recorded=1&period=month",
    "histories-call": "/c/s/neulbommall/histories/9000",
    "histories-callbacks": "/c/s/neulbommall/histories/callbacks",
    "migration": "/c/org/migration",
    "migration-new": "/c/org/migration/new",
    "migration-upload": "/c/org/migration/new/neulbommall",
    "migration-batch": "/c/org/migration/1",
    "migration-undo": "/c/org/migration/1/undo",
    "callbacks-none": "/c/s/neulbommall/callbacks?number=9999999",
    "texts": "/c/s/neulbommall/sms",
    "texts-about": "/c/s/neulbommall/sms?about=ticket/11&template=3",
    "texts-answer": "/c/s/neulbommall/sms?about=ticket/5&entry=10",
    "texts-locked": "/c/s/neulbommall/sms?template=4",
    "text-templates": "/c/s/neulbommall/sms/templates",
    "text-template": "/c/s/neulbommall/sms/templates/3",
    "text-template-new": "/c/s/neulbommall/sms/templates/new",
    "text-category": "/c/s/neulbommall/sms/templates/categories/new?parent=1",
    "text-category-delete": "/c/s/neulbommall/sms/templates/categories/1/delete",
    "text-channel": "/c/s/neulbommall/sms/channel",
    "texts-sent": "/c/s/neulbommall/sms/history",
    "text-sent": "/c/s/neulbommall/sms/history/1",
    "text-senders": "/c/s/neulbommall/sms/channel/senders",
    "cti-log": "/c/me/cti-log",
    "favourites": "/c/phone/favourites",
    "members-none": "/c/org/members?q=zzzz",
    "hc-home": "/neulbommall/hc/ko",
    "hc-faq": "/neulbommall/hc/ko/faq",
    "hc-answer": "/neulbommall/hc/ko/faq/a/1",
    "hc-notices": "/neulbommall/hc/ko/notices",
    "hc-search": "/neulbommall/hc/ko/search?q=환불",
    "hc-search-none": "/neulbommall/hc/ko/search?q=zzzz",
    "hc-company": "/neulbommall/hc/ko/company",
    "hc-missing": "/neulbommall/hc/ko/nowhere",
}
# what pages above are numbered from, whatever came in within the year before
FIRST = {
    r"(tickets?[/=])(\d+)": "SELECT min(ticket_id) - 1 FROM ticket_mail",
    r"(entry=)(\d+)": "SELECT min(entry_id) - 1 FROM ticket_mail",
    r"(customers/)(\d+)": "SELECT customer_id - 1 FROM ticket JOIN ticket_mail"
    " ON ticket_id = ticket.id ORDER BY ticket_id LIMIT 1",
}
KINDS = {
    "desktop": ((1440, 900), "light"),
    "phone": ((390, 844), "light"),
    "dark": ((1440, 900), "dark"),
}


def pages(instance: Path) -> dict[str, str]:
    """Where the pages are in this demo."""
    found = dict(PAGES)
    with closing(sqlite3.connect(instance / "occ.sqlite3")) as database:
        for pattern, query in FIRST.items():
            (before,) = database.execute(query).fetchone()
            found = {
                name: re.sub(pattern, lambda one, n=before: f"{one[1]}{int(one[2]) + n}", path)
                for name, path in found.items()
            }
    return found


def main() -> int:
    """Returns how many serious things axe found."""
    locale = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("LOCALE", "ko")
    wanted = sys.argv[2:]
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir()
    instance = Path(tempfile.mkdtemp())
    live = Live(instance)
    live.run("demo")
    live.start()
    paths = pages(instance)
    found = 0
    with chromium.browser() as browser:
        for kind, ((width, height), scheme) in KINDS.items():
            context = browser.new_context(
                viewport={"width": width, "height": height}, color_scheme=scheme, locale=locale
            )
            page = context.new_page()
            page.goto(f"{live.url}/login")
            page.screenshot(path=OUT / f"login.{kind}.png")
            page.fill("#login_id", "jihoon")
            page.fill("#password", PASSWORD)
            page.click("main button[type=submit]")
            if page.url.endswith("/login/force"):
                page.screenshot(path=OUT / f"force.{kind}.png")
                page.click("button[name=force]")
            if kind == "desktop":
                page.goto(f"{live.url}/c/me")
                page.select_option("#locale", locale)
                page.click("main form[data-guard] button[type=submit]")
                page.wait_for_load_state("load")
            for name, path in paths.items():
                if wanted and name not in wanted:
                    continue
                page.goto(live.url + path)
                page.wait_for_load_state("load")
                page.wait_for_function("() => !document.querySelector('.htmx-request')")
                if name == "favourites":
                    page.click("[data-phone-toggle]")
                page.screenshot(
                    path=OUT / f"{name}.{kind}.png",
                    full_page=name.startswith(
                        ("wizard", "prices", "rates", "agent", "voice", "figures")
                    ),
                )
                wide = page.evaluate(
                    "document.documentElement.scrollWidth - document.documentElement.clientWidth"
                )
                problems = chromium.axe(page) + (
                    [f"scrolls sideways by {wide} px"] if wide > 0 else []
                )
                found += len(problems)
                for problem in problems:
                    print(f"{name}.{kind}: {problem}")
            context.close()
    live.stop()
    shutil.rmtree(instance)
    print(f"{len(list(OUT.iterdir()))} pictures in {OUT.name}/, {found} problems")
    return found


if __name__ == "__main__":
    sys.exit(bool(main()))
