"""Character sets: named, wrongly named, not named, and cut in two."""

import base64

from tests.mail.corpus.build import CODECS, SUBJECT, TEXT, Case, case, mail, part, several, word

KOREAN = (
    "euc-kr",
    "EUC-KR",
    "ks_c_5601-1987",
    "windows-949",
    "x-windows-949",
    "korean",
    "ksc5601",
    "iso-ir-149",
    "cp949",
    "MS949",
    "UHC",
)
JAPANESE = ("iso-2022-jp", "shift_jis", "windows-31j", "x-sjis", "cp932", "euc-jp", "utf-8")
CHINESE = ("gb2312", "gbk", "gb18030", "big5")
HELLO_JA, HELLO_ZH = "いつ届きますか。", "什麼時候到"
OF_CP949 = "똠방각하와 펲시콜라, 뷁"  # syllables that EUC-KR does not have


def korean() -> list[Case]:
    made = []
    for label in KOREAN:
        raw = TEXT.encode("cp949")
        for how in ("8bit", "base64", "quoted-printable"):
            made.append(case(f"{label}, {how}", mail(raw, f"text/plain; charset={label}", how)))
        made.append(
            case(
                f"{label} in words",
                mail(
                    subject=word(OF_CP949, label),
                    from_=None,
                    **{"from": f"{word('김하나', label, 'Q')} <hana@example.com>"},
                ),
                subject=OF_CP949,
            )
        )
        file = part(b"x", f'application/pdf; name="{word("견적서.pdf", label)}"', how="base64")
        made.append(
            case(
                f"{label} in a name",
                mail(
                    *several(part(OF_CP949.encode("cp949"), f'text/plain; charset="{label}"'), file)
                ),
                text=OF_CP949,
                files=(("견적서.pdf", "application/pdf", b"x"),),
            )
        )
    return made


def others() -> list[Case]:
    made = [
        case(
            f"{label}, {how}",
            mail(
                HELLO_JA.encode(CODECS.get(label, label)),
                f"text/plain; charset={label}",
                how,
                subject=word("配送について", label),
            ),
            text=HELLO_JA,
            subject="配送について",
        )
        for label in JAPANESE
        for how in ("8bit", "base64")
    ]
    for label in CHINESE:
        text = HELLO_ZH if label in ("big5", "gbk", "gb18030") else "什么时候到"
        made.append(
            case(
                label,
                mail(
                    text.encode(label),
                    f"text/plain; charset={label}",
                    "base64",
                    subject=word(text, label),
                ),
                text=text,
                subject=text,
            )
        )
    iso2022kr = "안녕하세요".encode("iso2022_kr")
    bare = iso2022kr.replace(b"\x1b$)C", b"")
    vendor = (
        b"\x1b$B-!\x1b(B \x1b$B-j\x1b(B"  # 1 in a circle and (kabu), which the standard has not
    )
    composed = "똠방각하".encode("euc_kr")  # put together of eight bytes, as KS X 1001 allows
    made += [
        case(
            "EUC-KR of composed syllables",
            mail(composed, "text/plain; charset=euc-kr"),
            text="똠방각하",
        ),
        case(
            "ISO-2022-KR",
            mail(iso2022kr, "text/plain; charset=ISO-2022-KR", "7bit"),
            text="안녕하세요",
        ),
        case(
            "ISO-2022-KR without its label",
            mail(iso2022kr, "text/plain", "7bit"),
            text="안녕하세요",
            defects=("charset",),
        ),
        case(
            "ISO-2022-KR in a word without its escape",
            mail(subject=f"=?iso-2022-kr?B?{base64.b64encode(bare).decode()}?="),
            subject="안녕하세요",
        ),
        case(
            "ISO-2022-JP without its label",
            mail(HELLO_JA.encode("iso2022_jp"), "text/plain", "7bit"),
            text=HELLO_JA,
            defects=("charset",),
        ),
        case(
            "ISO-2022-JP bare in a subject",
            mail(subject="配送".encode("iso2022_jp")),
            subject="配送",
        ),
        case(
            "ISO-2022-JP with signs of Windows",
            mail(vendor, "text/plain; charset=iso-2022-jp", "7bit"),
            text="① ㈱",
        ),
        case(
            "half-width katakana in ISO-2022-JP",
            mail(b"\x1b(I6@6E\x1b(B", "text/plain; charset=iso-2022-jp", "7bit"),
            text="ｶﾀｶﾅ",
        ),
        case(
            "Shift_JIS with signs of Windows",
            mail("① ㈱".encode("cp932"), "text/plain; charset=Shift_JIS", "base64"),
            text="① ㈱",
        ),
        case(
            "UTF-16",
            mail("안녕".encode("utf-16"), "text/plain; charset=utf-16", "base64"),
            text="안녕",
        ),
        case(
            "UTF-7",
            mail("안녕 A+B".encode("utf-7"), "text/plain; charset=utf-7", "7bit"),
            text="안녕 A+B",
        ),
        case("UTF-8 with a mark", mail("\ufeff안녕"), text="안녕"),
        case(
            "KOI8-R", mail("Привет".encode("koi8-r"), "text/plain; charset=koi8-r"), text="Привет"
        ),
        case(
            "Windows-1252",
            mail(
                "Señor “Ünal” €5".encode("cp1252"),
                "text/plain; charset=iso-8859-1",
                "quoted-printable",
            ),
            text="Señor “Ünal” €5",
        ),
        case(
            "Latin-1",
            mail("été à Séoul".encode("latin-1"), "text/plain; charset=iso-8859-1"),
            text="été à Séoul",
        ),
        case(
            "Windows-1258, zammad/zammad#2224",
            mail("Xin chào".encode("cp1258"), "text/plain; charset=Windows-1258"),
            text="Xin chào",
        ),
        case("TIS-620", mail("สวัสดี".encode("cp874"), "text/plain; charset=tis-620"), text="สวัสดี"),
    ]
    return made


def wrong() -> list[Case]:
    """Labels that are not true."""
    cp949, utf8 = TEXT.encode("cp949"), TEXT.encode()
    charset = {"defects": ("charset",)}
    return [
        case("CP949 called UTF-8", mail(cp949), **charset),
        case("CP949 called us-ascii", mail(cp949, "text/plain; charset=us-ascii"), **charset),
        case("CP949 called Latin-1", mail(cp949, "text/plain; charset=iso-8859-1"), **charset),
        case("CP949 without a label", mail(cp949, "text/plain"), **charset),
        case("CP949 and no content type", mail(cp949, None), **charset),
        case("UTF-8 called EUC-KR", mail(utf8, "text/plain; charset=euc-kr"), **charset),
        case("UTF-8 called Latin-1", mail(utf8, "text/plain; charset=iso-8859-1"), **charset),
        case("UTF-8 called us-ascii", mail(utf8, "text/plain; charset=us-ascii")),
        case("UTF-8 without a label", mail(utf8, "text/plain")),
        case("UTF-8 called ISO-2022-JP", mail(utf8, "text/plain; charset=iso-2022-jp"), **charset),
        case("a set that nobody knows", mail(utf8, "text/plain; charset=x-hangul-3000"), **charset),
        case(
            "a set that nobody knows, CP949",
            mail(cp949, "text/plain; charset=_iso-2022-kr$ESC"),
            **charset,
        ),
        case(
            "a set that is a codec of other things",
            mail(utf8, "text/plain; charset=unicode-escape"),
            **charset,
        ),
        case(
            "a set with a slow codec",
            mail(b"xn--" + b"a" * 500, "text/plain; charset=idna"),
            text="xn--" + "a" * 500,
            **charset,
        ),
        case("a set named base64", mail(utf8, "text/plain; charset=base64"), **charset),
        case("a set in quotes", mail(cp949, "text/plain; charset='euc-kr'")),
        case("a set with a blank", mail(cp949, 'text/plain; charset=" euc-kr "')),
        case("no set but the sign", mail(utf8, "text/plain; charset=")),
        case(
            "a cut syllable at the end",
            mail(utf8 + "가".encode()[:2]),
            text=TEXT + "\ufffd",
            **charset,
        ),
        case(
            "NUL, controls and noncharacters", mail("안\0녕\x07하\ufffe세요\x1b"), text="안녕하세요"
        ),
        case(
            "one bad byte in a long text",
            mail(utf8 + b" \xff " + utf8),
            text=f"{TEXT} \ufffd {TEXT}",
            **charset,
        ),
        case(
            "HTML that names its set itself",
            mail('<meta charset="euc-kr">안녕하세요'.encode("cp949"), "text/html"),
            text="안녕하세요",
        ),
        case(
            "HTML whose head names another set",
            mail('<meta charset="euc-kr">안녕하세요', "text/html; charset=utf-8"),
            text="안녕하세요",
        ),
        case("a bare subject in UTF-8", mail(subject="배송 문의")),
        *(
            case(
                f"a bare subject of 100 KB in {name}, {ahead} signs ahead",
                mail(subject=("x" * ahead + "배송" * 20_000).encode(name)),
                subject=("x" * ahead + "배송" * 500)[:1000],
            )
            for name in ("utf-8", "cp949")
            for ahead in range(3)
        ),
        case("a bare subject in CP949", mail(subject="배송 문의".encode("cp949"))),
        case("a bare name in CP949", mail(**{"from": "김하나 <hana@example.com>".encode("cp949")})),
        case("a bare name in UTF-8", mail(**{"from": '"김하나" <hana@example.com>'})),
        case(
            "encoding errors of a name in an unknown set",
            mail(subject="=?x-what?B?67Cw7Iah?= =?utf-8?B?IOusuOydmA==?="),
            subject=SUBJECT,
        ),
    ]


def words() -> list[Case]:
    """Encoded words in the forms that arrive."""
    cp949 = "배송 문의".encode("cp949")
    utf8 = "배송 문의".encode()

    def b64(raw: bytes) -> str:
        return base64.b64encode(raw).decode()

    long = "늘봄 쇼핑몰 고객상담센터 김하나 드림"
    pieces = " ".join(word(long[at : at + 5]) for at in range(0, len(long), 5))
    return [
        case(
            "a syllable of CP949 in two words",
            mail(subject=f"=?EUC-KR?B?{b64(cp949[:3])}?= =?EUC-KR?B?{b64(cp949[3:])}?="),
        ),
        case(
            "a syllable of CP949 in two folded words",
            mail(
                subject=f"=?ks_c_5601-1987?B?{b64(cp949[:1])}?=\r\n =?ks_c_5601-1987?B?{b64(cp949[1:])}?="
            ),
        ),
        case(
            "a syllable of UTF-8 in two words",
            mail(subject=f"=?UTF-8?B?{b64(utf8[:4])}?= =?utf-8?B?{b64(utf8[4:])}?="),
        ),
        case(
            "a syllable in Q words",
            mail(
                subject="=?UTF-8?Q?=EB=B0=B0=EC?= =?UTF-8?Q?=86=A1_?= =?UTF-8?Q?=EB=AC=B8=EC=9D=98?="
            ),
        ),
        case(
            "a name in many words has no blanks put in",
            mail(**{"from": f"{pieces} <hana@example.com>"}),
            sender=(long, "hana@example.com"),
        ),
        case(
            "a quoted name of words",
            mail(**{"from": f'"{pieces}" <hana@example.com>'}),
            sender=(long, "hana@example.com"),
        ),
        case("words without a blank between", mail(subject=word("배송") + word(" 문의"))),
        case(
            "a word inside a text", mail(subject=f"Re: {word('배송')} (2)"), subject="Re: 배송 (2)"
        ),
        case("words of two sets", mail(subject=f"{word('배송')} {word(' 문의', 'euc-kr')}")),
        case(
            "a word with a language", mail(subject=word("배송 문의").replace("utf-8", "utf-8*ko"))
        ),
        case("a word with blanks", mail(subject="=?utf-8?Q?order 7 now?="), subject="order 7 now"),
        case("a word without its end", mail(subject=word("배송 문의")[:-2])),
        case("a word that is cut", mail(subject=f"=?utf-8?B?{b64(utf8)[:12]}"), subject="배송"),
        case(
            "base64 without padding",
            mail(subject=word("배송 문의!").replace("=?=", "?=")),
            subject="배송 문의!",
        ),
        case("a question mark in a word", mail(subject="=?utf-8?Q?really??="), subject="really?"),
        case("no word at all", mail(subject="=?what=?"), subject="=?what=?"),
        case(
            "a folded subject keeps its blanks",
            mail(subject="one\r\n two\r\n\tthree"),
            subject="one two three",
        ),
        case("a subject on the next line", mail(subject=f"\r\n {word(SUBJECT)}")),
        case("an empty subject", mail(subject=""), subject=""),
        case("no subject", mail(subject=None), subject=""),
        case(
            "two subjects",
            mail("", "text/plain", "7bit", "Subject: second", subject="first"),
            subject="first",
            text="",
        ),
        case("a subject of 3,000 signs", mail(subject="가" * 3000), subject="가" * 1000),
        case("signs that turn a subject round", mail(subject="a\u202eb"), subject="a\u202eb"),
        case("an emoji", mail(subject=word("배송 🚚 문의")), subject="배송 🚚 문의"),
    ]


CASES = [*korean(), *others(), *wrong(), *words()]
