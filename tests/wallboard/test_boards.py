"""Wallboard, wall links and dashboard (MON) through their pages."""

import re
from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from lxml import html

from occ.core.db import db
from occ.identity import agents
from occ.identity.models import Agent, Member
from occ.organization import service as organization
from occ.organization.models import Service
from occ.telephony import settings
from occ.telephony.rules.calls import AgentState, Command, CtiVersion
from occ.wallboard import queries, rules
from occ.wallboard.models import WallLink
from tests.factories import phone, world
from tests.factories.phone import Floor
from tests.support.browser import Browser

pytestmark = pytest.mark.heavy  # pages walked by people: on PostgreSQL in `make test-all`

Make = Callable[..., Browser]


@pytest.fixture
def mall(boss: Member) -> Service:
    made = phone.service(boss)
    world.agent(boss, made, boss, manager=True)
    return made


@pytest.fixture
def team(boss: Member, mall: Service) -> list[Agent]:
    made = [phone.agent(boss, mall, name) for name in ("kim", "lee", "park")]
    phone.queue(mall, made)
    return made


def rows(page: str) -> dict[str, list[list[str]]]:
    """The tables of a board: by their screen, each row as texts."""
    found: dict[str, list[list[str]]] = {}
    for section in html.fromstring(page).xpath("//*[@data-screen]"):
        lines = [
            "|".join(
                " ".join(cell.text_content().split())
                .removeprefix("Critical")
                .removeprefix("Warning")
                for cell in row.xpath("th|td")
            )
            for row in section.xpath(".//tbody/tr|.//tfoot/tr")
        ]
        found.setdefault(section.get("data-screen"), []).extend(line.split("|") for line in lines)
    return found


@pytest.mark.spec("MON-1", "MON-2", "MON-3")
def test_the_board_shows_each_step_of_calls(
    floor: Floor, mall: Service, team: list[Agent], browser: Make
) -> None:
    floor.step()
    his = browser("boss")
    path = "/c/s/mall/wallboard"
    assert rows(his.get(path).text)["By media"] == [["Mall", "0", "0", "0", "0", "–", "–"]], (
        "nothing offered is no 0 %"
    )
    kim, lee, park = team
    floor.login(kim, lee, park)
    floor.do(park, Command.STATE, state="rest")
    first, second = floor.place(mall), floor.place(mall)
    third = floor.place(mall)
    floor.wait(10)
    floor.do(kim, Command.ANSWER)
    shown = rows(his.get(path).text)
    assert shown["By media"] == [["Mall", "2", "3", "1", "0", "33.3%", "33.3%"]]
    assert shown["By agent"] == [["Mall", "2", "3", "0", "2", "0", "1", "33.3%", "33.3%"]]
    floor.wait(15)
    floor.do(lee, Command.ANSWER)
    floor.leave(third)
    assert rows(his.get(path).text)["By media"] == [
        ["Mall", "0", "3", "2", "1", "66.7%", "33.3%"]
    ], "25 s is answered, but not in time"
    floor.leave(first)
    floor.leave(second)
    assert rows(his.get("/c/s/mall/wallboard/agents").text)["By agent"][0][:7] == [
        "Mall",
        "0",
        "3",
        "0",
        "0",
        "0",
        "3",
    ]


@pytest.mark.spec("CTI-1", "MON-1", "MON-4")
def test_the_service_level_is_that_of_the_settings_and_its_last_second_counts(
    floor: Floor, boss: Member, mall: Service, team: list[Agent], browser: Make
) -> None:
    floor.login(team[0])
    floor.place(mall)
    floor.wait(10)
    floor.do(team[0], Command.ANSWER)
    his, path, tag = browser("boss"), "/c/s/mall/wallboard", ""
    for seconds, level in ((9, "0.0%"), (10, "100.0%")):
        with db.write():
            settings.save(
                {"version_name": CtiVersion.MOBILE, "service_level_seconds": seconds},
                version=settings.ensure().version,
                actor=world.actor(boss),
            )
        board = his.poll(path, tag)
        assert rows(board.text)["By media"] == [["Mall", "0", "1", "1", "0", "100.0%", level]]
        tag = board.headers["ETag"]
        his.get("/c/s/mall/monitoring")
        queue = next(row for row in his.rows() if row[0] == "Orders")
        assert [cell.removeprefix("Critical") for cell in queue[-2:]] == ["100.0%", level]


@pytest.mark.spec("MON-2", "MON-3")
def test_a_board_that_is_drawn_for_many_is_shown_to_nobody_else(
    floor: Floor, boss: Member, mall: Service, browser: Make
) -> None:
    floor.step()
    pay, shop = (phone.service(boss, name) for name in ("pay", "shop"))
    shown = []
    for name, of, locale in (("ann", pay, "en"), ("ben", shop, "en"), ("cho", shop, "ko")):
        member = world.member(name)
        with db.write():
            member.locale = locale
        world.agent(boss, of, member, manager=True)
        his = browser(name)
        for kind in ("media", "agents"):
            page = his.get(f"/c/s/{of.slug}/wallboard/{kind}", htmx=True).text
            shown += [(title, lines[0][0]) for title, lines in rows(page).items()]
    assert shown == [
        *(("By media", "Pay"), ("By agent", "Pay")),
        *(("By media", "Shop"), ("By agent", "Shop")),
        *(("매체별 현황", "Shop"), ("상담원별 현황", "Shop")),
    ]


@pytest.mark.spec("MON-2")
def test_whoever_is_logged_in_stands_in_one_column_by_what_they_do(
    floor: Floor, mall: Service, team: list[Agent], browser: Make
) -> None:
    his, kim = browser("boss"), team[0]
    ready, in_call, outbound, resting = (
        [str(int(column == shown)) for column in range(4)] for shown in range(4)
    )

    def columns() -> list[str]:
        row = rows(his.get("/c/s/mall/wallboard/agents").text)["By agent"][0]
        assert row[2] == "1", "logged in"
        return row[3:7]

    floor.login(kim)
    assert columns() == ready
    for state in ("rest", "away", "ticket"):
        floor.do(kim, Command.STATE, state=state)
        assert columns() == resting, state
    floor.do(
        kim,
        Command.DIAL,
        service=mall.id,
        number="+821055550000",
        caller_id=phone.main_number(mall),
    )
    assert (floor.state(kim), columns()) == (AgentState.DIALING, outbound)
    floor.wait(2)
    assert (floor.state(kim), columns()) == (AgentState.TALKING, outbound)
    floor.do(kim, Command.HOLD)
    assert columns() == in_call
    floor.do(kim, Command.RESUME)
    floor.do(kim, Command.HANG_UP)
    assert (floor.state(kim), columns()) == (AgentState.WRAP_UP, resting)
    floor.do(kim, Command.STATE, state="ready")
    floor.place(mall)
    assert (floor.state(kim), columns()) == (AgentState.RINGING, in_call)
    floor.do(kim, Command.ANSWER)
    assert (floor.state(kim), columns()) == (AgentState.TALKING, in_call)


@pytest.mark.spec("MON-2")
def test_an_agent_of_two_services_counts_in_each_but_in_a_call_only_in_its_service(
    floor: Floor, boss: Member, mall: Service, team: list[Agent], browser: Make
) -> None:
    pay = phone.service(boss, "pay")
    world.agent(boss, pay, boss, manager=True)
    phone.agent(boss, pay, "kim")
    floor.login(team[0])
    his = browser("boss")
    path = "/c/s/mall/wallboard/agents"
    assert [row[:6] for row in rows(his.get(path).text)["By agent"]] == [
        ["Mall", "0", "1", "1", "0", "0"],
        ["Pay", "0", "1", "1", "0", "0"],
        ["Total", "0", "1", "1", "0", "0"],
    ]
    floor.place(mall)
    assert [row[:6] for row in rows(his.get(path).text)["By agent"]] == [
        ["Mall", "1", "1", "0", "1", "0"],
        ["Pay", "0", "0", "0", "0", "0"],
        ["Total", "1", "1", "0", "1", "0"],
    ]


@pytest.mark.spec("MON-3")
def test_without_the_phone_system_the_board_says_since_when_and_shows_no_zeros(
    floor: Floor, mall: Service, browser: Make
) -> None:
    floor.step()
    floor.now += phone.timedelta(seconds=111)
    his = browser("boss")
    for path in ("/c/s/mall/wallboard", "/c/s/mall/wallboard/window/media", "/c/s/mall/monitoring"):
        page = his.get(path).text
        assert "The phone system is not connected." in page, path
    assert not rows(his.get("/c/s/mall/wallboard").text)


@pytest.mark.spec("MON-3")
def test_unchanged_polls_are_304_until_something_happens_or_the_right_is_gone(
    floor: Floor, boss: Member, mall: Service, team: list[Agent], browser: Make
) -> None:
    floor.step()
    his = browser("kim")
    path = "/c/s/mall/wallboard"
    tag = his.get(path, htmx=True).headers["ETag"]
    again = lambda: his.poll(path, tag)
    assert again().status_code == 304
    floor.place(mall)
    changed = again()
    assert changed.status_code == 200
    tag = changed.headers["ETag"]
    assert again().status_code == 304
    with db.write():
        agents.remove(team[0], actor=world.actor(boss))
    assert again().status_code == 404, "the role is gone"
    hers = browser("lee")
    tag = hers.get(path, htmx=True).headers["ETag"]
    with db.write():
        organization.set_state(mall, active=False, actor=world.actor(boss))
    assert hers.poll(path, tag).status_code == 403, "the service is suspended"


@pytest.mark.spec("MEM-6", "MON-3")
def test_a_revoked_session_is_refused_at_its_next_poll(
    floor: Floor, mall: Service, team: list[Agent], browser: Make
) -> None:
    floor.step()
    his = browser("kim")
    tag = his.get("/c/s/mall/wallboard", htmx=True).headers["ETag"]
    db.session.execute(sa.text("DELETE FROM login_session"))
    db.session.commit()
    assert his.poll("/c/s/mall/wallboard", tag).status_code == 401


def make_link(his: Browser, **values: str) -> str:
    his.get("/c/s/mall/wallboard/links/new")
    his.follow(his.post("/c/s/mall/wallboard/links/new", {"name": "Office", **values}))
    assert his.last is not None
    found = re.search(r"/c/wall/[\w-]+", his.last.text)
    assert found is not None
    return found[0]


@pytest.mark.spec("MON-5")
def test_a_wall_link_shows_the_chosen_services_without_a_login_until_it_is_revoked(
    floor: Floor, boss: Member, mall: Service, team: list[Agent], browser: Make
) -> None:
    phone.service(boss, "pay")
    floor.step()
    his, screen = browser("boss"), browser()
    link = make_link(his, services=str(mall.id))
    assert link not in his.get("/c/s/mall/wallboard/links").text, "it is shown once"
    page = screen.get(link)
    assert rows(page.text)["By media"] == [["Mall", "0", "0", "0", "0", "–", "–"]]
    tag = screen.get(link, htmx=True).headers["ETag"]
    assert screen.poll(link, tag).status_code == 304
    for wrong in (link[:-1] + ("a" if link[-1] != "a" else "b"), "/c/wall/x", link + "x"):
        assert screen.get(wrong).status_code == 404, wrong
    ident = db.session.scalar(sa.select(WallLink.id))
    other = phone.service(boss, "shop")
    world.agent(boss, other, world.member("stranger"), manager=True)
    stranger = browser("stranger")
    stranger.get("/c/me")
    assert stranger.post(f"/c/s/shop/wallboard/links/{ident}/revoke", {}).status_code == 404, (
        "another service's link"
    )
    his.post(f"/c/s/mall/wallboard/links/{ident}/revoke", {})
    assert screen.poll(link, tag).status_code == 404


@pytest.mark.spec("MON-5", "ORG-5")
def test_a_wall_link_shows_a_service_only_while_it_is_active(
    floor: Floor, boss: Member, mall: Service, browser: Make
) -> None:
    pay = phone.service(boss, "pay")
    world.agent(boss, pay, boss, manager=True)
    floor.step()
    his, screen = browser("boss"), browser()
    his.get("/c/s/mall/wallboard/links/new")
    both = {"name": "Office", "services": [str(mall.id), str(pay.id)]}
    his.follow(his.post("/c/s/mall/wallboard/links/new", both))
    assert his.last is not None
    link = re.search(r"/c/wall/[\w-]+", his.last.text)
    assert link is not None
    named = lambda: [row[0] for row in rows(screen.get(link[0]).text)["By media"]]
    assert named() == ["Mall", "Pay", "Total"]
    with db.write():
        organization.set_state(pay, active=False, actor=world.actor(boss))
    assert named() == ["Mall"]


@pytest.mark.spec("MON-4")
def test_the_dashboard_compares_with_yesterday_until_now(
    floor: Floor, mall: Service, team: list[Agent]
) -> None:
    for hours in (0, 4, 8, 24):
        floor.now = phone.START + phone.timedelta(hours=hours)
        floor.leave(floor.place(mall))
    floor.now = phone.START + phone.timedelta(hours=28)
    with floor.time():
        data = queries.dashboard(mall, [mall])
    assert (data.offered_before, data.calls.offered) == (2, 1)


@pytest.mark.spec("MON-3", "MON-5")
def test_a_wall_screen_has_a_clock_for_each_zone_that_its_services_count_days_in(
    floor: Floor, boss: Member, mall: Service, team: list[Agent], browser: Make
) -> None:
    pay, shop = (
        phone.service(boss, "pay", time_zone="America/New_York"),
        phone.service(boss, "shop", time_zone="America/New_York"),
    )
    for of in (pay, shop):
        world.agent(boss, of, boss, manager=True)
    floor.step()
    his, screen = browser("boss"), browser()

    def clocks(page: str) -> list[tuple[str, str]]:
        return [
            (one.get("data-clock"), one.getprevious().text)
            for one in html.fromstring(page).xpath("//*[@data-clock]")
        ]

    seoul, york = ("Asia/Seoul", "Seoul"), ("America/New_York", "New York")
    assert clocks(screen.get(make_link(his, services=str(mall.id))).text) == [seoul]
    assert clocks(his.get("/c/s/mall/wallboard/window/media").text) == [seoul, york]
    assert clocks(his.get("/c/s/pay/wallboard/window/people").text) == [york, seoul], (
        "that of the opened service first"
    )


@pytest.mark.spec("MON-5")
def test_a_wall_link_is_limited_to_managed_services_and_addresses(
    floor: Floor, boss: Member, mall: Service, browser: Make
) -> None:
    pay = phone.service(boss, "pay")
    floor.step()
    his = browser("boss")
    his.get("/c/s/mall/wallboard/links/new")
    his.post("/c/s/mall/wallboard/links/new", {"name": "X", "services": str(pay.id)})
    assert "Choose services that you manage." in his.errors()
    his.post(
        "/c/s/mall/wallboard/links/new",
        {"name": "X", "services": str(mall.id), "addresses": "10.0.0.300"},
    )
    assert "neither an address nor a CIDR range" in his.errors()
    link = make_link(his, services=str(mall.id), addresses="203.0.113.0/24")
    screen = browser(ip="203.0.113.9")
    tag = screen.get(link, htmx=True).headers["ETag"]
    assert screen.poll(link, tag).status_code == 304
    screen.ip = "198.51.100.1"
    assert screen.get(link).status_code == 404
    assert screen.poll(link, tag).status_code == 404, "also with what it has of the board"


@pytest.mark.spec("MON-3")
def test_agents_without_phone_see_no_board_and_managers_see_it_without(
    floor: Floor, boss: Member, mall: Service, browser: Make
) -> None:
    world.agent(boss, mall, world.member("desk"), ticket=True)
    desk = browser("desk")
    assert desk.get("/c/s/mall/wallboard").status_code == 403
    assert desk.get("/c/s/mall/monitoring").status_code == 403
    assert browser("boss").get("/c/s/mall/wallboard").status_code == 200


@pytest.mark.spec("MON-4")
def test_the_dashboard_counts_lines_hours_queues_and_agents(
    floor: Floor, mall: Service, team: list[Agent], browser: Make
) -> None:
    kim, lee, _park = team
    floor.login(kim, lee)
    for _n in range(2):
        floor.place(mall)
    floor.wait(5)
    floor.do(kim, Command.ANSWER)
    floor.do(kim, Command.HOLD)
    his = browser("boss")
    text = " ".join(html.fromstring(his.get("/c/s/mall/monitoring").text).text_content().split())
    for words in (
        "Lines in use 2 / 30",
        "Total inbound 2",
        "Consultation requests 2",
        "Orders 1 2 1 0 Critical50.0% Critical50.0%",
        "Logged in 2",
        "Call on hold1",
        "Ringing1",
    ):
        assert words.replace(" ", "") in text.replace(" ", ""), words
    today = html.fromstring(his.get("/c/s/mall/monitoring").text).xpath(
        "//table[contains(@class,'g-hours')]//tbody/tr[1]/td/text()"
    )
    hour = floor.now.astimezone(ZoneInfo("Asia/Seoul")).hour
    assert today[hour] == "2"


@pytest.mark.spec("MEM-8")
def test_my_performance_counts_calls_transfers_and_times(
    floor: Floor, mall: Service, team: list[Agent], browser: Make
) -> None:
    kim, lee, _park = team
    floor.login(kim)
    ref = floor.place(mall)
    floor.do(kim, Command.ANSWER)
    floor.login(lee)
    floor.wait(20)
    floor.do(kim, Command.CONSULT, member=lee.member_id)
    floor.do(lee, Command.ANSWER)
    floor.do(kim, Command.CONNECT)
    floor.wait(25)
    floor.leave(ref)
    his = browser("kim")
    text = "".join(html.fromstring(his.get("/c/s/mall/performance").text).text_content().split())
    assert "Inboundcalls100:21" in text and "Transfers1" in text and "Ticketwork00:25" in text, text
    hers = "".join(
        html.fromstring(browser("lee").get("/c/s/mall/performance").text).text_content().split()
    )
    assert "Inboundcalls100:25" in hers and "Transfers0" in hers, hers


@pytest.mark.parametrize(
    ("answered", "offered", "tenths"),
    [(0, 0, None), (1, 3, 333), (2, 3, 667), (1, 2000, 1), (1, 2001, 0), (5, 5, 1000)],
)
def test_rates_are_rounded_half_up_to_tenths(
    answered: int, offered: int, tenths: int | None
) -> None:
    assert rules.Calls(offered=offered, answered=answered).answer_rate == tenths


def test_levels_change_at_their_bounds() -> None:
    level = rules.Level
    assert [rules.from_above(n, rules.WAITING) for n in (4, 5, 9, 10)] == [
        level.OK,
        level.WARN,
        level.WARN,
        level.BAD,
    ]
    assert [rules.from_below(t, rules.SERVICE_LEVEL) for t in (None, 800, 799, 750, 749)] == [
        level.OK,
        level.OK,
        level.WARN,
        level.WARN,
        level.BAD,
    ]
    assert rules.people(
        [(AgentState.TALKING, True, 1), (AgentState.HOLD, True, 1)], 1
    ) == rules.People(in_call=1, outbound=1)


@pytest.mark.spec("TKT-2")
def test_the_phone_strip_stands_above_the_tickets_where_phone_is_contracted(
    floor: Floor, boss: Member, mall: Service, team: list[Agent], browser: Make
) -> None:
    floor.login(*team)
    floor.place(mall)
    his = browser("kim")
    assert 'data-live="/c/s/mall/tickets/phone"' in his.get("/c/s/mall/tickets").text
    tag = his.get("/c/s/mall/tickets/phone", htmx=True)
    assert (
        f'data-n="ready">{len(team) - 1}<' in tag.text
        and re.search(r'data-n="inbound">1<', tag.text)
        and "Answer rate" in tag.text
    )
    floor.do(team[0], Command.ANSWER)
    assert his.poll("/c/s/mall/tickets/phone", tag.headers["ETag"]).status_code == 200
