"""In which of a service's languages a text is written, by its letters (ORG-6, TRG-2): nobody says
it of a mail.
"""

import re
from collections import Counter
from collections.abc import Sequence

_LETTERS = {
    "hangul": re.compile("[\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff]"),
    "kana": re.compile("[\u3041-\u30ff\uff66-\uff9f]"),
    "han": re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"),
    "thai": re.compile("[\u0e00-\u0e7f]"),
    "cyrillic": re.compile("[\u0400-\u052f]"),
    "arabic": re.compile("[\u0600-\u06ff\u0750-\u077f]"),
    "latin": re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]"),
}
# what is written in other letters than Latin ones, of the languages that services are run in
_WRITTEN = {
    "ko": "hangul",
    "ja": "kana",
    "zh": "han",
    "zh_TW": "han",
    "yue": "han",
    "th": "thai",
    "ru": "cyrillic",
    "ar": "arabic",
}
SYLLABLE = 3
"""Letters that a sign of these scripts stands for: a Korean text with a few English names in it
has more letters of those.
"""
_DENSE = ("hangul", "kana", "han")
READ = 5_000
"""Signs that are looked at."""


def guessed(text: str, codes: Sequence[str]) -> str:
    """The first of these languages that is written in most of the text's letters; the first of all
    where no letter says anything.

    Han belongs to Japanese where there is kana, else to Chinese where the service has that.
    """
    counts = Counter(text[:READ])
    signs = "".join(counts)
    weight = {
        script: sum(map(counts.__getitem__, letters.findall(signs)))
        * (SYLLABLE if script in _DENSE else 1)
        for script, letters in _LETTERS.items()
    }
    scripts = {_WRITTEN.get(code) for code in codes}
    if "kana" in scripts and (weight["kana"] or "han" not in scripts):
        weight["kana"], weight["han"] = weight["kana"] + weight["han"], 0
    most = max(weight, key=weight.__getitem__)
    written = (code for code in codes if weight[most] and _WRITTEN.get(code, "latin") == most)
    return next(written, codes[0])
