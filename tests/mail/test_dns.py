"""What the DNS says of a sender: records as a name server sends them, judged and worded."""

import base64
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from occ.core import i18n
from occ.core.net import Limit
from occ.mail.dns import checks, labels
from occ.mail.dns.rules import Code, Finding, Kind, Sending, Subject, Verdict, examine, tags
from tests.support.names import NameServer, name_server

HERE = "mall.example"
POLICY = {(f"_dmarc.{HERE}", "TXT"): ["v=DMARC1; p=reject"]}


def found(records: Mapping[tuple[str, str], Sequence[str]], **more: Any) -> dict[Subject, Finding]:
    """The findings by subject; the records are those of a zone, without a name server."""

    def ask(name: str, kind: Kind) -> Sequence[str]:
        return records.get((name, kind.value), ())

    given = {"domain": HERE, "envelope": more.get("domain", HERE), **more}
    return {one.subject: one for one in examine(Sending(**given), ask)}


def spf(record: str, address: str = "", *, more: Any = None, **rest: Any) -> Code:
    records = {(HERE, "TXT"): ["something else", record], **(more or {})}
    addresses = [address] if address else []
    return found(records, addresses=addresses, **rest)[Subject.SPF].code


@pytest.mark.spec("MAIL-1")
@pytest.mark.parametrize(
    ("record", "address", "code"),
    [
        ("v=spf1 ip4:203.0.113.0/28 -all", "203.0.113.15", Code.SPF_NAMES),
        ("v=spf1 ip4:203.0.113.0/28 -all", "203.0.113.16", Code.SPF_OTHERS),
        ("V=SPF1 IP4:203.0.113.7 ~ALL", "203.0.113.7", Code.SPF_NAMES),
        ("v=spf1 ip6:2001:db8:1::/48 -all", "2001:db8:1:2::3", Code.SPF_NAMES),
        ("v=spf1 ip4:203.0.113.7 -all", "2001:db8:1:2::3", Code.SPF_OTHERS),
        ("v=spf1 -ip4:203.0.113.7 +ip4:203.0.113.0/24 -all", "203.0.113.7", Code.SPF_OTHERS),
        ("v=spf1 a -all", "198.51.100.1", Code.SPF_NAMES),
        ("v=spf1 a/30 -all", "198.51.100.3", Code.SPF_NAMES),
        ("v=spf1 a/30 -all", "198.51.100.4", Code.SPF_OTHERS),
        ("v=spf1 a:out.example/30//64 -all", "2001:db8:9::7", Code.SPF_NAMES),
        ("v=spf1 a:out.example//64 -all", "198.51.100.9", Code.SPF_NAMES),
        ("v=spf1 mx -all", "198.51.100.5", Code.SPF_NAMES),
        ("v=spf1 include:good.example -all", "192.0.2.9", Code.SPF_NAMES),
        ("v=spf1 include:good.example -all", "192.0.2.10", Code.SPF_OTHERS),
        ("v=spf1 redirect=good.example", "192.0.2.9", Code.SPF_NAMES),
        ("v=spf1 exp=why.example ip4:192.0.2.9", "192.0.2.9", Code.SPF_NAMES),
        ("v=spf1 exists:%{i}.list.example -all", "192.0.2.9", Code.SPF_UNCLEAR),
        ("v=spf1 include:%{d}.example -all", "192.0.2.9", Code.SPF_UNCLEAR),
        ("v=spf1 ip4:192.0.2.9 ptr -all", "192.0.2.9", Code.SPF_NAMES),
        ("v=spf1 +all", "192.0.2.9", Code.SPF_OPEN),
        ("v=spf1 all", "", Code.SPF_OPEN),
        ("v=spf1 include:open.example -all", "192.0.2.9", Code.SPF_OPEN),
        ("v=spf1 ip4:192.0.2.300 -all", "192.0.2.9", Code.SPF_BROKEN),
        ("v=spf1 ipv4:192.0.2.9 -all", "192.0.2.9", Code.SPF_BROKEN),
        ("v=spf1 include: -all", "", Code.SPF_BROKEN),
        ("v=spf1 include:nowhere.example -all", "", Code.SPF_BROKEN),
        ("v=spf1 redirect=nowhere.example", "", Code.SPF_BROKEN),
        ("v=spf1 include:loop.example -all", "192.0.2.9", Code.SPF_DEEP),
        ("v=spf1 mx -all", "", Code.SPF_UNSEEN),
        ("v=spf2 mx -all", "", Code.SPF_NONE),
        ("v=spf10 mx -all", "", Code.SPF_NONE),
    ],
)
def test_an_spf_record_is_read_as_receivers_do(record: str, address: str, code: Code) -> None:
    zone = {
        (HERE, "A"): ["198.51.100.1"],
        (HERE, "MX"): ["10 mx.mall.example."],
        ("mx.mall.example", "A"): ["198.51.100.5"],
        ("out.example", "A"): ["198.51.100.9"],
        ("out.example", "AAAA"): ["2001:db8:9::1"],
        ("good.example", "TXT"): ["v=spf1 ip4:192.0.2.9 -all"],
        ("open.example", "TXT"): ["v=spf1 +all"],
        ("loop.example", "TXT"): ["v=spf1 include:loop.example -all"],
    }
    assert spf(record, address, more=zone) is code


@pytest.mark.spec("MAIL-1")
def test_ten_look_ups_are_taken_and_eleven_are_not() -> None:
    def record(count: int) -> str:
        return " ".join(["v=spf1", *(f"a:n{n}.example" for n in range(count)), "-all"])

    assert spf(record(10)) is Code.SPF_UNSEEN
    assert spf(record(11)) is Code.SPF_DEEP


@pytest.mark.spec("MAIL-1")
def test_two_spf_records_are_none() -> None:
    zone = {(HERE, "TXT"): ["v=spf1 -all", "v=spf1 mx -all"]}
    one = found(zone)[Subject.SPF]
    assert (one.code, one.record) == (Code.SPF_MANY, "v=spf1 -all / v=spf1 mx -all")


@pytest.mark.spec("MAIL-1")
def test_a_providers_record_has_to_be_included_at_any_depth() -> None:
    zone = {("all.example", "TXT"): ["v=spf1 include:_spf.google.com -all"]}
    zone |= {("_spf.google.com", "TXT"): ["v=spf1 ip4:192.0.2.0/24 ~all"]}
    named = "_spf.google.com"
    assert spf("v=spf1 include:all.example -all", more=zone, include=named) is Code.SPF_NAMES
    assert spf("v=spf1 mx -all", more=zone, include=named) is Code.SPF_OTHERS


@pytest.mark.spec("MAIL-1")
@pytest.mark.parametrize(
    ("envelope", "policy", "apart"),
    [
        (HERE, "v=DMARC1; p=none; aspf=s", False),
        ("out.mall.example", "v=DMARC1; p=none", False),
        ("out.mall.example", "v=DMARC1; p=none; aspf=s", True),
        ("relay.example", "v=DMARC1; p=none", True),
        ("out.mall.example", "", False),
        ("notmall.example", "", True),
    ],
)
def test_the_envelope_counts_for_the_sender_where_the_policy_says_so(
    envelope: str, policy: str, apart: bool
) -> None:
    zone = {(envelope, "TXT"): ["v=spf1 mx -all"]}
    if policy:
        zone[f"_dmarc.{HERE}", "TXT"] = [policy]
    code = found(zone, envelope=envelope)[Subject.SPF].code
    assert code is (Code.SPF_APART if apart else Code.SPF_UNSEEN)


def public_key(bits: int) -> str:
    key = rsa.generate_private_key(65537, bits).public_key()
    kind, form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    return base64.b64encode(key.public_bytes(kind, form)).decode()


@pytest.mark.spec("MAIL-1")
@pytest.mark.parametrize(
    ("record", "signer", "code"),
    [
        (f"v=DKIM1; k=rsa; p={public_key(2048)}", "", Code.DKIM_GOOD),
        (f"p={public_key(1024)}", "", Code.DKIM_SHORT),
        (f"v=DKIM1; p={public_key(2048)}", "mail.mall.example", Code.DKIM_GOOD),
        (f"v=DKIM1; p={public_key(2048)}", "relay.example", Code.DKIM_APART),
        ("v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", "", Code.DKIM_GOOD),
        ("v=DKIM1; p=", "", Code.DKIM_WITHDRAWN),
        ("v=DKIM1; p=QUJD", "", Code.DKIM_BROKEN),
        ("v=DKIM1; p=*?*", "", Code.DKIM_BROKEN),
        ("v=DKIM2; p=QUJD", "", Code.DKIM_BROKEN),
        ("no key at all", "", Code.DKIM_NONE),
    ],
)
def test_the_key_of_a_signature_is_looked_at(record: str, signer: str, code: Code) -> None:
    zone = {(f"s1._domainkey.{signer or HERE}", "TXT"): [record], **POLICY}
    assert found(zone, selector="s1", signer=signer)[Subject.DKIM].code is code


@pytest.mark.spec("MAIL-1")
def test_without_a_sent_mail_no_key_is_known_and_two_are_none() -> None:
    assert found({})[Subject.DKIM].code is Code.DKIM_UNSEEN
    zone = {(f"s1._domainkey.{HERE}", "TXT"): ["v=DKIM1; p=QUJD", "v=DKIM1; p=QUJE"]}
    assert found(zone, selector="s1")[Subject.DKIM].code is Code.DKIM_BROKEN
    weak = {(f"s1._domainkey.{HERE}", "TXT"): [f"p={WEAK}"]}
    assert found(weak, selector="s1")[Subject.DKIM].code is Code.DKIM_WEAK


# 512 bits: no library makes one any more
WEAK = (
    "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAKj34GkxFhD90vcNLYLInFEX6Ppy1tPf9Cnzj4p4WGeKLs1Pt8Qu"
    "KUpRKfFLfRYC9AIKjbJTWit+CqvjWYzvQwECAwEAAQ=="
)


@pytest.mark.spec("MAIL-1")
@pytest.mark.parametrize(
    ("domain", "place", "record", "code", "policy"),
    [
        (HERE, HERE, "v=DMARC1; p=none", Code.DMARC_WATCHES, "none"),
        (
            HERE,
            HERE,
            "v=DMARC1;p=Quarantine; rua=mailto:a@b.example",
            Code.DMARC_PROTECTS,
            "quarantine",
        ),
        ("a.b.mall.example", HERE, "v=DMARC1; p=reject", Code.DMARC_PROTECTS, "reject"),
        ("a.mall.example", HERE, "v=DMARC1; p=reject; sp=none", Code.DMARC_WATCHES, "none"),
        (HERE, HERE, "v=DMARC1; p=reject; sp=none", Code.DMARC_PROTECTS, "reject"),
        (HERE, HERE, "v=DMARC1; p=maybe", Code.DMARC_BROKEN, "maybe"),
        (HERE, HERE, "v=DMARC1", Code.DMARC_BROKEN, ""),
        (HERE, "example", "v=DMARC1; p=reject", Code.DMARC_NONE, None),
        (HERE, HERE, "DMARC1 p=reject", Code.DMARC_NONE, None),
    ],
)
def test_a_policy_is_looked_for_up_to_the_domain_of_the_organization(
    domain: str, place: str, record: str, code: Code, policy: str | None
) -> None:
    one = found({(f"_dmarc.{place}", "TXT"): [record]}, domain=domain)[Subject.DMARC]
    assert (one.code, one.values.get("policy")) == (code, policy)


@pytest.mark.spec("MAIL-1")
def test_where_answers_go_is_told_by_preference() -> None:
    zone = {(HERE, "MX"): ["20 b.example.", "10 a.example."]}
    one = found(zone)[Subject.MX]
    assert (one.code, one.values["hosts"]) == (Code.MX_FOUND, "a.example, b.example")
    assert found({(HERE, "MX"): ["0 ."]})[Subject.MX].code is Code.MX_REFUSES
    assert found({})[Subject.MX].code is Code.MX_NONE


@pytest.mark.spec("MAIL-1")
@given(st.text(alphabet="v=spf1 DMARCKI;p:/.%{}+-?~aemxinclude48", max_size=80))
def test_no_record_is_an_exception(record: str) -> None:
    texts = [f"v=spf1 {record}", f"v=DMARC1; {record}", record]
    names = [(HERE, "TXT"), (f"_dmarc.{HERE}", "TXT"), (f"s._domainkey.{HERE}", "TXT")]
    zone = dict.fromkeys([*names, (HERE, "MX")], texts)
    findings = found(zone, selector="s", addresses=["192.0.2.1", "2001:db8::1"])
    assert set(findings) == set(Subject)
    assert all(one.verdict in Verdict for one in findings.values())
    assert all(name == name.strip().lower() for name in tags(record))


@pytest.mark.spec("MAIL-1")
@pytest.mark.parametrize("language", i18n.LOCALES)
def test_every_finding_has_its_words_in_every_language(
    applications: Callable[[str], Flask], language: str
) -> None:
    values = dict.fromkeys(
        (
            "domain",
            "hosts",
            "address",
            "part",
            "sender",
            "name",
            "signer",
            "bits",
            "place",
            "policy",
        ),
        "mark",
    )
    with applications("sqlite").test_request_context(), i18n.force_locale(language):
        for code in Code:
            one = Finding(Subject.SPF, code, values=values)
            said = f"{labels.text(one)} {labels.advice(one)}"
            assert "%" not in said, code
            assert bool(labels.advice(one)) is (one.verdict is not Verdict.GOOD), code


def asked(server: NameServer, monkeypatch: pytest.MonkeyPatch, **more: Any) -> list[Finding]:
    monkeypatch.setattr(checks, "resolver", server.resolver)
    return examine(Sending(HERE, HERE, **more), checks.asking(Limit(5.0)))


@pytest.mark.spec("MAIL-1")
def test_a_name_server_is_asked_once_for_each_name(monkeypatch: pytest.MonkeyPatch) -> None:
    long = "v=spf1 " + " ".join(f"ip4:203.0.113.{n}" for n in range(20)) + " -all"
    records = {
        (HERE, "TXT"): [f'"{long[:200]}" "{long[200:]}"', '"other"'],
        (HERE, "MX"): ["10 mx.mall.example.", "5 first.example."],
        ("_dmarc.mall.example", "TXT"): ['"v=DMARC1; p=none"'],
    }
    with name_server(NameServer(records)) as server:
        mx, one, dkim, dmarc = asked(server, monkeypatch, addresses=["203.0.113.19"])
    assert mx.values["hosts"] == "first.example, mx.mall.example"
    assert (one.code, one.record) == (Code.SPF_NAMES, long)
    assert (dkim.code, dmarc.code) == (Code.DKIM_UNSEEN, Code.DMARC_WATCHES)
    assert server.asked == ["_dmarc.mall.example", HERE, HERE]


@pytest.mark.spec("MAIL-1")
def test_a_name_server_that_fails_or_keeps_silent_is_said_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    records = {(HERE, "TXT"): ['"v=spf1 include:down.example -all"']}
    name = f"s._domainkey.{HERE}"
    server = NameServer(records, silent=[name], failing=["down.example", "_dmarc.mall.example"])
    monkeypatch.setattr(checks, "SECONDS", 1.0)
    with name_server(server):
        monkeypatch.setattr(checks, "resolver", server.resolver)
        ask = checks.asking(Limit(checks.SECONDS))
        mx, one, dkim, dmarc = examine(Sending(HERE, HERE, selector="s"), ask)
    assert mx.code is Code.MX_NONE, "the name is there, without a mail server"
    assert (one.code, dmarc.code) == (Code.SPF_SILENT, Code.DMARC_SILENT)
    assert dkim.code is Code.DKIM_SILENT


@pytest.mark.spec("MAIL-1")
@pytest.mark.parametrize("name", ["a..b.example", f"{'x' * 64}.example", "x." * 130 + "example"])
def test_what_is_no_name_has_no_records(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    with name_server(NameServer({})) as server:
        monkeypatch.setattr(checks, "resolver", server.resolver)
        assert checks.asking(Limit(2.0))(name, Kind.TXT) == []
        assert server.asked == []


@pytest.mark.spec("MAIL-1")
def test_a_machine_without_a_name_server_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    import dns.resolver

    def none() -> Any:
        raise dns.resolver.NoResolverConfiguration

    monkeypatch.setattr(checks, "resolver", none)
    codes = {one.code for one in examine(Sending(HERE, HERE), checks.asking(Limit(1.0)))}
    silent = {Code.MX_SILENT, Code.SPF_SILENT, Code.DMARC_SILENT}
    assert codes == silent | {Code.DKIM_UNSEEN}


@pytest.mark.spec("MAIL-1")
def test_only_public_addresses_say_where_mails_leave_from(monkeypatch: pytest.MonkeyPatch) -> None:
    there = {"out.example": ["203.0.113.7"], "in.example": ["9.9.9.9", "10.0.0.1"]}
    there |= {"far.example": ["9.9.9.9"]}
    monkeypatch.setattr(checks.net, "look_up", lambda host, port, limit: there[host])
    assert checks.public_addresses("far.example", Limit(1)) == ["9.9.9.9"]
    assert checks.public_addresses("in.example", Limit(1)) == []
    assert checks.public_addresses("no name", Limit(1)) == []
