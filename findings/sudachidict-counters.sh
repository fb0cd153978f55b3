#!/usr/bin/env bash
# SudachiDict core 20261015 with SudachiPy 0.7.0: the reading forms of a number and its counter are not what people say.
#
# Expected: 三本 is サンボン, 二十日 ハツカ, 九時 クジ and 四時 ヨジ; the dictionary has the first as a word of its own.
# Seen: 三本 alone is ミモト, a family name, and サン ポン in a sentence; 二十日 is ニトウ カ; of 九時 and 四時 each part has the reading
# that it has alone, キュウ ジ and ヨン ジ. So have figures (9時), which nothing puts right afterwards. Whoever speaks a text has to
# put numbers with their counters into words before the dictionary sees them.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$folder" sudachipy==0.7.0 sudachidict-core==20261015
PYTHONPATH=$folder python3 - <<'PY'
from importlib.metadata import version

import sudachipy

tokenizer = sudachipy.Dictionary(dict="core").tokenizer()


def reading(text: str) -> str:
    return " ".join(part.reading_form() for part in tokenizer.tokenize(text))


texts = ("三本", "ボールペン三本", "二十日", "九時", "四時", "9時")
seen = [reading(text) for text in texts]
print("SudachiPy", version("sudachipy"), "SudachiDict core", version("sudachidict-core"), *seen, sep="\n")
assert seen == ["ミモト", "ボールペン サン ポン", "ニトウ カ", "キュウ ジ", "ヨン ジ", "キュウ ジ"], "this has changed"
PY
