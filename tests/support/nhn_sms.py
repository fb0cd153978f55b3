"""NHN Cloud Notification SMS v3.0 as its public guide describes it: a real HTTP server that refuses
what the guide refuses, keeps what it took, and can be slow, cut its answers or fail its searches.
"""

import base64
import io
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from PIL import Image

APP_KEY, SECRET = "app-key-of-the-test", "secret-of-the-test"
KOREA = ZoneInfo("Asia/Seoul")
SENDERS = ("15446859", "01012341234", "0212345678")
REFUSAL = "0808880327"
MESSAGES = {
    "0": "SUCCESS",
    "-1000": "Invalid appKey.",
    "-1004": "Not allow ip.",
    "-9996": "Only application/json Content-type is supported.",
    "-9997": "Invalid API parameters.",
    "-9998": "Not exist API.",
    "-2000": "Date format error.",
    "-2001": "RecipientList can not be null.",
    "-2002": "Invalid attach file name.",
    "-2003": "Attach file required jpg or jpeg.",
    "-2004": "File is expired or does not exist.",
    "-2005": "The file size must be greater than 0 and less than 300KB.",
    "-2011": "RequestId or start/endRequestDate or start/endCreateDate is required.",
    "-2014": "The recipient can not be empty.",
    "-2015": "Title or Body exceed maximum byte.",
    "-2016": "The max recipient size is 1000.",
    "-2018": "RecipientNo can not be empty.",
    "-2019": "RecipientNo is invalid.",
    "-2023": "Unacceptable characters in title and body.",
    "-2024": "LMS/MMS Type is not sent to outside of Korea.",
    "-2052": "Blocked by organization message sending count exceed.",
    "-2312": "Not regist sendno.",
    "-4000": "Search is possible within one month.",
    "-6003": "The body must contain block guide ment.",
    "4": "parameter",
}
SEND_FIELDS = {
    "templateId": str, "title": str, "body": str, "sendNo": str, "requestDate": str,
    "senderGroupingKey": str, "recipientList": list, "userId": str, "statsId": str,
    "originCode": str, "useConversion": bool, "attachFileIdList": list,
}  # fmt: skip
RECIPIENT_FIELDS = {
    "recipientNo": (str, 20), "countryCode": (str, 8), "internationalRecipientNo": (str, 20),
    "recipientGroupingKey": (str, 100), "templateParameter": (dict, 0),
}  # fmt: skip
_REFUSING = re.compile(r"무료\s*(수신\s*)?거부\]?\s*([-0-9]+)\s*$")
_DAY = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")


class Refuses(Exception):
    def __init__(self, code: int) -> None:
        super().__init__(str(code))
        self.code = code


class NhnSms:
    """The account and what was sent through it. `sent` holds one row a recipient, `calls` what was
    asked for as (method, path).
    """

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.files: dict[int, tuple[str, bytes]] = {}
        self.calls: list[tuple[str, str]] = []
        self.latency = 0.0  # seconds before it answers
        self.cut = 0  # of so many sends that arrive the answer is cut
        self.lose = 0  # so many sends are cut before anything is done
        self.fail_searches = False
        self.refuse = 0  # the code of every request
        self.refused_numbers: dict[str, int] = {}  # recipientNo: its own resultCode
        self.stands: dict[str, tuple[str, str]] = {}  # recipientNo: (msgStatus, resultCode)
        self.status = ("2", "")  # how others stand
        self.now: Callable[[], datetime] = lambda: datetime.now(KOREA)
        self.url = ""
        self._guard = threading.Lock()

    # what is asked

    def answer(self, method: str, path: str, headers: Any, content: bytes) -> dict[str, Any] | None:
        """The JSON of an answer; None where the connection is cut."""
        self.calls.append((method, path))
        split = urlsplit(path)
        query = {key: values[0] for key, values in parse_qs(split.query).items()}
        found = re.fullmatch(r"/sms/v3\.0/appKeys/([^/]+)/(.+)", split.path)
        try:
            if found is None:
                raise Refuses(-9998)
            if found[1] != APP_KEY or headers.get("X-Secret-Key") != SECRET:
                raise Refuses(-1000)
            if "application/json" not in headers.get("Content-Type", ""):
                raise Refuses(-9996)
            if self.refuse:
                raise Refuses(self.refuse)
            return self._route(method, found[2], query, content)
        except Refuses as refused:
            message = MESSAGES.get(str(refused.code), "refused")
            return {"header": _header(refused.code, message), "body": None}

    def _route(
        self, method: str, path: str, query: dict[str, str], content: bytes
    ) -> dict[str, Any] | None:
        if (method, path) == ("GET", "sendNos"):
            return self._senders(query)
        if (method, path) == ("POST", "attachfile/binaryUpload"):
            return self._upload(_parsed(content))
        kind = {
            "sender/sms": "SMS",
            "sender/mms": "MMS",
            "sender/ad-sms": "SMS",
            "sender/ad-mms": "MMS",
        }.get(path)
        if kind and method == "POST":
            if self.lose:
                self.lose -= 1
                return None
            answer = self._send(kind, "ad-" in path, _parsed(content))
            time.sleep(self.latency)
            if self.cut:
                self.cut -= 1
                return None
            return answer
        if kind and method == "GET" and "ad-" not in path:
            return self._search(kind, query)
        raise Refuses(-9998)

    def _senders(self, query: dict[str, str]) -> dict[str, Any]:
        rows = [
            {"serviceId": 71191, "sendNo": number, "useYn": "Y", "blockYn": "N"}
            for number in SENDERS
        ]
        return _paged(rows, query)

    def _upload(self, asked: dict[str, Any]) -> dict[str, Any]:
        name, body = asked.get("fileName"), asked.get("fileBody")
        if not isinstance(name, str) or not name or len(name) > 45:
            raise Refuses(-2002)
        if not name.lower().endswith((".jpg", ".jpeg")):
            raise Refuses(-2003)
        maker = asked.get("createUser")
        if not isinstance(maker, str) or not 0 < len(maker) <= 100 or not isinstance(body, str):
            raise Refuses(4)
        raw = base64.b64decode(body, validate=True)
        if not 0 < len(raw) <= 300 * 1024:
            raise Refuses(-2005)
        picture = Image.open(io.BytesIO(raw))
        if picture.format != "JPEG" or max(picture.size) > 1000:
            raise Refuses(-2003)
        with self._guard:
            ident = len(self.files) + 1
            self.files[ident] = (name, raw)
        data = {"fileId": ident, "fileName": name, "filePath": f"0/toast-mt/{ident}"}
        return {"header": _header(0), "body": {"data": data}}

    def _send(self, kind: str, advertising: bool, asked: dict[str, Any]) -> dict[str, Any]:
        _check_fields(asked)
        body, title = asked.get("body"), asked.get("title")
        if not body or (kind == "MMS" and not title):
            raise Refuses(-2014)
        if len(body) > (255 if kind == "SMS" else 4000) or len(title or "") > 120:
            raise Refuses(-2015)
        for text in (body, title or ""):
            if any(ord(sign) > 0xFFFF for sign in text):
                raise Refuses(-2023)
        if asked.get("sendNo") not in SENDERS:
            raise Refuses(-2312)
        if advertising:
            found = _REFUSING.search(body)
            if not body.startswith("(광고)") or found is None:
                raise Refuses(-6003)
            if found[2].replace("-", "") != REFUSAL:
                raise Refuses(-6004)
        if asked.get("attachFileIdList") and kind == "SMS":
            raise Refuses(4)
        for ident in asked.get("attachFileIdList", []):
            if ident not in self.files:
                raise Refuses(-2004)
        rows = asked.get("recipientList")
        if not rows:
            raise Refuses(-2001)
        if len(rows) > 1000:
            raise Refuses(-2016)
        return self._take(kind, advertising, asked, rows)

    def _take(
        self, kind: str, advertising: bool, asked: dict[str, Any], rows: list[dict[str, Any]]
    ) -> dict[str, Any]:
        now = self.now()
        results = []
        with self._guard:
            ident = f"{now:%Y%m%d%H%M%S}{len(self.sent):09}"
            for number, row in enumerate(rows, 1):
                code = _recipient(row, self.refused_numbers)
                results.append(
                    {
                        "recipientNo": row.get("recipientNo"),
                        "resultCode": code,
                        "resultMessage": MESSAGES.get(str(code), ""),
                        "recipientSeq": number,
                        "recipientGroupingKey": row.get("recipientGroupingKey"),
                    }
                )
                if code:
                    continue
                self.sent.append(
                    {
                        "requestId": ident,
                        "created": now,
                        "requestDate": f"{now:%Y-%m-%d %H:%M:%S}.0",
                        "sendNo": asked["sendNo"],
                        "title": asked.get("title"),
                        "body": asked["body"],
                        "recipientNo": row["recipientNo"],
                        "recipientSeq": number,
                        "recipientGroupingKey": row.get("recipientGroupingKey"),
                        "senderGroupingKey": asked.get("senderGroupingKey"),
                        "messageType": kind,
                        "adYn": "Y" if advertising else "N",
                        "attached": asked.get("attachFileIdList", []),
                    }
                )
        data = {
            "requestId": ident,
            "statusCode": "2",
            "senderGroupingKey": asked.get("senderGroupingKey"),
            "sendResultList": results,
        }
        return {"header": _header(0), "body": {"data": data}}

    def _search(self, kind: str, query: dict[str, str]) -> dict[str, Any] | None:
        if self.fail_searches:
            return None
        rows = [row for row in self.sent if row["messageType"] == kind]
        if "requestId" in query:
            rows = [row for row in rows if row["requestId"] == query["requestId"]]
        elif {"startCreateDate", "endCreateDate"} <= set(query):
            first, last = _instant(query["startCreateDate"]), _instant(query["endCreateDate"])
            if last - first > timedelta(days=31):
                raise Refuses(-4000)
            rows = [row for row in rows if first <= row["created"] <= last]
        else:
            raise Refuses(-2011)
        if "senderGroupingKey" in query:
            rows = [row for row in rows if row["senderGroupingKey"] == query["senderGroupingKey"]]
        return _paged([self._row(row) for row in rows], query)

    def _row(self, row: dict[str, Any]) -> dict[str, Any]:
        status, code = self.stands.get(row["recipientNo"], self.status)
        now = f"{self.now():%Y-%m-%d %H:%M:%S}.0"
        shown = {key: value for key, value in row.items() if key not in ("created", "attached")}
        return {
            **shown,
            "msgStatus": status,
            "resultCode": code or None,
            "resultDate": now if status in "03456" else None,
        }


def _header(code: int, message: str = "SUCCESS") -> dict[str, Any]:
    return {"isSuccessful": code == 0, "resultCode": code, "resultMessage": message}


def _parsed(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except ValueError:
        raise Refuses(-9997) from None
    if not isinstance(found, dict):
        raise Refuses(-9997)
    return found


def _check_fields(asked: dict[str, Any]) -> None:
    for name, value in asked.items():
        if name not in SEND_FIELDS or not isinstance(value, SEND_FIELDS[name]):
            raise Refuses(4)
    if len(asked.get("sendNo", "")) > 13 or len(asked.get("senderGroupingKey", "")) > 100:
        raise Refuses(4)


def _recipient(row: dict[str, Any], refused: dict[str, int]) -> int:
    """The resultCode of one recipient."""
    for name, value in row.items():
        if name not in RECIPIENT_FIELDS:
            raise Refuses(4)
        kind, most = RECIPIENT_FIELDS[name]
        if not isinstance(value, kind) or (kind is str and len(value) > most):
            raise Refuses(4)
    number = row.get("recipientNo")
    if not number:
        return -2018
    if not number.isdecimal():
        return -2019
    return refused.get(number, 0)


def _instant(text: str) -> datetime:
    if not _DAY.fullmatch(text):
        raise Refuses(-2000)
    return datetime.fromisoformat(text).replace(tzinfo=KOREA)


def _paged(rows: list[dict[str, Any]], query: dict[str, str]) -> dict[str, Any]:
    number, size = int(query.get("pageNum", 1)), int(query.get("pageSize", 15))
    if not 0 < size <= 1000:
        raise Refuses(4)
    part = rows[(number - 1) * size : number * size]
    body = {"pageNum": number, "pageSize": size, "totalCount": len(rows), "data": part}
    return {"header": _header(0), "body": body}


@contextmanager
def nhn_sms() -> Iterator[NhnSms]:
    """A gateway on 127.0.0.1, at `url`."""
    account = NhnSms()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            said = account.answer(self.command, self.path, self.headers, content)
            if said is None:
                self.close_connection = True
                self.connection.close()
                return
            raw = json.dumps(said, ensure_ascii=False).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json;charset=UTF-8")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_GET = do_POST = _serve  # noqa: N815

        def log_message(self, *args: Any) -> None:
            pass

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except (OSError, ValueError):  # cut, or the client has left
                self.close_connection = True

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    account.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield account
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
