import enum
import re
from collections.abc import Iterable, Sequence
from datetime import timedelta
from html import escape


class State(enum.Enum):
    WAITING = "waiting"
    SENT = "sent"
    LOCAL = "local"
    FAILED = "failed"
    BOUNCED = "bounced"


ATTEMPTS = 8


LONGEST = timedelta(hours=4)
KEPT = timedelta(days=30)  # for which the text of a mail that never left can be sent again

ID_MAX = 900  # characters of a foreign Message-ID: a line of a mail holds at most 998
REFERENCES_MAX = 20
# how the HTML of a mail looks: plain, at the width of a letter, in the reader's own font
STYLE = """\
body { margin: 0; padding: 16px; font-family: -apple-system, "Segoe UI", "Apple SD Gothic Neo",
  "Malgun Gothic", "Hiragino Sans", "Yu Gothic", "Noto Sans", Arial, sans-serif; font-size: 15px;
  line-height: 1.65; overflow-wrap: break-word; }
.mail { max-width: 640px; }
blockquote { margin: 8px 0; padding: 2px 0 2px 12px; border-left: 3px solid #c9ced6; }
pre { padding: 10px 12px; background: #f2f4f7; color: #1f2733; white-space: pre-wrap; }
h3 { margin: 16px 0 6px; font-size: 17px; }
hr { margin: 20px 0; border: 0; border-top: 1px solid #d5d9e0; }
img { max-width: 100%; height: auto; }
"""
_ID = re.compile(r"<[!-;=?-~]+>")


def back_off(attempts: int) -> timedelta:
    """How long to wait after the n-th failed attempt: 1, 2, 4 … minutes, at most 4 hours."""
    return min(timedelta(minutes=2 ** max(attempts - 1, 0)), LONGEST)


def thread(ids: Iterable[str]) -> list[str]:
    """The Message-IDs that an answer names, oldest first: those that are ones, each once at its
    last place; of very many the first and the newest (RFC 5322, 3.6.4).
    """
    found = [one.strip() for one in ids]
    known = [one for one in found if _ID.fullmatch(one) and len(one) <= ID_MAX]
    kept = list(dict.fromkeys(reversed(known)))[::-1]
    return kept if len(kept) <= REFERENCES_MAX else [kept[0], *kept[1 - REFERENCES_MAX :]]


def page(html: str, language: str = "") -> str:
    """Sanitized HTML as the whole page that a mail holds; each block is written in the direction
    of its own letters.
    """
    tag = f' lang="{escape(language)}"' if language else ""
    return (
        f'<!doctype html>\n<html{tag}>\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width">\n<style>\n{STYLE}</style>\n</head>\n'
        f'<body>\n<div class="mail" dir="auto">\n{html}\n</div>\n</body>\n</html>'
    )


def others(to: str, cc: Sequence[str]) -> list[str]:
    """Who gets a copy, each once and not whom it is written to."""
    each = {one.casefold(): one for one in reversed(cc)}
    each.pop(to.casefold(), None)
    return list(each.values())[::-1]


def key_of(message_id: str) -> str:
    """The key of a mail of ours by its Message-ID; '' where it is no id."""
    found = _ID.fullmatch(message_id.strip())
    return found[0][1:-1].rpartition("@")[0] if found else ""
