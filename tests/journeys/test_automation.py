"""Fields, triggers, a hand-over and files in real browsers (FLD-1, FLD-3, TRG-1 – TRG-4, TKT-5, TKT-6, TKT-7)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from occ.core.db import db
from occ.identity import agents
from occ.organization.rules import Feature, ServiceType
from occ.ticket_settings import service as settings
from occ.ticket_settings.rules import CategoryKind
from tests.factories import ticket as tickets
from tests.factories import world
from tests.journeys.test_calls import sign_in
from tests.support.live import Live
from tests.support.person import Person
from tests.support.screens import screens


def settled(page: Any) -> None:
    """The page is whole, its scripts and what htmx has put in listen by now."""
    page.wait_for_load_state()
    page.wait_for_function(
        "() => !document.querySelector('.htmx-added, .htmx-request, .htmx-settling, .htmx-swapping')"
    )


@contextmanager
def held(page: Any, path: str, choose: Callable[[], None]) -> Iterator[None]:
    """What is done in here is done between a choice that asks a path, and its answer; what is
    chosen meanwhile asks after it.
    """
    routes: list[Any] = []
    holding = [True]
    page.route(f"**{path}", lambda route: routes.append(route) if holding else route.continue_())
    asked: list[str] = []
    count = lambda request: asked.append(request.url) if request.url.endswith(path) else None
    page.on("request", count)
    with page.expect_request(f"**{path}"):
        choose()
    yield
    page.evaluate("new Promise(requestAnimationFrame)")
    page.remove_listener("request", count)
    assert len(asked) == 1, "one after the other"
    holding.clear()
    with page.expect_response(f"**{path}"):
        routes[0].continue_()
    settled(page)
    page.unroute(f"**{path}")


def drag(page: Any, code: str, over: str) -> None:
    """Takes a row of an ordered list by its grip and drops it on another one's place."""
    order = lambda: page.locator("tr:has([data-grip]) .mono").all_inner_texts()
    settled(page)
    page.wait_for_function(  # what moves rows is loaded beside the page
        "() => document.querySelector('tr:has([data-grip])').parentElement.sortable"
    )
    moved, there = order().index(code), order().index(over)
    start, end = (page.locator("[data-grip]").nth(n).bounding_box() for n in (moved, there))
    page.mouse.move(start["x"] + 8, start["y"] + 10)
    page.mouse.down()
    page.mouse.move(end["x"] + 8, end["y"] + 4, steps=15)
    with page.expect_response(lambda r: r.request.method == "POST" and f"/move/{code}" in r.url):
        page.mouse.up()
    page.reload()
    assert order().index(code) == there, "it stays where it was dropped"


def reached(page: Any, width: int) -> bool:
    """Whether in a window of that width every row shows what can be done with it."""
    before = page.viewport_size
    page.set_viewport_size({**before, "width": width})
    shown: bool = page.evaluate(
        "[...document.querySelectorAll('td.act')].every((one) =>"
        " one.getBoundingClientRect().right"
        " <= one.closest('.o-tablewrap').getBoundingClientRect().right)"
    )
    page.set_viewport_size(before)
    return shown


@pytest.fixture
def desk(center: Callable[..., Live]) -> Callable[[str, str], Live]:
    """A consultation service that hands over to an issue service; its manager `boss` and the agent `kim`."""

    def furnish(boss: Any) -> None:
        depot = world.contracted(boss, "depot", features=tickets.FEATURES, type=ServiceType.ISSUE)
        world.agent(boss, depot, boss, manager=True)
        mall = world.contracted(
            boss, "mall", features=frozenset({*tickets.FEATURES, Feature.HANDOVER}), seats=20
        )
        world.agent(boss, mall, boss, manager=True)
        role = world.agent(boss, mall, world.member("kim"), ticket=True)
        with db.write():
            agents.add_group(
                mall, name="Refunds team", agent_ids=[role.id], actor=world.actor(boss)
            )
            settings.add_category(
                mall, CategoryKind.INTAKE, parent_id=None, names={"ko": "Refund", "en": "Refund"}
            )
            settings.add_category(
                depot, CategoryKind.INTAKE, parent_id=None, names={"ko": "Lost", "en": "Lost"}
            )

    return lambda engine, language: center(engine, language, furnish)


@pytest.mark.live
@pytest.mark.spec("FLD-1", "FLD-3", "TRG-1", "TRG-2", "TRG-3", "TRG-4", "TKT-5", "TKT-6", "TKT-7")
@screens(
    ("ja", 390, 844, "sqlite"),
    ("en", 1440, 900, "postgres"),
    ("ko", 1440, 900, "sqlite"),
)
def test_what_is_asked_what_happens_by_itself_and_the_way_to_another_service(
    desk: Callable[[str, str], Live],
    person: Callable[..., Person],
    language: str,
    width: int,
    height: int,
    engine: str,
    tmp_path: Path,
) -> None:
    live = desk(engine, language)
    boss = sign_in(person(live, language, 1440, 900), "boss")
    kim = sign_in(person(live, language, width, height), "kim")
    home = live.url + "/c/s/mall"

    # the manager defines a drop-down and a sealed field, and places them
    boss.goto(home + "/fields/new?kind=customer")
    boss.fill("input[name=code]", "pay")
    boss.select_option("select[name=type]", "dropdown")
    for code in ("en", "ko"):
        boss.check(f"[name=language-shown][value={code}]", force=True)
        boss.fill(f"input[name=name-{code}]", "Paid by")
    assert not boss.is_visible("input[name=name-en]"), "one language at a time"
    assert boss.is_hidden("label:has([value=en]) small"), "it has a text"
    boss.fill("input[name=choice-ko] >> nth=0", "Card")
    boss.click("[data-line-add]")
    boss.fill("input[name=choice-ko] >> nth=1", "Cash")
    boss.check("input[name=required]")
    boss.click("form.w-cols button[type=submit]")
    boss.wait_for_selector("td:has-text('Card, Cash')")
    boss.goto(home + "/fields/new?kind=customer")
    boss.fill("input[name=code]", "account")
    assert boss.is_visible("label:has([name=language-shown][value=en]) small"), (
        "it says it is empty"
    )
    for code in ("en", "ko"):
        boss.check(f"[name=language-shown][value={code}]", force=True)
        boss.fill(f"input[name=name-{code}]", "Account")
    boss.check("input[name=encrypted]")
    boss.select_option("select[name=purge]", "days")
    boss.fill("input[name=days]", "30")
    boss.click("form.w-cols button[type=submit]")
    boss.wait_for_selector("td:has-text('account')")
    boss.goto(home + "/fields")
    boss.click(".o-actions a[aria-haspopup]")
    for code in ("pay", "account"):
        boss.check(f"#o-dialog input[value={code}]")
    boss.click("#o-dialog button[type=submit]")
    boss.wait_for_selector("td:has-text('account')")
    drag(boss, "account", "pay")
    assert reached(boss, 1000), "what can be done with a field is cut off"

    # below that type four more levels: each asks for the same; the deepest has a name in both languages
    boss.goto(home + "/categories/intake")
    boss.click(".k-col:nth-child(1) a:has-text('Refund')")
    for level, name in enumerate(("Card", "Abroad", "Part", "Coupon"), 2):
        boss.fill(f".k-col:nth-child({level}) .k-add input[name=name]", name)
        boss.keyboard.press("Enter")
        boss.click(f".k-col:nth-child({level}) a:has-text('{name}')")
        boss.wait_for_selector(f".k-here h2:has-text('{name}')")
    assert boss.locator(".k-col").count() == 5 and boss.locator(".k-add:visible").count() == 5, (
        "no sixth level"
    )
    boss.click(".k-here a[href$='/names']")
    boss.wait_for_selector("#o-dialog .o-langs label:has(input:not(:checked)) small")  # empty
    for code, text in (("ko", "쿠폰"), ("en", "Coupon")):
        boss.check(f"#o-dialog [name=language-shown][value={code}]", force=True)
        boss.fill(f"#o-dialog [name=name-{code}]", text)
    assert not boss.is_visible("#o-dialog .o-langs small")
    boss.click("#o-dialog button[type=submit]")
    boss.wait_for_selector("#o-dialog:not([open])", state="attached")

    # a text to answer with, and a word that must not be said
    boss.goto(home + "/templates/new")
    for name, text in (
        ("title", "Thanks"),
        ("body", "Dear  of "),
        ("code", "thx"),
    ):
        boss.fill(f"[name={name}]", text)
    boss.focus("#body")
    boss.evaluate("document.getElementById('body').setSelectionRange(5, 5)")
    boss.keyboard.insert_text("customer")
    boss.evaluate("document.getElementById('body').setSelectionRange(17, 17)")
    boss.dblclick("[data-place='#{number}']")
    assert boss.input_value("#body") == "Dear customer of #{number}", "once, and at the cursor"
    boss.click("main form button[type=submit]")
    boss.wait_for_selector("td:has-text('Thanks')")
    settled(boss)
    boss.evaluate("document.querySelector('td.main .xs').textContent = 'thank you '.repeat(30)")
    assert boss.evaluate(
        "(({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth)"
        "(document.querySelector('.o-tablewrap'))"
    ), "a long text widens the table of templates"
    boss.goto(home + "/words/new")
    boss.fill("[name=word]", "guarantee")
    boss.click("main form button[type=submit]")
    boss.wait_for_selector("main :text('guarantee')")

    # a trigger of two conditions and four results: lines are added and change with what they look at
    boss.goto(home + "/triggers/new")
    boss.fill("input[name=title]", "Refunds")
    boss.select_option(".g-line >> nth=0 >> select[name$=subject]", "intake")
    boss.wait_for_selector(
        ".g-line >> nth=0 >> select[name$=value] option:has-text('Refund')", state="attached"
    )
    settled(boss)
    boss.select_option(".g-line >> nth=0 >> select[name$=value]", label="Refund")
    boss.click("button[hx-target='#g-conditions']")
    boss.wait_for_selector("#g-conditions .g-line >> nth=1")
    settled(boss)
    second = boss.locator("#g-conditions .g-line").nth(1)
    compared = second.locator("select[name$=comparison]")
    with held(
        boss, "/triggers/line", lambda: second.locator("[name$=subject]").select_option("body")
    ):
        compared.select_option("changed")
    boss.wait_for_selector("#g-conditions .g-line >> nth=1 >> span.g-value", state="attached")
    settled(boss)
    assert compared.input_value() == "changed", "the second choice is drawn, too"
    compared.select_option("contains")
    boss.wait_for_selector("#g-conditions .g-line >> nth=1 >> input[name$=value]")
    settled(boss)
    boss.fill("#g-conditions .g-line >> nth=1 >> input[name$=value]", "환불")
    assert (
        boss.locator("#g-conditions .g-line").count() == 2
        and boss.locator("#g-results .g-line").count() == 1
    )
    boss.select_option("#g-results select[name$=kind]", "priority")
    boss.wait_for_selector("#g-results select[name$=value] option[value=urgent]", state="attached")
    settled(boss)
    boss.select_option("#g-results select[name$=value]", "urgent")
    boss.click("button[hx-target='#g-results']")
    boss.wait_for_selector("#g-results .g-line >> nth=1")
    settled(boss)
    boss.select_option("#g-results .g-line >> nth=1 >> select[name$=kind]", "mail")
    boss.wait_for_selector("#g-results .g-line >> nth=1 >> textarea >> nth=0")
    settled(boss)
    with held(
        boss,
        "/triggers/line",
        lambda: boss.select_option("#g-results .g-line >> nth=1 >> select[name$=to]", "customer"),
    ):
        boss.fill("#g-results .g-line >> nth=1 >> textarea[name*=body-ko]", " have it.")
        boss.keyboard.press("Home")
    assert boss.evaluate("document.activeElement.name").endswith("body-ko")
    boss.keyboard.insert_text("We")
    boss.wait_for_selector(
        "#g-results .g-line >> nth=1 >> select[name$=to] option[value=customer][selected]",
        state="attached",
    )
    settled(boss)
    boss.locator("#g-results label:has([data-speak])").nth(1).click()  # the other language
    boss.click("form.g-form .o-form-foot button[type=submit]")
    boss.wait_for_selector("[data-errors]")
    settled(boss)
    boss.locator("#g-results label:has([data-speak])").nth(1).click()
    boss.locator("[data-errors] a").last.click()
    assert boss.evaluate("document.activeElement.name.split('-').slice(1).join('-')") == (
        "subject-ko"
    ), "the link shows the language where its field is"
    boss.keyboard.insert_text("Received ")
    boss.focus("#g-results [data-place='#{number}']")
    boss.keyboard.press("Enter")
    assert boss.evaluate("document.activeElement.value") == "Received #{number}"
    assert (
        boss.input_value("#g-results .g-line >> nth=1 >> textarea[name*=body-ko]") == "We have it."
    ), "typed while the line was drawn anew"
    line = boss.locator("#g-results .g-line").nth(2)
    group, how = (line.locator(f"select[name$={name}]") for name in ("group", "how"))
    for kind in ("assign", "call"):
        boss.click("button[hx-target='#g-results']")
        boss.wait_for_selector(f"#g-results .g-line >> nth={2 if kind == 'assign' else 3}")
        settled(boss)
        if kind == "call":
            boss.select_option("#g-results .g-line >> nth=3 >> select[name$=kind]", kind)
            boss.fill("#g-results .g-line >> nth=3 >> input[type=url]", "https://hooks.example/occ")
        else:
            with held(boss, "/triggers/line", lambda: group.select_option(label="Refunds team")):
                how.select_option("one")
            boss.wait_for_selector("#g-results .g-line >> nth=2 >> .g-more .o-req")
            assert how.input_value() == "one", "the second choice is drawn, too"
            settled(boss)
            with held(boss, "/triggers/line", lambda: how.select_option("random")):
                how.select_option("turn")
                line.locator("input[name$=members]").first.check()
            boss.wait_for_selector("#g-results .g-line >> nth=2 >> .g-more .o-opt")
            settled(boss)
            assert how.input_value() == "turn" and line.locator("[name$=members]:checked").count()
    boss.click("button[hx-target='#g-tried']")
    boss.wait_for_selector("#g-tried .o-note")
    settled(boss)
    boss.click("form.g-form .o-form-foot button[type=submit]")
    boss.wait_for_selector("td:has-text('Refunds')")
    settled(boss)
    boss.set_viewport_size({"width": 1100, "height": 900})  # the room beside the docked phone
    order, act = boss.locator("tr:has-text('Refunds') td").all()[-2:]
    last = order.locator("button").last.bounding_box()
    edit = act.locator("a").first.bounding_box()
    assert last and edit and last["x"] + last["width"] <= edit["x"], "an arrow lies below Edit"
    assert act.locator("summary").is_visible() and boss.evaluate(
        "(({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth)"
        "(document.querySelector('.o-tablewrap'))"
    ), "the menu of the row is cut off"
    boss.set_viewport_size({"width": 1440, "height": 900})

    # kim writes a ticket that it fires on; the type says what is asked
    kim.goto(home + "/tickets/new")
    kim.fill("input[name=subject]", "Money")
    kim.fill("textarea[name=body]", "상품환불이 늦어요")
    kim.fill("input[name=email]", "park@example.com")
    kim.fill("#q", "쿠폰" if language == "ko" else "coup")
    kim.wait_for_function("() => document.querySelectorAll('#intake li').length === 1")
    kim.check("#intake input[name=intake]")
    kim.wait_for_selector("#f-pay")
    kim.click("form.w-cols button[type=submit]")
    kim.wait_for_selector("#f-pay-error")
    settled(kim)
    assert kim.input_value("textarea[name=body]") == "상품환불이 늦어요"
    assert kim.locator("#intake :checked").count() == 1
    kim.select_option("#f-pay", label="Card")
    kim.fill("#f-account", "110-234-567890")
    kim.click("form.w-cols button[type=submit]")
    kim.wait_for_selector("#t-subject:has-text('Money')")
    settled(kim)
    ident = kim.get_attribute("[data-ticket]", "data-ticket")

    assert kim.input_value(".t-side select[name=priority]") == "urgent"
    assert "110-234" not in kim.content()
    kim.click(f"button[hx-post$='/{ident}/fields/account/show']")
    kim.wait_for_selector(".t-shown:has-text('110-234-567890')")
    kim.click("#t-tab-history")
    kim.click(f"a[href$='/{ident}/triggers']")
    told = kim.wait_for_selector("#o-dialog details[open]:has-text('Refunds')").inner_text()
    assert ": Kim" in told and "hooks.example" not in told, (
        "who it went to; addresses outside are the manager's"
    )
    kim.click("#o-dialog [data-close]")
    kim.click("#t-tab-work")

    # a file goes with a comment; two syllables find the ticket; it goes to the issue service and the answer comes back
    note = tmp_path / "note.txt"
    note.write_text("hello")
    kim.click("[data-write=comment]")
    kim.set_input_files("[data-files]", str(note))
    kim.wait_for_selector("#t-files:has-text('note.txt')")
    kim.fill("[data-composer] textarea", "See the file")
    kim.click("[data-main][data-for=comment]")
    kim.wait_for_selector(".t-msg .t-files:has-text('note.txt')")
    kim.goto(home + "/tickets?box=all&q=환불")
    kim.click(".t-subj:has-text('Money')")
    kim.wait_for_selector("#t-subject:has-text('Money')")
    kim.click(f"a[href$='/{ident}/handover']")
    kim.wait_for_selector("#o-dialog select[name=intake] option:has-text('Lost')", state="attached")
    said = "#o-dialog textarea[name=body]"
    with held(
        kim, "/handover", lambda: kim.select_option("#o-dialog select[name=intake]", label="Lost")
    ):
        kim.fill(said, "Please look for it")
    assert kim.input_value(said) == "Please look for it"
    kim.click("#o-dialog button[name=send]")
    kim.wait_for_selector(".t-side .t-other:has-text('Depot')")
    boss.goto(live.url + "/c/s/depot/tickets?box=all")
    boss.click(".t-subj:has-text('Money')")
    boss.wait_for_selector("button[hx-post$='/take']")
    settled(boss)
    boss.click("button[hx-post$='/take']")
    boss.wait_for_selector("[data-write=answer]")
    settled(boss)
    boss.fill("[data-composer] textarea", "Found in the depot")
    boss.click("[data-main][data-for=answer]")
    boss.wait_for_selector(".t-msg:has-text('Found in the depot')")
    kim.wait_for_selector("[data-changed]:not([hidden])")
    settled(kim)
    kim.click("[data-changed] a")
    kim.wait_for_selector(".t-msg:has-text('Found in the depot')")

    # kim answers by a template, is stopped by a word, and resolves
    kim.click("[data-write=answer]")
    with kim.expect_response(lambda r: r.url.endswith("/templates/code")):
        kim.type("[data-composer] textarea", "::thx ")
    kim.wait_for_function(
        "ident => document.querySelector('[data-composer] textarea').value === `Dear customer of #${ident}`",
        arg=ident,
    )
    kim.type("[data-composer] textarea", ", we guarantee it")
    kim.click("[data-main][data-for=answer]")
    kim.wait_for_selector(".t-hits mark:has-text('guarantee')")
    kim.fill("[data-composer] textarea", f"Dear customer of #{ident}, it comes")
    kim.click("[data-main][data-for=answer]")
    kim.wait_for_selector(".t-dhead .o-chip.is-green")
    kim.wait_for_selector(".t-msg.is-own:has-text('it comes')")
