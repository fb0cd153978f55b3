"""Parts of pages that are drawn once for all: that they hold nothing of one viewer."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from jinja2 import Environment, meta, nodes

from occ.config import RESOURCES
from occ.core import ui
from occ.core.db import db
from occ.identity.models import Member
from occ.organization.rules import Feature
from tests.factories import world
from tests.support.browser import Browser

pytestmark = pytest.mark.heavy  # on PostgreSQL in `make test-all`

TEMPLATES = RESOURCES / "templates"
# what says the same to everybody whose language and address of the console are the same
SAME = {"_", "asset", "chip", "icon", "url_for"}
SAME_FILTERS = {"format", "number", "replace", "string", "trim"}


def read(app: Flask, name: str) -> nodes.Template:
    return app.jinja_env.parse((TEMPLATES / name).read_text("utf-8"))


def calls() -> Iterator[tuple[str, tuple[str, ...]]]:
    """(template, names of its values) of each part that is drawn once."""
    plain = Environment()  # noqa: S701 - it only parses
    for path in sorted(TEMPLATES.rglob("*.html")):
        text = path.read_text("utf-8")
        if "once(" not in text:  # this runs in every worker
            continue
        for call in plain.parse(text).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "once":
                assert isinstance(call.args[0], nodes.Const), f"{path}: which template?"
                yield call.args[0].value, tuple(sorted(value.key for value in call.kwargs))


def used(app: Flask, part: nodes.Template) -> tuple[set[str], set[str]]:
    """The names and the filters that a part uses, with those of its macros and of parts in it."""
    part.set_environment(app.jinja_env)
    names = set(meta.find_undeclared_variables(part))
    filters = {one.name for one in part.find_all(nodes.Filter)}
    parts = []
    for of in part.find_all((nodes.FromImport, nodes.Include)):
        assert isinstance(of.template, nodes.Const)
        other = read(app, of.template.value)
        if isinstance(of, nodes.FromImport):
            taken = [m for m in other.find_all(nodes.Macro) if m.name in of.names]
            other = nodes.Template(taken, lineno=1)
        parts.append(other)
    for other in parts:
        more = used(app, other)
        names, filters = names | more[0], filters | more[1]
    return names, filters


@pytest.mark.parametrize(("name", "values"), sorted(set(calls())), ids=str)
def test_a_part_that_is_drawn_once_uses_its_values_alone(
    app: Flask, name: str, values: tuple[str, ...]
) -> None:
    names, filters = used(app, read(app, name))
    assert names <= SAME | set(values), "it may differ between those who get it"
    assert filters <= SAME_FILTERS, "its filter may know who looks"


def test_everybody_gets_the_parts_that_would_be_drawn_for_them_alone(
    app: Flask, boss: Member, browser: Callable[..., Browser]
) -> None:
    some = world.BASIC | {Feature.TICKET}
    mall = world.contracted(boss, "mall", features=some | {Feature.PHONE, Feature.CALLBACK})
    shop = world.contracted(boss, "shop", features=some)
    kim, lee = world.member("kim"), world.member("lee")
    for of in (mall, shop):
        world.agent(boss, of, boss, manager=True)
        world.agent(boss, of, kim, ticket=True)
        world.agent(boss, of, lee, manager=of is shop, ticket=of is mall, phone=of is mall)
    with db.write():
        boss.locale, boss.theme = "ko", "light"
        kim.locale, kim.theme, kim.time_zone = "ja", "dark", "America/New_York"
    everybody, settings = ("/c/me", "/c/s/mall/tickets"), "/c/s/shop/categories/intake"
    asked = [
        (viewer, address, at)
        for viewer, more in (
            (browser("boss"), ("/c/s/shop/tickets", settings)),
            (browser("kim"), ("/c/s/shop/tickets",)),
            (browser("lee"), ("/c/s/mall/callbacks", settings)),
        )
        for address in (*everybody, *more)
        for at in ("http://localhost", "http://localhost/console")
    ]

    def page(viewer: Browser, address: str, at: str) -> str:
        answer = viewer.get(address, base_url=at)
        assert answer.status_code == 200
        text = answer.text
        assert viewer.token in text and "[token]" not in text
        return text.replace(viewer.token, "")

    alone = []
    for one in asked:
        ui.drawn.cache_clear()
        alone.append(page(*one))
    ui.drawn.cache_clear()
    for _turn in range(2):
        assert [page(*one) for one in asked] == alone
    kept = ui.drawn.cache_info()
    assert kept.hits > kept.misses == kept.currsize, "each was drawn once"
    assert len(set(alone)) == len(asked), "the pages of no two are the same"
