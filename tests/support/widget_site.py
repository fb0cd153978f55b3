"""Somebody else's site, which shows a help center's widget under a strict policy of its own."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAGE = """<!doctype html>
<html lang="{language}">
  <head><meta charset="utf-8"><title>Shop</title></head>
  <body>
    <h1>Shop</h1>
    <button id="own">Buy</button>
    <script src="{script}" async></script>
  </body>
</html>
"""


@contextmanager
def widget_site(script: Callable[[], str], *, language: str = "ko") -> Iterator[str]:
    """A site on 127.0.0.1 whose page loads `script`, the address of the widget; its origin.

    What the policy allows is what the console says that such a site has to allow.
    """

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            console = script().partition("//")[2].partition("/")[0]
            allowed = f"http://{console}"
            body = PAGE.format(language=language, script=script()).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header(
                "Content-Security-Policy",
                f"default-src 'none'; script-src {allowed}; frame-src {allowed}; "
                "require-trusted-types-for 'script'",
            )
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            """Nothing: what is asked is seen in the browser."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
