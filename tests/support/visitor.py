"""A person at a console that runs in processes of its own: cookies and CSRF tokens over real HTTP."""

import ssl
from types import TracebackType
from typing import Any

import httpx

from tests.support.browser import TOKEN


class Visitor:
    """Requests to one address; `headers` go with each of them."""

    def __init__(self, url: str, *, context: ssl.SSLContext | None = None, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.client = httpx.Client(
            base_url=url,
            verify=context or False,
            headers={"Accept-Language": "en", **named},
            trust_env=False,
            timeout=30,
        )
        self.token = ""

    def __enter__(self) -> "Visitor":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.client.close()

    def _seen(self, answer: httpx.Response) -> httpx.Response:
        found = (
            TOKEN.search(answer.text) if "html" in answer.headers.get("Content-Type", "") else None
        )
        self.token = (found[1] or found[2]) if found else self.token
        return answer

    def get(self, path: str, **kwargs: Any) -> httpx.Response:
        return self._seen(self.client.get(path, **kwargs))

    def post(self, path: str, data: dict[str, Any] | None = None, **kwargs: Any) -> httpx.Response:
        """Sends a form with the token of the last page."""
        return self._seen(
            self.client.post(path, data={"csrf_token": self.token, **(data or {})}, **kwargs)
        )

    def login(self, login_id: str, password: str) -> httpx.Response:
        self.get("/login")
        return self.post("/login", {"login_id": login_id, "password": password})
