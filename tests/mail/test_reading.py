"""Reading a mail holds for any bytes: no error, a bounded answer, nothing that cannot be stored."""

import dataclasses
import re
import time
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from occ.core.text import writable
from occ.mail.reading import Automatic, Defect, Letter, contents, html, mime, quotes, read
from tests.mail.corpus import charsets, heads, machines, parts, winmail
from tests.mail.corpus import quotes as quoting
from tests.mail.corpus.build import mail

RECEIVED = datetime(2026, 11, 29, 3, 0, tzinfo=UTC)
MODULES = (charsets, heads, parts, winmail, quoting, machines)
RAWS = [one.raw for module in MODULES for one in module.CASES if len(one.raw) < 20_000]
SECONDS = 5  # far above what any takes, on a busy machine
SPLICES = (
    b"--b1\r\n",
    b"--b1--",
    b'Content-Type: multipart/mixed; boundary="b1"\r\n',
    b"=?utf-8?B?",
    b"?=",
    b"\0",
    b"\xff\xfe",
    b"<div>",
    b"</",
    b"<!--",
    b"&#",
    b"> ",
    b'"',
    b"(",
    b"<",
    b"\r\n ",
    b"\x1b$)C\x0e",
    b"Content-Transfer-Encoding: base64\r\n\r\n",
    b"begin 644 x\r\n",
    b"\x78\x9f\x3e\x22",
)
pytestmark = pytest.mark.spec("MAIL-1")


def texts(value: object) -> list[str]:
    """All texts of a letter, however deep."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, tuple):
        return [text for one in value for text in texts(one)]
    if dataclasses.is_dataclass(value):
        return [
            text for one in dataclasses.fields(value) for text in texts(getattr(value, one.name))
        ]
    return []


def holds(raw: bytes) -> Letter:
    """The mail, read; what is true of every one."""
    begun = time.monotonic()
    letter = read(raw, received_at=RECEIVED)
    assert time.monotonic() - begun < SECONDS
    for text in texts(letter):
        assert text == writable(text)
        text.encode("utf-8")
    assert len(letter.text) <= contents.TEXT_MAX and len(letter.quoted) <= contents.TEXT_MAX
    assert len(letter.files) <= contents.FILES_MAX
    assert all(part.name and part.size == len(part.content) for part in letter.files)
    assert all("@" in one.address for one in (*letter.to, *letter.cc, *letter.reply_to))
    shown = letter.html + letter.quoted_html
    assert not re.search(r"<(?:script|style|iframe|object|form|input|svg|meta|link)\b", shown)
    assert not re.search(r"<[^>]*\s(?:on\w+|style|src|srcset|background|class|id)\s*=", shown)
    for place in re.findall(r'<[^>]*\sdata-part="(\d+)"', shown):
        assert letter.files[int(place)].inline
    assert letter.sent_at is None or letter.sent_at.tzinfo is not None
    return letter


@given(st.binary(max_size=2000))
@settings(max_examples=80, deadline=None)
def test_any_bytes_are_read(raw: bytes) -> None:
    holds(raw)


CHANGED = (
    st.sampled_from(RAWS),
    st.lists(
        st.tuples(
            st.floats(0, 1),
            st.integers(0, 40),
            st.one_of(st.sampled_from(SPLICES), st.binary(max_size=6)),
        ),
        min_size=1,
        max_size=6,
    ),
)


def changed(raw: bytes, changes: list[tuple[float, int, bytes]]) -> bytes:
    for where, gone, put in changes:
        at = int(where * len(raw))
        raw = raw[:at] + put + raw[at + gone :]
    return raw


@given(*CHANGED)
@example(b'Content-Type: text/html\r\n\r\np data-part="0">a</p>', [(1.0, 0, b"")])
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_mails_with_parts_changed_are_read(
    raw: bytes, changes: list[tuple[float, int, bytes]]
) -> None:
    holds(changed(raw, changes))


@pytest.mark.full
@given(*CHANGED)
@settings(max_examples=5000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_many_mails_with_parts_changed_are_read(
    raw: bytes, changes: list[tuple[float, int, bytes]]
) -> None:
    holds(changed(raw, changes))


@given(st.sampled_from(RAWS), st.sampled_from(RAWS), st.floats(0, 1), st.floats(0, 1))
@settings(max_examples=80, deadline=None)
def test_halves_of_mails_are_read(one: bytes, other: bytes, first: float, second: float) -> None:
    holds(one[: int(first * len(one))] + other[int(second * len(other)) :])


@given(
    st.lists(
        st.sampled_from(
            [
                *(
                    "<p>",
                    "</p>",
                    "<div>",
                    "</div>",
                    "<table>",
                    "<tr>",
                    "<td>",
                    "</table>",
                    "<li>",
                    "<ul>",
                ),
                *(
                    "<blockquote type=cite>",
                    "</blockquote>",
                    '<div class="gmail_quote">',
                    "<pre>",
                    "</pre>",
                ),
                *(
                    "<br>",
                    "<hr>",
                    "<img src=cid:x>",
                    "<script>",
                    "<!--",
                    "-->",
                    "<b>",
                    "\n",
                    "&nbsp;",
                    "&#11;",
                    "<pre>",
                ),
                *(
                    "w1 ",
                    "w2 ",
                    "w3\n",
                    "On Nov 3, 2026 at 2:15 PM A <a@example.com> wrote:",
                    "> w4",
                ),
            ]
        ),
        max_size=40,
    )
)
@settings(max_examples=120, deadline=None)
@example(["w1 ", "<td>", "w2 ", "<blockquote type=cite>", "w3\n"])
@example(["w1 ", "<div>", "<b>", "</b>", "&#11;", "w2 ", "<blockquote type=cite>", "w3\n"])
@example(["<pre>", "w1 ", "&#11;", "w3\n", "w2 "])
def test_any_html_is_read_and_no_word_is_lost(pieces: list[str]) -> None:
    source = "".join(pieces)
    letter = holds(mail(source, "text/html; charset=utf-8"))
    if not {"<script>", "<!--"} & set(pieces):
        words = sorted(re.findall(r"w\d", source))
        assert sorted(re.findall(r"w\d", letter.text + letter.quoted)) == words
        assert sorted(re.findall(r"w\d", letter.html + letter.quoted_html)) == words


@given(
    st.lists(
        st.sampled_from(
            [
                "",
                "w",
                "> q",
                "> > r",
                "-----Original Message-----",
                "From: a",
                "Sent: b",
                "To: c",
                "Subject: d",
                "On Nov 3, 2026 at 2:15 PM A <a@example.com>",
                "wrote:",
                "2026년 11월 3일 (화) 오후 2:15, 봄 <a@example.com>님이 작성:",
                "____________________",
            ]
        ),
        max_size=25,
    )
)
@settings(max_examples=120, deadline=None)
def test_every_line_is_new_or_quoted(lines: list[str]) -> None:
    old = quotes.quoted(lines, [False] * len(lines))
    assert len(old) == len(lines)
    said = [line for line in lines if line]
    if said:
        assert any(not gone for line, gone in zip(lines, old, strict=True) if line)
    letter = read(mail("\n".join(lines)), received_at=RECEIVED)
    found = [line for line in (letter.text + "\n" + letter.quoted).split("\n") if line.strip()]
    assert sorted(found) == sorted(line for line in lines if line.strip())


@pytest.mark.parametrize(
    ("name", "raw", "defect"),
    [
        ("divs", mail("<div>" * 100_000 + "x", "text/html"), Defect.HTML),
        ("fonts in paragraphs", mail("<p><font>" * 50_000 + "x", "text/html"), Defect.HTML),
        ("fonts", mail("<font>" * 2_000 + "x", "text/html"), Defect.HTML),
        ("scripts", mail("<script " * 100_000, "text/html"), Defect.HTML),
        ("comments", mail("<!--" * 200_000, "text/html"), Defect.HTML),
        ("lines kept", mail("<pre>" + "\n" * 500_000 + "x", "text/html"), Defect.HTML),
        ("cells", mail("<table><tr>" + "<td><p>x" * 25_000, "text/html"), None),
        ("parts", mail("--b\r\n" * 100_000, "multipart/mixed; boundary=b"), Defect.PARTS),
        (
            "boundaries that are none",
            mail("--bb\r\n" * 300_000, "multipart/mixed; boundary=b"),
            Defect.STRUCTURE,
        ),
        (
            "multiparts",
            mail(
                b"".join(
                    b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
                    for n in range(5000)
                ),
                "text/plain",
                "7bit",
            ).replace(b"Content-Type: text/plain\r\n", b""),
            None,
        ),
        ("lines of a head that are none", mail("", None, "7bit", *["x"] * 100_000), Defect.HEADERS),
        ("folds", mail("", None, "7bit", "X-A: 1", *[" a"] * 200_000), None),
        ("words that never end", mail(subject="=?utf-8?q?a?b" * 50_000), None),
        ("addresses", mail(to="a@example.com," * 9000), None),
        ("quotes and brackets", mail(to='"(<' * 20_000), None),
        ("parameters", mail("x", "text/plain" + ";a*0*=b" * 20_000), None),
        (
            "lines like heads of quotes",
            mail(("On 2026-11-03 14:15 12:12 <a@b.kr 1:11 " * 9 + ":\n") * 800),
            None,
        ),
        ("files in the text", mail("begin 644 a\n#0V%T\n" * 30_000), None),
        (
            "properties",
            mail(winmail.winmail(b"a\0", 949) * 300, "application/ms-tnef", "base64"),
            None,
        ),
        (
            "pictures in their addresses",
            mail('<img src="data:image/png;base64,AAAA">' * 20_000, "text/html"),
            None,
        ),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_a_mail_made_to_take_long_does_not(name: str, raw: bytes, defect: Defect | None) -> None:
    letter = holds(raw)
    assert defect is None or defect in letter.defects, letter.defects


def test_an_address_of_a_picture_is_a_place_or_a_remote_one() -> None:
    source = '<img src="cid:none"><img src="file:///etc/passwd"><img src="a.png"><img src="javascript:x">'
    assert holds(mail(f"a{source}", "text/html")).html == "a"


def test_what_html_cannot_hold_is_there_once() -> None:
    """A text that is too long is cut, and the whole of it is a file."""
    raw = mail("<p>가나다</p>\n" * 150_000, "text/html; charset=utf-8")
    letter = holds(raw)
    assert set(letter.defects) == {Defect.LENGTH, Defect.HTML}
    assert letter.files[-1].name == "message.html"
    assert letter.files[-1].content.decode().count("가나다") == 150_000


def test_a_part_over_the_limit_is_named_without_its_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "FILE_MAX", 3)
    raw = mail("abcd", "application/pdf; name=a.pdf")
    (part,) = read(raw, received_at=RECEIVED).files
    assert (part.name, part.size, part.content, part.too_large) == ("a.pdf", 6, b"", True)


def test_files_beyond_the_limit_are_said_to_be_missing() -> None:
    body = (
        b"".join(b"--b\r\nContent-Type: image/png\r\n\r\n%d\r\n" % n for n in range(300)) + b"--b--"
    )
    letter = holds(mail(body, "multipart/mixed; boundary=b"))
    assert len(letter.files) == contents.FILES_MAX
    assert Defect.PARTS in letter.defects


def test_a_head_ends_where_it_is_too_long() -> None:
    letter = holds(mail("x", "text/plain", "7bit", *["X-A: 1"] * (mime.LINES_MAX + 10)))
    assert Defect.HEADERS in letter.defects
    assert letter.text == "x"


def test_the_time_of_arrival_decides_what_is_in_the_future() -> None:
    raw = mail(date="Sun, 29 Nov 2026 14:00:00 +0000")
    assert read(raw, received_at=RECEIVED).sent_at == datetime(2026, 11, 29, 14, tzinfo=UTC)
    before = read(raw, received_at=datetime(2026, 11, 27, tzinfo=UTC))
    assert before.sent_at is None and Defect.DATE in before.defects


def test_where_servers_delivered_it_is_kept() -> None:
    raw = mail(
        "x",
        "text/plain",
        "7bit",
        "Delivered-To: box@example.com",
        "X-Original-To: <help+t.x@example.com>",
    )
    assert read(raw, received_at=RECEIVED).delivered_to == (
        "box@example.com",
        "help+t.x@example.com",
    )


def test_what_the_other_server_said_is_kept() -> None:
    (case,) = (one for one in machines.CASES if one.name == "bounce: a mailbox that is none")
    (bounced,) = read(case.raw, received_at=RECEIVED).bounced
    assert bounced.said == "550 5.1.1 No such user"


def test_a_hidden_thing_in_a_quote_does_not_move_its_words() -> None:
    source = 'new<blockquote type="cite">old <span style="display:none">x</span>more</blockquote>'
    letter = holds(mail(source, "text/html"))
    assert (letter.text, letter.quoted) == ("new", "old more")
    assert "more" in letter.quoted_html and "more" not in letter.html


def test_tags_within_tags_are_counted() -> None:
    assert html.read("<b>" * (html.DEPTH_MAX + 1) + "x", lambda _source: None).whole is False
    assert html.read("<b>" * (html.DEPTH_MAX - 2) + "x", lambda _source: None).whole is True


def test_only_people_write_mails_that_reopen() -> None:
    assert read(mail(), received_at=RECEIVED).automatic is Automatic.NO
