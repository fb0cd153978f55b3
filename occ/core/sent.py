"""What a request brings, each text without signs that no page, file or XML can hold."""

from typing import Any

from flask import Request as FlaskRequest
from werkzeug.datastructures import ImmutableMultiDict, iter_multi_items

from occ.core.text import writable


class Sent(ImmutableMultiDict[str, Any]):
    """What a form or an address says, each text writable: whatever reads it needs not ask."""

    def __init__(self, mapping: Any = None) -> None:
        pairs = iter_multi_items(mapping or ())
        super().__init__(
            [(name, writable(value) if isinstance(value, str) else value) for name, value in pairs]
        )


class Request(FlaskRequest):
    """Every request of the console and of the public pages."""

    parameter_storage_class = Sent
