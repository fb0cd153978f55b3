"""Japanese as it is said: figures with what they count in katakana, which a dictionary of words
takes as they are; the rest stays as it is written.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

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

ONES = ("", "イチ", "ニ", "サン", "ヨン", "ゴ", "ロク", "ナナ", "ハチ", "キュウ")
DIGITS = ("ゼロ", *ONES[1:])
HUNDREDS = {1: "ヒャク", 3: "サンビャク", 6: "ロッピャク", 8: "ハッピャク"}
THOUSANDS = {1: "セン", 3: "サンゼン", 8: "ハッセン"}
TRILLIONS = {1: "イッ", 8: "ハッ"}
LETTER_NAMES = (
    "エー ビー シー ディー イー エフ ジー エイチ アイ ジェー ケー エル エム "
    "エヌ オー ピー キュー アール エス ティー ユー ブイ ダブリュー エックス ワイ ゼット"
)
LETTERS = {
    **dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", LETTER_NAMES.split(), strict=True)),
    "&": "アンド",
}
AMOUNTS = {"百": 100, "千": 1000, "万": 10**4, "億": 10**8, "兆": 10**12}
DAYS = "月火水木金土日"
DAYS_OF_MONTH = {
    2: "フツカ",
    3: "ミッカ",
    4: "ヨッカ",
    5: "イツカ",
    6: "ムイカ",
    7: "ナノカ",
    8: "ヨウカ",
    9: "ココノカ",
    10: "トオカ",
    14: "ジュウヨッカ",
    17: "ジュウシチニチ",
    19: "ジュウクニチ",
    20: "ハツカ",
    24: "ニジュウヨッカ",
    27: "ニジュウシチニチ",
    29: "ニジュウクニチ",
}


@dataclass(frozen=True)
class Counter:
    """How a counter sounds. `ones`: what the last digit becomes before it; `after`: what itself
    becomes after that digit, after ten (10) and after a hundred (100); `whole`: readings of their
    own; `ten`, `hundred`: whether ジュウ, ヒャク lose their last sound.
    """

    word: str
    ones: Mapping[int, str] = field(default_factory=dict)
    after: Mapping[int, str] = field(default_factory=dict)
    whole: Mapping[int, str] = field(default_factory=dict)
    ten: bool = False
    hundred: bool = False


K = {1: "イッ", 6: "ロッ", 8: "ハッ"}
S = {1: "イッ", 8: "ハッ"}
CLOCK = {4: "ヨ", 7: "シチ", 9: "ク"}


def _k(word: str, after: Mapping[int, str] | None = None) -> Counter:
    """Of the sounds of か, which double after 1, 6, 8, 10 and 100."""
    return Counter(word, K, after or {}, ten=True, hundred=True)


def _s(
    word: str, after: Mapping[int, str] | None = None, whole: Mapping[int, str] | None = None
) -> Counter:
    """Of the sounds of さ and た, which double after 1, 8 and 10."""
    return Counter(word, S, after or {}, whole or {}, ten=True)


def _h(word: str, p: str, after: Mapping[int, str]) -> Counter:
    """Of the sounds of は, which become ぱ after 1, 6, 8, 10 and 100."""
    return Counter(word, K, {1: p, 6: p, 8: p, 10: p, 100: p, **after}, ten=True, hundred=True)


def _ten(word: str) -> Counter:
    """Foreign words that double after 10 only."""
    return Counter(word, ten=True)


THINGS = {
    1: "ヒトツ",
    2: "フタツ",
    3: "ミッツ",
    4: "ヨッツ",
    5: "イツツ",
    6: "ムッツ",
    7: "ナナツ",
    8: "ヤッツ",
    9: "ココノツ",
    10: "トオ",
}
COUNTERS: Mapping[str, Counter] = {
    "時間": Counter("ジカン", CLOCK),
    "時": Counter("ジ", CLOCK, whole={0: "レイジ"}),
    "分": _h("フン", "プン", {3: "プン", 4: "プン"}),
    "秒": Counter("ビョウ"),
    "営業日": Counter("エイギョウビ"),
    "日": Counter("ニチ", whole=DAYS_OF_MONTH),
    "週間": _s("シュウカン"),
    "週": _s("シュウ"),
    **dict.fromkeys(("か月", "ヶ月", "ヵ月", "カ月", "ケ月", "箇月"), _k("カゲツ")),
    "月": Counter("ガツ", whole={4: "シガツ", 7: "シチガツ", 9: "クガツ"}),
    "年": Counter("ネン", {4: "ヨ"}),
    "年度": Counter("ネンド", {4: "ヨ"}),
    "年生": Counter("ネンセイ", {4: "ヨ"}),
    "周年": _s("シュウネン"),
    "人": Counter("ニン", {4: "ヨ", 7: "シチ"}, whole={1: "ヒトリ", 2: "フタリ"}),
    "人前": Counter("ニンマエ", {4: "ヨ"}),
    "名様": Counter("メイサマ"),
    "名": Counter("メイ"),
    "つ": Counter(
        "ツ",
        whole=THINGS,
    ),
    "歳": _s("サイ", whole={20: "ハタチ"}),
    "才": _s("サイ", whole={20: "ハタチ"}),
    "代": Counter("ダイ"),
    "階": _k("カイ", {3: "ガイ"}),
    "軒": _k("ケン", {3: "ゲン"}),
    "件": _k("ケン"),
    "回": _k("カイ"),
    "個": _k("コ"),
    "課": _k("カ"),
    "級": _k("キュウ"),
    "区": _k("ク"),
    "局": _k("キョク"),
    **dict.fromkeys(("か所", "ヶ所", "カ所", "ヵ所", "箇所"), _k("カショ")),
    **dict.fromkeys(("か国", "ヶ国", "カ国", "ヵ国"), _k("カコク")),
    "口": Counter("クチ", K, whole={1: "ヒトクチ", 2: "フタクチ"}, ten=True),
    "桁": Counter("ケタ", {6: "ロッ", 8: "ハッ"}, whole={1: "ヒトケタ", 2: "フタケタ"}, ten=True),
    "社": _s("シャ"),
    "種類": _s("シュルイ"),
    "席": _s("セキ"),
    "等": _s("トウ"),
    "点": _s("テン"),
    "通": _s("ツウ"),
    "店舗": _s("テンポ"),
    "丁目": _s("チョウメ"),
    "冊": _s("サツ"),
    "着": _s("チャク"),
    "足": _s("ソク", after={3: "ゾク"}),
    "食": _s("ショク"),
    "世帯": _s("セタイ"),
    "本": _h("ホン", "ポン", {3: "ボン", 1000: "ボン"}),
    "泊": _h("ハク", "パク", {3: "パク", 4: "パク"}),
    "杯": _h("ハイ", "パイ", {3: "バイ"}),
    "匹": _h("ヒキ", "ピキ", {3: "ビキ"}),
    "品": _h("ヒン", "ピン", {3: "ピン"}),
    "版": _h("ハン", "パン", {}),
    "箱": _h("ハコ", "パコ", {3: "パコ"}),
    "円": Counter("エン", {4: "ヨ"}),
    "ドル": Counter("ドル"),
    "ユーロ": Counter("ユーロ"),
    "ウォン": Counter("ウォン"),
    "割引": Counter("ワリビキ"),
    "割": Counter("ワリ"),
    "番": Counter("バン", whole={110: "ヒャクトオバン"}),
    "号室": Counter("ゴウシツ"),
    "号車": Counter("ゴウシャ"),
    "号線": Counter("ゴウセン"),
    "号": Counter("ゴウ"),
    "台": Counter("ダイ"),
    "枚": Counter("マイ"),
    "倍": Counter("バイ"),
    "度": Counter("ド", whole={0: "レイド"}),
    "部": Counter("ブ"),
    "部屋": Counter("ヘヤ", whole={1: "ヒトヘヤ", 2: "フタヘヤ"}),
    "次": Counter("ジ"),
    "%": _ten("パーセント"),
    "パーセント": _ten("パーセント"),
    "ポイント": _ten("ポイント"),
    "km": _ten("キロメートル"),
    "キロ": _ten("キロ"),
    "kg": _ten("キログラム"),
    "cm": _ten("センチメートル"),
    "mm": Counter("ミリメートル"),
    "m2": Counter("ヘイホウメートル"),
    "m": Counter("メートル"),
    "g": Counter("グラム"),
    "GB": Counter("ギガバイト"),
    "MB": Counter("メガバイト"),
    "°C": Counter("ド"),
    "°": Counter("ド"),
}
LATER = {  # what follows a counter and would be read otherwise by itself
    "目": "メ",
    "後": "ゴ",
    "前": "マエ",
    "間": "カン",
    "半": "ハン",
    "分": "ブン",
    "頃": "ゴロ",
    "毎": "ゴト",
    "引き": "ビキ",
    "台": "ダイ",
    "付": "ヅケ",
    "内": "ナイ",
    "中": "チュウ",
}
FIXED = {  # what the dictionary of words reads otherwise
    "休業日": "キュウギョウビ",
    "営業日": "エイギョウビ",
    "御社": "オンシャ",
    "一昨日": "オトトイ",
    "二十日": "ハツカ",
    "今日中": "キョウジュウ",
    "一日中": "イチニチジュウ",
    "FAX": "ファックス",
    "OFF": "オフ",
}
MONEY = {"¥": "円", "$": "ドル", "€": "ユーロ", "₩": "ウォン"}
UNITS = "|".join(sorted(COUNTERS, key=len, reverse=True))
COUNT = rf"(?:%|(?:{UNITS})(?![A-Za-z]))"
ENDS = "|".join(LATER)
TIME = r"(?:午前|午後|夜|朝|深夜|正午)? ?\d{1,2}(?::\d{2}(?!\d)|時(?!間)(?:\d{1,2}分|半)?)"


def kana(number: int) -> str:
    """ニセンニジュウロク; digit by digit from ten thousand 兆 on."""
    if number == 0:
        return DIGITS[0]
    if number >= 10**16:
        return "".join(DIGITS[int(d)] for d in str(number))
    words = ""
    for unit, name in ((10**12, "チョウ"), (10**8, "オク"), (10**4, "マン"), (1, "")):
        part, number = divmod(number, unit)
        if part:
            words += _large(part, name)
    return words


def _large(part: int, name: str) -> str:
    words = _thousands(part)
    if name and part // 1000 == 1:
        words = f"イッ{words}"  # イッセンマン, but センエン
    if name == "チョウ":
        words = words[:-1] + "ッ" if part % 100 == 10 else words
        if part % 10 in TRILLIONS:
            words = words.removesuffix(ONES[part % 10]) + TRILLIONS[part % 10]
    return words + name


def _thousands(number: int) -> str:
    thousands, hundreds, tens, ones = (number // 10**power % 10 for power in (3, 2, 1, 0))
    words = THOUSANDS.get(thousands, f"{ONES[thousands]}セン") if thousands else ""
    words += HUNDREDS.get(hundreds, f"{ONES[hundreds]}ヒャク") if hundreds else ""
    words += (ONES[tens] if tens > 1 else "") + "ジュウ" if tens else ""
    return words + ONES[ones]


def counted(number: int, counter: Counter) -> str:
    """サンジュップン: the figure and its counter as they change each other."""
    if number in counter.whole:
        return counter.whole[number]
    words, last = kana(number), number % 10
    if last:
        words = words.removesuffix(ONES[last]) + counter.ones.get(last, ONES[last])
        return words + counter.after.get(last, counter.word)
    if number % 100:
        return (f"{words[:-1]}ッ" if counter.ten else words) + counter.after.get(10, counter.word)
    if number and number % 1000:
        return (f"{words[:-1]}ッ" if counter.hundred else words) + counter.after.get(
            100, counter.word
        )
    end = counter.after.get(1000, counter.word) if number and number % 10000 else counter.word
    return words + end


def _counted(match: re.Match[str]) -> str:
    number, counter, end = value(match[1]), match[2], match[3] or ""
    if counter == "日" and number == 1:
        return f"イチニチ{LATER.get(end, end)}"
    return counted(number, COUNTERS[counter]) + LATER.get(end, end)


def _first(match: re.Match[str]) -> str:
    """The first of a month, which is no イチニチ."""
    return f"{match[1]}ツイタチ"


def _clock(match: re.Match[str]) -> str:
    hour, minute = int(match[1]), int(match[2])
    if hour > 24 or minute > 59:
        return match[0]
    return f"{hour}時" + (f"{minute}分" if minute else "")


def _days(match: re.Match[str]) -> str:
    days = re.findall(f"[{DAYS}祝]", re.sub("曜日?$", "", match[0]))
    named = [day if day == "祝" else f"{day}曜日" for day in days]
    named = ["祝日" if day == "祝" else day for day in named]
    return ("から" if re.search("[~-]", match[0]) else "、").join(named)


def _kanji(match: re.Match[str]) -> str:
    """23 of 二十三: what is written in kanji is counted alike."""
    total = digit = 0
    for sign in match[1]:
        if sign in "十百":
            total += (digit or 1) * {"十": 10, "百": 100}[sign]
            digit = 0
        else:
            digit = digit * 10 + "〇一二三四五六七八九".index(sign)
    return str(total + digit)


def _fraction(match: re.Match[str]) -> str:
    """サンテンゴ; レイテンゴ; イッテンゴ."""
    number = value(match[1])
    whole = "レイ" if number == 0 else counted(number, Counter("", S, ten=True))
    unit = COUNTERS[match[3]].word if match[3] else ""
    return f"{whole}テン{''.join(DIGITS[int(d)] for d in match[2])}{unit}"


def _in_digits(match: re.Match[str]) -> str:
    return digits(match[0], DIGITS).replace(", ", "、")


def _id(match: re.Match[str]) -> str:
    return match[1] + spelled(match[2], DIGITS, LETTERS).replace(", ", "、")


RULES = rules(
    (r"24/7", "24時間365日"),
    (r"(?<!\d)(?:" + "|".join(FIXED) + ")", lambda m: FIXED[m[0]]),
    (r"(?<![へに])([はをも])行(?=っ)", r"\1オコナ"),
    (r"(?<![左右上下前後北南東西]の)(?<=[のるたいな])方(?=[はがにでへも、。のみ]|$)", "カタ"),
    (r"\(株\) ?", "株式会社"),
    (r"\(有\) ?", "有限会社"),
    (r"何時(?!でも|か)", "ナンジ"),
    (r"十分(?!間|以内|前|後|程|ほど|お待)", "ジュウブン"),
    (
        r"(?:(?<![一-龥])|(?<=午前)|(?<=午後)|(?<=約))([一二三四五六七八九十百]+)(?=(?:時間?|分間|階|件|名|歳|円|本|枚|回|日間|週間|[かヶ]月)(?![計期代刻々木松りし堂]))",
        _kanji,
    ),
    (r"(米印|シャープ|アスタリスク) ?\([*#]\)", r"\1"),
    (rf"([¥$€₩]) ?({NUMBER}(?:\.\d+)?)(万?)", lambda m: m[2] + m[3] + MONEY[m[1]]),
    (r"(?<!\d)5G(?![A-Za-z])", "ファイブジー"),
    (r"(?<!\d)4G(?![A-Za-z])", "フォージー"),
    (r"(?<=[ァ-ヶー])·(?=[ァ-ヶー])", ""),
    # days and dates
    (r"(?<![\d/])(\d{1,2})/(\d{1,2}) ?[~-] ?(\d{1,2})/(\d{1,2})(?![\d/])", r"\1月\2日から\3月\4日"),
    (rf"(?<![一-龥\d])[{DAYS}] ?[~-] ?[{DAYS}](?:曜日|曜)?(?![一-龥])", _days),
    (rf"(?<![一-龥\d])[{DAYS}](?:[·、/,] ?[{DAYS}祝])+(?:曜日?|(?![一-龥]))", _days),
    (r"(?<![\d.-])(\d{4})[-./](\d{1,2})[-./](\d{1,2})(?!\d)", dated("{}年{}月{}日")),
    (
        rf"(?<![\d/.])(1[0-2]|0?[1-9])/(3[01]|[12]\d|0?[1-9])(?![\d/])( ?\([{DAYS}]\))?",
        slashed("{}月{}日"),
    ),
    (rf"(?<=日) ?\(([{DAYS}])(?:·祝)?\)", r"、\1曜日、"),
    (r"\(祝\)", "、祝日、"),
    # ranges
    (rf"({TIME}) ?[~-] ?(?={TIME})", r"\1から"),
    (r"(?<!\d)(\d{1,2}) ?[~-] ?(?=\d{1,2}時(?!間))", r"\1時から"),
    (r"(?<=[月日]) ?~ ?(?=\d)", "から"),
    (
        rf"(?<![\d,.-])({NUMBER}(?:\.\d+)?) ?~ ?({NUMBER}(?:\.\d+)?)([万千]?(?:{COUNT}))",
        r"\1\3から\2\3",
    ),
    (rf"(?<![\d,.-])(\d{{1,3}}) ?- ?(\d{{1,3}})({COUNT})", r"\1\3から\2\3"),
    (rf"({TIME}) ?~(?! ?\w)", r"\1から"),
    (rf"(?<!\w)~ ?({TIME})(?!まで)", r"\1まで"),
    (r"(?<=[\d\w)]) ?~ ?(?=\d)|(?<=[一-龥])~(?=[一-龥])", "から"),
    # phone numbers and codes, digit by digit
    (r"\+81[- ]?(?:\(0\))?\d{1,4}[-. ]\d{1,4}[-. ]\d{3,4}(?!\d)", _in_digits),
    (r"(?<![\d-])\(?0\d{1,4}\)?[-. ]{0,2}\d{1,4}[-. )]\d{3,4}(?![\d-])", _in_digits),
    (r"(?<![\d-])0\d{1,4}\(\d{1,4}\)\d{3,4}(?![\d-])", _in_digits),
    (r"(?<![\d,.-])0\d{8,10}(?![\d,-])", _in_digits),
    (
        rf"(?<![\d-])\+?\d{{2,6}}(?:-\d{{2,7}}){{2,}}(?![\d-])|(?<![\d-])\d{{3,4}}-\d{{4}}(?!\d|{COUNT})",
        _in_digits,
    ),
    (r"〒 ?(\d{3})-(\d{4})", _in_digits),
    (r"(内線(?:番号)?(?:は)? ?)(\d{2,5})", _id),
    (
        r"((?:番号|コード|ID|PIN)(?:は|が|を)?[: ]*#?)([A-Za-z]{0,4}-?\d[\dA-Za-z-]*)"
        rf"(?![\dA-Za-z,.-]*\d|{COUNT})",
        _id,
    ),
    (rf"(?<![A-Za-z\d])()([A-Z]{{1,4}}-?\d{{3,}})(?![\dA-Za-z]|{COUNT})", _id),
    (rf"(?<![\d,])\d{{7,}}(?![\d,]|{COUNT})", _in_digits),
    # the clock
    (r"(?<![\d:])(\d{1,2}):(\d{2})(?![\d:])", _clock),
    (r"(?<!\d)0(?=\d(?:時|分|秒|月|日))", ""),
    (r"(?<![\d.,])0\d+(?![\d.,])", _in_digits),
    # figures
    (
        r"(?<![\d.])\d[\d,]*[千百]?[万億兆](?:\d[\d,]*[千百]?[万億]?)*|(?<![\d.])\d[\d,]*[千百](?=\d|円|人|名|件)",
        mixed(AMOUNTS),
    ),
    (
        r"(?<![\d/])(\d{1,3})/(\d{1,3})(?![\d/])",
        lambda m: f"{kana(int(m[2]))}ブンノ{kana(int(m[1]))}",
    ),
    (r"(\d+)分の(\d+)", lambda m: f"{kana(int(m[1]))}ブンノ{kana(int(m[2]))}"),
    (r"(?<![\w-])-(?=\d)", "マイナス"),
    (rf"({NUMBER})\.(\d+)(?: ?({COUNT}))?", _fraction),
    (r"(?<!\d)((?:\d{1,2}|毎|翌|今|来|先)月の?)1日(?![目間])", _first),
    (
        rf"({NUMBER}) ?({COUNT})({ENDS})?(?!の\d)",
        _counted,
    ),
    (NUMBER, lambda m: kana(value(m[0]))),
    # signs
    (r"(?<![A-Za-z])[A-Z](?:[/&]?[A-Z]){0,2}(?![A-Za-z])", letters(LETTERS)),
    (r"#", "シャープ"),
    (r"\*", "米印"),
    (r"%", "パーセント"),
    (r"&", "アンド"),
    (r"@", "アットマーク"),
    (r"\+", "プラス"),
    (r"=", "イコール"),
    (r"(?<=[A-Za-z])\.(?=[A-Za-z])", "ドット"),
    (r" ?[·/(] ?", "、"),
)


def read(text: str) -> str:
    """The text with its figures in katakana and without signs."""
    return heard(applied(RULES, plain(text)), "、。.,!?")
