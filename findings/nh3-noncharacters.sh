#!/usr/bin/env bash
# nh3 0.3.8: clean() turns numeric references into signs that no XML holds; openpyxl 3.1.5 then writes a workbook that nobody opens.
#
# Expected: what a sanitizer makes of "order &#65535; 7" is a text like any other, and openpyxl refuses to write what XML cannot
# hold, as it refuses control characters.
# Seen: the noncharacter U+FFFF stands bare in the result, so that a text whose signs were checked before it was sanitized has it
# afterwards. openpyxl's own check knows control characters only: with lxml installed saving raises ValueError, without it a file is
# saved whose sheet is no XML.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$folder" nh3==0.3.8 openpyxl==3.1.5
PYTHONPATH=$folder python3 -S - "$folder" <<'PY'
import io
import sys
import xml.etree.ElementTree as ElementTree
import zipfile

sys.path.insert(0, sys.argv[1])
import nh3
import openpyxl

text = nh3.clean("order &#65535; 7")
book = openpyxl.Workbook()
book.active["A1"] = text
output = io.BytesIO()
book.save(output)
try:
    ElementTree.fromstring(zipfile.ZipFile(output).read("xl/worksheets/sheet1.xml"))
    read = "read"
except ElementTree.ParseError as error:
    read = str(error).partition(":")[0]
print("nh3 0.3.8, openpyxl", openpyxl.__version__, ascii(text), read)
assert (ascii(text), read) == ("'order \\uffff 7'", "not well-formed (invalid token)"), "this has changed"
PY
