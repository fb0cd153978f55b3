"""How the house is written: `python -m tests.tools.house` prints what a reader meets, folder by folder.

Templates, CSS and scripts: files, lines, average characters a line (without empty lines), lines over 140, 160 and
300 characters, and the longest; for CSS also declarations a line. Python: how often formatting is switched off,
and the modules over 600 lines. `tests/contract/test_house.py` holds the limits.
"""

import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

from occ.config import ROOT

MODULE = 600
# a message, on the line of its call or on one of its own
WORDS = re.compile(r"""(?:\b(?:_|ngettext)\(\s*|^\s*)(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""")
DECLARATION = re.compile(r"[\w-]+\s*:\s*[^;{}]+(?:;|(?=\}))")
CODE = ("app.py", "occ", "tests", "migrations")


def templates() -> list[Path]:
    return sorted((ROOT / "templates").rglob("*.html"))


def styles() -> list[Path]:
    return sorted((ROOT / "static" / "css").rglob("*.css"))


def scripts() -> list[Path]:
    return sorted((ROOT / "static" / "js").rglob("*.js"))


def modules() -> list[Path]:
    """Every Python file that is formatted."""
    found: list[Path] = []
    for name in CODE:
        path = ROOT / name
        found += [path] if path.is_file() else sorted(path.rglob("*.py"))
    return found


def numbered(paths: list[Path]) -> Iterator[tuple[Path, int, str]]:
    """(file, number, line) of every line."""
    for path in paths:
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            yield path, number, line


def long(paths: list[Path], limit: int) -> list[str]:
    """`file:line: length` of each line over `limit` characters."""
    return [
        f"{path.relative_to(ROOT)}:{number}: {len(line)}"
        for path, number, line in numbered(paths)
        if len(line) > limit
    ]


def beside_prose(line: str) -> int:
    """Characters of a template's line without its longest message."""
    return len(line) - max((len(found) for found in WORDS.findall(line)), default=0)


def unformatted(path: Path) -> int:
    """How often a module switches the formatter off."""
    tokens = tokenize.generate_tokens(io.StringIO(path.read_text("utf-8")).readline)
    return sum(t.type == tokenize.COMMENT and "fmt: skip" in t.string for t in tokens)


def told(name: str, paths: list[Path]) -> str:
    """One kind of file in a line of the table."""
    lines = [line for _path, _number, line in numbered(paths) if line.strip()]
    over = [sum(len(line) > limit for line in lines) for limit in (140, 160, 300)]
    average = sum(map(len, lines)) / max(len(lines), 1)
    longest = max(map(len, lines), default=0)
    figures = [len(paths), len(lines), f"{average:.1f}", *over, longest]
    return f"{name:<12}" + "".join(f"{figure:>9}" for figure in figures)


def main() -> None:
    heads = ("files", "lines", "average", "> 140", "> 160", "> 300", "longest")
    print(" " * 12 + "".join(f"{head:>9}" for head in heads))
    for folder in sorted({path.parent for path in templates()}):
        print(told(folder.name, [path for path in templates() if path.parent == folder]))
    for name, paths in (("templates", templates()), ("CSS", styles()), ("scripts", scripts())):
        print(told(name, paths))
    rules = [line for _path, _number, line in numbered(styles()) if DECLARATION.search(line)]
    declared = sum(len(DECLARATION.findall(line)) for line in rules)
    print(f"\nCSS: {declared / max(len(rules), 1):.1f} declarations a line that has some")
    skips = {path: unformatted(path) for path in modules()}
    print(f"Python: {sum(skips.values())} fmt: skip; modules over {MODULE} lines:")
    for path in modules():
        lines = len(path.read_text("utf-8").splitlines())
        if lines > MODULE:
            print(f"  {path.relative_to(ROOT)}: {lines}")


if __name__ == "__main__":
    main()
