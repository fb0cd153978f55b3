"""A theme's own CSS (HC-3): read against lists of what may stand in it, and written anew so that it
reaches nothing but what is inside `.hc-main` and loads nothing.

Pages on which people sign in have no `.hc-main`, and what is inside stays within its box
(`queries.stylesheet`), so that nothing can be laid over a form or the head of a page.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from occ.core.errors import Refused
from occ.core.i18n import gettext as _

CSS_MAX = 20_000  # signs
LAYER_MAX = 9
SAID = 5  # faults that are told at once
SCOPE = "hc-main"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SIDES = _words("top right bottom left block inline block-start block-end inline-start inline-end")
_CORNERS = _words(
    "top-left top-right bottom-left bottom-right start-start start-end end-start end-end"
)
_PLAIN = """
    align-content align-items align-self aspect-ratio background background-clip background-color
    background-image background-origin background-position background-repeat background-size
    border border-collapse border-color border-radius border-spacing border-style border-width
    box-shadow box-sizing caption-side clear color column-count column-gap column-rule
    column-width columns content display flex flex-basis flex-direction flex-flow flex-grow
    flex-shrink flex-wrap float font font-family font-feature-settings font-size font-stretch
    font-style font-variant font-weight gap grid grid-area grid-auto-columns grid-auto-flow
    grid-auto-rows grid-column grid-column-end grid-column-start grid-row grid-row-end
    grid-row-start grid-template grid-template-areas grid-template-columns grid-template-rows
    height block-size inline-size hyphens justify-content justify-items justify-self
    letter-spacing line-height list-style list-style-position list-style-type max-height
    max-width max-block-size max-inline-size min-height min-width min-block-size min-inline-size
    object-fit object-position opacity order overflow overflow-wrap overflow-x overflow-y
    place-content place-items place-self position quotes row-gap tab-size text-align
    text-decoration text-decoration-color text-decoration-line text-decoration-style
    text-decoration-thickness text-indent text-overflow text-shadow text-transform
    text-underline-offset text-wrap transform transform-origin transition transition-duration
    transition-property transition-timing-function vertical-align visibility white-space width
    word-break word-spacing z-index margin padding
"""
PROPERTIES = frozenset(
    [
        *_words(_PLAIN),
        *(f"{name}-{side}" for name in ("border", "margin", "padding") for side in _SIDES),
        *(f"border-{side}-{part}" for side in _SIDES for part in ("color", "style", "width")),
        *(f"border-{corner}-radius" for corner in _CORNERS),
    ]
)
FUNCTIONS = _words(
    """
    calc clamp color-mix conic-gradient cubic-bezier fit-content hsl hsla hwb lab lch light-dark
    linear-gradient max min minmax oklab oklch radial-gradient repeat repeating-conic-gradient
    repeating-linear-gradient repeating-radial-gradient rgb rgba rotate scale scalex scaley skew
    skewx skewy steps translate translatex translatey var
    """
)
PSEUDO_CLASSES = _words(
    """
    active checked disabled empty enabled first-child first-of-type focus focus-visible
    focus-within hover last-child last-of-type link only-child open visited
    """
)
COUNTED = frozenset({"nth-child", "nth-last-child", "nth-last-of-type", "nth-of-type"})
PSEUDO_ELEMENTS = frozenset({"after", "before", "first-letter", "first-line", "marker"})
MEDIA = _words(
    """
    all and dark height landscape light max-height max-width min-height min-width no-preference
    not only or orientation portrait prefers-color-scheme prefers-reduced-motion print reduce
    screen width
    """
)
QUOTED = frozenset({"content", "font", "font-family", "grid-template-areas", "quotes"})
"""Properties whose values may hold texts in quotes."""
_PLACES = frozenset({"static", "relative"})
_COMBINATORS = frozenset(">+~")
_SIGNS = frozenset(",/+-*=")
_VALUES = _words("comment dimension hash ident number percentage whitespace")


@dataclass
class _Reading:
    """What was found wrong, by line."""

    faults: list[tuple[int, str]] = field(default_factory=list)

    def fault(self, node: Any, words: str) -> None:
        self.faults.append((node.source_line, words))


def scoped(source: str) -> str:
    """Own CSS as it is stored and sent: what was typed, written anew, each selector inside
    `.hc-main`; it may be typed again as it is.

    Raises Refused with the lines of what may not stand in it.
    """
    if len(source) > CSS_MAX:
        raise Refused(
            _(
                "Use at most %(limit)s characters; this has %(count)s.",
                limit=CSS_MAX,
                count=len(source),
            ),
            "css",
        )
    # what is written with them, others may read otherwise
    reading = _Reading(
        [
            (number, _("A backslash cannot be used."))
            for number, line in enumerate(source.split("\n"), start=1)
            if "\\" in line
        ]
    )
    text = ""
    if not reading.faults:
        try:
            text = _written(source, reading)
        except RecursionError as error:
            raise Refused(_("There are too many brackets in brackets."), "css") from error
    if reading.faults:
        raise Refused(_told(reading.faults), "css")
    return text


def _written(source: str, reading: _Reading) -> str:
    import tinycss2

    rules = tinycss2.parse_stylesheet(source, skip_whitespace=True)
    return "\n".join(_rules(rules, reading, within_media=False))


def _told(faults: Sequence[tuple[int, str]]) -> str:
    first = sorted(dict.fromkeys(faults))
    said = [
        _("Line %(number)s: %(what)s", number=number, what=what) for number, what in first[:SAID]
    ]
    more = [_("There is more below.")] if len(first) > SAID else []
    return " ".join([*said, *more])


def _rules(rules: Iterable[Any], reading: _Reading, *, within_media: bool) -> Iterator[str]:
    import tinycss2

    for rule in rules:
        if rule.type == "comment":
            yield f"/*{rule.value}*/"
        elif rule.type == "qualified-rule":
            yield _styled(rule, reading)
        elif rule.type == "error":
            reading.fault(rule, _("This is no rule of CSS."))
        elif rule.lower_at_keyword != "media" or rule.content is None or within_media:
            reading.fault(rule, _("“%(name)s” cannot be used here.", name=f"@{rule.at_keyword}"))
        else:
            _media(rule.prelude, reading)
            inner = tinycss2.parse_rule_list(rule.content, skip_whitespace=True)
            body = "\n".join(_rules(inner, reading, within_media=True))
            yield f"@media {tinycss2.serialize(rule.prelude).strip()} {{\n{body}\n}}"


def _media(tokens: Iterable[Any], reading: _Reading) -> None:
    for token in tokens:
        if token.type == "() block":
            _media(token.content, reading)
        elif token.type == "ident":
            if token.lower_value not in MEDIA:
                reading.fault(
                    token, _("“%(name)s” cannot be asked of a screen here.", name=token.value)
                )
        elif token.type not in ("whitespace", "comment", "dimension", "number") and (
            token.type != "literal" or token.value not in (":", ",", "<", ">", "=", "<=", ">=")
        ):
            reading.fault(token, _("This cannot be asked of a screen here."))


def _styled(rule: Any, reading: _Reading) -> str:
    """A rule with its selectors scoped."""
    import tinycss2

    selectors = ", ".join(_selectors(rule, reading))
    lines = []
    for one in tinycss2.parse_blocks_contents(rule.content, skip_whitespace=True):
        if one.type == "comment":
            lines.append(f"  /*{one.value}*/")
        elif one.type == "declaration":
            _declared(one, reading)
            value = tinycss2.serialize(one.value).strip()
            lines.append(f"  {one.lower_name}: {value}{' !important' if one.important else ''};")
        elif one.type == "at-rule":
            reading.fault(one, _("“%(name)s” cannot be used here.", name=f"@{one.at_keyword}"))
        elif one.type == "qualified-rule":
            reading.fault(one, _("A rule cannot stand inside another one."))
        else:
            reading.fault(one, _("This is no declaration of CSS."))
    return "\n".join([f"{selectors} {{", *lines, "}"])


# selectors


def _selectors(rule: Any, reading: _Reading) -> list[str]:
    parts: list[list[Any]] = [[]]
    for token in rule.prelude:
        if token.type == "literal" and token.value == ",":
            parts.append([])
        elif token.type != "comment":
            parts[-1].append(token)
    return [_scoped(part, rule, reading) for part in parts]


def _stripped(tokens: list[Any]) -> list[Any]:
    kept = list(tokens)
    while kept and kept[0].type == "whitespace":
        del kept[0]
    while kept and kept[-1].type == "whitespace":
        del kept[-1]
    return kept


def _scoped(tokens: list[Any], rule: Any, reading: _Reading) -> str:
    """A selector inside `.hc-main`: as it is where it begins there, else below it."""
    import tinycss2

    inner = _stripped(tokens)
    if not inner or (inner[0].type == "literal" and inner[0].value in _COMBINATORS):
        reading.fault(rule, _("A selector is missing."))
        return ""
    _selected(inner, reading)
    text = tinycss2.serialize(inner)
    first, then = _first(inner)
    if f".{SCOPE}" not in _classes(first):
        return f".{SCOPE} {text}"
    if not then:
        reading.fault(rule, _("Rules are for what is inside .hc-main: name something in it."))
    return text if then in (" ", ">") else f".{SCOPE} {text}"


def _first(tokens: list[Any]) -> tuple[list[Any], str]:
    """The first part of a selector, and the combinator behind it; '' where it is the only one."""
    for at, token in enumerate(tokens):
        if token.type == "literal" and token.value in _COMBINATORS:
            return tokens[:at], token.value
        if token.type == "whitespace":
            behind = tokens[at + 1]
            is_sign = behind.type == "literal" and behind.value in _COMBINATORS
            return tokens[:at], behind.value if is_sign else " "
    return tokens, ""


def _classes(tokens: Sequence[Any]) -> set[str]:
    return {
        f".{name.value}"
        for dot, name in zip(tokens, tokens[1:], strict=False)
        if dot.type == "literal" and dot.value == "." and name.type == "ident"
    }


def _selected(tokens: Sequence[Any], reading: _Reading) -> None:
    """Faults of what a selector consists of."""
    colons, was_dot = 0, False
    for token in tokens:
        if token.type == "literal" and token.value == ":":
            colons += 1
            continue
        if colons:
            _pseudo(token, colons, reading)
        elif was_dot:
            if token.type != "ident":
                reading.fault(token, _("A class is missing behind a point."))
        elif token.type == "literal":
            if token.value not in (*_COMBINATORS, "*", "."):
                reading.fault(token, _("“%(name)s” cannot stand in a selector.", name=token.value))
        elif token.type == "[] block":
            reading.fault(token, _("Selectors by attributes cannot be used."))
        elif token.type not in ("ident", "hash", "whitespace"):
            reading.fault(token, _("This cannot stand in a selector."))
        colons, was_dot = 0, token.type == "literal" and token.value == "."
    if colons or was_dot:
        reading.fault(tokens[-1], _("A selector is missing."))


def _pseudo(token: Any, colons: int, reading: _Reading) -> None:
    if token.type == "ident" and colons <= 2:
        known = PSEUDO_CLASSES if colons == 1 else PSEUDO_ELEMENTS
        if token.lower_value in known:
            return
    elif token.type == "function" and colons == 1:
        if token.lower_name == "not":
            inner = _stripped(token.arguments)
            if inner and all(one.type != "function" for one in inner):
                _selected([one for one in inner if one != ","], reading)
                return
        elif token.lower_name in COUNTED and all(
            one.type in ("ident", "number", "dimension", "whitespace", "comment")
            or (one.type == "literal" and one.value in "+-")
            for one in token.arguments
        ):
            return
    name = getattr(token, "value", getattr(token, "name", ""))
    reading.fault(token, _("“%(name)s” cannot stand in a selector.", name=f"{':' * colons}{name}"))


# declarations


def _declared(one: Any, reading: _Reading) -> None:
    """Faults of a property and its value."""
    if one.lower_name not in PROPERTIES:
        reading.fault(one, _("The property “%(name)s” cannot be used.", name=one.name))
        return
    for token in one.value:
        if token.type == "() block":  # stands in functions only
            reading.fault(token, _("This cannot stand in a value."))
    _valued(one.value, one.lower_name, reading)
    words = [token for token in one.value if token.type not in ("whitespace", "comment")]
    if one.lower_name == "position" and not all(
        token.type == "ident" and token.lower_value in _PLACES for token in words
    ):
        reading.fault(one, _("“position” can be static or relative only."))
    if one.lower_name == "z-index" and not all(
        (token.type == "ident" and token.lower_value == "auto")
        or (token.type == "number" and token.is_integer and 0 <= token.int_value <= LAYER_MAX)
        for token in words
    ):
        reading.fault(one, _("“z-index” can be 0 to %(most)s only.", most=LAYER_MAX))


def _valued(tokens: Iterable[Any], name: str, reading: _Reading) -> None:
    for token in tokens:
        kind = token.type
        if kind == "function":
            if token.lower_name not in FUNCTIONS:
                reading.fault(token, _("“%(name)s” cannot be used.", name=f"{token.name}()"))
            else:
                _valued(token.arguments, name, reading)
        elif kind == "url":
            reading.fault(token, _("“%(name)s” cannot be used.", name="url()"))
        elif kind in ("() block", "[] block"):
            _valued(token.content, name, reading)
        elif kind == "string":
            if name not in QUOTED:
                reading.fault(token, _("A text in quotes cannot stand in “%(name)s”.", name=name))
        elif kind == "literal":
            if token.value not in _SIGNS:
                reading.fault(token, _("“%(name)s” cannot stand in a value.", name=token.value))
        elif kind not in _VALUES:
            reading.fault(token, _("This cannot stand in a value."))
