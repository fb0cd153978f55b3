"""A token service of OAuth 2 that takes each refresh token once and gives another one."""

import json
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class TokenService(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        form = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        server = self.server
        assert isinstance(server, Tokens)
        given = form["refresh_token"][0]
        server.may_answer.wait(10)
        server.asked.append(given)
        good = given == server.refresh and form["client_secret"] == ["s3cret"]
        if good:
            server.refresh = f"refresh-{len(server.asked)}"
            server.access = f"access-{len(server.asked)}"
        said = (
            {"access_token": server.access, "expires_in": 3600, "refresh_token": server.refresh}
            if good
            else {"error": "invalid_grant"}
        )
        body = json.dumps(said).encode()
        self.send_response(200 if good else 400)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        return


class Tokens(ThreadingHTTPServer):
    refresh, access = "first", ""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), TokenService)
        self.asked: list[str] = []
        self.may_answer = threading.Event()
        self.may_answer.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/token"


@contextmanager
def token_service() -> Iterator[Tokens]:
    with Tokens() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.may_answer.set()
            server.shutdown()
            thread.join()
