"""What goes over the wire: files as set-up compressed them."""

from collections.abc import Container

from flask import request


def packed(name: str, names: Container[str]) -> str:
    """The smallest form of a static file that the asker reads: one of `names`, or its own."""
    for coding, suffix in (("br", ".br"), ("gzip", ".gz")):
        if request.accept_encodings[coding] > 0 and f"{name}{suffix}" in names:
            return f"{name}{suffix}"
    return name
