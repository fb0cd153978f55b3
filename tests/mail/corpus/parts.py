"""Parts: which is the text, which are files, and what files are called."""

import base64

from tests.mail.corpus.build import (
    PDF,
    PNG,
    TEXT,
    TEXT_PART,
    Case,
    case,
    coded,
    html,
    mail,
    nested,
    part,
    several,
    with_file,
    word,
)


def names() -> list[Case]:
    """Names of files, as they arrive."""
    stream = "application/octet-stream"

    def named(name: str, expected: str, *lines: str | bytes, kind: str | bytes = stream) -> Case:
        plain = (kind if isinstance(kind, str) else kind.decode("latin-1")).partition(";")[0]
        return case(f"name: {name}", with_file(*lines, kind=kind), files=((expected, plain, b"x"),))

    def disposed(name: str, expected: str, said: str | bytes) -> Case:
        value = said if isinstance(said, bytes) else said.encode()
        return named(name, expected, b"Content-Disposition: attachment; " + value)

    utf8 = "%EA%B2%AC%EC%A0%81%EC%84%9C.pdf"
    cp949 = "".join(f"%{byte:02X}" for byte in "견적서.pdf".encode("cp949"))
    words = word("견적서.pdf")
    japanese = "あいうえおかきくけこ.png".encode("iso2022_jp")
    encoded = "".join(f"%{byte:02X}" for byte in japanese)
    long = "가" * 300 + ".pdf"
    return [
        disposed("plain", "offer.pdf", 'filename="offer.pdf"'),
        disposed("a blank without quotes", "견적 서 1.xlsx", "filename=견적 서 1.xlsx"),
        disposed("a semicolon without quotes", "a;b.pdf", "filename=a;b.pdf"),
        disposed("RFC 2231", "견적서.pdf", f"filename*=UTF-8''{utf8}"),
        disposed("RFC 2231 with a language", "견적서.pdf", f"filename*=utf-8'ko'{utf8}"),
        disposed("RFC 2231 of Windows", "견적서.pdf", f"filename*=windows-949''{cp949}"),
        disposed("RFC 2231 of ks_c_5601-1987", "견적서.pdf", f"filename*=ks_c_5601-1987''{cp949}"),
        disposed(
            "RFC 2231 beside another form", "견적서.pdf", f"filename=x.pdf; filename*=UTF-8''{utf8}"
        ),
        disposed(
            "RFC 2231 before another form", "견적서.pdf", f"filename*=UTF-8''{utf8}; filename=x.pdf"
        ),
        disposed(
            "RFC 2231 in quotes, zammad/zammad#2227",
            "Wölbung.jpg",
            "filename*=\"us-ascii''W%F6lbung.jpg\"",
        ),
        disposed("RFC 2231 without a set", "견적서.pdf", f"filename*=''{utf8}"),
        disposed("RFC 2231 without signs for a set", "견적서.pdf", f"filename*={utf8}"),
        disposed(
            "RFC 2231 in pieces that cut a syllable",
            "견적서.pdf",
            "filename*0*=UTF-8''%EA%B2%AC%EC%A0; filename*1*=%81%EC%84%9C.pdf",
        ),
        disposed(
            "pieces the other way round",
            "견적서.pdf",
            "filename*1*=%81%EC%84%9C.pdf; filename*0*=UTF-8''%EA%B2%AC%EC%A0",
        ),
        disposed(
            "pieces of both forms",
            "견적서 2026.pdf",
            "filename*0*=UTF-8''%EA%B2%AC%EC%A0%81%EC%84%9C; filename*1=\" 2026.pdf\"",
        ),
        disposed(
            "pieces without a set, jakartaee/mail-api#74",
            "attached.bat",
            'filename*0*="\'\'attached%2E"; filename*1*="%62"; filename*2=at',
        ),
        disposed(
            "pieces of ISO-2022-JP, jakartaee/mail-api#54",
            "あいうえおかきくけこ.png",
            f"filename*0*=ISO-2022-JP''{encoded[:45]}; filename*1*={encoded[45:]}",
        ),
        disposed(
            "a composed letter in pieces, chatmail/core#2079",
            "test äö.pdf",
            "filename*0*=UTF-8''%74%65%73%74%20%61%CC%88%6F; filename*1*=%CC%88%2E%70%64%66",
        ),
        disposed("words in quotes", "견적서.pdf", f'filename="{words}"'),
        disposed("words without quotes", "견적서.pdf", f"filename={words}"),
        disposed(
            "words of two lines",
            "견적서 최종.pdf",
            f'filename="{word("견적서")}\r\n {word(" 최종.pdf")}"',
        ),
        disposed(
            "words in pieces, zbateson/mail-mime-parser#80",
            "견적서.pdf",
            f'filename*0="{words[:15]}"; filename*1="{words[15:]}"',
        ),
        disposed(
            "a syllable of CP949 in two words",
            "견적서.pdf",
            f'filename="=?euc-kr?B?{base64.b64encode("견적서.pdf".encode("cp949")[:3]).decode()}?= =?euc-kr?B?{base64.b64encode("견적서.pdf".encode("cp949")[3:]).decode()}?="',
        ),
        disposed("bare UTF-8", "견적서.pdf", 'filename="견적서.pdf"'),
        disposed("bare CP949", "견적서.pdf", 'filename="견적서.pdf"'.encode("cp949")),
        disposed("bare CP949 without quotes", "견적서.pdf", "filename=견적서.pdf".encode("cp949")),
        disposed("percent signs of a web mailer", "견적서.pdf", f'filename="{utf8}"'),
        disposed("percent signs of CP949", "견적서.pdf", f'filename="{cp949}"'),
        disposed("a percent sign", "100%25.pdf", 'filename="100%25.pdf"'),
        disposed("references of a web mailer", "김.pdf", 'filename="&#44608;.pdf"'),
        disposed("references without quotes", "김.pdf", "filename=&#44608;.pdf"),
        disposed(
            "Hangul of a Mac",
            "한글.pdf",
            "filename*=UTF-8''%E1%84%92%E1%85%A1%E1%86%AB%E1%84%80%E1%85%B3%E1%86%AF.pdf",
        ),
        disposed("a folder", "passwd", 'filename="../../etc/passwd"'),
        disposed("a folder of Windows", "a.pdf", 'filename="C:\\\\Users\\\\k\\\\a.pdf"'),
        disposed("signs that turn it round", "exe.fdp", 'filename="\u202eexe.fdp"'),
        disposed("controls", "ab.pdf", b'filename="a\x00\x01b.pdf"'),
        disposed("a quote that is not closed", "offer.pdf", 'filename="offer.pdf'),
        disposed("quotes inside", 'a "b".pdf', 'filename="a \\"b\\".pdf"'),
        disposed("nothing", "part-1.bin", 'filename=""'),
        disposed("dots", "part-1.bin", 'filename=".."'),
        disposed(
            "longer than any",
            "가" * 176 + ".pdf",
            f'filename="{word(long[:150])} {word(long[150:])}"',
        ),
        named("of the content type", "견적서.pdf", kind=f'application/pdf; name="{words}"'),
        named(
            "of the content type in RFC 2231, Webklex/php-imap#271",
            "ReturnForm ä.doc",
            kind="application/octet-stream; name*=UTF-8''ReturnForm%20%C3%A4.doc",
        ),
        named(
            "of both, the disposition first",
            "b.pdf",
            "Content-Disposition: attachment; filename=b.pdf",
            kind="application/pdf; name=a.pdf",
        ),
        named("none", "part-1.pdf", kind="application/pdf"),
        named(
            "a disposition alone, osTicket/osTicket#5293",
            "a.pdf",
            'Content-Disposition: ATTACHMENT; FILENAME="a.pdf"',
        ),
        named("a tab and a fold", "a.pdf", "Content-Disposition: attachment;\r\n\tfilename=a.pdf"),
    ]


def structures() -> list[Case]:
    png = ("a.png", "image/png", PNG)
    picture = part(PNG, "image/png; name=a.png", "Content-ID: <p1@example.com>", how="base64")
    other = part(PNG, "image/png; name=a.png", how="base64")
    drawn = part("<p>하나</p>", "text/html; charset=utf-8")
    two = part("<p>둘</p>", "text/html; charset=utf-8")
    shown = part('<p>하나</p><img src="cid:p1@example.com">', "text/html; charset=utf-8")
    apple = nested(drawn, other, two, boundary="b3")
    invite = part(
        "BEGIN:VCALENDAR\r\nEND:VCALENDAR", "text/calendar; charset=utf-8; method=REQUEST"
    )
    calendar = ("part-1.ics", "text/calendar", None)
    inner = mail("안", subject=word("전달할 메일"))
    mixed = several(TEXT_PART, part(PDF, "application/pdf; name=a.pdf", how="base64"))
    pdf = ("a.pdf", "application/pdf", PDF)
    open_ = mixed[0].removesuffix(b"--b1--")
    deep = TEXT_PART
    for number in range(40):
        deep = nested(deep, boundary=f"d{number}")
    return [
        case(
            "alternatives",
            mail(*several(TEXT_PART, drawn, kind="alternative")),
            text="하나",
            html="<p>하나</p>",
        ),
        case(
            "alternatives the other way round",
            mail(*several(drawn, TEXT_PART, kind="alternative")),
            text="하나",
        ),
        case(
            "an alternative without words, freescout-help-desk/freescout#1972",
            mail(
                *several(
                    TEXT_PART,
                    part("<html><body> &nbsp;</body></html>", "text/html"),
                    kind="alternative",
                )
            ),
        ),
        case(
            "an empty plain text, freescout-help-desk/freescout#1972",
            mail(*several(part("", "text/plain"), drawn, kind="alternative")),
            text="하나",
        ),
        case(
            "a picture that is shown",
            mail(*several(shown, picture, kind="related")),
            text="하나\n\n[image]",
            html='<p>하나</p><img data-part="0" alt="">',
            files=(png,),
        ),
        case(
            "a picture named without its host",
            mail(
                *several(
                    part('<p>하나</p><img src="CID:p1">', "text/html"),
                    part(PNG, "image/png; name=a.png", "Content-ID: <p1>", how="base64"),
                    kind="related",
                )
            ),
            text="하나\n\n[image]",
            files=(png,),
        ),
        case(
            "a picture by its name",
            mail(
                *several(
                    part('<p>하나</p><img src="cid:a.png">', "text/html"), other, kind="related"
                )
            ),
            text="하나\n\n[image]",
            files=(png,),
        ),
        case(
            "a picture by its place",
            mail(
                *several(
                    part('<img src="https://example.com/a.png">하나', "text/html"),
                    part(
                        PNG,
                        "image/png; name=a.png",
                        "Content-Location: https://example.com/a.png",
                        how="base64",
                    ),
                    kind="related",
                )
            ),
            text="[image]하나",
            html='<img data-part="0" alt="">하나',
            files=(png,),
        ),
        case(
            "a picture in its own address",
            html(f'하나<img src="data:image/png;base64,{base64.b64encode(PNG).decode()}">'),
            text="하나[image]",
            html='하나<img data-part="0" alt="">',
            files=(("part-1.png", "image/png", PNG),),
        ),
        case(
            "a drawing in its own address is none",
            html('하나<img src="data:image/svg+xml,<svg onload=x()>">'),
            text="하나",
            html="하나",
        ),
        case(
            "alternatives in related in mixed",
            mail(
                *several(
                    nested(
                        nested(TEXT_PART, shown, kind="alternative", boundary="b3"),
                        picture,
                        kind="related",
                    ),
                    part(PDF, "application/pdf; name=a.pdf", how="base64"),
                )
            ),
            text="하나\n\n[image]",
            files=(png, pdf),
        ),
        case(
            "related in alternatives",
            mail(*several(TEXT_PART, nested(shown, picture, kind="related"), kind="alternative")),
            text="하나\n\n[image]",
            files=(png,),
        ),
        case(
            "a mail of Apple",
            mail(*several(TEXT_PART, apple, kind="alternative")),
            text="하나\n\n둘",
            files=(png,),
        ),
        case(
            "a picture between two texts",
            mail(
                *several(
                    part("하나", "text/plain; charset=utf-8"),
                    other,
                    part("둘", "text/plain; charset=utf-8"),
                )
            ),
            text="하나\n\n둘",
            files=(png,),
        ),
        case(
            "a text behind HTML",
            mail(*several(drawn, part("-- \n목록 & 끝", "text/plain; charset=utf-8"))),
            text="하나\n\n--\n목록 & 끝",
            html="<p>하나</p><div>-- <br>목록 &amp; 끝</div>",
        ),
        case("a file beside a text", mail(*mixed), files=(pdf,)),
        case(
            "a text as a file",
            mail(*several(TEXT_PART, part("둘", "text/plain; name=b.txt"))),
            files=(("b.txt", "text/plain", "둘".encode()),),
        ),
        case(
            "a text to be kept",
            mail(*several(TEXT_PART, part("둘", "text/plain", "Content-Disposition: attachment"))),
            files=(("part-1.txt", "text/plain", "둘".encode()),),
        ),
        case(
            "a text with a name and no other",
            mail(TEXT, "text/plain; charset=utf-8; name=body.txt"),
        ),
        case(
            "a page with a name and no other",
            mail(*several(part("<p>하나</p>", "text/html; charset=utf-8; name=mail.html"), other)),
            text="하나",
            files=(png,),
        ),
        case(
            "a page as a file",
            mail(
                *several(
                    TEXT_PART,
                    part(
                        "<p>하나</p>", "text/html; name=a.html", "Content-Disposition: attachment"
                    ),
                )
            ),
            files=(("a.html", "text/html", b"<p>\xed\x95\x98\xeb\x82\x98</p>"),),
        ),
        case(
            "a file alone",
            mail(PDF, "application/pdf; name=a.pdf", "base64"),
            text="",
            files=(pdf,),
        ),
        case(
            "a picture alone",
            mail(PNG, "image/png", "base64"),
            text="",
            files=(("part-1.png", "image/png", PNG),),
        ),
        case(
            "a mail in a mail",
            mail(*several(TEXT_PART, part(inner, "message/rfc822"))),
            files=(("전달할 메일.eml", "message/rfc822", inner.removesuffix(b"\r\n")),),
        ),
        case(
            "a mail in a mail in base64, freescout-help-desk/freescout#2385",
            mail(*several(TEXT_PART, part(inner, "message/rfc822", how="base64"))),
            files=(("전달할 메일.eml", "message/rfc822", inner),),
        ),
        case(
            "a mail in a mail with a name, freescout-help-desk/freescout#4738",
            mail(*several(TEXT_PART, part(inner, f'message/rfc822; name="{word("원본.eml")}"'))),
            files=(("원본.eml", "message/rfc822", None),),
        ),
        case(
            "a digest",
            mail(*several(part(inner, None), kind="digest")),
            text="",
            files=(("전달할 메일.eml", "message/rfc822", None),),
        ),
        case(
            "an invitation",
            mail(*several(TEXT_PART, drawn, invite, kind="alternative")),
            text="하나",
            files=(calendar,),
        ),
        case(
            "an invitation alone, freescout-help-desk/freescout#1412",
            mail("BEGIN:VCALENDAR\r\nEND:VCALENDAR", "text/calendar; method=REQUEST"),
            text="",
            files=(calendar,),
        ),
        case(
            "a version for watches and one that acts",
            mail(
                *several(
                    TEXT_PART,
                    part("<p>w</p>", "text/watch-html"),
                    part("<p>a</p>", "text/x-amp-html"),
                    drawn,
                    kind="alternative",
                )
            ),
            text="하나",
        ),
        case(
            "a signature, django-helpdesk/django-helpdesk#567",
            mail(
                *several(
                    TEXT_PART,
                    part(
                        "-----BEGIN PGP SIGNATURE-----",
                        'application/pgp-signature; name="signature.asc"',
                    ),
                    kind="signed",
                )
            ),
            files=(("signature.asc", "application/pgp-signature", None),),
        ),
        case(
            "a form's kind of multipart, osTicket/osTicket#6925",
            mail(several(TEXT_PART)[0], "multipart/form-data; boundary=b1"),
        ),
        case(
            "a kind with its name in a word, zammad/zammad#6141",
            mail(*several(TEXT_PART, part("x", "=?utf-8?B?YXBwbGljYXRpb24vcGRm?=; name=a.pdf"))),
            files=(("a.pdf", "application/octet-stream", b"x"),),
        ),
        case("a kind without a slash", mail(TEXT, "text"), defects=()),
        case("a kind of capitals", mail(TEXT, "TEXT/PLAIN; CHARSET=UTF-8")),
        case("a kind that is nothing but a set", mail(TEXT, "charset=utf-8"), defects=()),
        case(
            "an end that never comes", mail(open_, mixed[1]), files=(pdf,), defects=("structure",)
        ),
        case(
            "no boundary named",
            mail(mixed[0], "multipart/mixed"),
            files=(pdf,),
            defects=("structure",),
        ),
        case(
            "another boundary",
            mail(mixed[0], "multipart/mixed; boundary=zz"),
            files=(pdf,),
            defects=("structure",),
        ),
        case(
            "a multipart without parts",
            mail(TEXT, "multipart/mixed; boundary=zz"),
            defects=("structure",),
        ),
        case(
            "a boundary without quotes",
            mail(several(TEXT_PART, boundary="=_a.b/c")[0], "multipart/mixed; boundary==_a.b/c"),
        ),
        case(
            "a boundary inside another",
            mail(*several(nested(TEXT_PART, drawn, kind="alternative", boundary="b1x"), other)),
            text="하나",
            files=(png,),
        ),
        case(
            "blanks behind a boundary",
            mail(mixed[0].replace(b"--b1\r\n", b"--b1  \r\n"), mixed[1]),
            files=(pdf,),
        ),
        case(
            "words before and behind",
            mail(b"This is a multi-part message.\r\n" + mixed[0] + b"\r\nend", mixed[1]),
            files=(pdf,),
        ),
        case(
            "parts within parts within parts",
            mail(several(deep)[0], several(deep)[1]),
            text="",
            files=(("part-1.bin", "application/octet-stream", None),),
            defects=("structure",),
        ),
        case(
            "a thousand parts",
            mail(*several(*[TEXT_PART] * 1000)),
            text="\n\n".join([TEXT] * 499),
            defects=("structure", "parts"),
        ),
        case(
            "quoted-printable cut by a soft end",
            mail(
                TEXT.encode()[:4] + b"=\r\n" + TEXT.encode()[4:],
                "text/plain; charset=utf-8",
                "8bit",
            ).replace(b"8bit", b"quoted-printable"),
            text=TEXT,
        ),
        case(
            "quoted-printable with wrong signs",
            mail("100=% 가=ZZ", "text/plain; charset=utf-8").replace(b"8bit", b"quoted-printable"),
            text="100=% 가=ZZ",
        ),
        case(
            "base64 with line ends anywhere",
            mail(
                "\r\n".join(base64.b64encode(TEXT.encode()).decode()), "text/plain; charset=utf-8"
            ).replace(b"8bit", b"base64"),
        ),
        case(
            "base64 that is cut",
            mail(base64.b64encode(b"hello hello")[:-3], "text/plain; charset=utf-8").replace(
                b"8bit", b"base64"
            ),
            text="hello hel",
            defects=("encoding",),
        ),
        case(
            "an encoding of no name", mail(TEXT).replace(b"8bit", b"x-own"), defects=("encoding",)
        ),
        case(
            "an encoding in quotes",
            mail(coded(TEXT.encode(), "base64")).replace(b"8bit", b'"base64"'),
        ),
        case(
            "files as lines of the text",
            mail("앞\r\nbegin 644 a.txt\r\n#0V%T\r\n`\r\nend\r\n뒤"),
            text="앞\n뒤",
            files=(("a.txt", "application/octet-stream", b"Cat"),),
        ),
        case(
            "a word that begins like a file",
            mail("begin 644 now\nnothing"),
            text="begin 644 now\nnothing",
        ),
        case(
            "a text of 400,000 signs",
            mail("가" * 400_000),
            text="가" * 300_000,
            files=(("message.txt", "text/plain", 1_200_000),),
            defects=("length",),
        ),
    ]


CASES = [*names(), *structures()]
