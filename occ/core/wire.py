"""What goes over the wire: pages compressed as they are made, files as set-up compressed them."""

import gzip
from collections.abc import Container

from flask import Flask, Response, request

LEAST = 1024  # bytes; below, the head of gzip and its time are worth more than what it saves
LEVEL = 4  # 6 takes half as long again for a fifteenth of the bytes
KINDS = frozenset(
    {"text/html", "text/plain", "application/json", "application/xml", "application/atom+xml"}
)


def takes_gzip() -> bool:
    """Whether the asker reads gzip."""
    return request.accept_encodings["gzip"] > 0


def packed(name: str, names: Container[str]) -> str:
    """The smallest form of a static file that the asker reads: one of `names`, or its own."""
    for coding, suffix in (("br", ".br"), ("gzip", ".gz")):
        if request.accept_encodings[coding] > 0 and f"{name}{suffix}" in names:
            return f"{name}{suffix}"
    return name


def _compress(response: Response) -> Response:
    """Whole answers of text only: what is streamed stays a stream, files are what they are."""
    if response.status_code == 304:
        return response
    if response.mimetype not in KINDS or response.is_streamed or response.direct_passthrough:
        return response
    response.vary.add("Accept-Encoding")
    data = response.get_data()
    if len(data) < LEAST or "Content-Encoding" in response.headers or not takes_gzip():
        return response
    response.set_data(gzip.compress(data, LEVEL, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    return response


def init_app(app: Flask) -> None:
    """Called before everything else that looks at answers: what comes last is compressed."""
    app.after_request(_compress)
