#!/usr/bin/env bash
# inscriptis 2.7.6 with lxml 6.1.3: a mail whose quotes are nested 85 replies deep loses its last part without a word.
#
# Expected: `get_text` returns all the words of a page. Mail programs wrap what is answered into elements of their own, Gmail into three a
# reply (div, div, blockquote), so that a conversation between two patient people is a few hundred elements deep, and the signature or the
# notice that the mail program adds stands behind all of them.
# Seen: lxml's HTML parser ends at 256 elements inside each other, however the rest goes on. Not only the innermost quotes are missing but
# everything behind them, also what stands outside of every quote, and nothing tells the caller (lxml's error log, which inscriptis does
# not look at, names the depth). `html5lib` or lxml with `huge_tree=True` read the same text whole.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$folder" inscriptis==2.7.6 lxml==6.1.3
PYTHONPATH=$folder python3 - <<'PY'
from inscriptis import get_text
from inscriptis.html_engine import Inscriptis
from inscriptis.model.config import ParserConfig
from lxml import html


def conversation(replies: int) -> str:
    begin = "".join(
        f'<div class="gmail_quote"><div dir="ltr">reply {n}</div><div><blockquote>' for n in range(replies)
    )
    return f"<html><body>{begin}{'</blockquote></div></div>' * replies}<p>Sent from my phone</p></body></html>"


def is_whole(text: str, replies: int) -> tuple[int, bool]:
    return sum(f"reply {n}\n" in text for n in range(replies)), "Sent from my phone" in text


seen = {replies: is_whole(get_text(conversation(replies)), replies) for replies in (40, 84, 85, 90)}
for replies, (found, has_end) in seen.items():
    print(f"{replies} replies: {found} found, the end {'found' if has_end else 'missing'}")
huge = html.fromstring(conversation(90), parser=html.HTMLParser(huge_tree=True))
whole = is_whole(Inscriptis(huge, ParserConfig()).get_text(), 90)
print("90 replies, huge_tree:", whole)
assert seen == {40: (40, True), 84: (84, True), 85: (84, False), 90: (84, False)}, "this has changed"
assert whole == (90, True), "this has changed"
PY
