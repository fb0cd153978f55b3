"""What every page must be: valid HTML, one h1, unique ids, labelled controls, forms that can be sent."""

from collections import Counter

import html5lib
from lxml import html

# Parse errors that html5lib reports for what HTML now allows.
HARMLESS: set[str] = set()


def problems(text: str, *, fragment: bool) -> list[str]:
    """Everything wrong with a page or fragment, in words."""
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    (parser.parseFragment if fragment else parser.parse)(text)
    found = [
        f"{code} at {position}" for position, code, _data in parser.errors if code not in HARMLESS
    ]
    tree = html.fromstring(f"<div>{text}</div>" if fragment else text)
    found += [
        f"id {name} occurs {count} times"
        for name, count in Counter(tree.xpath("//@id")).items()
        if count > 1
    ]
    if not fragment:
        headings = tree.xpath("//h1")
        if len(headings) != 1:
            found.append(f"{len(headings)} h1")
        if not tree.xpath("//title[normalize-space()]"):
            found.append("no title")
        if not tree.get("lang"):
            found.append("no lang")
    labels = set(tree.xpath("//label/@for"))
    for control in tree.xpath("//input[not(@type='hidden')] | //select | //textarea"):
        named = (
            control.get("aria-label")
            or control.get("aria-labelledby")
            or control.get("id") in labels
            or control.xpath("ancestor::label")
        )
        if not named:
            found.append(f"no label: {control.tag} {control.get('name')}")
    for form in tree.xpath("//form"):
        if form.get("method") is None:
            found.append("form without method")
        if form.get("method") == "post" and not form.xpath(".//input[@name='csrf_token']"):
            found.append(f"post form without CSRF token: {form.get('action')}")
    found += [
        f"inline {name}" for name in ("style", "onclick", "onchange") if tree.xpath(f"//*[@{name}]")
    ]
    found += ["inline script"] if tree.xpath("//script[not(@src)]") else []
    found += [f"link without href: {text}" for text in tree.xpath("//a[not(@href)]/text()")]
    return found
