"""What the voice menu's page finds and proposes by itself (ARS-3, ARS-8)."""

import pytest

from occ.core.db import db
from occ.identity.models import Member
from occ.telephony.models import CtiSettings
from tests.factories import phone, world
from tests.support.browser import Browser

pytestmark = pytest.mark.heavy  # on PostgreSQL in `make test-all`

HOME = "/c/s/mall/ars"


@pytest.mark.spec("ARS-7", "ARS-8")
def test_recording_without_a_consent_text_is_found(boss: Member, admin: Browser) -> None:
    mall = phone.service(boss)
    world.agent(boss, mall, boss, manager=True)
    where = f"{HOME}/voices/recording"

    def found() -> bool:
        page = admin.get(HOME).text
        return "Calls are recorded, but callers are not told" in page and f'href="{where}"' in page

    def write(text: str) -> None:
        admin.get(where)
        sent = {"voice_ko-text": text, "voice_ko-source": "text", "voice_ko-sound": ""}
        admin.post(where, {"seen": admin.field("seen"), **sent})

    assert found()
    write("통화 내용이 녹음됩니다.")
    assert not found()
    write("")
    assert found()
    with db.write() as session:
        session.get_one(CtiSettings, 1).record = False
    assert not found()


@pytest.mark.spec("ARS-3", "ARS-5")
def test_a_new_language_key_proposes_a_language_that_is_not_spoken_yet(
    boss: Member, admin: Browser
) -> None:
    world.agent(boss, phone.service(boss, "wide", languages=("ko", "en", "ja")), boss, manager=True)
    keys = "/c/s/wide/ars/keys"

    def proposed() -> str:
        admin.get(f"{keys}/new")
        return admin.field("language")

    assert proposed() == "en", "calls begin in Korean"
    admin.post(
        f"{keys}/new",
        {"seen": "", "key": "8", "kind": "language", "name_en": "English", "language": "en"},
    )
    assert proposed() == "ja"
    admin.get(f"{keys}/8")
    assert admin.field("language") == "en", "of a key that is there its own is shown"
