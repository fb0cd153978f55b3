"""CTI settings and agents, caller IDs, queues: through their pages (CTI-1, CTI-2, CTI-7, ARS-1, ARS-9)."""

import io
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from occ.ars import queries as ars
from occ.ars.models import CallerId, Queue
from occ.audit.models import AuthorityEntry, WorkEntry
from occ.audit.rules import Work
from occ.core.db import db
from occ.identity import service as identity
from occ.identity.models import Member
from occ.organization.models import Service
from occ.telephony import queries
from occ.telephony.rules.calls import Command
from tests.factories import phone, world
from tests.factories.phone import Floor
from tests.support.browser import Browser

pytestmark = pytest.mark.heavy  # pages walked by people: on PostgreSQL in `make test-all`

Make = Callable[..., Browser]


@pytest.fixture
def mall(boss: Member) -> Service:
    made = phone.service(boss)
    world.agent(boss, made, boss, manager=True)
    return made


def cti(admin: Browser, **changes: str) -> Browser:
    admin.get("/c/org/cti")
    names = ("tenant_id", "tenant_name", "service_level_seconds", "recall_seconds", "version")
    values = {
        **{name: admin.field(name) for name in names},
        "version_name": "mobile",
        "ticket_on": "connection",
        "record": "y",
        "log_on": "y",
    }
    admin.post("/c/org/cti", {**values, **changes})
    return admin


@pytest.mark.spec("CTI-1")
def test_cti_settings_are_filled_from_set_up_and_refuse_what_cannot_be(
    boss: Member, admin: Browser
) -> None:
    assert admin.get("/c/org/cti").status_code == 404, "no service has phone"
    phone.service(boss)
    admin.get("/c/org/cti")
    assert (
        admin.field("service_level_seconds"),
        admin.field("recall_seconds"),
        admin.field("tenant_name"),
    ) == ("20", "30", "Neulbom")
    assert "Fill this in." in cti(admin, tenant_id=" ").errors()
    assert "Enter a whole number from 5 to 300." in cti(admin, recall_seconds="4").errors()
    assert "Enter a whole number from 5 to 300." in cti(admin, recall_seconds="x" * 40).errors()
    assert (
        "IPCC needs a phone system that is not configured here."
        in cti(admin, version_name="ipcc").errors()
    )
    cti(admin, recall_seconds="5", service_level_seconds="12")
    db.session.expire_all()
    found = queries.settings()
    assert found is not None and (found.recall_seconds, found.service_level_seconds) == (5, 12)
    change = db.session.scalars(
        sa.select(AuthorityEntry).order_by(AuthorityEntry.id.desc())
    ).first()
    assert change is not None and change.after == {"service_level_seconds": 12, "recall_seconds": 5}
    assert "Somebody else saved first." in cti(admin, version="1", recall_seconds="99").errors()


@pytest.mark.spec("CTI-2", "ARS-9")
def test_cti_ids_and_numbers_are_proposed_unique_and_never_given_to_somebody_else(
    floor: Floor, boss: Member, mall: Service, admin: Browser
) -> None:
    kim = phone.agent(boss, mall, "kim")
    lee = phone.agent(boss, mall, "lee")
    desk = world.agent(boss, mall, world.member("desk"), ticket=True)
    page = admin.get("/c/org/cti/agents").text
    assert "2001" in page and "2002" in page and "Has no phone permission" in page
    assert "Lee" not in admin.get("/c/org/cti/agents?q=ki").text
    pay = phone.service(boss, "pay")
    phone.agent(boss, pay, "kim")
    admin.get("/c/org/cti/agents?q=ki")
    assert ["kim", "2001", "Mall, Pay"] in [row[2:5] for row in admin.rows()]
    assert admin.get(f"/c/org/cti/agents/{desk.member_id}").status_code == 404
    path = f"/c/org/cti/agents/{lee.member_id}"
    admin.get(path)
    for cti_id, number, words in (
        ("kim", "2009", "Somebody else has or had the CTI ID “kim”."),
        ("lee", "2001", "Somebody else has the number 2001."),
        ("l", "2009", "Use 2 to 20 letters, digits, dots or dashes."),
        ("lee", "20", "Use 3 to 6 digits."),
    ):
        admin.post(path, {"cti_id": cti_id, "number": number})
        assert words in admin.errors()
    admin.post(path, {"cti_id": "lee2", "number": "2002"})
    admin.post(f"/c/org/cti/agents/{kim.member_id}", {"cti_id": "lee", "number": "2001"})
    assert "Somebody else has or had the CTI ID “lee”." in admin.errors(), (
        "an ID is not given twice, also when it is free"
    )
    floor.login(kim)
    admin.post(f"/c/org/cti/agents/{kim.member_id}/remove", {})
    assert "logged in to CTI" in admin.text()
    floor.do(kim, Command.LOGOUT)
    admin.post(f"/c/org/cti/agents/{kim.member_id}/remove", {})
    assert "You have no CTI ID and number yet." in floor.refused(
        kim, Command.LOGIN, service=mall.id, ip="", device=""
    )


def register(
    his: Browser, number: str, content: bytes = b"%PDF-1.7 proof", name: str = "Desk"
) -> None:
    his.get("/c/s/mall/ars/numbers/new")
    his.post(
        "/c/s/mall/ars/numbers/new",
        {"name": name, "number": number, "proof": (io.BytesIO(content), "proof.pdf")},
    )


@pytest.mark.spec("CTI-7", "LOG-3")
def test_a_caller_id_is_registered_by_a_manager_and_decided_by_another_org_admin(
    boss: Member, mall: Service, browser: Make
) -> None:
    deputy = world.member("deputy")
    with db.write():
        identity.set_org_admin(deputy, on=True, actor=world.actor(boss))
    his, hers = browser("boss"), browser("deputy")
    register(his, "1577-0001", b"MZ program")
    assert "Choose a PDF, PNG or JPEG file." in his.errors()
    register(his, "1577-0001", b"")
    assert "Add the document that proves the number is yours." in his.errors()
    register(his, "1577-0001", b"%PDF-" + b"x" * (3 * 1024 * 1024))
    assert "The document may have at most 3 MB. Choose a smaller file." in his.errors()
    register(his, "1577-0001")
    register(his, "1577 0001")
    assert "This number is registered here already. See the list." in his.errors()
    row = db.session.scalars(sa.select(CallerId)).one()
    his.get("/c/org/cti/numbers")
    his.post(f"/c/org/cti/numbers/{row.id}", {"accept": "1"})
    assert "Whoever registered a number does not decide about it." in his.errors()
    hers.get("/c/org/cti/numbers")
    hers.post(f"/c/org/cti/numbers/{row.id}", {"accept": "0"})
    assert "Say why it is refused." in hers.errors()
    assert hers.get(f"/c/org/cti/numbers/{row.id}/proof").data.startswith(b"%PDF-")
    assert db.session.scalars(sa.select(WorkEntry.work)).all() == [Work.PROOF_SHOWN]
    hers.post(f"/c/org/cti/numbers/{row.id}", {"accept": "0", "reason": "The name differs"})
    assert "The name differs" in his.get("/c/s/mall/ars/numbers").text
    his.get(f"/c/s/mall/ars/numbers/{row.id}")
    his.post(
        f"/c/s/mall/ars/numbers/{row.id}",
        {"name": "X", "number": "1577-0001", "version": his.field("version")},
    )
    assert "can be changed only while it is checked" in his.errors()
    his.post(f"/c/s/mall/ars/numbers/{row.id}/remove", {})
    register(his, "1577-0001")
    second = db.session.scalars(sa.select(CallerId).order_by(CallerId.id.desc())).first()
    assert second is not None
    hers.post(f"/c/org/cti/numbers/{second.id}", {"accept": "1"})
    db.session.expire_all()
    assert [number for _name, number in ars.numbers_to_dial_from(mall.id)][1:] == ["+8215770001"]
    hers.post(f"/c/org/cti/numbers/{second.id}", {"accept": "0", "reason": "late"})
    assert "This caller ID is decided already." in hers.errors()


@pytest.mark.spec("CTI-7")
def test_caller_ids_move_by_buttons_and_strangers_find_none(
    boss: Member, mall: Service, browser: Make
) -> None:
    his = browser("boss")
    for n in range(3):
        register(his, f"1577-000{n}", name=f"N{n}")
    rows = ars.caller_ids(mall.id)
    his.get("/c/me")
    his.post(f"/c/s/mall/ars/numbers/{rows[2].id}/move", {"place": "0"}, htmx=True)
    db.session.expire_all()
    assert [row.name for row in ars.caller_ids(mall.id)] == ["N2", "N0", "N1"]
    world.agent(boss, phone.service(boss, "pay"), world.member("paul"), manager=True)
    paul = browser("paul")
    paul.get("/c/me")
    assert paul.get("/c/s/pay/ars/numbers").status_code == 200
    for path in ("", "/move", "/remove", "/proof"):
        method = paul.get if path in ("", "/proof") else paul.post
        assert method(f"/c/s/pay/ars/numbers/{rows[0].id}{path}").status_code == 404, path


@pytest.mark.spec("ARS-9")
def test_queues_take_phone_agents_of_their_service_and_are_retired(
    floor: Floor, boss: Member, mall: Service, browser: Make
) -> None:
    kim = phone.agent(boss, mall, "kim")
    desk = world.agent(boss, mall, world.member("desk"), ticket=True)
    his = browser("boss")
    path = "/c/s/mall/ars/queues/new"
    his.get(path)
    his.post(path, {"name": "x" * 31})
    assert "Use at most 30 characters" in his.errors()
    his.post(path, {"name": "Orders", "agents": str(desk.id)})
    assert "Only agents with the phone permission can be assigned." in his.errors()
    his.post(path, {"name": "Orders", "agents": str(kim.id)})
    assert "In no queue" not in his.get("/c/s/mall/ars/queues").text
    his.get(path)
    his.post(path, {"name": "orders"})
    assert "“orders” exists already." in his.errors()
    queue = db.session.scalars(sa.select(Queue)).one()
    edit = f"/c/s/mall/ars/queues/{queue.id}"
    his.get(edit)
    seen = his.field("version")
    his.post(edit, {"name": "Sales", "agents": str(kim.id), "version": seen})
    his.post(edit, {"name": "Other", "agents": "", "version": seen})
    assert "Somebody else saved first." in his.errors() and "Sales" in his.text()
    floor.login(kim)
    floor.do(kim, Command.STATE, state="rest")
    ref = floor.place(mall)
    his.post(f"{edit}/retire", {})
    assert "Sales" not in his.get("/c/s/mall/ars/queues", htmx=True).text
    assert floor.call(ref).ended_at is None, "who waits goes on waiting"


@pytest.mark.spec("ARS-1")
def test_each_phone_service_has_its_own_number_which_is_not_typed(
    boss: Member, mall: Service, browser: Make
) -> None:
    pay = phone.service(boss, "pay")
    numbers = [
        found.main_number for ident in (mall.id, pay.id) if (found := ars.phone_service(ident))
    ]
    assert len(set(numbers)) == 2 and all(number.startswith("+8270") for number in numbers)
    assert "070-" in browser("boss").get("/c/s/mall/ars/queues").text
