#!/usr/bin/env bash
# mail-parser-reply 1.36: with Korean and Japanese switched on, answers from Gmail in Korean and from Apple Mail in both keep the quoted mail.
#
# Expected: the library lists ko and ja among its languages, and finds where an answer ends in English Gmail, Japanese Gmail and Korean
# Outlook; so the most common Korean client and the telephones' own are expected to be known, too.
# Seen: lines that end in 님이 작성:, 작성: or のメール: are no beginning of a quote to it. The whole history counts as the newest reply, so
# that a ticket shows the agent's own words as the customer's.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$folder" mail-parser-reply==1.36
PYTHONPATH=$folder python3 - <<'PY'
from mailparser_reply import EmailReplyParser

ANSWERS = {
    "Gmail, en": "Yes, it came.\n\nOn Tue, Nov 3, 2026 at 2:15 PM Spring Shop <help@example.com> wrote:\n> Did it come?\n",
    "Gmail, ja": "はい、届きました。\n\n2026年11月3日(火) 14:15 春の店 <help@example.com>:\n> 届きましたか。\n",
    "Outlook, ko": "네, 받았어요.\n\n보낸 사람: 봄 가게 <help@example.com>\n보낸 날짜: 2026년 11월 3일 화요일 오후 2:15\n"
    "받는 사람: 김하나 <kim@example.com>\n제목: 배송\n\n받으셨나요?\n",
    "Gmail, ko": "네, 받았어요.\n\n2026년 11월 3일 (화) 오후 2:15, 봄 가게 <help@example.com>님이 작성:\n> 받으셨나요?\n",
    "Apple Mail, ko": "네, 받았어요.\n\n2026. 11. 3. 오후 2:15, 봄 가게 <help@example.com> 작성:\n> 받으셨나요?\n",
    "Apple Mail, ja": "はい、届きました。\n\n2026/11/03 14:15、春の店 <help@example.com>のメール:\n> 届きましたか。\n",
}
parser = EmailReplyParser(languages=["en", "ko", "ja"])
found = {name: parser.read(text).latest_reply == text.partition("\n")[0] for name, text in ANSWERS.items()}
for name, alone in found.items():
    print(f"{name}: {'the answer alone' if alone else 'the answer with the quoted mail'}")
assert list(found.values()) == [True, True, True, False, False, False], "this has changed"
PY
