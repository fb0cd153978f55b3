"""The voice menu's pages: writing, uploading, keys, hours, publishing, history, the test call (ARS-2 … ARS-8)."""

import io
import time
import wave
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from occ.ars import menus, queries, speech
from occ.ars.models import Queue
from occ.ars.rules.hours import Days
from occ.ars.rules.menu import Extra, Key, KeyKind, Language, Source
from occ.core import storage
from occ.core.db import db
from occ.core.forms import graphemes
from occ.identity.models import Agent, Member
from occ.organization.models import Service
from occ.organization.rules import Feature
from tests.factories import phone, world
from tests.support.audio import tone
from tests.support.browser import Browser
from tests.support.settings import change, changed
from tests.support.slow import Line, slow_server

pytestmark = pytest.mark.heavy  # pages walked by people: on PostgreSQL in `make test-all`

Make = Callable[..., Browser]
HOME = "/c/s/mall/ars"


@pytest.fixture
def mall(boss: Member) -> Service:
    made = phone.service(boss)
    world.agent(boss, made, boss, manager=True)
    return made


@pytest.fixture
def orders(boss: Member, mall: Service) -> Queue:
    return phone.queue(mall, [phone.agent(boss, mall, "kim")])


def voice(
    text: str = "", *, source: str = "text", sound: Any = "", language: str = "ko"
) -> dict[str, str]:
    prefix = f"voice_{language}-"
    return {f"{prefix}text": text, f"{prefix}source": source, f"{prefix}sound": str(sound)}


def write(admin: Browser, name: str, **values: str) -> Browser:
    """Opens an announcement's form and saves it."""
    admin.get(f"{HOME}/voices/{name}")
    seen = admin.field("seen")
    extra = {n: admin.field(n) for n in ("first_delay", "every_delay")} if name == "delayed" else {}
    admin.post(f"{HOME}/voices/{name}", {"seen": seen, **extra, **values})
    return admin


def upload(admin: Browser, content: bytes, name: str = "hello.mp3") -> Any:
    admin.get(HOME)
    return admin.post(
        f"{HOME}/sounds",
        {"sound": (io.BytesIO(content), name), "prefix": "voice_ko"},
        content_type="multipart/form-data",
    )


def add_key(admin: Browser, key: str, name: str, **values: str) -> Any:
    admin.get(f"{HOME}/keys/new")
    return admin.post(
        f"{HOME}/keys/new",
        {"seen": "", "key": key, "kind": "queue", "name_ko": name, **voice(), **values},
    )


def draft(mall: Service) -> Any:
    db.session.rollback()
    return menus.draft(db.session.get_one(Service, mall.id))


@pytest.mark.spec("ARS-2")
@pytest.mark.parametrize("unit", ["가", "👨‍👩‍👧", "\u1112\u1161\u11ab", "é"])
def test_a_greeting_of_200_characters_is_taken_and_201_refused_as_people_count(
    admin: Browser, mall: Service, unit: str
) -> None:
    assert graphemes(unit) == 1
    write(admin, "greeting", **voice(unit * 200))
    assert graphemes(draft(mall).greeting[Language.KO].text) == 200
    write(admin, "greeting", **voice(unit * 201))
    assert admin.last is not None and admin.last.status_code == 422
    assert "Use at most 200 characters; this has 201." in admin.errors()
    assert graphemes(admin.field("voice_ko-text").strip()) == 201, "what was typed is still there"


@pytest.mark.spec("ARS-2")
def test_an_uploaded_file_is_played_before_it_is_saved_and_the_one_saved_last_counts(
    admin: Browser, mall: Service
) -> None:
    answer = upload(admin, tone(2, "mp3", loudness=0.02, quiet_ends=1.5), "../../인사말.mp3")
    assert answer.status_code == 200 and "인사말.mp3" in answer.text and "../" not in answer.text
    ident = int(admin.field("voice_ko-sound"))
    row = queries.sound(mall.id, ident)
    assert row is not None and row.seconds == pytest.approx(2, abs=0.3), (
        "the silence at its ends is gone"
    )
    for key, rate in ((row.narrow, 8000), (row.wide, 16000)):
        with wave.open(str(storage.path(key))) as file:
            assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (rate, 1, 2)
            frames = file.readframes(file.getnframes())
        assert (
            max(
                abs(int.from_bytes(frames[i : i + 2], "little", signed=True))
                for i in range(0, len(frames), 2)
            )
            > 5000
        ), "louder"
    assert storage.path(row.original).suffix == ".mp3"
    assert admin.get(f"{HOME}/sounds/{ident}").mimetype == "audio/wav"
    write(admin, "greeting", **voice("글", source="file", sound=ident))
    saved = draft(mall).greeting[Language.KO]
    assert (saved.source, saved.sound, saved.text) == (Source.FILE, ident, "글")
    write(admin, "greeting", **voice("글", source="text", sound=ident))
    assert draft(mall).greeting[Language.KO].source is Source.TEXT
    write(admin, "greeting", **voice("글", source="file", sound=99999))
    assert "Upload a file for 한국어, or choose text to speech." in admin.errors()


@pytest.mark.spec("ARS-2")
@pytest.mark.parametrize("container", ["mp4", "ogg", "wav"])
def test_the_other_containers_are_taken(admin: Browser, mall: Service, container: str) -> None:
    assert upload(admin, tone(1, container), "x.mp3").status_code == 200


@pytest.mark.spec("ARS-2")
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"A list of songs\nfirst.mp3\nsecond.mp3\n", "This is no audio file."),
        (b"", "Choose an audio file."),
        (
            b"RIFF\x24\x00\x00\x00WAVEA list of songs\nfirst.mp3\n",
            "This file is damaged and cannot be played.",
        ),
        (tone(1, "wav", loudness=0), "There is nothing to hear in this file. Choose another one."),
        (b"OggS" + b"\x07" * 400, "This file is damaged and cannot be played."),
        (
            b"ID3" + b"\0" * (11 * 1024 * 1024 - 3),
            "The file may have at most 10 MB; this has 11 MB.",
        ),
    ],
    ids=["text", "empty", "hidden", "silence", "broken", "11 MB"],
)
def test_what_is_no_audio_file_is_refused_in_words(
    admin: Browser, mall: Service, content: bytes, words: str
) -> None:
    answer = upload(admin, content, "greeting.mp3")
    assert answer.status_code == 422 and words in admin.errors()


@pytest.mark.spec("ARS-2")
def test_a_file_of_four_minutes_is_refused(admin: Browser, mall: Service) -> None:
    assert upload(admin, tone(240, "wav")).status_code == 422
    assert "The file may be at most 3 minutes long." in admin.errors()


@pytest.mark.spec("ARS-2")
def test_listen_speaks_the_text_and_a_failing_engine_says_so(
    app: Flask, admin: Browser, mall: Service
) -> None:
    admin.get(HOME)
    for language, text in (
        ("ko", "안녕하세요. 09:00부터입니다."),
        ("en", "Hello at 09:00."),
        ("ja", "午前9時からです。"),
    ):
        found = admin.post(f"{HOME}/speech", {"language": language, "text": text}).get_json()
        sound = admin.get(found["url"])
        assert sound.mimetype == "audio/wav"
        with wave.open(io.BytesIO(sound.data)) as file:
            assert file.getnframes() / file.getframerate() > 0.8
    for nothing in (" ", "★ ♥"):
        assert admin.post(f"{HOME}/speech", {"language": "ko", "text": nothing}).status_code == 422
    first, same, other = speech.make([(Language.KO, t) for t in ("09:00", "아홉 시", "9개")])
    assert first == same != other, "kept by what is heard, so that a better reading is spoken anew"
    assert admin.get(f"{HOME}/speech/..%2f..%2fkeys.json").status_code == 404
    change(app, speech_command="false")
    try:
        answer = admin.post(f"{HOME}/speech", {"language": "ko", "text": "새로운 글"})
        assert (
            answer.status_code == 422
            and "upload an audio file instead" in answer.get_json()["error"]
        )
        assert (
            "upload an audio file instead"
            in admin.post(f"{HOME}/publish", {"seal": menus.seal(draft(mall))}, htmx=True).headers[
                "HX-Trigger"
            ]
        )
        assert menus.newest(mall.id) is None, "nothing was published that nobody could hear"
        change(app, speech_command="cat")
        assert (
            admin.post(f"{HOME}/speech", {"language": "ko", "text": "RIFF?"}).status_code == 422
        ), "what it gave is no sound"
    finally:
        change(app, speech_command="")
    with app.app_context():
        assert speech.path("0" * 32) is None


def _speaks(line: Line) -> None:
    request = line.connection.recv(65_536)
    assert request.startswith(b"POST /%EB%A7%90?%EC%96%B8%EC%96%B4=ko HTTP/1.1\r\n"), request
    line.connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\nRIFF" + b"." * 196)


def _mumbles(line: Line) -> None:
    line.connection.recv(65_536)
    line.connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\nRIFF")
    line.drip(b".")


@pytest.mark.spec("ARS-2")
def test_speech_over_http_has_one_limit_for_all_texts(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speech, "TIMEOUT", 0.5)
    with slow_server(_speaks) as port:
        monkeypatch.setitem(
            app.extensions,
            "occ_settings",
            changed(app, speech_url=f"http://127.0.0.1:{port}/말?언어=ko"),
        )
        (name,) = speech.make([(Language.KO, "하나")])
        found = speech.path(name)
        assert found is not None and found.read_bytes()[:4] == b"RIFF"
    with slow_server(_mumbles) as port:
        monkeypatch.setitem(
            app.extensions, "occ_settings", changed(app, speech_url=f"http://127.0.0.1:{port}/")
        )
        began = time.monotonic()
        with pytest.raises(speech.NoSpeech):
            speech.make([(Language.KO, "하나"), (Language.KO, "둘")])
        assert time.monotonic() - began < 5
    monkeypatch.setitem(app.extensions, "occ_settings", changed(app, speech_url=""))
    monkeypatch.setitem(app.extensions, "occ_settings", changed(app, speech_command="sleep 0.3"))
    began = time.monotonic()
    with pytest.raises(speech.NoSpeech):
        speech.make([(Language.KO, f"{n}") for n in range(30)])
    assert time.monotonic() - began < 5, "they would take nine seconds"


@pytest.mark.spec("ARS-3")
def test_keys_are_added_changed_ordered_and_used_once(
    admin: Browser, mall: Service, orders: Queue
) -> None:
    add_key(admin, "1", "주문", queue=str(orders.id), callback="y")
    add_key(admin, "2", "배송", queue=str(orders.id))
    assert [(k.key, k.callback, k.queue) for k in draft(mall).keys] == [
        ("1", True, orders.id),
        ("2", False, orders.id),
    ]
    assert add_key(admin, "1", "또", queue=str(orders.id)).status_code == 422
    assert "Key 1 is in use already." in admin.errors() and admin.field("name_ko") == "또"
    assert (
        add_key(admin, "3", " ").status_code == 422
        and "Enter a name for the key; callers hear it." in admin.errors()
    )
    assert (
        add_key(admin, "3", "x", queue="999").status_code == 422
        and "Choose a queue." in admin.errors()
    )
    assert add_key(admin, "3", "x", kind="language", language="ja").status_code == 422, (
        "this service has no Japanese"
    )
    assert add_key(admin, "x", "x").status_code == 422
    admin.get(f"{HOME}/keys/2")
    seen = admin.field("seen")
    admin.post(
        f"{HOME}/keys/2",
        {"seen": seen, "key": "#", "kind": "announcement", "name_ko": "안내", **voice("안녕히")},
    )
    assert [(k.key, k.kind) for k in draft(mall).keys] == [
        ("1", KeyKind.QUEUE),
        ("#", KeyKind.ANNOUNCEMENT),
    ]
    admin.get(HOME)
    admin.post(f"{HOME}/keys/%23/move", {"place": "0"}, htmx=True)
    assert [k.key for k in draft(mall).keys] == ["#", "1"]
    admin.post(f"{HOME}/keys/1/remove", htmx=True)
    assert [k.key for k in draft(mall).keys] == ["#"]
    assert admin.post(f"{HOME}/keys/1/remove").status_code == 404


@pytest.mark.spec("ARS-2", "ARS-3")
def test_two_admins_editing_the_second_is_refused_and_sees_both_texts(
    admin: Browser, mall: Service, orders: Queue
) -> None:
    admin.get(f"{HOME}/voices/goodbye")
    seen = admin.field("seen")
    write(admin, "goodbye", **voice("먼저 저장한 글"))
    admin.post(f"{HOME}/voices/goodbye", {"seen": seen, **voice("나중에 쓴 글")})
    assert admin.last is not None and admin.last.status_code == 409
    assert "먼저 저장한 글" in admin.text() and "나중에 쓴 글" in admin.field("voice_ko-text")
    assert draft(mall).extras[Extra.GOODBYE][Language.KO].text == "먼저 저장한 글"
    admin.post(f"{HOME}/voices/goodbye", {"seen": admin.field("seen"), **voice("나중에 쓴 글")})
    assert draft(mall).extras[Extra.GOODBYE][Language.KO].text == "나중에 쓴 글"
    write(admin, "connecting", **voice("다른 부분은 함께 고칠 수 있어요"))
    assert admin.last is not None and admin.last.status_code in (204, 303)


@pytest.mark.spec("ARS-7")
def test_the_times_of_the_delay_announcement_are_not_overwritten_unseen(
    admin: Browser, mall: Service
) -> None:
    admin.get(f"{HOME}/voices/delayed")
    seen = admin.field("seen")
    values = {**voice("늦어요"), "seen": seen}
    admin.post(f"{HOME}/voices/delayed", {**values, "first_delay": "20", "every_delay": "45"})
    assert (
        admin.post(
            f"{HOME}/voices/delayed", {**values, "first_delay": "30", "every_delay": "60"}
        ).status_code
        == 409
    )
    assert "20 / 45" in admin.text() and draft(mall).first_delay == 20


@pytest.mark.spec("ARS-2")
def test_different_parts_of_a_new_menu_are_saved_side_by_side(
    admin: Browser, mall: Service
) -> None:
    admin.get(f"{HOME}/voices/greeting")
    seen = admin.field("seen")
    write(admin, "goodbye", **voice("안녕히"))
    assert (
        admin.post(f"{HOME}/voices/greeting", {"seen": seen, **voice("반갑습니다")}).status_code
        == 303
    )


@pytest.mark.spec("ARS-3", "ORG-3")
def test_a_key_for_callbacks_needs_them_in_the_contract(
    admin: Browser, boss: Member, mall: Service, orders: Queue
) -> None:
    kinds = lambda path: (
        admin.get(path),
        [str(one.get("value")) for one in admin.find("//input[@name='kind']")],
    )[1]
    assert "callback" in kinds(f"{HOME}/keys/new")
    assert add_key(admin, "1", "x", kind="callback", queue=str(orders.id)).status_code == 303
    pay = phone.service(boss, "pay", features=phone.FEATURES - {Feature.CALLBACK})
    world.agent(boss, pay, boss, manager=True)
    queue = phone.queue(pay, [])
    new = "/c/s/pay/ars/keys/new"
    assert "callback" not in kinds(new)
    asked = {"key": "1", "kind": "callback", "queue": str(queue.id), "name_ko": "x", **voice()}
    assert admin.post(new, asked).status_code == 422
    assert "Callbacks are not in the contract" in admin.errors()
    with db.write():
        keys = (Key("1", KeyKind.CALLBACK, {Language.KO: "x"}, queue=queue.id),)
        menus.replace_parts(pay, by="Boss", keys=keys)
    assert "callback" in kinds("/c/s/pay/ars/keys/1"), "a key from before keeps its kind"


@pytest.mark.spec("ARS-3", "ARS-4", "ARS-6")
def test_absurd_form_values_are_refused(admin: Browser, mall: Service, orders: Queue) -> None:
    assert add_key(admin, "1", "x", queue="9" * 20).status_code == 422
    assert add_key(admin, "1", "x", kind="callback").status_code == 422
    assert (
        admin.post(f"{HOME}/hours/new", {"days": "sun", "ranges-²-start": "10:00"}).status_code
        == 422
    )
    assert (
        admin.post(f"{HOME}/hours/preview", {"days": "x", "ranges-²-start": "10:00"}).status_code
        == 200
    )
    admin.get(f"{HOME}/holidays/2026-05-05")
    seen = admin.field("seen")
    assert (
        admin.post(
            f"{HOME}/holidays/2026-05-05",
            {"seen": seen, "on": "1999-05-05", "name": "x", "kind": "company"},
        ).status_code
        == 422
    )


def hours(admin: Browser, where: str, days: str, *spans: tuple[str, str], **values: str) -> Any:
    admin.get(f"{HOME}/hours/{where}")
    seen = admin.field("seen")
    ranges: dict[str, str] = {}
    for n, (start, end) in enumerate(spans):
        ranges |= {f"ranges-{n}-start": start, f"ranges-{n}-end": end, f"ranges-{n}-reachable": "1"}
    return admin.post(f"{HOME}/hours/{where}", {"seen": seen, "days": days, **ranges, **values})


@pytest.mark.spec("ARS-4", "ARS-5")
def test_hours_are_written_as_rows_and_bad_ranges_are_refused(
    admin: Browser, mall: Service
) -> None:
    hours(admin, "weekdays", "weekdays", ("09:00", "12:00"), ("13:00", "18:00"), ("", ""))
    hours(admin, "new", "sat", ("10:00", "24:00"))
    assert [(r.days, [(x.start, x.end) for x in r.ranges]) for r in draft(mall).hours] == [
        (Days.WEEKDAYS, [(540, 720), (780, 1080)]),
        (Days.SAT, [(600, 1440)]),
    ]
    for spans, words in (
        ([("12:00", "12:00")], "12:00–12:00 is empty or reversed."),
        ([("18:00", "09:00")], "18:00–09:00 is empty or reversed."),
        ([("09:00", "12:00"), ("11:59", "13:00")], "09:00–12:00 and 11:59–13:00 overlap."),
        ([("09:00", "")], "Enter both times."),
        ([("9", "10:00")], "Enter a time like 09:30."),
        ([("09:00", "24:01")], "Enter a time like 09:30."),
        ([], "Enter at least one time."),
    ):
        assert hours(admin, "new", "sun", *spans).status_code == 422
        assert words in admin.errors(), words
    assert admin.last is not None
    hours(admin, "new", "sat", ("10:00", "11:00"))
    assert "These days have hours already." in admin.errors() or admin.last.status_code == 409
    admin.get(f"{HOME}/hours/sat")
    shown = admin.post(
        f"{HOME}/hours/preview",
        {
            "was": "sat",
            "days": "sun",
            "ranges-0-start": "10:00",
            "ranges-0-end": "12:00",
            "ranges-0-reachable": "1",
        },
    )
    assert "일요일은 오전 10시부터 낮 12시까지입니다." in shown.text and "토요일" not in shown.text
    admin.post(f"{HOME}/hours/sat/remove", htmx=True)
    assert [r.days for r in draft(mall).hours] == [Days.WEEKDAYS]
    assert admin.get(f"{HOME}/hours/sat").status_code == 404


@pytest.mark.spec("ARS-2", "ARS-8")
def test_publishing_keeps_versions_to_compare_and_restore(
    boss: Member, admin: Browser, mall: Service, orders: Queue
) -> None:
    page = admin.get(HOME).text
    assert "Proposals, not published yet" in page and "unpublished change" not in page
    add_key(admin, "1", "주문", queue=str(orders.id))
    page = admin.get(HOME).text
    assert "Nothing is published yet" in page and "unpublished change" in page
    admin.get(f"{HOME}/publish")
    key = ["Key 1", "Connect to agents · 주문 · Orders"]
    assert admin.rows()[0] == ["Part", "Draft"] and key in admin.rows(), "nothing was heard before"
    findings = "//*[contains(@class, 'o-note')]//li"
    open_ones = admin.texts(findings)
    admin.post(f"{HOME}/publish", {"seal": menus.seal(draft(mall))}, htmx=True)
    admin.get(HOME)
    told = admin.texts("//ul[contains(@class, 'h-find')]//b")
    assert open_ones == told != [], "what is still open is said before it is published, too"
    first = menus.newest(mall.id)
    assert first is not None and (first.number, first.published_by) == (1, boss.name)
    write(admin, "greeting", **voice("두 번째 인사말"))
    admin.get(f"{HOME}/publish")
    stale = admin.field("seal")
    assert admin.rows()[0] == ["Part", "Version 1", "Draft"]
    assert "두 번째 인사말" in [row[2] for row in admin.rows()], "what callers will hear"
    page = admin.get(f"{HOME}/history/1").text
    assert page.index("History of the voice menu") < page.index("<h1>"), "the way back to the list"
    assert admin.field("with") == "nothing", "the first one is compared with nothing, and says so"
    assert key in admin.rows()
    write(admin, "goodbye", **voice("바뀐 인사"))
    assert admin.post(f"{HOME}/publish", {"seal": stale}, htmx=True).status_code == 409
    admin.post(f"{HOME}/publish", {"seal": menus.seal(draft(mall))}, htmx=True)
    assert "두 번째 인사말" in admin.get(f"{HOME}/history/2").text
    text = admin.get(f"{HOME}/history/1?with=2").text
    assert "두 번째 인사말" in text and "Greeting" in text
    assert admin.get(f"{HOME}/history/1?with=nine").status_code == 404
    assert admin.get(f"{HOME}/history/9").status_code == 404
    admin.post(f"{HOME}/history/1/restore")
    assert "두 번째" not in draft(mall).greeting[Language.KO].text
    published = menus.published(mall)
    assert published is not None and published.greeting[Language.KO].text == "두 번째 인사말", (
        "callers still hear the second"
    )
    admin.get(f"{HOME}/discard")
    admin.post(f"{HOME}/discard", htmx=True)
    assert draft(mall) == menus.published(mall)


@pytest.mark.spec("ARS-8")
def test_the_test_call_plays_the_draft_or_what_is_published_at_any_time(
    admin: Browser, mall: Service, orders: Queue
) -> None:
    hours(admin, "weekdays", "weekdays", ("09:00", "12:00"), ("13:00", "18:00"))
    add_key(admin, "1", "주문", queue=str(orders.id), callback="y")
    monday, lunch, sunday, seollal = (
        "2027-02-01T10:00",
        "2027-02-01T12:30",
        "2027-02-14T10:00",
        "2027-02-08T10:00",
    )
    admin.get(f"{HOME}/import")
    admin.post(f"{HOME}/import", {"country": "KR", "year": "2027", "on": ["2027-02-08"]})

    def call(at: str, keys: str = "1", of: str = "draft") -> str:
        admin.get(f"{HOME}/test?of={of}&at={at}&keys={keys}", htmx=True)
        return admin.text()

    assert "Waits in “Orders”" in call(monday)
    assert "지금은 상담시간이 아닙니다." in call(lunch) and "The call ends" in call(lunch)
    assert "지금은 상담시간이 아닙니다." in call(sunday)
    assert "오늘은 휴무일입니다." in call(seollal)
    assert "A callback is left for “Orders”" in call(monday, "1~1")
    assert "Nothing is published yet." in call(monday, of="published")
    assert "No key is pressed" in call(monday, "---") and "The call ends" in call(monday, "---")
    assert "주문은 1번을 눌러 주세요." in call("nonsense", "")


@pytest.mark.spec("ARS-8")
def test_findings_lead_to_where_they_are_mended(
    admin: Browser, mall: Service, orders: Queue
) -> None:
    add_key(admin, "1", "주문", queue=str(orders.id))
    add_key(admin, "2", "안내", kind="announcement")
    with db.write() as session:
        session.get_one(Queue, orders.id).agents = []
    page = admin.get(HOME).text
    assert "Key 2 plays nothing" in page and f"{HOME}/keys/2" in page
    assert "Nobody answers after key 1" in page and f"{HOME}/queues/{orders.id}" in page
    assert "This cannot be published: a caller would hear silence." in page
    answer = admin.post(f"{HOME}/publish", {"seal": menus.seal(draft(mall))}, htmx=True)
    assert answer.status_code == 422 and menus.newest(mall.id) is None


@pytest.mark.spec("ARS-2", "ARS-3")
def test_strangers_and_agents_cannot_touch_the_menu(
    boss: Member, mall: Service, orders: Queue, browser: Make
) -> None:
    other = phone.service(boss, "pay")
    stranger = world.agent(boss, other, world.member("stranger"), manager=True)
    kim = db.session.get_one(Agent, orders.agents[0].id)
    admin = browser("boss")
    upload(admin, tone(1, "wav"))
    ident = admin.field("voice_ko-sound")
    outside, agent = browser(stranger.member.login_id), browser(kim.member.login_id)
    for path in (
        "",
        "/history",
        "/voices/greeting",
        "/keys/new",
        f"/sounds/{ident}",
        "/test",
        "/publish",
    ):
        assert outside.get(HOME + path).status_code == 404
        assert agent.get(HOME + path).status_code == 403
    assert outside.get(f"/c/s/pay/ars/sounds/{ident}").status_code == 404
    outside.get("/c/s/pay/ars/voices/greeting")
    outside.post(
        "/c/s/pay/ars/voices/greeting",
        {"seen": outside.field("seen"), **voice("", source="file", sound=ident)},
    )
    assert "Upload a file for 한국어" in outside.errors(), "another service's file is not found"
