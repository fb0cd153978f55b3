"""Who writes to whom, what is answered, and when."""

from tests.mail.corpus.build import HANA, HELP, ID, Case, case, mail, word

NOBODY = ("", "")


def people() -> list[Case]:
    def sent(name: str, value: str | bytes, sender: tuple[str, str], **expected: object) -> Case:
        return case(f"from: {name}", mail(**{"from": value}), sender=sender, **expected)

    missing = {"sender": NOBODY, "defects": ("sender",)}
    return [
        sent(
            "brackets in a name", "[Sales] Hong <h@example.com>", ("[Sales] Hong", "h@example.com")
        ),
        sent("a comma in a name", "Kim, Minsu <k@example.com>", ("Kim, Minsu", "k@example.com")),
        sent(
            "a comma in a quoted name",
            '"Kim, Minsu" <k@example.com>',
            ("Kim, Minsu", "k@example.com"),
        ),
        sent(
            "a comma in an encoded name",
            f"{word('김, 하나')} <k@example.com>",
            ("김, 하나", "k@example.com"),
        ),
        sent(
            "a comma in a Q word",
            "=?utf-8?Q?Kim,_Minsu?= <k@example.com>",
            ("Kim, Minsu", "k@example.com"),
        ),
        sent("an address alone", "k@example.com", ("", "k@example.com")),
        sent("an address in brackets alone", "<k@example.com>", ("", "k@example.com")),
        sent("a comment", "k@example.com (Kim Hana)", ("Kim Hana", "k@example.com")),
        sent("a comment behind", "Kim Hana <k@example.com> (Sales)", ("Kim Hana", "k@example.com")),
        sent("the address as a name", '"k@example.com" <k@example.com>', ("", "k@example.com")),
        sent(
            "the address as a name in single quotes",
            "'k@example.com' <k@example.com>",
            ("", "k@example.com"),
        ),
        sent(
            "quotes in quotes",
            '"Kim \\"Mina\\" Su" <k@example.com>',
            ('Kim "Mina" Su', "k@example.com"),
        ),
        sent(
            "an address as another's name",
            '"ceo@example.org" <k@example.com>',
            ("ceo@example.org", "k@example.com"),
        ),
        sent(
            "brackets that are not closed, zammad/zammad#3066",
            "Fabian <f@example.com",
            ("Fabian", "f@example.com"),
        ),
        sent(
            "no blank before brackets, zammad/zammad#3066",
            "Ahana Shetty<a@example.com>",
            ("Ahana Shetty", "a@example.com"),
        ),
        sent("two brackets", "Kim <<k@example.com>>", ("Kim", "k@example.com")),
        sent("mailto", "Kim <mailto:k@example.com>", ("Kim", "k@example.com")),
        sent("blanks in brackets", "Kim < k@example.com >", ("Kim", "k@example.com")),
        sent("no brackets", "Kim k@example.com", ("Kim", "k@example.com")),
        sent("all of it one word", word("김하나 <k@example.com>"), ("김하나", "k@example.com")),
        sent("a quoted local part", '"kim hana"@example.com', ("", '"kim hana"@example.com')),
        sent("a plus", "k+shop@example.com", ("", "k+shop@example.com")),
        sent("a dot at the end", "Kim <k@example.com.>", ("Kim", "k@example.com")),
        sent("an address of Hangul", "김하나 <하나@예시.example>", ("김하나", "하나@예시.example")),
        sent("a route", "<@a.example,@b.example:k@example.com>", ("", "k@example.com")),
        sent("a semicolon at the end", "Kim <k@example.com>;", ("Kim", "k@example.com")),
        sent("a folded name", f"{word('김하나')}\r\n <k@example.com>", ("김하나", "k@example.com")),
        sent(
            "a name of 400 signs", f'"{"가" * 400}" <k@example.com>', ("가" * 200, "k@example.com")
        ),
        sent(
            "signs that nobody sees", '"Kim\u200b\u202e" <k@example.com>', ("Kim", "k@example.com")
        ),
        sent(
            "its address in its name",
            '"Kim (K@example.com)" <k@example.com>',
            ("Kim", "k@example.com"),
        ),
        sent(
            "a daemon without a host",
            "Mail System <MAILER-DAEMON>",
            ("Mail System", ""),
            automatic="made",
            defects=("sender",),
        ),
        sent("brackets with nothing", "<>", NOBODY, defects=("sender",)),
        sent("nothing", "", NOBODY, defects=("sender",)),
        sent("a name alone", "김하나", ("김하나", ""), defects=("sender",)),
        sent(
            "two people",
            "a@example.com, Bo <b@example.com>",
            ("", "a@example.com"),
            also_from=(("Bo", "b@example.com"),),
            defects=("senders",),
        ),
        sent(
            "two people by a semicolon",
            "a@example.com;b@example.com",
            ("", "a@example.com"),
            also_from=(("", "b@example.com"),),
            defects=("senders",),
        ),
        case("no From", mail(**{"from": None}), **missing),
        case(
            "two From headers",
            mail(
                "안녕하세요. 언제 오나요?",
                "text/plain; charset=utf-8",
                "8bit",
                "From: b@example.com",
            ),
            also_from=(("", "b@example.com"),),
            defects=("senders",),
        ),
        case(
            "to many",
            mail(to="A <a@example.com>, b@example.com;c@example.com"),
            to=(("A", "a@example.com"), ("", "b@example.com"), ("", "c@example.com")),
        ),
        case(
            "to a group",
            mail(to="Team: a@example.com, B <b@example.com>;"),
            to=(("", "a@example.com"), ("B", "b@example.com")),
        ),
        case("to nobody", mail(to="undisclosed-recipients:;"), to=()),
        case("to nobody, no header", mail(to=None), to=()),
        case(
            "to in two headers",
            mail(
                "안녕하세요. 언제 오나요?", "text/plain; charset=utf-8", "8bit", "To: b@example.com"
            ),
            to=(HELP, ("", "b@example.com")),
        ),
        case(
            "empty items",
            mail(to="a@example.com, , ,b@example.com,"),
            to=(("", "a@example.com"), ("", "b@example.com")),
        ),
        case(
            "cc of Outlook",
            mail(cc="'이팀장' <l@example.com>; Kim, Minsu <k@example.com>"),
            cc=(("이팀장", "l@example.com"), ("Kim, Minsu", "k@example.com")),
        ),
        case(
            "cc in words",
            mail(
                cc=f"{word('이팀장', 'euc-kr')} <l@example.com>,\r\n {word('박과장')} <p@example.com>"
            ),
            cc=(("이팀장", "l@example.com"), ("박과장", "p@example.com")),
        ),
        case(
            "reply to another",
            mail(reply_to="Desk <desk@example.com>"),
            reply_to=(("Desk", "desk@example.com"),),
        ),
        case(
            "reply to two",
            mail(reply_to="a@example.com,b@example.com"),
            reply_to=(("", "a@example.com"), ("", "b@example.com")),
        ),
        case("reply to nothing", mail(reply_to="")),
        case(
            "a token in an address",
            mail(to="help+t.AbC-12_x@example.com"),
            to=(("", "help+t.AbC-12_x@example.com"),),
        ),
        case(
            "a token in the subject",
            mail(subject="Re: Order [#t.AbC-12_x]"),
            subject="Re: Order [#t.AbC-12_x]",
        ),
    ]


def ids() -> list[Case]:
    long = "<" + "a" * 120 + "@example.com>"
    many = [f"<{number}@example.com>" for number in range(150)]

    def answers(name: str, value: str, *expected: str) -> Case:
        return case(
            f"references: {name}",
            mail(references=value, in_reply_to="<p@example.com>"),
            references=expected,
            in_reply_to=("<p@example.com>",),
        )

    def named(name: str, value: str | None, expected: str, **more: object) -> Case:
        return case(f"id: {name}", mail(message_id=value), message_id=expected, **more)

    return [
        named("folded", f"\r\n {ID}", ID),
        named("folded inside", "<m1\r\n @example.com>", ID),
        named("without brackets", "m1@example.com", ID),
        named("with an address of a host", "<m1@[192.0.2.1]>", "<m1@[192.0.2.1]>"),
        named("in square brackets", "<[m1]@example.com>", "<[m1]@example.com>"),
        named("without a host", "<m1>", "<m1>"),
        named("empty", "<>", "", defects=("message_id",)),
        named("nothing", "", "", defects=("message_id",)),
        named("none", None, "", defects=("message_id",)),
        named("with a comment", f"{ID} (added by mail.example.com)", ID),
        named("in a word", "=?utf-8?q?=3Cm1=40example=2Ecom=3E?=", ID),
        named("no id at all", "hello there", "<hellothere>"),
        named("longer than any", "<" + "a" * 1500 + "@example.com>", "", defects=("message_id",)),
        answers("one", "<a@example.com>", "<a@example.com>"),
        answers(
            "tabs between", "<a@example.com>\t<b@example.com>", "<a@example.com>", "<b@example.com>"
        ),
        answers(
            "folded",
            "<a@example.com>\r\n <b@example.com>\r\n\t<c@example.com>",
            "<a@example.com>",
            "<b@example.com>",
            "<c@example.com>",
        ),
        answers(
            "nothing between",
            "<a@example.com><b@example.com>",
            "<a@example.com>",
            "<b@example.com>",
        ),
        answers(
            "commas between",
            "<a@example.com>,<b@example.com>",
            "<a@example.com>",
            "<b@example.com>",
        ),
        answers("twice the same", "<a@example.com> <a@example.com>", "<a@example.com>"),
        answers(
            "without brackets", "a@example.com b@example.com", "<a@example.com>", "<b@example.com>"
        ),
        answers(
            "long ids as words", word(f"{long} <b@example.com>", how="q"), long, "<b@example.com>"
        ),
        answers(
            "long ids in two words",
            f"{word(long[:60], how='q')}\r\n {word(long[60:], how='q')}",
            long,
        ),
        answers("more than are kept", " ".join(many), many[0], *many[-99:]),
        answers("a sentence", "Your message of Monday <a@example.com>", "<a@example.com>"),
        answers("nothing", ""),
        case(
            "in reply to two",
            mail(in_reply_to="<a@example.com> <b@example.com>"),
            in_reply_to=("<a@example.com>", "<b@example.com>"),
        ),
        case(
            "in reply to a sentence",
            mail(in_reply_to='"Hana\'s message" <a@example.com>'),
            in_reply_to=("<a@example.com>",),
        ),
    ]


def dates() -> list[Case]:
    usual, early = "2026-11-03T05:15:00+00:00", "2026-11-03T14:15:00+00:00"
    wrong = (
        "no date",
        "2026년 11월 3일 (화) 14:15",
        "Tue, 31 Feb 2026 14:15:00 +0900",
        "Tue, 3 Nov 2026 14:15:00",
        "Tue, 3 Nov 2026 14:15:00 XYZ",
        "Tue, 3 Nov 2036 14:15:00 +0900",
        "Tue, 3 Nov 1926 14:15:00 +0900",
        "Tue, 3 Nov 2026 14:15:00 +9900",
        "Tue, 3 Nov 99999 14:15:00 +0900",
        "\0",
        "",
    )
    made = [
        case(f"date: {value!r}", mail(date=value), sent=None, defects=("date",)) for value in wrong
    ]
    right = {
        "Tue, 3 Nov 2026 14:15:00 KST": usual,
        "Tue, 3 Nov 2026 14:15:00 JST": usual,
        "Tue, 3 Nov 2026 14:15:00 +0900 (KST)": usual,
        "Tue, 3 Nov 2026 14:15:00 +0900 (대한민국 표준시)": usual,
        "Tue, 3 Nov 2026 14:15:00 GMT+09:00": usual,
        "Tue, 3 Nov 2026 14:15:00 +09:00": usual,
        "3 Nov 2026 14:15 +0900": usual,
        "Tue,  3  Nov  2026\r\n 14:15:00 +0900": usual,
        "Tue, 3 Nov 26 14:15:00 +0900": usual,
        "Tue, 3 Nov 2026 14:15:00 -0000": early,
        "Tue, 3 Nov 2026 14:15:00 GMT": early,
        "Tue, 3 Nov 2026 14:15:00 Z": early,
        "Tue, 3 Nov 2026 09:15:00 EST": early,
        "Tue Nov  3 14:15:00 2026 +0900": usual,
    }
    made += [
        case(f"date: {value!r}", mail(date=value), sent=expected)
        for value, expected in right.items()
    ]
    return [*made, case("no date", mail(date=None), sent=None, defects=("date",))]


def shapes() -> list[Case]:
    """Heads that are not what they should be."""
    whole = mail()
    head, _blank, body = whole.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    empty = {"subject": "", "sender": NOBODY, "to": (), "message_id": "", "sent": None}
    missing = ("sender", "date", "message_id")
    return [
        case("line feeds alone", whole.replace(b"\r\n", b"\n")),
        case("carriage returns alone", whole.replace(b"\r\n", b"\r")),
        case("blank lines first", b"\r\n\r\n" + whole),
        case(
            "the line of a mailbox file",
            b"From hana@example.com Tue Nov  3 14:15:00 2026\r\n" + whole,
        ),
        case(
            "names in capitals",
            b"\r\n".join(
                line.partition(b":")[0].upper() + b":" + line.partition(b":")[2] for line in lines
            )
            + b"\r\n\r\n"
            + body,
        ),
        case("a blank before the colon", whole.replace(b"Subject:", b"Subject :")),
        case("no blank behind the colon", whole.replace(b": ", b":")),
        case(
            "a fold gone wrong",
            whole.replace(
                b"Subject: ", b"X-Note: a text that goes\r\non here without a blank\r\nSubject: "
            ),
            defects=("headers",),
        ),
        case(
            "no blank line before the body",
            head + b"\r\n" + "안녕하세요. 언제 오나요?".encode() + b"\r\n",
            defects=("headers",),
        ),
        case("no body", head + b"\r\n\r\n", text=""),
        case("no blank line, no body", head, text=""),
        case("a body of blanks", head + b"\r\n\r\n \r\n\t\r\n", text=""),
        case("nothing", b"", text="", defects=missing, **empty),
        case("line ends alone", b"\r\n\r\n\r\n", text="", defects=missing, **empty),
        case(
            "a text without a head",
            "안녕하세요".encode(),
            text="안녕하세요",
            defects=("headers", *missing),
            **empty,
        ),
        case(
            "a head of one name",
            b"Subject: 7",
            text="",
            defects=missing,
            **(empty | {"subject": "7"}),
        ),
        case(
            "3,000 headers",
            mail(
                "안녕하세요. 언제 오나요?",
                "text/plain; charset=utf-8",
                "8bit",
                *(f"X-{number}: 1" for number in range(1900)),
            ),
        ),
        case("a header of 100,000 signs", mail(subject="a" * 100_000), subject="a" * 1000),
        case(
            "someone else's headers behind the body",
            whole + b"\r\nSubject: other\r\n",
            text="안녕하세요. 언제 오나요?\n\nSubject: other",
        ),
        case(
            "addresses that servers noted",
            mail(
                "안녕하세요. 언제 오나요?",
                "text/plain; charset=utf-8",
                "8bit",
                "Delivered-To: help@example.com",
            ),
            sender=HANA,
        ),
    ]


CASES = [*people(), *ids(), *dates(), *shapes()]
