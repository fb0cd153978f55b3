"""`make messages`: takes new message ids into the catalogs and drops those no longer used."""

from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "occ" / "translations"
CATALOGS = ("ko", "ja")  # English is the language of the ids
KEYWORDS = {
    "_": None,
    "_l": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "lazy_pgettext": ((1, "c"), 2),
}


@cache
def template() -> Catalog:
    """Every message id of the code and the templates."""
    found = Catalog(project="OCC", charset="utf-8")
    for folder, method in (("occ", [("**.py", "python")]), ("templates", [("**.html", "jinja2")])):
        for _file, _line, message, _comments, context in extract_from_dir(
            ROOT / folder, method, keywords=KEYWORDS
        ):
            found.add(message, context=context)
    return found


def path(locale: str) -> Path:
    return FOLDER / locale / "LC_MESSAGES" / "messages.po"


def load(locale: str) -> Catalog:
    if not path(locale).exists():
        return Catalog(locale=locale, charset="utf-8")
    with path(locale).open("rb") as file:
        return read_po(file, locale=locale)


def key(message: Message) -> tuple[str, str]:
    """What a message is found by: its id, a plural's first one, and its context."""
    return (
        message.id if isinstance(message.id, str) else message.id[0],
        message.context or "",
    )


def text_of(catalog: Catalog, message: Message) -> str:
    """The catalog's text for this id in this context; empty without one."""
    known = catalog.get(message.id, message.context)
    text = known.string if known else ""
    return text if isinstance(text, str) else text[0]


def save(locale: str, ids: Catalog, texts: Catalog) -> list[str]:
    """Writes the catalog; returns the ids without a text."""
    fresh = Catalog(locale=locale, project="OCC", charset="utf-8")
    empty = []
    for message in sorted((m for m in ids if m.id), key=key):
        text: str | tuple[str] = text_of(texts, message)
        if not text:
            empty.append(" · ".join(filter(None, reversed(key(message)))))
        if not isinstance(message.id, str):
            text = (text,)
        fresh.add(message.id, text, flags=message.flags, context=message.context)
    path(locale).parent.mkdir(parents=True, exist_ok=True)
    with path(locale).open("wb") as file:
        write_po(file, fresh, width=0, omit_header=False, no_location=True)
    text = path(locale).read_text("utf-8").splitlines()
    start = text.index('msgid ""')
    kept = [
        line
        for line in text[start:]
        if not line.startswith(
            (
                '"POT-Creation',
                '"PO-Revision',
                '"Last-Tr',
                '"Language-Team',
                '"Report',
                '"Generated',
                '"Project-Id',
            )
        )
    ]
    path(locale).write_text("\n".join(kept) + "\n", "utf-8")
    return empty


def main() -> None:
    ids = template()
    for locale in CATALOGS:
        empty = save(locale, ids, load(locale))
        print(
            f"{locale}: {len(ids)} messages, {len(empty)} without a text",
            *(f"  {text}" for text in empty),
            sep="\n",
        )


if __name__ == "__main__":
    main()
