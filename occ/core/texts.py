"""Texts as they come in and go out: without signs that no page, file or XML can hold."""

import re
from typing import Any

from flask import Request as FlaskRequest
from werkzeug.datastructures import ImmutableMultiDict, iter_multi_items

# Control characters but tab and line ends, lone surrogates, and the 66 code points that Unicode says are no characters.
_UNWRITABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane * 0x10000 + last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
    + "]"
)


def writable(text: str) -> str:
    """The text without what XML cannot hold, nor any other sign that nobody sees typed; tab and line ends stay."""
    return _UNWRITABLE.sub("", text)


class Sent(ImmutableMultiDict[str, Any]):
    """What a form or an address says, each text writable: whatever reads it needs not ask."""

    def __init__(self, mapping: Any = None) -> None:
        pairs = iter_multi_items(mapping or ())
        super().__init__([(name, writable(value) if isinstance(value, str) else value) for name, value in pairs])


class Request(FlaskRequest):
    """Every request of the console and of the public pages."""

    parameter_storage_class = Sent
