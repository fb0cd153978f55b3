"""NHN Cloud Notification SMS v3.0, by its public guide (SMS-1).

Times are written in Korea's zone. `header.isSuccessful` may be true while a recipient's own
`resultCode` is not 0, and a list says how each of them stands by `msgStatus`.
"""

import base64
import json
import re
import ssl
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from occ.core.settings import configured
from occ.sms.gateways.base import NoAnswer, NotReached, Order, Receipt, Rejected, Result
from occ.sms.rules.kinds import A_REQUEST, KOREA, RecipientState, TextKind

SECONDS, UPLOAD_SECONDS = 15.0, 40.0  # for the whole of a call
MOST = 8 * 1024 * 1024  # bytes of an answer
SKEW = timedelta(minutes=10)  # how far its clock may differ from ours
DELIVERED = "3"
# what the guide calls failed, cancelled, twice, and held back for advertising; the others go on
ENDED = {
    "0": RecipientState.FAILED,
    DELIVERED: RecipientState.DELIVERED,
    "4": RecipientState.CANCELLED,
    "5": RecipientState.FAILED,
    "6": RecipientState.FAILED,
}
UNEXPECTED = frozenset({"-9999", "-2021"})  # its own errors, of which nobody knows how far it came
UPLOADER = "OCC"
_CALL_CENTER = re.compile(r"1[568]\d{6}")  # 1588-1234 has no 0 in front


class Nhn:
    """An account there: an app key and a secret key."""

    def __init__(self, app_key: str, secret_key: str) -> None:
        self._app_key, self._secret_key = app_key, secret_key

    def senders(self) -> list[str]:
        found: list[str] = []
        page = 1
        while True:
            query = {"useYn": "Y", "blockYn": "N", "pageNum": page, "pageSize": A_REQUEST}
            body = self._ask("GET", f"sendNos?{urlencode(query)}")
            rows = _rows(body)
            found += [str(row["sendNo"]) for row in rows]
            if not rows or len(found) >= int(body.get("totalCount") or 0):
                return list(dict.fromkeys(found))
            page += 1

    def upload(self, name: str, content: bytes) -> str:
        asked = {
            "fileName": name,
            "fileBody": base64.b64encode(content).decode(),
            "createUser": UPLOADER,
        }
        data = _data(self._ask("POST", "attachfile/binaryUpload", asked, seconds=UPLOAD_SECONDS))
        return str(data["fileId"])

    def send(self, order: Order) -> Receipt:
        asked: dict[str, Any] = {
            "body": order.body,
            "sendNo": order.sender,
            "senderGroupingKey": order.key,
            "recipientList": [
                {"recipientNo": national(one.number), "recipientGroupingKey": one.key}
                for one in order.recipients
            ],
        }
        if order.kind is TextKind.MMS:
            asked["title"] = order.title
            if order.attached:
                asked["attachFileIdList"] = [int(ident) for ident in order.attached]
        advertising = "ad-" if order.advertising else ""
        data = _data(self._ask("POST", f"sender/{advertising}{_path(order.kind)}", asked))
        if str(data.get("statusCode")) == "3":
            raise Rejected("3", "the request failed")
        try:
            return Receipt(str(data["requestId"]), [_taken(row) for row in data["sendResultList"]])
        except (KeyError, TypeError, ValueError) as error:
            raise NoAnswer("the answer lacks what was taken") from error

    def find(self, order: Order) -> Receipt | None:
        assert order.since is not None
        first, last = order.since
        rows = self._list(
            order.kind,
            {
                "senderGroupingKey": order.key,
                "startCreateDate": _written(first - SKEW),
                "endCreateDate": _written(last + SKEW),
            },
        )
        mine = [row for row in rows if row.get("senderGroupingKey") == order.key]
        if not mine:
            return None
        return Receipt(str(mine[0]["requestId"]), [_stands(row) for row in mine])

    def results(self, order: Order) -> Sequence[Result]:
        return [_stands(row) for row in self._list(order.kind, {"requestId": order.remote_id})]

    def _list(self, kind: TextKind, query: Mapping[str, str]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        page = 1
        while True:
            more = {**query, "pageNum": str(page), "pageSize": str(A_REQUEST)}
            body = self._ask("GET", f"sender/{_path(kind)}?{urlencode(more)}")
            rows = _rows(body)
            found += rows
            if not rows or len(found) >= int(body.get("totalCount") or 0):
                return found
            page += 1

    def _ask(
        self,
        method: str,
        path: str,
        asked: Mapping[str, Any] | None = None,
        *,
        seconds: float = SECONDS,
    ) -> dict[str, Any]:
        """The body of an answer. Raises what Gateway says."""
        from occ.core import calls

        base = configured().sms_nhn_url.rstrip("/")
        url = f"{base}/sms/v3.0/appKeys/{quote(self._app_key, safe='')}/{path}"
        headers = {
            "Content-Type": "application/json;charset=UTF-8",
            "X-Secret-Key": self._secret_key,
        }
        content = b"" if asked is None else json.dumps(asked, ensure_ascii=False).encode()
        try:
            answer = calls.ask(
                method, url, content, headers, seconds=seconds, guarded=False, most=MOST
            )
        except calls.NotConnected as error:
            is_certificate = isinstance(error.__cause__, ssl.SSLError)
            raise NotReached("certificate" if is_certificate else "host") from error
        except Exception as error:  # whatever breaks off may have arrived before
            raise NoAnswer(type(error).__name__) from error
        return _body(answer.content)


def national(number: str) -> str:
    """A Korean E.164 number as it is dialed at home, in digits: 01012345678, 15881234."""
    digits = number.removeprefix("+82")
    return digits if _CALL_CENTER.fullmatch(digits) else f"0{digits}"


def _body(content: bytes) -> dict[str, Any]:
    try:
        said = json.loads(content)
        header = said["header"]
        done, code = header["isSuccessful"], str(header["resultCode"])
        message = str(header.get("resultMessage", ""))
        body = said.get("body") or {}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NoAnswer("the answer is none of this gateway") from error
    if done is True:
        return dict(body)
    if code in UNEXPECTED:
        raise NoAnswer(f"{code} {message}")
    raise Rejected(code, message)


def _data(body: Mapping[str, Any]) -> dict[str, Any]:
    data = body.get("data")
    if not isinstance(data, dict):
        raise NoAnswer("the answer has no data")
    return data


def _rows(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    rows = body.get("data") or []
    if not isinstance(rows, list):
        raise NoAnswer("the answer has no list")
    return rows


def _path(kind: TextKind) -> str:
    return "sms" if kind is TextKind.SMS else "mms"


def _taken(row: Mapping[str, Any]) -> Result:
    code = str(row.get("resultCode", 0))
    return Result(
        str(row["recipientGroupingKey"]),
        RecipientState.ACCEPTED if code == "0" else RecipientState.REFUSED,
        "" if code == "0" else code,
        int(row["recipientSeq"]) if row.get("recipientSeq") is not None else None,
    )


def _stands(row: Mapping[str, Any]) -> Result:
    state = ENDED.get(str(row.get("msgStatus")), RecipientState.ACCEPTED)
    return Result(
        str(row.get("recipientGroupingKey", "")),
        state,
        str(row.get("resultCode") or "") if state is not RecipientState.ACCEPTED else "",
        int(row["recipientSeq"]) if row.get("recipientSeq") is not None else None,
        _read(row.get("resultDate")),
    )


def _written(instant: datetime) -> str:
    return instant.astimezone(KOREA).strftime("%Y-%m-%d %H:%M:%S")


def _read(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text).partition(".")[0]).replace(tzinfo=KOREA)
    except ValueError:
        return None
