"""Set-up: browser files from node_modules into static/vendor, icons cut to those in
static/icons.txt.

python occ/cli/assets.py NODE_MODULES OUT
"""

import re
import shutil
import sys
from pathlib import Path

FILES = (
    "@tabler/core/dist/css/tabler.min.css",
    "htmx.org/dist/htmx.min.js",
    "sortablejs/Sortable.min.js",
    "trix/dist/trix.css",
    "trix/dist/trix.umd.min.js",
)


def icons(sprite: str, names: list[str]) -> str:
    """A sprite of the named icons; a name that does not exist ends the set-up."""
    symbols = []
    for name in names:
        found = re.search(
            rf'<symbol id="tabler-{re.escape(name)}"[^>]*>(.*?)</symbol>', sprite, re.S
        )
        if found is None:
            raise SystemExit(f"no such icon: {name}")
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{found[1]}</symbol>')
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def main(modules: Path, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        shutil.copy(modules / name, out)
    names = (
        (Path(__file__).resolve().parents[2] / "static" / "icons.txt").read_text("utf-8").split()
    )
    sprite = (modules / "@tabler/icons-sprite/dist/tabler-sprite-nostroke.svg").read_text("utf-8")
    (out / "icons.svg").write_text(icons(sprite, names), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
