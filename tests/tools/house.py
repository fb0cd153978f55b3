"""How the house is written: `python -m tests.tools.house` prints what a reader meets, folder by folder.

Templates, CSS and scripts: files, lines, average characters a line (without empty lines), lines over 140, 160 and
300 characters, and the longest; for CSS also declarations a line. Python: how often formatting is switched off,
and the modules over 600 lines. `tests/contract/test_house.py` holds the limits.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from jinja2 import Environment, nodes

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


@cache
def parsed(name: str) -> nodes.Template:
    """A template by its name below `templates`."""
    return Environment(autoescape=True).parse((ROOT / "templates" / name).read_text("utf-8"))


def template_names() -> list[str]:
    return [path.relative_to(ROOT / "templates").as_posix() for path in templates()]


def loaded(name: str) -> set[str]:
    """The names that a template itself reads: values, macros, its own variables."""
    return {one.name for one in parsed(name).find_all(nodes.Name) if one.ctx == "load"}


def imported(name: str) -> set[str]:
    """The macros that a template imports, by their names there."""
    pairs = [one for found in parsed(name).find_all(nodes.FromImport) for one in found.names]
    return {one if isinstance(one, str) else one[1] for one in pairs}


def idle_imports() -> list[str]:
    """`template: macro` of each import that its template does not use itself: what is included
    imports its own.
    """
    return [
        f"{name}: {macro}"
        for name in template_names()
        for macro in sorted(imported(name) - loaded(name))
    ]


def absent_macros() -> list[str]:
    """`template: macro` of each import of what is not there; Jinja minds only once it is called."""
    return [
        f"{name}: {macro}"
        for name in template_names()
        for found in parsed(name).find_all(nodes.FromImport)
        for macro in (one if isinstance(one, str) else one[0] for one in found.names)
        if isinstance(found.template, nodes.Const)
        and macro not in {one.name for one in parsed(found.template.value).find_all(nodes.Macro)}
    ]


def borrowed_macros() -> list[str]:
    """`template: macro` of each macro that a template calls by the import of who includes it."""
    macros = {
        one.name
        for name in template_names()
        if name.startswith("macros/")
        for one in parsed(name).find_all(nodes.Macro)
    }
    found = []
    for name in template_names():
        calls = {
            one.node.name
            for one in parsed(name).find_all(nodes.Call)
            if isinstance(one.node, nodes.Name)
        }
        own = {one.name for one in parsed(name).find_all(nodes.Macro)}
        bound = {one.name for one in parsed(name).find_all(nodes.Name) if one.ctx != "load"}
        found += [
            f"{name}: {macro}" for macro in sorted((calls & macros) - imported(name) - own - bound)
        ]
    return found


@cache
def read(name: str) -> frozenset[str]:
    """The names that a template reads with all that sees its values: what it extends, includes and
    imports with context.
    """
    found = loaded(name)
    for one in parsed(name).find_all((nodes.Extends, nodes.Include, nodes.FromImport)):
        assert isinstance(one, nodes.Extends | nodes.Include | nodes.FromImport)
        if isinstance(one, nodes.FromImport) and not one.with_context:
            continue
        assert isinstance(one.template, nodes.Const), f"{name}:{one.lineno}"
        found |= read(one.template.value)
    return frozenset(found)


def shown_by(call: ast.Call) -> list[str]:
    """The templates that a call of `ui.render` may show; none where it names no fixed one."""
    if not isinstance(call.args[0], ast.Constant):
        return []
    page = str(call.args[0].value)
    folder, _slash, leaf = page.rpartition("/")
    part = next((one.value for one in call.keywords if one.arg == "part"), None)
    if isinstance(part, ast.Constant):
        names = [f"{folder}/_{part.value}.html"]
    elif part is None:
        names = [f"{page}.html", f"{folder}/_{leaf}.html"]
    else:
        names = [name for name in template_names() if Path(name).parent == Path(folder)]
    return [name for name in names if name in template_names()]


def idle_values() -> list[str]:
    """`module:line: value` of each value that a view hands to templates of which none reads it."""
    found = []
    for path in modules():
        if "views" not in path.relative_to(ROOT).as_posix():
            continue
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(call, ast.Call) and ast.unparse(call.func) == "ui.render"):
                continue
            names = shown_by(call)
            given = {one.arg for one in call.keywords if one.arg} - {"part", "status"}
            for value in sorted(given.difference(*map(read, names)) if names else ()):
                found.append(f"{path.relative_to(ROOT)}:{call.lineno}: {value}")
    return found


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
