"""Answers as mail programs write them: what is new, and what is folded away."""

from tests.mail.corpus.build import Case, case, html, mail

NEW, OLD = "네, 받았어요.", "받으셨나요?"
SHOP = "봄 가게 <help@example.com>"


def plain() -> list[Case]:
    """The line or the head above a quote, by mail program and language."""
    heads = {
        "Gmail, ko": f"2026년 11월 3일 (화) 오후 2:15, {SHOP}님이 작성:",
        "Gmail, ja": "2026年11月3日(火) 14:15 春の店 <help@example.com>:",
        "Gmail, en": "On Tue, Nov 3, 2026 at 2:15 PM Spring Shop <help@example.com> wrote:",
        "Gmail, en, two lines": "On Tue, Nov 3, 2026 at 2:15 PM Spring Shop, Customer Care\n<help@example.com> wrote:",
        "Gmail, ko, two lines": "2026년 11월 3일 (화) 오후 2:15, 늘봄 쇼핑몰 고객상담센터 <\nhelp@example.com>님이 작성:",
        "Gmail of 2017, discourse/email_reply_trimmer#8": "2026-11-03 14:15 GMT+09:00 A very long name of an author <\nhelp@example.com>:",
        "Gmail, de, discourse/email_reply_trimmer#4": 'Am 03.11.2026 14:15 schrieb "Spring Shop" <help@example.com>:',
        "Inbox, discourse/email_reply_trimmer#10": "Spring Shop <help@example.com> wrote on Tue, Nov 3 2026 at 2:15 PM:",
        "iOS, ko": f"2026. 11. 3. 오후 2:15, {SHOP} 작성:",
        "iOS, ja": "2026/11/03 14:15、春の店 <help@example.com>のメール:",
        "iOS, en": "On Nov 3, 2026, at 2:15 PM, Spring Shop <help@example.com> wrote:",
        "Thunderbird, ko": "2026-11-03 오후 2:15에 봄 가게 이(가) 쓴 글:",
        "Thunderbird, en": "On 11/3/26 14:15, Spring Shop wrote:",
        "Thunderbird, ja": "On 2026/11/03 14:15, 春の店 wrote:",
        "Naver, wrote": f"2026-11-03 (화) 14:15, {SHOP}님이 작성하였습니다:",
        "Yahoo, ja": "2026年11月3日 14:15、春の店 <help@example.com> さんは書きました:",
        "fr": "Le mar. 3 nov. 2026 à 14:15, Spring Shop <help@example.com> a écrit :",
        "es": "El mar, 3 nov 2026 a las 14:15, Spring Shop <help@example.com> escribió:",
    }
    made = []
    for name, head in heads.items():
        made.append(
            case(
                f"{name}, signs",
                mail(f"{NEW}\n\n{head}\n> {OLD}\n>\n> 봄 가게\n"),
                text=NEW,
                quoted=f"{head}\n> {OLD}\n>\n> 봄 가게",
            )
        )
        made.append(
            case(
                f"{name}, no signs",
                mail(f"{NEW}\n\n{head}\n\n{OLD}\n\n봄 가게\n"),
                text=NEW,
                quoted=f"{head}\n\n{OLD}\n\n봄 가게",
            )
        )
    return made


def separated() -> list[Case]:
    """A line between the answer and all that is old."""
    rules = (
        "-----Original Message-----",
        "----- Original Message -----",
        "-------- Original Message --------",
        "-----원본 메시지-----",
        "-----원본 메세지-----",
        "--------- 원본 메일 ---------",
        "-------- 원본 이메일 --------",
        "------------------ 원본 메일 ------------------",
        "-----元のメッセージ-----",
        "----- オリジナルメッセージ -----",
        "---------- Forwarded message ---------",
        "---------- 전달된 메시지 ----------",
        "---------- 転送メッセージ ----------",
        "Begin forwarded message:",
        "전달된 메시지 시작:",
    )
    old = f"보낸사람 : {SHOP}\n날짜: 26.11.03 14:15\n\n{OLD}"
    made = [
        case(rule, mail(f"{NEW}\n\n{rule}\n{old}\n"), text=NEW, quoted=f"{rule}\n{old}")
        for rule in rules
    ]
    heads = {
        "Outlook, ko": (
            "보낸 사람: 봄 가게 <help@example.com>",
            "보낸 날짜: 2026년 11월 3일 화요일 오후 2:15",
            "받는 사람: 김하나 <hana@example.com>",
            "제목: 배송",
        ),
        "Outlook, en": (
            "From: Spring Shop <help@example.com>",
            "Sent: Tuesday, November 3, 2026 2:15 PM",
            "To: Hana <hana@example.com>",
            "Subject: Delivery",
        ),
        "Outlook, ja": (
            "差出人: 春の店 <help@example.com>",
            "送信日時: 2026年11月3日 14:15",
            "宛先: Hana <hana@example.com>",
            "件名: 配送",
        ),
        "Outlook, with cc": (
            "From: Spring Shop <help@example.com>",
            "Sent: Tuesday, November 3, 2026 2:15 PM",
            "To: Hana <hana@example.com>",
            "Cc: Lee <l@example.com>;",
            "Subject: Delivery",
        ),
        "stars of bold words": (
            "*From:* Spring Shop <help@example.com>",
            "*Sent:* Tuesday, November 3, 2026 2:15 PM",
            "*To:* Hana <hana@example.com>",
            "*Subject:* Delivery",
        ),
        "Samsung, ko": (
            "발신: 봄 가게 <help@example.com>",
            "날짜: 2026/11/03 14:15 (GMT+09:00)",
            "수신: Hana <hana@example.com>",
            "제목: 배송",
        ),
    }
    for name, lines in heads.items():
        head = "\n".join(lines)
        made.append(
            case(
                f"the head of {name}",
                mail(f"{NEW}\n\n{head}\n\n{OLD}\n"),
                text=NEW,
                quoted=f"{head}\n\n{OLD}",
            )
        )
        rule = "_" * 32
        made.append(
            case(
                f"the head of {name} below a line",
                mail(f"{NEW}\n\n{rule}\n{head}\n\n{OLD}\n"),
                text=NEW,
                quoted=f"{rule}\n{head}\n\n{OLD}",
            )
        )
    return made


def mixed() -> list[Case]:
    """Nothing is lost, and nothing that is new is folded away."""
    ask = "On Tue, Nov 3, 2026 at 2:15 PM Shop <help@example.com> wrote:"
    return [
        case(
            "an answer below the quote",
            mail(f"{ask}\n> {OLD}\n\n{NEW}"),
            text=NEW,
            quoted=f"{ask}\n> {OLD}",
        ),
        case(
            "answers between",
            mail(f"{ask}\n> 첫째?\n\n하나.\n\n> 둘째?\n\n둘."),
            text="하나.\n\n둘.",
            quoted=f"{ask}\n> 첫째?\n\n> 둘째?",
        ),
        case("a quote alone", mail(f"{ask}\n> {OLD}"), text=f"{ask}\n> {OLD}"),
        case(
            "a forwarded mail alone",
            mail(f"---------- Forwarded message ---------\nFrom: {SHOP}\n\n{OLD}"),
            text=f"---------- Forwarded message ---------\nFrom: {SHOP}\n\n{OLD}",
        ),
        case(
            "a sentence that ends with a colon",
            mail("2026년 11월 3일에 주문한 상품은 다음과 같습니다:\n사과 3개"),
            text="2026년 11월 3일에 주문한 상품은 다음과 같습니다:\n사과 3개",
        ),
        case(
            "a form with a sender",
            mail("보내는 사람: 김하나\n우편번호: 04524\n주소: 서울"),
            text="보내는 사람: 김하나\n우편번호: 04524\n주소: 서울",
        ),
        case(
            "a journey is no head of a mail",
            mail("Hello\n\nFrom: Seoul\nTo: Busan\nDate: 3 November\n\nHow much is it?"),
            text="Hello\n\nFrom: Seoul\nTo: Busan\nDate: 3 November\n\nHow much is it?",
        ),
        case(
            "a mail that is told of",
            mail(
                "어제 상담원님이 보낸 메일:\n그 메일을 못 받았어요.\nThe 2 of you wrote:\nnothing"
            ),
            text="어제 상담원님이 보낸 메일:\n그 메일을 못 받았어요.\nThe 2 of you wrote:\nnothing",
        ),
        case(
            "one line of From",
            mail("From: now on I want two.\nThanks"),
            text="From: now on I want two.\nThanks",
        ),
        case(
            "a signature",
            mail(f"{NEW}\n\n-- \n김하나\n나의 iPhone에서 보냄"),
            text=f"{NEW}\n\n--\n김하나\n나의 iPhone에서 보냄",
        ),
        case("a line of dashes", mail("하나\n----------\n둘"), text="하나\n----------\n둘"),
        case("an arrow", mail("a -> b\n1 > 0"), text="a -> b\n1 > 0"),
        case(
            "quotes of quotes",
            mail(f"{NEW}\n\n> > 더 옛것\n> {OLD}"),
            text=NEW,
            quoted=f"> > 더 옛것\n> {OLD}",
        ),
        case("full-width signs", mail(f"{NEW}\n\n＞ {OLD}"), text=NEW, quoted=f"＞ {OLD}"),
        case(
            "flowed lines",
            mail("이것은 한 \r\n줄입니다.\r\n다음 줄.", "text/plain; charset=utf-8; format=flowed"),
            text="이것은 한 줄입니다.\n다음 줄.",
        ),
        case(
            "flowed lines, blanks deleted",
            mail("一行 \r\nです。", "text/plain; charset=utf-8; format=flowed; delsp=yes"),
            text="一行です。",
        ),
        case(
            "flowed lines with a quote",
            mail(f"{NEW}\r\n> 이것은 \r\n> 옛 줄", "text/plain; charset=utf-8; format=flowed"),
            text=NEW,
            quoted="> 이것은 옛 줄",
        ),
        case(
            "stuffed lines",
            mail(" From here\r\n  two", "text/plain; charset=utf-8; format=flowed"),
            text="From here\n two",
        ),
    ]


def drawn() -> list[Case]:
    """The same in HTML."""
    gmail = f'<div dir="ltr">{NEW}</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">2026년 11월 3일 (화) 오후 2:15, 봄 가게 &lt;<a href="mailto:help@example.com">help@example.com</a>&gt;님이 작성:<br></div><blockquote class="gmail_quote">{OLD}</blockquote></div>'
    outlook = f'<p class="MsoNormal">{NEW}</p><div style="border:none;border-top:solid #E1E1E1 1.0pt"><p class="MsoNormal"><b>From:</b> Shop<br><b>Sent:</b> Tuesday<br><b>To:</b> Hana<br><b>Subject:</b> Delivery</p></div><p>{OLD}</p>'
    web = f'<div>{NEW}</div><hr><div id="divRplyFwdMsg"><b>보낸 사람:</b> 봄 가게<br></div><div>{OLD}</div>'
    apple = f'{NEW}<div><br><blockquote type="cite"><div>On Nov 3, 2026, at 2:15 PM, Shop wrote:</div><br><div>{OLD}</div></blockquote></div>'
    naver = f'<div style="font-size:10pt"><p>{NEW}</p><p>-----Original Message-----<br><b>From:</b> "봄 가게"&lt;help@example.com&gt;</p><p>{OLD}</p></div>'
    daum = f"<div>{NEW}</div><div><br></div><div>--------- 원본 메일 ---------</div><div>보낸사람 : 봄 가게</div><div>{OLD}</div>"
    yahoo = f'<div>{NEW}</div><div class="yahoo_quoted"><div>On Tuesday, Shop wrote:</div><div>{OLD}</div></div>'
    return [
        case(
            "Gmail, HTML",
            html(gmail),
            text=NEW,
            quoted=f"2026년 11월 3일 (화) 오후 2:15, 봄 가게 <help@example.com>님이 작성:\n\n{OLD}",
            html=f"<div>{NEW}</div>",
        ),
        case(
            "Outlook, HTML",
            html(outlook),
            text=NEW,
            quoted=f"From: Shop\nSent: Tuesday\nTo: Hana\nSubject: Delivery\n\n{OLD}",
            html=f"<p>{NEW}</p>",
        ),
        case(
            "Outlook on the web, HTML",
            html(web),
            text=NEW,
            quoted=f"보낸 사람: 봄 가게\n{OLD}",
            html=f"<div>{NEW}</div>",
        ),
        case(
            "Apple, HTML",
            html(apple),
            text=NEW,
            quoted=f"On Nov 3, 2026, at 2:15 PM, Shop wrote:\n\n{OLD}",
        ),
        case(
            "Naver, HTML",
            html(naver),
            text=NEW,
            quoted=f'-----Original Message-----\nFrom: "봄 가게"<help@example.com>\n\n{OLD}',
            html=f"<div><p>{NEW}</p></div>",
        ),
        case(
            "Daum, HTML",
            html(daum),
            text=NEW,
            quoted=f"--------- 원본 메일 ---------\n보낸사람 : 봄 가게\n{OLD}",
            html=f"<div>{NEW}</div>",
        ),
        case("Yahoo, HTML", html(yahoo), text=NEW, quoted=f"On Tuesday, Shop wrote:\n{OLD}"),
        case(
            "a quote in the middle, HTML",
            html(f'하나<blockquote type="cite">{OLD}</blockquote>둘'),
            text="하나\n\n둘",
            quoted=OLD,
            html="하나<br>둘",
        ),
        case(
            "a blockquote of one's own",
            html(f"<p>법에는</p><blockquote>{OLD}</blockquote>"),
            text=f"법에는\n\n{OLD}",
        ),
        case(
            "a forwarded mail alone, HTML",
            html(
                f'<div class="gmail_quote"><div>---------- Forwarded message ---------</div><div>{OLD}</div></div>'
            ),
            text=f"---------- Forwarded message ---------\n{OLD}",
        ),
    ]


def words() -> list[Case]:
    """What is read of HTML, and what of it may be shown."""
    table = "<table border=1><tr><th>품목</th><th>수량</th></tr><tr><td><p>사과</p></td><td><p>3</p></td></tr></table>"
    deep = "<div>" * 300 + "안녕" + "</div>" * 300
    hidden = '<div style="display:none">숨은 글</div>안녕'
    return [
        case("paragraphs", html("<p>하나</p><p>둘<br>셋</p>"), text="하나\n\n둘\n셋"),
        case(
            "paragraphs of Word",
            html('<p class="MsoNormal">하나<o:p></o:p></p><p class="MsoNormal">둘<o:p></o:p></p>'),
            text="하나\n둘",
        ),
        case(
            "a table",
            html(table),
            text="품목 | 수량\n사과 | 3",
            html="<table><tbody><tr><th>품목</th><th>수량</th></tr><tr><td><p>사과</p></td><td><p>3</p></td></tr></tbody></table>",
        ),
        case(
            "cells that keep a distance",
            html("<table><tr><td>하나</td><td> &nbsp; </td><td>둘</td></tr></table>"),
            text="하나 | 둘",
        ),
        case(
            "lists",
            html("<ul><li>하나<li>둘<ol start=3><li>셋</ol></ul>"),
            text="- 하나\n- 둘\n\n  3. 셋",
        ),
        case(
            "sections and heads",
            html(
                "<h1>머리</h1><section>하나</section><section>둘</section><dl><dt>말</dt><dd>뜻</dd></dl>"
            ),
            text="머리\n\n하나\n둘\n말\n뜻",
        ),
        case(
            "kept lines", html("<pre>a\n  b\n</pre>"), text="a\n  b", html="<pre>a<br>  b<br></pre>"
        ),
        case("references", html("1 &lt; 2 &amp; &#54620; &nbsp; x"), text="1 < 2 & 한 x"),
        case("a reference of a control", html("a&#11;b&#65535;c"), text="abc"),
        case(
            "scripts and styles",
            html("<style>p{}</style><script>alert(1)</script>안녕<template>x</template>"),
            text="안녕",
            html="안녕",
        ),
        case(
            "what acts",
            html(
                '<a href="javascript:alert(1)">하나</a><a href="https://example.com/a?b=1&c=2" onclick="x()">둘</a><form action="/x"><input value="y"></form><iframe src="https://example.com"></iframe>'
            ),
            text="하나둘",
            html='<a rel="noopener noreferrer nofollow">하나</a><a href="https://example.com/a?b=1&amp;c=2" rel="noopener noreferrer nofollow">둘</a><div></div>',
        ),
        case(
            "a title",
            html("<html><head><title>메일</title></head><body>안녕</body></html>"),
            text="안녕",
            html="안녕",
        ),
        case(
            "a page without html, freescout-help-desk/freescout#4416",
            html("<head><title>x</title></head><div>안녕</div>"),
            text="안녕",
            html="<div>안녕</div>",
        ),
        case(
            "comments of Outlook",
            html("<!--[if mso]><p>둘</p><![endif]--><![if !mso]>안녕<![endif]>"),
            text="안녕",
            html="안녕",
        ),
        case(
            "a word for XML", html('<?xml version="1.0" encoding="utf-8"?><p>안녕</p>'), text="안녕"
        ),
        case(
            "remote pictures",
            html(
                '<img src="https://example.com/a.png" alt="그림" onerror="x()"><img src="//example.com/b.png"><img src="https://example.com/t.gif" width="1" height="1">안녕'
            ),
            text="[그림]안녕",
            html='<img data-remote="https://example.com/a.png" alt="그림"><img data-remote="https://example.com/b.png" alt="">안녕',
        ),
        case(
            "a mark of ours on what HTML takes for a picture",
            html('a<image data-part="7">b'),
            text="ab",
            html="ab",
        ),
        case(
            "marks of ours that a sender sets",
            html(
                '<p data-part="0">a</p><img data-part="7" data-remote="https://example.com/a.png">'
            ),
            text="a",
            html="<p>a</p>",
        ),
        case("what is hidden", html(hidden), text="안녕", html="안녕"),
        case("HTML too deep to be drawn", html(deep), text="안녕", html="", defects=("html",)),
        case("an empty page", html("<html><body></body></html>"), text="", html=""),
        case("a page of blanks", html("<div>&nbsp;</div><br>"), text="", html=""),
        case("not HTML", html("a < b and b > c"), text="a < b and b > c"),
        case(
            "broken tags",
            html("<p>하나</b></i><div>둘</p></div><table><p>셋"),
            text="하나\n\n둘\n\n셋",
        ),
        case(
            "a style sheet's colours are left out",
            html('<p style="color:red;background:url(https://example.com/x.png)">하나</p>'),
            text="하나",
            html="<p>하나</p>",
        ),
    ]


CASES = [*plain(), *separated(), *mixed(), *drawn(), *words()]
