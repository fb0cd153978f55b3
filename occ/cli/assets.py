"""Set-up: what browsers load, made of node_modules and the sources below `static`.

python occ/cli/assets.py NODE_MODULES STATIC

`vendor` gets libraries that pages load as they are, and the icons named in `icons.txt`; `dist` a
bundle of each file of `entries`. Beside every file lies the same by brotli and by gzip.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from whitenoise.compress import main as compress

FILES = (
    "htmx.org/dist/htmx.min.js",
    "sortablejs/Sortable.min.js",
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


def bundle(modules: Path, static: Path) -> None:
    """Every entry with all that it imports, in one file of its name.

    What stands in `vendor` stays apart: scripts load it when a page needs it. esbuild's own binary
    is called, so that no Node has to be found.
    """
    (esbuild,) = (modules / "@esbuild").glob("*/bin/esbuild")
    entries = [str(path) for path in sorted((static / "entries").iterdir())]
    command = [str(esbuild), *entries, f"--outdir={static / 'dist'}", "--bundle", "--minify"]
    options = ["--format=esm", "--target=esnext", "--external:../vendor/*", "--log-level=warning"]
    subprocess.run([*command, *options], check=True)


def main(modules: Path, static: Path) -> None:
    vendor, dist = static / "vendor", static / "dist"
    for folder in (vendor, dist):
        shutil.rmtree(folder, ignore_errors=True)  # what an older version made
        folder.mkdir()
    for name in FILES:
        shutil.copy(modules / name, vendor)
    names = (static / "icons.txt").read_text("utf-8").split()
    sprite = (modules / "@tabler/icons-sprite/dist/tabler-sprite-nostroke.svg").read_text("utf-8")
    (vendor / "icons.svg").write_text(icons(sprite, names), "utf-8")
    bundle(modules, static)
    for folder in (vendor, dist):
        compress(["--quiet", str(folder)])


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
