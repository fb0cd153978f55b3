"""How announcements are read aloud: a table a language, of phrases and what callers hear (ARS-2).

The next language is one more file in `readings`: a phrase, a tab, its reading in words; of Japanese
in katakana, as the dictionary of words gives it to the engine.
"""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from occ.ars.children.espeak import kana as in_kana
from occ.ars.rules.menu import Language
from occ.ars.rules.reading import as_spoken
from occ.ars.rules.reading.english import cardinal, ordinal, year
from occ.ars.rules.reading.japanese import COUNTERS, counted, kana
from occ.ars.rules.reading.korean import native, sino
from occ.ars.rules.sentences import DAY_NAMES, GROUP_NAMES, time_word
from occ.ars.rules.texts import KEY_WORDS, NOTICES, SAMPLE_GREETING, SAMPLES

KO, EN, JA = Language.KO, Language.EN, Language.JA
TABLES = {Language(path.stem): path for path in (Path(__file__).parent / "readings").glob("*.tsv")}
LEAST = {KO: 150, JA: 150, EN: 75}


def table(language: Language) -> dict[str, str]:
    lines = TABLES[language].read_text("utf-8").splitlines()
    rows = dict(line.split("\t") for line in lines)
    assert len(rows) == len(lines) >= LEAST[language], "each phrase once, and as many as were asked"
    return rows


def heard(text: str, language: Language) -> str:
    said = as_spoken(text, language)
    return in_kana(said).replace(" ", "") if language is JA else said


@pytest.mark.spec("ARS-2", "ARS-5")
@pytest.mark.parametrize("language", Language)
def test_every_phrase_of_the_table_is_heard_as_it_says(language: Language) -> None:
    wrong = {
        text: (heard(text, language), reading)
        for text, reading in table(language).items()
        if heard(text, language) != reading
    }
    assert not wrong, wrong


def spoken_only(text: str) -> bool:
    """Whether an engine finds nothing that it would spell or name in English."""
    return all(c in " .,!?'-、。" or unicodedata.category(c)[0] in "LM" for c in text)


@given(
    st.text(
        alphabet=st.sampled_from("0123456789~%/#*・〜·-–:.,()+@&=★₩$€¥°①½ 시분월개時分月人ap㎡"),
        max_size=25,
    )
    | st.text(max_size=60),
    st.sampled_from(Language),
)
def test_any_text_becomes_words_without_figures_and_signs(text: str, language: Language) -> None:
    said = as_spoken(text, language)
    assert spoken_only(said), said
    assert not any(c.isdecimal() for c in said)


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("sign", '~%/#・〜·ㆍ※★→&@+=*°()[]「」<>"“”…:;_^|\\♥①-–')
def test_no_sign_is_named_in_english(language: Language, sign: str) -> None:
    said = as_spoken(f"가 {sign} 나" if language is not JA else f"か {sign} な", language)
    assert spoken_only(said)
    assert language is EN or not any("a" <= c.lower() <= "z" for c in said), said


@pytest.mark.parametrize("language", Language)
def test_what_the_system_says_by_itself_holds_nothing_that_is_not_said(language: Language) -> None:
    texts = [
        *(text[language] for text in NOTICES.values()),
        *(text[language] for text in SAMPLES.values()),
        SAMPLE_GREETING[language].format(service="Mall"),
        *KEY_WORDS[language].values(),
        *DAY_NAMES[language],
        *GROUP_NAMES[language].values(),
        *(time_word(minute, language) for minute in range(0, 1441, 5)),
    ]
    assert all(spoken_only(as_spoken(text, language)) for text in texts)


def _value(words: str) -> int:
    """Sino-Korean words back to their number, in the naive way."""
    total = part = digit = 0
    for sign in words:
        if sign in "영일이삼사오육칠팔구":
            digit = "영일이삼사오육칠팔구".index(sign)
        elif sign in "십백천":
            part += (digit or 1) * 10 ** ("십백천".index(sign) + 1)
            digit = 0
        else:
            total += (part + digit or 1) * {"만": 10**4, "억": 10**8, "조": 10**12}[sign]
            part = digit = 0
    return total + part + digit


@given(st.integers(0, 10**16 - 1))
def test_sino_korean_can_be_read_back(number: int) -> None:
    assert _value(sino(number)) == number


@pytest.mark.parametrize(
    ("number", "word"),
    [(1, "한"), (20, "스무"), (21, "스물한"), (99, "아흔아홉"), (100, "백"), (0, "영")],
)
def test_native_korean(number: int, word: str) -> None:
    assert native(number) == word


@pytest.mark.parametrize(
    ("number", "word"),
    [
        (0, "ゼロ"),
        (300, "サンビャク"),
        (1600, "センロッピャク"),
        (8800, "ハッセンハッピャク"),
        (20000, "ニマン"),
        (15, "ジュウゴ"),
        (10**7, "イッセンマン"),
        (10**12, "イッチョウ"),
        (8 * 10**12, "ハッチョウ"),
        (10**13, "ジュッチョウ"),
    ],
)
def test_japanese_numbers(number: int, word: str) -> None:
    assert kana(number) == word


@given(st.integers(0, 10**6), st.sampled_from(sorted(COUNTERS)))
def test_every_counter_has_a_reading_for_every_number(number: int, counter: str) -> None:
    said = counted(number, COUNTERS[counter])
    assert said and all("ァ" <= sign <= "ー" for sign in said)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "zero"),
        (12500, "twelve thousand five hundred"),
        (10**6, "one million"),
        (101, "one hundred one"),
    ],
)
def test_english_numbers(number: int, words: str) -> None:
    assert cardinal(number) == words


def test_english_ordinals_and_years() -> None:
    assert [ordinal(n) for n in (1, 12, 20, 21, 100)] == [
        "first",
        "twelfth",
        "twentieth",
        "twenty first",
        "one hundredth",
    ]
    assert [year(n) for n in (1900, 1905, 1998, 2000, 2009, 2026)] == [
        "nineteen hundred",
        "nineteen oh five",
        "nineteen ninety eight",
        "two thousand",
        "two thousand nine",
        "twenty twenty six",
    ]
