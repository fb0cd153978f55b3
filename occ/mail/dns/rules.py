"""What the DNS says of a sender address: SPF (RFC 7208), DKIM (RFC 6376), DMARC (RFC 7489) and
where its answers go, read from records and judged (MAIL-1).

Nothing here asks a name server: `Ask` is passed in.
"""

import base64
import binascii
import enum
import ipaddress
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

LOOKUPS_MAX = 10  # names that a receiver looks up for one SPF record (RFC 7208, 4.6.4)
KEY_MIN, KEY_GOOD = 1024, 2048  # bits of an RSA key
SUFFIX_LABELS = 2  # a policy is looked for down to example.com, never at com
WALK_MAX = 8  # labels of a name whose parents are asked for a policy


class Unanswered(Exception):
    """The name server did not answer, or said that it cannot."""


class Kind(enum.Enum):
    """What a name is asked for."""

    TXT = "TXT"
    MX = "MX"
    A = "A"
    AAAA = "AAAA"


Ask = Callable[[str, Kind], Sequence[str]]
"""The records of a name, none where there are none; an MX as "10 mail.example.com".
Raises Unanswered."""


class Subject(enum.Enum):
    """What is judged, in the order of the page."""

    MX = "mx"
    SPF = "spf"
    DKIM = "dkim"
    DMARC = "dmarc"


class Verdict(enum.Enum):
    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"
    UNKNOWN = "unknown"


class Code(enum.Enum):
    """What was found; labels.py says it in words, with what to do."""

    MX_FOUND = "mx_found"
    MX_NONE = "mx_none"
    MX_REFUSES = "mx_refuses"
    MX_SILENT = "mx_silent"
    SPF_NAMES = "spf_names"
    SPF_UNSEEN = "spf_unseen"
    SPF_OTHERS = "spf_others"
    SPF_NONE = "spf_none"
    SPF_MANY = "spf_many"
    SPF_BROKEN = "spf_broken"
    SPF_DEEP = "spf_deep"
    SPF_OPEN = "spf_open"
    SPF_UNCLEAR = "spf_unclear"
    SPF_APART = "spf_apart"
    SPF_SILENT = "spf_silent"
    DKIM_UNSEEN = "dkim_unseen"
    DKIM_GOOD = "dkim_good"
    DKIM_SHORT = "dkim_short"
    DKIM_WEAK = "dkim_weak"
    DKIM_NONE = "dkim_none"
    DKIM_WITHDRAWN = "dkim_withdrawn"
    DKIM_BROKEN = "dkim_broken"
    DKIM_APART = "dkim_apart"
    DKIM_SILENT = "dkim_silent"
    DMARC_WATCHES = "dmarc_watches"
    DMARC_PROTECTS = "dmarc_protects"
    DMARC_NONE = "dmarc_none"
    DMARC_MANY = "dmarc_many"
    DMARC_BROKEN = "dmarc_broken"
    DMARC_SILENT = "dmarc_silent"


VERDICTS = dict.fromkeys(Code, Verdict.BAD) | {
    Code.MX_FOUND: Verdict.GOOD,
    Code.MX_SILENT: Verdict.UNKNOWN,
    Code.SPF_NAMES: Verdict.GOOD,
    Code.SPF_UNSEEN: Verdict.UNKNOWN,
    Code.SPF_UNCLEAR: Verdict.UNKNOWN,
    Code.SPF_OTHERS: Verdict.WARNING,  # a server may send under another address than it is asked at
    Code.SPF_APART: Verdict.WARNING,
    Code.SPF_SILENT: Verdict.UNKNOWN,
    Code.DKIM_UNSEEN: Verdict.UNKNOWN,
    Code.DKIM_GOOD: Verdict.GOOD,
    Code.DKIM_SHORT: Verdict.WARNING,
    Code.DKIM_APART: Verdict.WARNING,
    Code.DKIM_SILENT: Verdict.UNKNOWN,
    Code.DMARC_WATCHES: Verdict.WARNING,
    Code.DMARC_PROTECTS: Verdict.GOOD,
    Code.DMARC_SILENT: Verdict.UNKNOWN,
}


@dataclass(frozen=True)
class Finding:
    """One thing that was found, with the record that says so and what its words need."""

    subject: Subject
    code: Code
    record: str = ""
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def verdict(self) -> Verdict:
        return VERDICTS[self.code]


@dataclass(frozen=True)
class Sending:
    """How mails leave: the domain of the sender address, that of the envelope, the addresses of the
    server that takes them (none where they say nothing of where it sends from), the name that a
    known provider has its customers include, and the selector and domain of a signature, as a sent
    mail bears them.
    """

    domain: str
    envelope: str
    addresses: Sequence[str] = ()
    include: str = ""
    selector: str = ""
    signer: str = ""


def examine(sending: Sending, ask: Ask) -> list[Finding]:
    """What the DNS says of a sender, a finding a subject."""
    policy = _policy(sending.domain, ask)
    return [
        _mx(sending.domain, ask),
        _spf(sending, policy, ask),
        _dkim(sending, policy, ask),
        policy.finding,
    ]


def _mx(domain: str, ask: Ask) -> Finding:
    """Where answers to the sender go."""
    try:
        records = sorted(ask(domain, Kind.MX), key=_preference)
    except Unanswered:
        return Finding(Subject.MX, Code.MX_SILENT, values={"domain": domain})
    hosts = [record.split()[-1].removesuffix(".") for record in records if record.split()]
    values, record = {"domain": domain, "hosts": ", ".join(filter(None, hosts))}, ", ".join(records)
    if not hosts:
        return Finding(Subject.MX, Code.MX_NONE, values=values)
    if not values["hosts"]:  # "0 ." (RFC 7505)
        return Finding(Subject.MX, Code.MX_REFUSES, record, values)
    return Finding(Subject.MX, Code.MX_FOUND, record, values)


def _preference(record: str) -> int:
    number = record.partition(" ")[0]
    return int(number) if number.isdecimal() else 0


# SPF


class _Spf(enum.Enum):
    """What an SPF record says of an address."""

    PASS = "+"
    FAIL = "-"
    SOFT = "~"
    NEUTRAL = "?"
    NONE = ""
    UNCLEAR = "%"  # it depends on what the receiver puts into its macros


class _Wrong(Exception):
    """A record that receivers do not take (permerror)."""

    def __init__(self, code: Code, part: str = "") -> None:
        super().__init__(part)
        self.code, self.part = code, part


class _Walk:
    """The evaluation of one SPF record for one address, None to walk through all of it."""

    def __init__(self, address: str | None, ask: Ask) -> None:
        self.address = ipaddress.ip_address(address) if address else None
        self.ask, self.lookups, self.names = ask, 0, set[str]()
        self.unclear = self.open = False

    def check(self, domain: str) -> _Spf:
        """Raises _Wrong, Unanswered."""
        self.names.add(domain)
        records = spf_records(self.ask(domain, Kind.TXT))
        if not records:
            return _Spf.NONE
        if len(records) > 1:
            raise _Wrong(Code.SPF_MANY)
        target = ""
        for term in records[0].split()[1:]:
            name, sign, value = _modifier(term)
            if sign:
                target = value if name == "redirect" else target
                continue
            sort = _Spf(term[0]) if term[0] in "+-~?" else _Spf.PASS
            if self._fits(term.removeprefix(sort.value), domain, sort):
                return sort
        if target:
            return self._redirected(target)
        return _Spf.UNCLEAR if self.unclear else _Spf.NEUTRAL

    def _redirected(self, target: str) -> _Spf:
        if "%" in target:
            return _Spf.UNCLEAR
        self._count()
        found = self.check(target.rstrip(".").lower())
        if found is _Spf.NONE:
            raise _Wrong(Code.SPF_BROKEN, f"redirect={target}")
        return found

    def _count(self) -> None:
        self.lookups += 1
        if self.lookups > LOOKUPS_MAX:
            raise _Wrong(Code.SPF_DEEP)

    def _fits(self, term: str, domain: str, sort: _Spf) -> bool:
        """Whether a mechanism means the address."""
        kind, _colon, value = term.partition(":")
        kind, slash, prefix = kind.partition("/")
        kind = kind.lower()
        if kind == "all" and not value and not slash:
            self.open = self.open or sort is _Spf.PASS
            return True
        if kind in ("ip4", "ip6") and value:
            return self._within(value, term)
        if kind not in ("include", "a", "mx", "ptr", "exists"):
            raise _Wrong(Code.SPF_BROKEN, term)
        self._count()
        if not slash:
            value, slash, prefix = value.partition("/")
        if kind in ("include", "exists") and (not value or slash):
            raise _Wrong(Code.SPF_BROKEN, term)
        if kind in ("ptr", "exists") or "%" in value:
            self.unclear = True
            return False
        name = value.rstrip(".").lower() or domain
        if kind == "include":
            found = self.check(name)
            if found is _Spf.NONE:
                raise _Wrong(Code.SPF_BROKEN, term)
            return found is _Spf.PASS and self.address is not None
        return self._at(name, prefix, term, mail=kind == "mx")

    def _within(self, network: str, term: str) -> bool:
        try:
            found = ipaddress.ip_network(network, strict=False)
        except ValueError as error:
            raise _Wrong(Code.SPF_BROKEN, term) from error
        return self.address is not None and self.address in found

    def _at(self, name: str, prefix: str, term: str, *, mail: bool) -> bool:
        """Whether the address is one of a name, or of its mail servers."""
        four, _slash, six = f"/{prefix}".partition("//")
        own = six if self.address is not None and self.address.version == 6 else four.strip("/")
        if self.address is None:
            return False
        kind = Kind.AAAA if self.address.version == 6 else Kind.A
        hosts = [name]
        if mail:
            records = self.ask(name, Kind.MX)
            hosts = [r.split()[-1].removesuffix(".") for r in records if r.split()][:LOOKUPS_MAX]
        return any(
            self._within(f"{found}/{own}" if own else found, term)
            for host in hosts
            if host
            for found in self.ask(host, kind)
        )


def _modifier(term: str) -> tuple[str, str, str]:
    """redirect= and its kin; a mechanism may hold a = only behind its colon."""
    name, sign, value = term.partition("=")
    return (
        (name.lower(), sign, value) if sign and ":" not in name and "/" not in name else ("",) * 3
    )


def spf_records(texts: Sequence[str]) -> list[str]:
    """Those of a name's texts that are SPF records."""
    return [text for text in texts if text.lower().split(" ", 1)[0] == "v=spf1"]


def _spf(sending: Sending, policy: "_Policy", ask: Ask) -> Finding:
    """Whether receivers take the mail server for one of the sender's domain."""
    domain = sending.envelope
    values = {"domain": domain, "sender": sending.domain}
    record = ""

    def found(code: Code, **more: str) -> Finding:
        return Finding(Subject.SPF, code, record, {**values, **more})

    try:
        records = spf_records(ask(domain, Kind.TXT))
        record = " / ".join(records)
        if not records:
            return found(Code.SPF_NONE)
        whole = _Walk(None, ask)
        whole.check(domain)
        if whole.open:
            return found(Code.SPF_OPEN)
        if not policy.aligned(domain, sending.domain, strict=policy.strict_spf):
            return found(Code.SPF_APART)
        if sending.include:
            named = sending.include in whole.names
            code = Code.SPF_NAMES if named else Code.SPF_OTHERS
            return found(code, address=sending.include)
        if not sending.addresses:
            return found(Code.SPF_UNSEEN)
        for address in sending.addresses:
            result = _Walk(address, ask).check(domain)
            if result is not _Spf.PASS:
                unclear = result is _Spf.UNCLEAR or whole.unclear
                return found(Code.SPF_UNCLEAR if unclear else Code.SPF_OTHERS, address=address)
        return found(Code.SPF_NAMES, address=", ".join(sending.addresses))
    except _Wrong as wrong:
        return found(wrong.code, part=wrong.part)
    except Unanswered:
        return found(Code.SPF_SILENT)


# DKIM


def tags(record: str) -> dict[str, str]:
    """`v=DKIM1; k=rsa; p=…` by tag; what is no pair is left out."""
    pairs = (part.partition("=") for part in record.split(";"))
    return {name.strip().lower(): value.strip() for name, sign, value in pairs if sign}


def _key_bits(text: str) -> int:
    """The length of an RSA key. Raises ValueError for what is none."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        key = load_der_public_key(base64.b64decode("".join(text.split()), validate=True))
    except (binascii.Error, UnsupportedAlgorithm) as error:
        raise ValueError(text) from error
    if not isinstance(key, RSAPublicKey):
        raise ValueError(text)
    return key.key_size


def _dkim(sending: Sending, policy: "_Policy", ask: Ask) -> Finding:
    """Whether the key of a signature is there; which key that is only a sent mail tells."""
    if not sending.selector:
        return Finding(Subject.DKIM, Code.DKIM_UNSEEN, values={"domain": sending.domain})
    signer = sending.signer or sending.domain
    name = f"{sending.selector}._domainkey.{signer}"
    values = {"name": name, "sender": sending.domain, "signer": signer}
    try:
        records = [text for text in ask(name, Kind.TXT) if "p" in tags(text)]
    except Unanswered:
        return Finding(Subject.DKIM, Code.DKIM_SILENT, values=values)
    record = " / ".join(records)
    code, bits = _key(records)
    if code is Code.DKIM_GOOD and not policy.aligned(
        signer, sending.domain, strict=policy.strict_dkim
    ):
        code = Code.DKIM_APART
    return Finding(Subject.DKIM, code, record, {**values, "bits": str(bits)})


def _key(records: Sequence[str]) -> tuple[Code, int]:
    """What the records of a selector are worth, and the bits of an RSA key."""
    if not records:
        return Code.DKIM_NONE, 0
    said = tags(records[0])
    if len(records) > 1 or said.get("v", "DKIM1") != "DKIM1":
        return Code.DKIM_BROKEN, 0
    if not said["p"]:
        return Code.DKIM_WITHDRAWN, 0
    if said.get("k", "rsa").lower() != "rsa":
        return Code.DKIM_GOOD, 0
    try:
        bits = _key_bits(said["p"])
    except ValueError:
        return Code.DKIM_BROKEN, 0
    if bits < KEY_MIN:
        return Code.DKIM_WEAK, bits
    return (Code.DKIM_GOOD if bits >= KEY_GOOD else Code.DKIM_SHORT), bits


# DMARC


@dataclass(frozen=True)
class _Policy:
    """The policy of a sender's domain and where it stands; what belongs together by it."""

    finding: Finding
    place: str = ""
    strict_spf: bool = False
    strict_dkim: bool = False

    def aligned(self, domain: str, sender: str, *, strict: bool) -> bool:
        """Whether a domain counts as the sender's: the same, or one below the same policy."""
        if domain == sender:
            return True
        place = self.place or ".".join(sender.split(".")[-SUFFIX_LABELS:])
        return not strict and _below(domain, place) and _below(sender, place)


def _below(domain: str, place: str) -> bool:
    return domain == place or domain.endswith(f".{place}")


def _places(domain: str) -> Iterator[str]:
    """A domain and its parents, as receivers look for a policy."""
    labels = domain.split(".")
    yield domain
    for start in range(max(1, len(labels) - WALK_MAX + 1), len(labels) - SUFFIX_LABELS + 1):
        yield ".".join(labels[start:])


def _policy(domain: str, ask: Ask) -> _Policy:
    values: dict[str, str] = {"domain": domain}

    def found(code: Code, record: str = "", **more: Any) -> _Policy:
        return _Policy(Finding(Subject.DMARC, code, record, values), **more)

    try:
        for place in _places(domain):
            records = [r for r in ask(f"_dmarc.{place}", Kind.TXT) if tags(r).get("v") == "DMARC1"]
            if records:
                break
        else:
            return found(Code.DMARC_NONE)
    except Unanswered:
        return found(Code.DMARC_SILENT)
    record, values["place"] = " / ".join(records), place
    if len(records) > 1:
        return found(Code.DMARC_MANY, record, place=place)
    said = tags(record)
    policy = said.get("sp", said.get("p", "")) if place != domain else said.get("p", "")
    more = {
        "place": place,
        "strict_spf": said.get("aspf", "r").lower() == "s",
        "strict_dkim": said.get("adkim", "r").lower() == "s",
    }
    values["policy"] = policy.lower()
    codes = {
        "none": Code.DMARC_WATCHES,
        "quarantine": Code.DMARC_PROTECTS,
        "reject": Code.DMARC_PROTECTS,
    }
    return found(codes.get(policy.lower(), Code.DMARC_BROKEN), record, **more)
