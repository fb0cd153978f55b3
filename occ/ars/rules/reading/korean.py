"""Korean as it is said: Sino-Korean and native numerals by what is counted; the zero of phone
numbers, keys and codes is 공, that of figures 영.
"""

import re

from occ.ars.rules.reading.common import (
    NUMBER,
    applied,
    dated,
    digits,
    heard,
    letters,
    mixed,
    plain,
    rules,
    slashed,
    spelled,
    value,
)

SINO = "영일이삼사오육칠팔구"
PHONE_DIGITS = "공일이삼사오육칠팔구"
NATIVE_ONES = ("", "한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉")
NATIVE_TENS = ("", "열", "스물", "서른", "마흔", "쉰", "예순", "일흔", "여든", "아흔")
LETTER_NAMES = (
    "에이 비 씨 디 이 에프 지 에이치 아이 제이 케이 엘 엠 "
    "엔 오 피 큐 알 에스 티 유 브이 더블유 엑스 와이 제트"
)
LETTERS = {
    **dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", LETTER_NAMES.split(), strict=True)),
    "&": "앤",
}
AMOUNTS = {"백": 100, "천": 1000, "만": 10**4, "억": 10**8, "조": 10**12}
DATE_IN_WORDS = "{}년 {}월 {}일"
DAYS = "월화수목금토일"
# What is counted with native numerals up to 99. So are 대 of cars and 분 of people; 4대 보험, 20대
# and minutes are not, which rules of their own know.
NATIVE = (
    "시간|번째|군데|가지|명(?!절|칭)|살|달(?!러)|장(?!애|소|기)|권|마리|곳|건(?!강)|통(?!화|신)|배(?!송|너)"
    "|자리|칸|팀|쌍|줄|박스|상자|봉지|묶음|사람|차례|병|잔"
    "|개(?!월|년|소|국|사|점|정)"
)
SPACED = (
    "개월|개년|개소|개국|개사|분(?!기|야|류|량)|초(?!등)"
    "|퍼센트포인트|퍼센트|포인트|달러|유로|엔|파운드"
)
GREAT = "보험|기업|은행|원칙|과제|의무|중대|암|질병|그룹|도시|혜택|서비스|약속|핵심|주요"
AGAIN = "이상|이하|넘게|씩|더 |연속|반복|시도|틀리|잘못|만에|까지 (?:시도|입력|가능)"
AS_TYPED = "만|천|억|조|백|원|년|월|일|주|층|호|동|세|회|차|박|인|평|위|등|기|급|도|점|번|대|시"
UNITS = f"(?:{NATIVE}|{SPACED}|(?:천|백)?(?:만|억|천|백) ?원|{AS_TYPED}|%)"
MEASURES = {
    "kWh": "킬로와트시",
    "kg": "킬로그램",
    "mg": "밀리그램",
    "g": "그램",
    "km": "킬로미터",
    "cm": "센티미터",
    "mm": "밀리미터",
    "m2": "제곱미터",
    "m": "미터",
    "ml": "밀리리터",
    "mL": "밀리리터",
    "L": "리터",
    "GB": "기가바이트",
    "MB": "메가바이트",
    "TB": "테라바이트",
    "Mbps": "메가비피에스",
    "Gbps": "기가비피에스",
    "°C": "도",
    "°": "도",
    "KRW": "원",
    "USD": "달러",
    "EUR": "유로",
    "JPY": "엔",
}
MONEY = {"₩": "원", "$": "달러", "€": "유로", "¥": "엔", "£": "파운드"}
FIXED = {
    "3G": "쓰리지",
    "4G": "포지",
    "5G": "파이브지",
    "B2B": "비투비",
    "B2C": "비투시",
    "4K": "포케이",
    "1+1": "원 플러스 원",
    "2+1": "투 플러스 원",
    "24/7": "이십사 시간 연중무휴",
}
PART = r"(?:(?:오전|오후|낮|밤|새벽|저녁|아침|AM|PM) ?)?"
TIME = rf"{PART}\d{{1,2}}(?::\d{{2}}(?!\d)(?: ?[AP]M)?|시(?!간)(?: ?\d{{1,2}}분| ?반)?)"
DATE = (
    r"(?:\d{4}[-./] ?\d{1,2}[-./] ?\d{1,2}|(?:\d{4}년 ?)?\d{1,2}월(?: ?\d{1,2}일)?|\d{1,2}/\d{1,2})"
)
IN_BRACKETS = rf"(?: ?\([{DAYS}]\))?"


def sino(number: int) -> str:
    """이천이십육; digit by digit from ten thousand 조 on."""
    if number == 0:
        return SINO[0]
    if number >= 10**16:
        return "".join(PHONE_DIGITS[int(d)] for d in str(number))
    words = ""
    for unit, name in ((10**12, "조"), (10**8, "억"), (10**4, "만"), (1, "")):
        part, number = divmod(number, unit)
        if part:
            words += (
                "" if part == 1 and name == "만" and not words else _sino_thousands(part)
            ) + name
    return words


def _sino_thousands(number: int) -> str:
    words = ""
    for unit, name in ((1000, "천"), (100, "백"), (10, "십"), (1, "")):
        digit, number = divmod(number, unit)
        if digit:
            words += ("" if digit == 1 and name else SINO[digit]) + name
    return words


def native(number: int) -> str:
    """아홉, 스물네: how Koreans count up to 99; other numbers are read as Sino-Korean."""
    if not 0 < number < 100:
        return sino(number)
    if number == 20:
        return "스무"
    return NATIVE_TENS[number // 10] + NATIVE_ONES[number % 10]


def _hour(match: re.Match[str]) -> str:
    """열두 시; afternoon hours of a 24-hour clock say so unless the text did."""
    part, hour, minute = match[1] or "", int(match[2]), match[3]
    if hour > 24 or (minute and int(minute) > 59):
        return match[0]
    said = part.strip()
    if hour > 12:
        said, hour = said or ("밤" if hour == 24 else "오후"), hour - 12
    words = f"{said} {native(hour) if hour else '영'} 시".strip()
    return words + (f" {sino(int(minute))} 분" if minute and int(minute) else "")


def _half(match: re.Match[str]) -> str:
    """오전 9:00 of AM 9:00 and 9:00 AM."""
    half = match[1] or match[3]
    return f"{'오전' if half == 'AM' else '오후'} {match[2]}" if half else match[0]


def _days(match: re.Match[str]) -> str:
    """월요일부터 금요일까지 of 월~금, 토요일, 일요일 of 토·일."""
    days = re.findall(f"[{DAYS}]", match[0].removesuffix("요일"))
    if re.search("[~-]", match[0]):
        return f"{days[0]}요일부터 {days[-1]}요일까지"
    return ", ".join(f"{day}요일" for day in days)


def _id(match: re.Match[str]) -> str:
    return match[1] + spelled(match[2], PHONE_DIGITS, LETTERS)


def _plate(match: re.Match[str]) -> str:
    """일이가 삼사오육 of 12가 3456."""
    return re.sub(r"\d", lambda digit: PHONE_DIGITS[int(digit[0])], match[0])


def _in_digits(match: re.Match[str]) -> str:
    return digits(match[0], PHONE_DIGITS)


def _counted(match: re.Match[str]) -> str:
    number = value(match[1])
    if number == 1 and match[2] == "번째":
        return "첫 번째"
    native_up_to = 24 if match[2] == "시간" else 99  # 오십이 시간, but 쉰두 명
    return f"{native(number) if number <= native_up_to else sino(number)} {match[2]}"


def _fraction(match: re.Match[str]) -> str:
    """이 점 영오: what stands behind the point is read digit by digit."""
    after = "".join(SINO[int(d)] for d in match[2])
    end = " " if match[3] or match[0].endswith(" ") else ""
    return f"{sino(value(match[1]))} 점 {after}{end}"


def _month(match: re.Match[str]) -> str:
    return f"{ {6: '유', 10: '시'}.get(int(match[1])) or sino(int(match[1])) }월"


FIRST = rules(
    (r"(별표|우물 ?정|샵) ?\([*#]\)", r"\1"),
    (
        r"(?<!\d)(?:3·1|4·19|5·18|6·25|8·15)(?!\d)",
        lambda m: "".join(SINO[int(d)] for d in m[0] if d != "·"),
    ),
    (r"(?<![A-Za-z])B(?=\d{1,2} ?층)", "지하 "),
    (r"(?<![\d.,])0 ?원", "영 원"),
    (r"(?<![\w+/])(?:" + "|".join(map(re.escape, FIXED)) + r")(?![\w+/])", lambda m: FIXED[m[0]]),
    (rf"([₩$€¥£]) ?({NUMBER}(?:\.\d+)?)((?:천|백)?[만억천]?)", lambda m: m[2] + m[3] + MONEY[m[1]]),
    (r"(?<=\d) ?%[pP]\b", "퍼센트포인트"),
    (r"(?<![\d/])(\d{1,2})/(\d{1,2}) ?[~-] ?(\d{1,2})/(\d{1,2})(?![\d/])", r"\1월 \2일~\3월 \4일"),
    (rf"(?<![\d.])(\d{{1,2}})\. ?(\d{{1,2}})\.?(?= ?\([{DAYS}]\))", r"\1월 \2일"),
    (r"(?<![\d.])(\d{2})\.(\d{2})\.(\d{2})(?![\d.])", dated(DATE_IN_WORDS)),
    (r"(?<!\d)(\d)[/·](\d)(?=분기)", lambda m: SINO[int(m[1])] + SINO[int(m[2])]),
    (r"(?<!\d)(\d[\d,.]*) ?km/h", r"시속 \1km"),
    # ranges: of times, days and dates 부터 … 까지, of figures with the unit at both
    (rf"(?<!\d)({TIME}) ?[~-] ?({TIME})(?: ?까지)?", r"\1부터 \2까지"),
    (rf"(?<!\d)({PART}\d{{1,2}}) ?[~-] ?({PART}\d{{1,2}}시(?!간))(?: ?까지)?", r"\1시부터 \2까지"),
    (
        rf"(?<!\d)((?:{DATE}|\d{{1,2}}일(?= ?~ ?말일)){IN_BRACKETS}) ?~ ?"
        rf"((?:{DATE}|\d{{1,2}}일|말일){IN_BRACKETS})(?: ?까지)?",
        r"\1부터 \2까지",
    ),
    (rf"({TIME}) ?~(?! ?[\w])", r"\1부터"),
    (rf"(?<![\w] )(?<!\w)~ ?({TIME})(?: ?까지)?", r"\1까지"),
    (
        rf"(?<![가-힣A-Za-z\d])[{DAYS}] ?[~-] ?[{DAYS}](?:요일)?(?:까지)?(?![가-힣])",
        _days,
    ),
    (rf"(?<![가-힣A-Za-z\d])[{DAYS}](?: ?[·/,] ?[{DAYS}])+(?:요일)?(?![가-힣])", _days),
    (
        rf"(?<![\d,.-])({NUMBER}(?:\.\d+)?) ?~ ?({NUMBER}(?:\.\d+)?)( ?)({UNITS})",
        r"\1\3\4에서 \2\3\4",
    ),
    (
        r"(?<![\d,.-])(\d{1,3}) ?- ?(\d{1,3})( ?)(원|개월|시간|분|초|일|명|개|건|회|년|주|%)",
        r"\1\3\4에서 \2\3\4",
    ),
    (r"(?<=[\w)])(?<![요다까죠])(?: ~ |~)(?=[\w(])", "에서 "),
    # dates
    (r"(?<![\d.-])(\d{4})[-./] ?(\d{1,2})[-./] ?(\d{1,2})(?!\d)\.?", dated(DATE_IN_WORDS)),
    (
        rf"(?<![\d/.])(1[0-2]|0?[1-9])/(3[01]|[12]\d|0?[1-9])(?![\d/])({IN_BRACKETS})",
        slashed("{}월 {}일"),
    ),
    (rf"(?<=일) ?\(([{DAYS}])\)", r" \1요일"),
    # phone numbers and codes, digit by digit
    (r"\+?82[- ]?(?:\(0\))?0?\d{1,2}[-. ]\d{3,4}[-. ]\d{4}(?!\d)", _in_digits),
    (r"(?<![\d-])\(?0\d{1,3}\)?[-. ]{0,2}\d{3,4}[-. ]\d{4}(?![\d-])", _in_digits),
    (r"(?<![\d,.-])0\d{8,10}(?![\d,-])", _in_digits),
    (r"(?<![\d-])1[3-8]\d\d[- ]\d{4}(?![\d-])", _in_digits),
    (
        r"(?<![\d-])\+?\d{2,6}(?:-\d{2,7}){2,}(?![\d-])"
        rf"|(?<![\d-])\d{{3,4}}-\d{{4}}(?![\d-]| ?{UNITS})",
        _in_digits,
    ),
    (rf"(?<![\d-])\d{{2,3}}-\d{{3,4}}(?![\d-]| ?{UNITS})", _in_digits),
    (
        r"(?<![\d,.-])1[1-3]\d{1,2}(?=(?:번)?(?:에|으로|로)? ?(?:전화|신고|연락|문의|상담|콜센터))",
        _in_digits,
    ),
    (r"차량번호(?:는|은)? ?\d{2,3}[가-힣] ?\d{4}", _plate),
    (r"(내선(?: ?번호)? ?)(\d{2,5})", _id),
    (
        r"((?:번호|사번|학번|코드|아이디)(?:는|은|가|이|를|을)? ?:? ?#?)"
        r"([A-Za-z]{0,4}-?\d[\dA-Za-z-]*)"
        rf"(?![\dA-Za-z,.-]*\d| ?{UNITS})",
        _id,
    ),
    (rf"(?<![A-Za-z\d])()([A-Z]{{1,4}}-?\d{{3,}})(?![\dA-Za-z]| ?{UNITS})", _id),
    (rf"(?<![\d,])\d{{7,}}(?![\d,]| ?{UNITS})", _in_digits),
    # the clock
    (r"(?:([AP]M) ?)?(?<![\d:])(\d{1,2}:\d{2})(?![\d:])(?: ?([AP]M))?", _half),
    (r"(\d시) ?00분", r"\1 정각"),
    (r"(?<!\d)0(?=\d ?(?:시|분|초|월|일|년|층|세))", ""),
    (rf"({PART})(?<![\d:])(\d{{1,2}}):(\d{{2}})(?![\d:])", _hour),
    (rf"({PART})(?<!\d)(\d{{1,2}}) ?시(?!간|리즈|즌|점)()", _hour),
    # keys and codes
    (r"(?<![\d.,])0(?= ?번)", "공"),
    (r"(?<![\d.,])0\d+(?![\d.,])", _in_digits),
    # money and large figures: 3억5천만
    (
        r"\d[\d,]* ?[천백]?[만억조](?: ?\d[\d,]*[천백]?[만억]?)*"
        r"|(?<![\d.])\d[\d,]*[천백](?=\d| ?원)",
        mixed(AMOUNTS),
    ),
    (r"(\d)\.(?=\d+\.\d)", r"\1 점 "),
)
NAMED = rules(
    *((rf"(?<=\d) ?{re.escape(sign)}(?![A-Za-z/])", f" {word}") for sign, word in MEASURES.items()),
    (r"(?<=\d) ?%", " 퍼센트"),
    (r"(?<![\w-])-(?=\d+(?:\.\d+)? 도)", "영하 "),
    (r"(?<![\w-])-(?=\d)", "마이너스 "),
    # 1대1, 1:1, 4대 보험, 20대
    (r"(?<![\d,])(\d+) ?(?:대|:) ?(?=\d)(?!\d+ ?:)", lambda m: f"{sino(int(m[1]))}대"),
    (
        r"(?<![\d,])([1-9]0)대(?! ?(?:를|의)? ?(?:차|보유|운영|판매|설치))",
        lambda m: f"{sino(int(m[1]))}대",
    ),
    (
        rf"(?<![\d,])(\d{{1,2}})대(?= ?(?:{GREAT}))",
        lambda m: f"{sino(int(m[1]))}대",
    ),
    (rf"({NUMBER}) ?(대)(?!\d)", _counted),
    # people and minutes
    (
        rf"((?:고객|손님|회원|앞에)(?:님)? ?)({NUMBER}) ?분(?=[이은을의께도만 ])"
        r"(?! ?(?:이내|이상|후|전|간|내|동안|정도|뒤))",
        lambda m: f"{m[1]}{native(value(m[2]))} 분",
    ),
    (
        rf"({NUMBER}) ?(분)(?=께|의 ?(?:고객|손님|회원|상담)|이 (?:먼저 |앞서 )?(?:기다리|계시))",
        _counted,
    ),
    (r"(\d+)분의 ?(?=\d)", lambda m: f"{sino(int(m[1]))}분의 "),
    (
        r"(?<![\d/])(\d{1,3})/(\d{1,3})(?![\d/])",
        lambda m: f"{sino(int(m[2]))}분의 {sino(int(m[1]))}",
    ),
    # figures
    (rf"({NUMBER})\.(\d+) ?(?=({UNITS})?)", _fraction),
    (
        rf"((?:하루에?|매일|최대|최소|총|연속|연|주|월|단|지금까지) )({NUMBER})번(?!째|호)",
        lambda m: f"{m[1]}{native(value(m[2]))} 번",
    ),
    (
        rf"({NUMBER}) ?(번)(?= ?(?:{AGAIN}))",
        _counted,
    ),
    (rf"(?<![\d,])({NUMBER}) ?({NATIVE})", _counted),
    (r"(?<!\d)(\d{1,2})월(?!드컵|급)", _month),
    (rf"({NUMBER}) ?({SPACED})", lambda m: f"{sino(value(m[1]))} {m[2]}"),
    (NUMBER, lambda m: sino(value(m[0]))),
)
SIGNS = rules(
    (r"(?<=까지)([은을과])", lambda m: {"은": "는", "을": "를", "과": "와"}[m[1]]),
    (r"\((?:주|유)\) ?", "주식회사 "),
    (r" ?\(", ", "),
    (r"(?<![A-Za-z])[A-Z](?:[/&·]?[A-Z]){0,2}(?![A-Za-z])", letters(LETTERS)),
    (r"(?<=[A-Za-z])/(?=[a-z])", " 슬래시 "),
    (r"(?<=[A-Za-z가-힣])\.(?=[A-Za-z])", " 점 "),
    (r"@", " 골뱅이 "),
    (r"&", " 앤 "),
    (r"\+", " 플러스 "),
    (r"=", "는 "),
    (r"#", "우물정"),
    (r"\*", "별표"),
    (r"%", " 퍼센트 "),
    (r" ?[·/] ?", ", "),
)


def read(text: str) -> str:
    """The text in words, without figures and signs."""
    text = applied(NAMED, applied(FIRST, plain(text)))
    return heard(applied(SIGNS, text), ".,!?")
