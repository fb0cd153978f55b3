"""A theme's own CSS reaches nothing but what is inside `.hc-main` and loads nothing (HC-3)."""

import re

import pytest
import tinycss2
from hypothesis import given
from hypothesis import strategies as st

from occ.core.errors import Refused
from occ.help_center.site import styles

REFUSED = {
    "an address": "p { background: url(//evil.example/x) }",
    "an address in quotes": "p { background: url('x') }",
    "an address in capitals": "p { background: URL(x) }",
    "an address with a comment": "p { background: url/**/(x) }",
    "an escaped address": "p { background: u\\72l(x) }",
    "an image set": "p { background-image: image-set('x' 1x) }",
    "an import": "@import 'x';",
    "an import in capitals": "@IMPORT url(x);",
    "a font": "@font-face { font-family: x; src: url(x) }",
    "an expression": "p { width: expression(alert(1)) }",
    "a binding": "p { -moz-binding: url(x) }",
    "a behavior": "p { behavior: url(x) }",
    "an overlay": "p { position: fixed; inset: 0 }",
    "an absolute overlay": "p { position: absolute }",
    "a sticky overlay": "p { position: STICKY }",
    "a position by a value": "p { position: var(--x) }",
    "a high layer": "p { z-index: 10 }",
    "a low layer": "p { z-index: -1 }",
    "a layer by a value": "p { z-index: calc(9 * 9) }",
    "an attribute that is shown": "p::before { content: attr(title) }",
    "an attribute that is asked": "input[value^=a] { color: red }",
    "the whole page": ":root { color: red }",
    "an own value": "p { --accent: red }",
    "what is inside itself": ".hc-main { color: red }",
    "what is inside itself, in a state": ".hc-main:hover { color: red }",
    "what is behind it alone": "+ footer { color: red }",
    "any of several": ":is(html, body) { color: red }",
    "a parent": "body:has(.hc-main) { color: red }",
    "a rule in a rule": "p { b { color: red } }",
    "a layer of rules": "@layer x { p { color: red } }",
    "a namespace": "@namespace url(x);",
    "a document": "@document url(x) { p { color: red } }",
    "keyframes": "@keyframes x { from { color: red } }",
    "media in media": "@media print { @media print { p { color: red } } }",
    "a fault of CSS": "p { color red }",
    "an end without a beginning": "} p { color: red }",
    "nothing to select": "{ color: red }",
    "a text in quotes": "p { color: 'x' }",
    "the end of a page": "</style><script>alert(1)</script>",
    "brackets in brackets": "p { width: calc(" + "(" * 9000,
    "too much": "a" * (styles.CSS_MAX + 1),
}


@pytest.mark.spec("HC-3")
@pytest.mark.parametrize("source", REFUSED.values(), ids=REFUSED.keys())
def test_what_reaches_further_is_refused(source: str) -> None:
    with pytest.raises(Refused) as refused:
        styles.scoped(source)
    assert refused.value.field == "css"


def test_a_refusal_names_the_lines() -> None:
    with pytest.raises(Refused) as refused:
        styles.scoped("p { color: red }\n\nb { position: fixed }\na { background: url(x) }\n")
    words = str(refused.value.message)
    assert "Line 3: “position”" in words and "Line 4: “url()”" in words and "Line 1" not in words
    with pytest.raises(Refused) as many:
        styles.scoped("b { position: fixed }\n" * 20)
    assert str(many.value.message).count("Line ") == styles.SAID
    assert str(many.value.message).endswith("There is more below.")


@pytest.mark.parametrize(
    ("source", "selectors"),
    [
        ("p{color:red}", ".hc-main p"),
        ("a, .x > b:hover", ".hc-main a, .hc-main .x > b:hover"),
        (".hc-main .x", ".hc-main .x"),
        (".hc-main > p", ".hc-main > p"),
        (".hc-main.wide p", ".hc-main.wide p"),
        # beside it stand the head and foot of the page
        (".hc-main ~ footer", ".hc-main .hc-main ~ footer"),
        (".hc-main + footer p", ".hc-main .hc-main + footer p"),
        ("html .hc-main p", ".hc-main html .hc-main p"),
        ("body", ".hc-main body"),
        ("*", ".hc-main *"),
        ("li:nth-child(2n)::before", ".hc-main li:nth-child(2n)::before"),
        ("a:not(.x, .y)", ".hc-main a:not(.x, .y)"),
    ],
)
def test_selectors_are_put_inside(source: str, selectors: str) -> None:
    rule = source if "{" in source else f"{source} {{ color: red }}"
    written = styles.scoped(rule)
    assert written == f"{selectors} {{\n  color: red;\n}}"
    assert styles.scoped(written) == written


def test_what_may_stand_in_it_is_kept() -> None:
    source = """/* ours */
.card { background: linear-gradient(90deg, #fff, rgb(1 2 3 / 50%)); position: relative; z-index: 2;
  margin-inline-start: calc(100% - 2rem); font-family: "Noto Sans KR", sans-serif !important }
@media (min-width: 600px) and (prefers-color-scheme: dark) { .card::after { content: "→" } }
"""
    written = styles.scoped(source)
    for kept in (
        "/* ours */",
        "linear-gradient(90deg, #fff, rgb(1 2 3 / 50%))",
        "position: relative;",
        'font-family: "Noto Sans KR", sans-serif !important;',
        "@media (min-width: 600px) and (prefers-color-scheme: dark) {",
        ".hc-main .card::after {",
        'content: "→";',
    ):
        assert kept in written
    assert styles.scoped(written) == written
    assert styles.scoped("") == ""


PIECES = st.lists(
    st.sampled_from(
        [
            "p",
            ".x",
            ".hc-main",
            "#y",
            ":hover",
            "::before",
            ":root",
            ":not(",
            ")",
            "{",
            "}",
            ";",
            ":",
            ",",
            " ",
            "\n",
            ">",
            "~",
            "+",
            "*",
            "&",
            "[a]",
            "color",
            "position",
            "red",
            "fixed",
            "relative",
            "url(x)",
            "url(",
            "'",
            '"',
            "/*",
            "*/",
            "\\75",
            "@media",
            "@import",
            "(min-width: 1px)",
            "z-index",
            "9",
            "99",
            "expression(1)",
            "!important",
            "content",
            "<!--",
            "-->",
            "calc(1px)",
            "var(--x)",
        ]
    ),
    max_size=40,
)


@given(PIECES.map("".join) | st.text(max_size=80))
def test_whatever_is_typed_what_is_stored_stays_inside(source: str) -> None:
    try:
        written = styles.scoped(source)
    except Refused:
        return
    assert styles.scoped(written) == written  # it can be edited again

    def inside(rules: list[tinycss2.ast.Node]) -> None:
        for rule in rules:
            if rule.type == "at-rule":
                assert rule.lower_at_keyword == "media"
                inside(tinycss2.parse_rule_list(rule.content, skip_comments=True))
            elif rule.type == "qualified-rule":
                text = tinycss2.serialize(rule.prelude)
                bare = re.sub(r"\([^)]*\)", "", text)
                for selector in bare.split(","):
                    assert re.match(r"\s*\.hc-main(?=[.:#\w-]*(\s+[^\s>+~]|\s*>))", selector), text
                body = tinycss2.serialize(rule.content).lower()
                assert not re.search(r"url\(|expression|fixed|absolute|sticky|attr\(", body)
            else:
                assert rule.type in ("comment", "whitespace")

    inside(tinycss2.parse_stylesheet(written, skip_comments=True, skip_whitespace=True))
