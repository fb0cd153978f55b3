"""Where what somebody wrote ends, and what they answered begins.

Public parsers of replies know few of the clients that Koreans and Japanese use. These rules look
at lines, each a bounded number of times, and never drop one: a line is new or quoted.
"""

import re
from collections.abc import Sequence

LINE_MAX = 400  # what is longer is no head of a quote
HEADS = 8  # lines that a head of From, Sent, To and Subject has at most

# -----Original Message-----, in the words of mail programs; all that follows is old.
_RULES = (
    "original message",
    "original appointment",
    "forwarded message",
    "forwarded by .{1,100}",
    "reply message",
    "원본 ?메시지",
    "원본 ?메세지",
    "원본 ?메일",
    "원본 ?이메일",
    "원본 ?내용",
    "전달된 ?메시지",
    "전달된 ?메일",
    "전달 ?메시지",
    "이전 ?메시지",
    "元のメッセージ",
    "オリジナル ?メッセージ",
    "元のメール",
    "転送された?メッセージ",
    "転送メッセージ",
    "ursprüngliche nachricht",
    "message d'origine",
    "mensaje original",
)
_RULE = re.compile(
    r"[-=_*─━‐ ]{2,}\s*(?:" + "|".join(_RULES) + r")\s*:?\s*[-=_*─━‐ ]{2,}", re.IGNORECASE
)
_BEGINS = re.compile(
    r"begin forwarded message:|start of forwarded message:?|전달된 메시지 시작:|"
    r"転送されたメッセージ[:：]|원본 메시지 시작:",
    re.IGNORECASE,
)
_FROM = r"from|보낸 ?사람|보낸이|발신|발신자|발신인|보내는 사람|差出人|送信者|送信元|von|de"
_HEAD = (
    rf"{_FROM}|sent|date|to|cc|bcc|subject|reply-to|importance|attachments|"
    r"보낸 ?날짜|보낸 ?시간|보낸 ?일시|날짜|일시|받는 ?사람|받는이|수신|수신자|수신인|받은 ?사람|"
    r"참조|숨은 ?참조|제목|첨부|중요도|"
    r"送信日時|送信日|日時|日付|宛先|件名|題名|重要度|返信先|gesendet|an|betreff|envoyé|à|objet"
)
_LABEL = re.compile(rf"[\s>*]*(?:{_HEAD})[\s*]*[:：][\s*]*\S?", re.IGNORECASE)
_FIRST = re.compile(
    rf"[\s>*]*(?:{_FROM}|date|날짜|보낸 ?날짜|日付|送信日時)[\s*]*[:：]", re.IGNORECASE
)
_TITLE = re.compile(r"[\s>*]*(?:subject|제목|件名|題名|betreff|objet)[\s*]*[:：]", re.IGNORECASE)
_UNDER = re.compile(r"[_─━-]{10,}")

# A line that says who wrote the quote below it: it stands alone, wherever it ends.
_SAID = re.compile(
    r"on\b.{4,250}\bwrote\s*[:：]"
    r"|.{0,100}(?:\d{4}|\d{1,2}[:/]\d{1,2}).{0,200}\b(?:wrote|writes)\s*[:：]"
    r"|.{1,200}\bwrote on\b.{0,100}\d.{0,60}[:：]"
    r"|am\b.{4,250}\bschrieb\b.{0,80}:|le\b.{4,250}\ba écrit\s*:|el\b.{4,250}\bescribió\s*:"
    r"|.{0,20}\d{4}\s?[년.\-/]\s?\d{1,2}.{4,250}(?:작성|쓴 글)\s*[:：]"
    r"|(?=.*(?:@|\d{4})).{4,250}님이 "
    r"(?:작성(?:하였습니다|했습니다|함)?|쓴 ?글|쓰신 글|보낸 ?메일|보내신 메일)\s*[:：]"
    r"|.{0,20}\d{4}\s?[年.\-/]\s?\d{1,2}.{4,250}(?:のメール|さんは書きました|さんのメッセージ|が書きました|"
    r"書き込みました|wrote)\s*[:：]"
    r"|.{0,20}\d{4}年\d{1,2}月\d{1,2}日.{0,60}\d{1,2}:\d{2}.{1,150}<\s?[^<>\s]{1,200}@[^<>\s]{1,200}>\s*[:：]"
    r"|.{0,20}20\d\d.{0,60}\d{1,2}:\d{2}.{1,150}<\s?[^<>\s]{1,200}@[^<>\s]{1,200}\s?>[^<>]{0,30}[:：]",
    re.IGNORECASE,
)
# The same, where a quote does follow.
_NAMES = re.compile(
    r".{0,250}(?:@.{0,100}|wrote|writes|작성|쓴 글|님의 ?말|さん|のメール|schrieb)"
    r"[^:：]{0,40}[:：]\s*",
    re.IGNORECASE,
)
_BROKEN = re.compile(r"\s*(?:on\b|\d{4}|20\d\d|le\b|am\b|el\b)|.*\d{4}\s?[년年.]", re.IGNORECASE)


def quoted(lines: Sequence[str], marked: Sequence[bool]) -> list[bool]:
    """For each line whether it is of an older mail.

    `marked` are lines that HTML says are quotes. A mail without a line of its own is all new:
    somebody forwards something.
    """
    old = [
        mark or line.lstrip().startswith((">", "＞"))
        for line, mark in zip(lines, marked, strict=True)
    ]
    at, count = 0, len(lines)
    while at < count:
        if old[at] or not lines[at].strip():
            at += 1
            continue
        if _cuts(lines, at):
            old[at:] = [True] * (count - at)
            break
        long = _said(lines, old, at)
        if long:
            follows = _next(lines, at + long)
            old[at : at + long] = [True] * long
            if follows < count and not old[follows]:
                old[at:] = [True] * (count - at)
                break
            at += long
            continue
        follows = _next(lines, at + 1)
        if follows < count and old[follows] and follows - at <= 3 and _short(lines[at]):
            old[at] = bool(_NAMES.fullmatch(lines[at].strip()))
        at += 1
    _join(lines, old)
    said = any(line.strip() for line, gone in zip(lines, old, strict=True) if not gone)
    return old if said else [False] * count


def _cuts(lines: Sequence[str], at: int) -> bool:
    """Whether everything from this line on is old."""
    line = lines[at].strip()
    if not _short(line):
        return False
    if _RULE.fullmatch(line) or _BEGINS.fullmatch(line):
        return True
    if _UNDER.fullmatch(line):
        follows = _next(lines, at + 1)
        return follows < len(lines) and _head(lines, follows)
    return _head(lines, at)


def _head(lines: Sequence[str], at: int) -> bool:
    """Whether the headers of a mail stand here, as Outlook puts them above a quote: with a subject,
    for from, to and date are what people write of a journey, too.
    """
    if not _FIRST.match(lines[at][:LINE_MAX]):
        return False
    count, titled = 0, False
    for line in lines[at : at + HEADS]:
        if _LABEL.match(line[:LINE_MAX]):
            count += 1
            titled = titled or bool(_TITLE.match(line[:LINE_MAX]))
        elif not line.strip() and count >= 3:
            break
    return count >= 3 and titled


def _said(lines: Sequence[str], old: Sequence[bool], at: int) -> int:
    """Of how many lines the line that names the writer of a quote consists, 0 for none."""
    whole = ""
    for long in (1, 2, 3):
        if at + long > len(lines) or old[at + long - 1]:
            return 0
        line = lines[at + long - 1].strip()
        if not line or not _short(line):
            return 0
        whole = f"{whole} {line}".strip()
        if line[-1] in ":：" and len(whole) <= LINE_MAX and _SAID.fullmatch(whole):
            return long
        if long == 1 and not _BROKEN.match(line):
            return 0
    return 0


def _short(line: str) -> bool:
    return len(line) <= LINE_MAX


def _next(lines: Sequence[str], at: int) -> int:
    """The next line with words."""
    while at < len(lines) and not lines[at].strip():
        at += 1
    return at


def _join(lines: Sequence[str], old: list[bool]) -> None:
    """Blank lines in a quote and before it belong to it."""
    at = 0
    while at < len(lines):
        if lines[at].strip() or old[at]:
            at += 1
            continue
        follows = _next(lines, at)
        if (at and old[at - 1] and follows == len(lines)) or (
            follows < len(lines) and old[follows]
        ):
            old[at:follows] = [True] * (follows - at)
        at = follows
