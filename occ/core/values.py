"""Values that somebody sent, read without trust."""


def ident(text: str | None) -> int | None:
    """A row id somebody sent, None when no id column could hold it."""
    return int(text) if text and len(text) < 11 and text.isascii() and text.isdigit() and int(text) < 2**31 else None
