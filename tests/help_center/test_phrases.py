"""Wordings, own texts and external menus of a help center (HC-3, ORG-6)."""

from collections.abc import Callable

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from occ.core import i18n
from occ.core.db import db
from occ.core.errors import Refused
from occ.help_center.site import externals, phrases, queries, rules, wordings
from occ.identity.models import Member
from occ.organization.models import Service
from tests.factories import world
from tests.support.browser import Browser

pytestmark = pytest.mark.heavy  # on PostgreSQL in `make test-all`
TEXTS, MENUS = "/c/s/mall/help-center/texts", "/c/s/mall/help-center/menus"
NAMES = st.from_regex(r"[a-z_]{1,8}", fullmatch=True)


@pytest.fixture
def of(boss: Member) -> Service:
    made = world.contracted(boss, languages=["ko", "en", "fr"])
    world.agent(boss, made, boss, manager=True)
    return made


def site(of: Service) -> queries.Site:
    db.session.expire_all()
    return queries.site(db.session.get_one(Service, of.id))


# rules


@given(
    st.lists(NAMES, unique=True, max_size=4),
    st.lists(NAMES, unique=True, max_size=4),
    st.text(max_size=20),
)
def test_a_wording_keeps_its_values_and_gets_no_others(
    wanted: list[str], there: list[str], between: str
) -> None:
    shipped = "".join(f"%({name})s" for name in wanted)
    text = (between.replace("%", "")).join(["", *(f"%({name})s" for name in there)])
    if set(wanted) == set(there):
        rules.check_wording(shipped, text, field="x")
    else:
        with pytest.raises(Refused):
            rules.check_wording(shipped, text, field="x")


@given(st.dictionaries(st.from_regex(r"[a-z0-9._-]{1,9}", fullmatch=True), st.text()), st.text())
def test_codes_are_replaced_once_and_all_else_stays(texts: dict[str, str], rest: str) -> None:
    rest = rest.replace("#", "")
    source = rest + "".join(f"#{{{code}}}" for code in texts)
    assert rules.with_codes(source, texts) == rest + "".join(texts.values())
    assert rules.codes(source) == list(texts)
    assert rules.with_codes(source, {}) == rest


@pytest.mark.parametrize(
    ("typed", "code"), [("shop.name", "shop.name"), (" A-1_b ", "a-1_b"), ("x" * 60, "x" * 60)]
)
def test_own_codes_are_small_letters_digits_and_a_few_signs(typed: str, code: str) -> None:
    assert rules.own_code(typed) == code


@pytest.mark.parametrize("typed", ["", "한글", "a b", "a/b", "a{", "x" * 61, "é"])
def test_other_codes_are_refused(typed: str) -> None:
    with pytest.raises(Refused):
        rules.own_code(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "javascript:alert(1)",
        "http://shop.example",
        "data:text/html,x",
        "//shop.example",
        "https://kim:secret@shop.example/",
        "https://",
        "https://a b/",
        "ftp://shop.example",
        "x",
        "https://shop.example/" + "x" * 500,
    ],
)
def test_menus_lead_to_https_addresses_alone(app: Flask, typed: str) -> None:
    with app.test_request_context(), pytest.raises(Refused):
        rules.check_address(typed)


@pytest.mark.parametrize(
    ("address", "typed", "made"),
    [
        ("https://shop.example", "", "https://shop.example"),
        (
            "https://shop.example/a?x=1#y",
            "from=hc\nq = 가 나",
            "https://shop.example/a?x=1&from=hc&q=%EA%B0%80+%EB%82%98#y",
        ),
        ("https://가게.example/", "a=&b==c&d", "https://xn--o39akk.example/?a=%26b%3D%3Dc%26d"),
    ],
)
def test_parameters_are_added_to_the_address(address: str, typed: str, made: str) -> None:
    assert rules.with_parameters(address, rules.parameters(typed)) == made


@pytest.mark.parametrize(
    "typed", ["x", "=1", "a=1\na=2", "a=" + "x" * 200, "\n".join(f"a{n}=1" for n in range(21))]
)
def test_lines_that_are_no_parameters_are_refused(typed: str) -> None:
    with pytest.raises(Refused):
        rules.parameters(typed)


# wordings


@pytest.mark.spec("HC-3", "ORG-6")
def test_a_text_is_worded_in_a_language_and_comes_back(of: Service, admin: Browser) -> None:
    admin.get(TEXTS)
    assert len(admin.rows()) - 1 == len(wordings.WORDINGS)
    at = f"{TEXTS}/code/home.about"
    admin.get(at)
    sent = {"text-ko": "%(name)s 고객센터", "text-en": "", "text-fr": "", "version": "0"}
    assert admin.post(at, sent).status_code == 303
    assert site(of).say("home.about", "ko", name="Mall") == "Mall 고객센터"
    assert site(of).say("home.about", "en", name="Mall") == "This is the help center of Mall."
    for lost, words in (("우리", "“%(name)s” is missing"), ("%(name)s %(x)s", "“%(x)s” here")):
        admin.get(at)
        admin.post(at, {**sent, "text-ko": lost, "version": admin.field("version")})
        assert words in admin.errors()
        assert lost in admin.last.text  # type: ignore[union-attr]
    admin.post(at, {**sent, "text-ko": "%(name)s!", "version": "0"})
    assert admin.last and admin.last.status_code == 409 and "%(name)s 고객센터" in admin.text()
    assert admin.post(f"{at}/delete", htmx=True).status_code == 204
    with i18n.force_locale("ko"):
        shipped = str(wordings.WORDINGS["home.about"]) % {"name": "Mall"}
    assert site(of).say("home.about", "ko", name="Mall") == shipped


@pytest.mark.spec("HC-3")
def test_texts_are_found_by_code_text_and_what_is_changed_or_missing(
    of: Service, admin: Browser
) -> None:
    with db.write():
        phrases.save(of, "skip", {"ko": "건너뛰기", "en": ""}, version=0)
        phrases.add(of, "shop.name", {"ko": "늘봄", "en": "", "fr": ""})

    def found(query: str) -> list[str]:
        admin.get(f"{TEXTS}?{query}")
        return [cells[1] for cells in admin.rows()[1:]]

    assert found("q=SKIP") == ["skip"]
    assert found("q=건너") == ["skip"]
    assert found("only=changed") == ["skip"]
    assert found("only=own") == ["shop.name"]
    assert "shop.name" in found("missing=en") and "skip" not in found("missing=en")
    assert found("missing=ko") == []
    assert found("q=nowhere") == [] and "No text fits" in admin.text()
    assert found("missing=de&q=skip") == ["skip"]  # no language of the service: no condition


@pytest.mark.spec("HC-3", "ORG-6")
def test_own_texts_stand_in_menus_and_say_where_they_stand(of: Service, admin: Browser) -> None:
    admin.get(f"{TEXTS}/new")
    names = {"text-ko": "우리 가게", "text-en": "", "text-fr": ""}
    for code, words in (
        ("Menu Home", "Use letters from a to z"),
        ("menu.home", "There is a text “menu.home” already."),
        ("", "Fill this in."),
    ):
        admin.post(f"{TEXTS}/new", {"code": code, **names})
        assert words in admin.errors(), code
    admin.post(f"{TEXTS}/new", {"code": "shop", "text-ko": "", "text-en": "", "text-fr": ""})
    assert "Enter a text in one language at least." in admin.errors()
    admin.post(f"{TEXTS}/new", {"code": "SHOP", **names})
    admin.get(f"{MENUS}/new")
    sent = {
        "name-ko": "#{shop}로",
        "name-en": "",
        "name-fr": "",
        "address": "https://shop.example/",
        "parameters": "from=hc",
        "on_desktop": "y",
    }
    assert admin.post(f"{MENUS}/new", sent).status_code == 303
    (menu,) = site(of).menus
    assert menu.address == "https://shop.example/?from=hc"
    assert (menu.on_desktop, menu.on_phone) == (True, False)
    assert site(of).worded(menu.names["ko"], "en") == "우리 가게로"  # missing: the default's
    admin.get(MENUS)
    assert admin.rows()[1][:3] == ["우리 가게로", "https://shop.example/ from", "Desktop"]
    admin.get(f"{TEXTS}/code/shop")
    assert "It stands in 1 place." in admin.text()
    admin.post(f"{TEXTS}/code/shop/delete", htmx=True)
    assert site(of).worded(menu.names["ko"], "ko") == "로"
    assert admin.get(f"{TEXTS}/code/shop").status_code == 404


@pytest.mark.spec("HC-3")
def test_a_code_cannot_be_named_like_a_page(of: Service, admin: Browser) -> None:
    with db.write():
        phrases.add(of, "new", {"ko": "새"})
    assert "new" in admin.get(f"{TEXTS}/code/new").text
    assert "Add a text" in admin.get(f"{TEXTS}/new").text


# menus


@pytest.mark.spec("HC-3")
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name-ko": ""}, "Fill this in."),
        ({"name-en": "#{nothing}"}, "There is no text with the code “nothing”."),
        ({"address": "javascript:alert(1)"}, "Enter a web address that begins with"),
        ({"address": "http://shop.example"}, "Enter a web address that begins with https://."),
        ({"parameters": "nonsense"}, "“nonsense” is no parameter."),
        ({"on_phone": ""}, "Show it on desktops, phones or both."),
    ],
)
def test_menus_are_refused_in_words(
    of: Service, admin: Browser, changes: dict[str, str], words: str
) -> None:
    admin.get(f"{MENUS}/new")
    sent = {"name-ko": "가게", "name-en": "Shop", "name-fr": "", "address": "https://shop.example"}
    sent = {**sent, "parameters": "", "on_phone": "y", **changes}
    answer = admin.post(f"{MENUS}/new", {name: text for name, text in sent.items() if text})
    assert answer.status_code == 422 and words in admin.errors()
    assert site(of).menus == ()


@pytest.mark.spec("HC-3")
def test_menus_are_ordered_changed_and_deleted(
    of: Service, boss: Member, admin: Browser, browser: Callable[..., Browser]
) -> None:
    def add(name: str) -> None:
        with db.write():
            draft = externals.Draft({"ko": name}, f"https://{name}.example", {}, True, True)
            externals.save(of, None, draft)

    for name in ("a", "b", "c"):
        add(name)
    first = queries.menus(of.id)[0].id
    admin.post(f"{MENUS}/{first}/move", {"place": "2"}, htmx=True)
    assert [menu.names["ko"] for menu in site(of).menus] == ["b", "c", "a"]
    admin.get(f"{MENUS}/{first}")
    version = admin.field("version")
    sent = {"name-ko": "d", "address": "https://d.example", "on_phone": "y", "version": version}
    assert admin.post(f"{MENUS}/{first}", sent).status_code == 303
    assert admin.post(f"{MENUS}/{first}", {**sent, "name-ko": "e"}).status_code == 409
    assert admin.field("name-ko") == "e"
    admin.post(f"{MENUS}/{first}/delete", htmx=True)
    assert [menu.names["ko"] for menu in site(of).menus] == ["b", "c"]
    assert admin.get(f"{MENUS}/{first}").status_code == 404
    world.agent(boss, of, world.member("kim"))
    his = browser("kim")
    for path in (MENUS, f"{MENUS}/new", TEXTS, f"{TEXTS}/code/skip"):
        assert his.get(path).status_code == 403
