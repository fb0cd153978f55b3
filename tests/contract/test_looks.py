"""One way of drawing a thing: what the macros draw, and that pages draw it by them."""

import re
from pathlib import Path

import pytest
from flask import Flask, request
from flask_wtf.file import FileField
from lxml import html

from occ.config import RESOURCES
from occ.core.forms import Form
from occ.menu import entries, page
from tests.support.browser import said

TEMPLATES = RESOURCES / "templates"
PAGES = [
    path
    for path in sorted(TEMPLATES.rglob("*.html"))
    if re.search(r'extends "layouts/(page|console)\.html"', path.read_text("utf-8"))
    and path.parent.name != "layouts"
]


def named(path: Path) -> str:
    return str(path).removeprefix(f"{TEMPLATES}/")


def drawn(app: Flask, template: str, **values: object) -> html.HtmlElement:
    """The element that a template with its macros draws."""
    return html.fromstring(app.jinja_env.from_string(template).render(**values))


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_a_form_of_a_page_ends_with_the_foot(path: Path) -> None:
    text = path.read_text("utf-8")
    assert "{{ submit(" not in text, "its button stands elsewhere than in the foot"
    for form in re.findall(r"<form\b.*?</form>", text, re.S):
        if "data-guard" in form.partition(">")[0]:
            assert "{{ foot(" in form
        if "{{ foot(" in form:
            assert 'class="card' in form, "its foot stands outside of any card"
        for beside in re.findall(r"<aside\b.*?</aside>", form, re.S):
            assert "{{ foot(" not in beside, "what is saved stands in the other card"


def test_the_foot_has_the_way_back_before_the_action(app: Flask) -> None:
    with app.test_request_context():
        macros = app.jinja_env.get_template("macros/forms.html").make_module(app.jinja_env.globals)
        both = str(macros.foot("/c/me", "Save"))
        alone = str(macros.foot("", "Start"))
        step = str(macros.foot("/c/me", "Next", way="To the list"))
    assert re.search(r'class="card-footer o-form-foot">\s*<a class="btn" href="/c/me">', both)
    assert both.index("</a>") < both.index('type="submit"')
    assert "<a" not in alone and 'type="submit"' in alone
    assert ">To the list</a>" in step and "Cancel" not in step


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=named)
def test_a_file_is_chosen_by_a_button_of_the_console(path: Path) -> None:
    for tag in re.findall(r"<input\b[^>]*type=\"file\"", path.read_text("utf-8")):
        assert 'class="sr"' in tag, "the button of the browser speaks another language"


def test_the_button_of_a_file_shows_what_was_chosen_and_is_named_after_the_field(
    app: Flask,
) -> None:
    class Proof(Form):
        proof = FileField("Proof document")

    with app.test_request_context(headers={"Accept-Language": "en"}):
        control = drawn(
            app,
            '{% from "macros/forms.html" import field %}{{ field(form.proof, mark=false) }}',
            form=Proof(),
        )
    assert [said(label) for label in control.xpath(".//label[@for='proof' or .//input]")] == [
        "Proof document",
        "Choose a file",
    ]
    assert control.xpath(".//label/input[@type='file'][@class='sr']")
    assert control.xpath(".//*[contains(@class, 'o-upload')]//*[@data-chosen]")


LISTS = [path for path in sorted(TEMPLATES.rglob("*.html")) if 'class="act' in path.read_text()]


def test_the_names_of_a_list_have_the_colour_of_text() -> None:
    links = [
        link
        for path in TEMPLATES.rglob("*.html")
        for link in re.findall(r'<a\b[^>]*"fw-semibold[^"]*"', path.read_text("utf-8"))
    ]
    assert links and all("text-reset" in link for link in links)


@pytest.mark.parametrize("path", LISTS, ids=named)
def test_what_cannot_be_done_with_a_row_says_why(path: Path) -> None:
    cells = re.findall(r'<td class="act.*?</td>', path.read_text("utf-8"), re.S)
    assert cells
    for cell in cells:
        assert not re.search(r"(?<!-)\bdisabled\b(?!-)", cell), (
            "closed() or locked() tell the reason"
        )


def test_a_page_has_one_kind_of_button_to_edit_its_parts() -> None:
    button = re.compile(r"class=\"(btn\b[^\"]*)\"(?:(?!class=).)*?{{ _\('Edit'\) }}", re.S)
    found = {
        path: set(button.findall(path.read_text("utf-8"))) for path in TEMPLATES.rglob("*.html")
    }
    assert found[TEMPLATES / "voice_menu" / "_index.html"]
    for path, kinds in found.items():
        assert len({kind.removesuffix(" end") for kind in kinds}) <= 1, path


def test_the_menu_of_a_row_is_named_after_it(app: Flask) -> None:
    with app.test_request_context(headers={"Accept-Language": "en"}):
        menu = drawn(
            app,
            '{% from "macros/ui.html" import more, closed %}'
            "{% call more('Kim <b>') %}{{ closed('Edit', 'Only while it is checked') }}{% endcall %}",
        )
    assert menu.tag == "details" and menu.get("data-pop") is not None
    assert said(menu.find("summary")) == "More: Kim <b>"
    assert said(menu.xpath(".//*[@class='o-closed']")[0]) == "Edit Only while it is checked"
    assert not menu.xpath(".//*[@class='o-closed']//button | .//*[@class='o-closed']//a")


@pytest.mark.parametrize(
    ("path", "tab"),
    [
        ("/c/org/logs/authority/5", "logs.authority"),
        ("/c/org/logs/works", "logs.works"),
        ("/c/org/info/edit", "organization.info"),
        ("/c/org/prices/new", "organization.prices"),
        ("/c/org/contracts/1/terms", "contracts.index"),
        ("/c/org/phone/orders/new", "tenant.orders"),
        ("/c/org/cti/agents/2", "cti.agents"),
        ("/c/org/cti/numbers/2", "caller_ids.decisions"),
        ("/c/s/mall/ars/history/1", "voice_menu.index"),
        ("/c/s/mall/ars/queues/1", "ars.queues"),
        ("/c/s/mall/ars/dispositions/1", "ars.dispositions"),
        ("/c/s/mall/ars/numbers/new", "numbers.index"),
        ("/c/s/mall/fields/pay", "fields.manage"),
        ("/c/s/mall/fields/types/2/add", "fields.index"),
        ("/c/s/mall/fields/ledger", "ledger.index"),
        ("/c/s/mall/wallboard/links/new", "wallboard.links"),
    ],
)
def test_a_page_below_a_tab_marks_it(app: Flask, path: str, tab: str) -> None:
    with app.test_request_context(path):
        entry = next(
            e
            for groups in entries.MENU.values()
            for group in groups
            for e in group.entries
            if e.endpoint == entries.PAGES[request.blueprint or ""]
        )
        at = page.tab_of(entry.tabs)
    assert at is not None and at.endpoint == tab


@pytest.mark.parametrize(
    ("trail", "heading", "shown"),
    [
        (["Mall", "Customers"], "Kim", ["Mall", "Customers", "Kim"]),
        (["Mall", "Customers"], " Customers ", ["Mall", "Customers"]),
        (["Mall", "ARS", "Queues"], "ARS", ["Mall", "ARS", "Queues"]),
        (["Mall", "Service home"], "Mall", ["Mall", "Service home"]),
        ([], "Not found", ["Not found"]),
    ],
)
def test_the_way_to_a_page_names_each_step_once(
    app: Flask, trail: list[str], heading: str, shown: list[str]
) -> None:
    with app.test_request_context():
        crumb = drawn(
            app,
            '{% from "macros/ui.html" import crumb %}{{ crumb(trail, heading) }}',
            trail=[page.Link("/" if n else "", label, "") for n, label in enumerate(trail)],
            heading=heading,
        )
    steps = crumb.xpath("./*[not(self::*[local-name()='svg'])]")
    assert [said(step) for step in steps] == shown
    assert steps[-1].tag == "b" and not [step for step in steps[1:-1] if step.tag != "a"]


def test_one_language_of_a_form_is_chosen_and_each_stands_in_its_own_name(app: Flask) -> None:
    with app.test_request_context(headers={"Accept-Language": "en"}):
        group = drawn(
            app,
            '{% from "macros/forms.html" import languages %}{{ languages(names, "ja") }}',
            names={"ko": "한국어", "ja": "日本語", "ar": "العربية"},
        )
    assert (group.get("role"), group.get("aria-label")) == ("radiogroup", "Language")
    assert [one.get("value") for one in group.xpath(".//input[@checked]")] == ["ja"]
    assert [(one.get("lang"), one.text) for one in group.xpath(".//bdi")] == [
        ("ko", "한국어"),
        ("ja", "日本語"),
        ("ar", "العربية"),
    ]
