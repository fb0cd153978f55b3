"""One way of drawing a thing: what the macros draw, and that pages draw it by them."""

import re

import pytest

from occ.config import RESOURCES

TEMPLATES = RESOURCES / "templates"
# its buttons stand under what it costs, which follows the reader
WITH_A_PANEL = {"wizard/basic.html"}
PAGES = [
    path
    for path in sorted(TEMPLATES.rglob("*.html"))
    if re.search(r'extends "layouts/(page|console)\.html"', path.read_text("utf-8"))
    and path.parent.name != "layouts"
]


def named(path: object) -> str:
    return str(path).removeprefix(f"{TEMPLATES}/")


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_a_form_of_a_page_ends_with_the_foot(path) -> None:
    text = path.read_text("utf-8")
    if named(path) not in WITH_A_PANEL:
        assert "{{ submit(" not in text, "its button stands elsewhere than in the foot"
    for form in re.findall(r"<form\b[^>]*\bdata-guard\b.*?</form>", text, re.S):
        assert ("{{ foot(" in form) is not ("w-go" in form)


def test_the_foot_has_the_way_back_before_the_action(app) -> None:
    with app.test_request_context():
        macros = app.jinja_env.get_template("macros/forms.html").make_module(app.jinja_env.globals)
        both = str(macros.foot("/c/me", "Save"))
        alone = str(macros.foot("", "Start"))
    assert re.search(r'class="card-footer o-form-foot">\s*<a class="btn" href="/c/me">', both)
    assert both.index("</a>") < both.index('type="submit"')
    assert "<a" not in alone and 'type="submit"' in alone
