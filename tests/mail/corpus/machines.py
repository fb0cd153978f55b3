"""What machines write: answers, lists, receipts and bounces."""

from tests.mail.corpus.build import TEXT, TEXT_PART, Case, case, mail, nested, part, several, word

KIM = "kim@example.co.kr"
SENT = "<sent-7@help.example.com>"
DAEMON = ("Mail Delivery System", "MAILER-DAEMON@example.net")
FROM = {"from": "Mail Delivery System <MAILER-DAEMON@example.net>"}


def signs() -> list[Case]:
    def said(name: str, expected: str, *lines: str, **heads: str) -> Case:
        return case(
            f"{expected}: {name}",
            mail(TEXT, "text/plain; charset=utf-8", "8bit", *lines, **heads),
            automatic=expected,
        )

    def titled(subject: str, expected: str = "reply") -> Case:
        return case(
            f"{expected}: {subject}",
            mail(subject=word(subject)),
            subject=subject,
            automatic=expected,
        )

    return [
        said("Auto-Submitted", "reply", "Auto-Submitted: auto-replied"),
        said("Auto-Submitted with a word more", "reply", "Auto-Submitted: Auto-Replied (vacation)"),
        said("of a program", "made", "Auto-Submitted: auto-generated"),
        said("no", "no", "Auto-Submitted: no"),
        said("X-Autoreply", "reply", "X-Autoreply: yes"),
        said("X-Autorespond", "reply", "X-Autorespond: hana@example.com"),
        said("Precedence", "reply", "Precedence: auto_reply"),
        said("in bulk", "list", "Precedence: bulk"),
        said("to a list", "list", "List-Id: <news.example.com>"),
        said("a newsletter", "list", "List-Unsubscribe: <mailto:u@example.com>"),
        said("no answers wanted", "made", "X-Auto-Response-Suppress: All"),
        said(
            "out of office of Google, zammad/zammad#193",
            "reply",
            "Precedence: bulk",
            "Auto-Submitted: auto-replied",
        ),
        said("no way back", "made", "Return-Path: <>"),
        said("a way back", "no", "Return-Path: <hana@example.com>"),
        titled("Automatic reply: Delivery"),
        titled("Out of Office Re: Delivery"),
        titled("자동 회신: 배송 문의"),
        titled("[자동응답] 배송 문의"),
        titled("부재중입니다"),
        titled("自動応答: 配送"),
        titled("【自動返信】配送"),
        titled("不在通知"),
        titled("Abwesenheitsnotiz: Lieferung"),
        titled("Why did I get an automatic reply: nothing came", "no"),
        titled("Undeliverable: delivery", "no"),
    ]


def report(
    *groups: str, human: str = TEXT, back: bytes | None = None, kind: str = "delivery-status"
) -> bytes:
    """A report as RFC 3464 and 3798 have it."""
    fields = "\r\n\r\n".join(("Reporting-MTA: dns; mail.example.net", *groups))
    parts = [part(human, "text/plain; charset=utf-8"), part(fields, f"message/{kind}")]
    if back is not None:
        parts.append(back)
    body, said = several(*parts, kind="report", more=f"; report-type={kind}")
    return mail(body, said, **FROM)


def bounces() -> list[Case]:
    returned = part(f"Message-ID: {SENT}\r\nSubject: x", "text/rfc822-headers")
    whole = part(f"Received: by x\r\nMessage-Id:\r\n {SENT}\r\n\r\nhello", "message/rfc822")
    status = ("part-1.txt", "message/delivery-status", None)
    head = ("part-2.txt", "text/rfc822-headers", None)
    eml = ("part-2.eml", "message/rfc822", None)
    gone = f"Final-Recipient: rfc822; {KIM}\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 No such user"
    common = {"sender": DAEMON, "automatic": "bounce", "returned": SENT}

    def told(name: str, group: str, *expected: tuple[str, str, bool]) -> Case:
        return case(
            f"bounce: {name}",
            report(group, back=returned),
            bounced=expected,
            files=(status, head),
            **common,
        )

    def words(
        name: str,
        text: str,
        *expected: tuple[str, str, bool],
        subject: str = "failure notice",
        returned: str = "",
        **heads: str,
    ) -> Case:
        raw = mail(text, "text/plain; charset=utf-8", subject=subject, **FROM, **heads)
        return case(
            f"bounce: {name}",
            raw,
            subject=subject,
            text=text.strip(),
            sender=DAEMON,
            automatic="bounce",
            bounced=expected,
            returned=returned,
        )

    qmail = f"Hi. This is the qmail-send program at mail.example.com.\n\n<{KIM}>:\nThere is no such mailbox. (#5.1.1)\n\n--- Below this line is a copy of the message.\n\nMessage-ID: {SENT}\nSubject: Hello"
    exim = f"This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered:\n\n  {KIM}\n    all hosts retried"
    return [
        told("a mailbox that is none", gone, (KIM, "5.1.1", True)),
        told("a mailbox that is full", gone.replace("5.1.1", "5.2.2"), (KIM, "5.2.2", True)),
        told(
            "later",
            gone.replace("failed", "delayed").replace("5.1.1", "4.4.1"),
            (KIM, "4.4.1", False),
        ),
        told("in vain for days", gone.replace("5.1.1", "4.4.7"), (KIM, "4.4.7", False)),
        told(
            "two people",
            f"{gone}\r\n\r\n{gone.replace('kim@', 'lee@')}",
            (KIM, "5.1.1", True),
            ("lee@example.co.kr", "5.1.1", True),
        ),
        told("the same twice", f"{gone}\r\n\r\n{gone}", (KIM, "5.1.1", True)),
        told("delivered", gone.replace("failed", "delivered").replace("5.1.1", "2.0.0")),
        told("well, without a word for it", f"Final-Recipient: rfc822; {KIM}\r\nStatus: 2.1.5"),
        told(
            "the address that was written to",
            f"Original-Recipient: rfc822;{KIM}\r\n" + gone.replace(KIM, "box7@internal.example"),
            (KIM, "5.1.1", True),
        ),
        told("brackets", gone.replace(KIM, f"<{KIM}>"), (KIM, "5.1.1", True)),
        told(
            "xtext",
            gone.replace(KIM, "kim+2Bshop@example.co.kr"),
            ("kim+shop@example.co.kr", "5.1.1", True),
        ),
        told(
            "a status among words",
            gone.replace("5.1.1\r\n", "5.1.1 (no such user)\r\n"),
            (KIM, "5.1.1", True),
        ),
        told(
            "no status but of the other server",
            gone.replace("Status: 5.1.1\r\n", ""),
            (KIM, "5.1.1", True),
        ),
        told("no status", f"Final-Recipient: rfc822; {KIM}\r\nAction: failed", (KIM, "", True)),
        told(
            "no address", "Final-Recipient: rfc822; postmaster\r\nAction: failed\r\nStatus: 5.0.0"
        ),
        told(
            "an address of Hangul",
            gone.replace(f"rfc822; {KIM}", "utf-8; 하나@예시.example"),
            ("하나@예시.example", "5.1.1", True),
        ),
        case(
            "bounce: the mail comes back",
            report(gone, back=whole),
            bounced=((KIM, "5.1.1", True),),
            files=(status, eml),
            **common,
        ),
        case(
            "bounce: nothing comes back",
            report(gone),
            bounced=((KIM, "5.1.1", True),),
            files=(status,),
            **(common | {"returned": ""}),
        ),
        case(
            "bounce: in another multipart",
            mail(
                *several(
                    nested(
                        TEXT_PART,
                        part(f"Reporting-MTA: dns; x\r\n\r\n{gone}", "message/delivery-status"),
                        kind="report",
                    )
                ),
                **FROM,
            ),
            bounced=((KIM, "5.1.1", True),),
            files=(status,),
            **(common | {"returned": ""}),
        ),
        case(
            "bounce: an id that is cut by a word",
            report(
                gone,
                back=part("Message-ID: <sent-7@=?utf-8?B?help.example.com>", "text/rfc822-headers"),
            ),
            bounced=((KIM, "5.1.1", True),),
            files=(status, head),
            **(common | {"returned": ""}),
        ),
        words("qmail", qmail, (KIM, "5.1.1", True), returned=SENT),
        case(
            "bounce: qmail, signed in Korean",
            mail(
                qmail,
                "text/plain; charset=utf-8",
                subject="failure notice",
                **{"from": "메일 배달 <MAILER-DAEMON@example.net>"},
            ),
            subject="failure notice",
            sender=("메일 배달", "MAILER-DAEMON@example.net"),
            text=qmail,
            automatic="bounce",
            bounced=((KIM, "5.1.1", True),),
            returned=SENT,
        ),
        words(
            "Exim",
            exim,
            (KIM, "", True),
            subject="Mail delivery failed: returning message to sender",
            x_failed_recipients=KIM,
        ),
        words(
            "Exim, two people",
            exim,
            (KIM, "", True),
            ("lee@example.co.kr", "", True),
            subject="Mail delivery failed",
            x_failed_recipients=f"{KIM},\r\n lee@example.co.kr",
        ),
        words(
            "words that say nothing",
            "Something went wrong.",
            subject="Returned mail: see transcript",
        ),
        case(
            "bounce: in Korean",
            mail(
                "보내신 메일이 전송되지 못했습니다.",
                "text/plain; charset=utf-8",
                subject=word("메일이 전송되지 못했습니다"),
                **{"from": "postmaster@example.net"},
            ),
            subject="메일이 전송되지 못했습니다",
            sender=("", "postmaster@example.net"),
            text="보내신 메일이 전송되지 못했습니다.",
            automatic="bounce",
        ),
        case(
            "receipt: displayed",
            report(
                f"Original-Message-ID: {SENT}\r\nDisposition: manual-action/MDN-sent-manually; displayed",
                kind="disposition-notification",
            ).replace(
                b"Reporting-MTA: dns; mail.example.net\r\n\r\n",
                b"Final-Recipient: rfc822; kim@example.co.kr\r\n",
            ),
            sender=DAEMON,
            automatic="receipt",
            returned=SENT,
            files=(("part-1.txt", "message/disposition-notification", None),),
        ),
    ]


CASES = [*signs(), *bounces()]
