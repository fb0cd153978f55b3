"""Writes of services and contracts. Every function runs inside the caller's write transaction."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm.attributes import flag_modified

from occ.audit import service as audit
from occ.audit.rules import Action
from occ.audit.service import Actor
from occ.core import clock, events, jobs, kept, storage
from occ.core.db import db
from occ.core.errors import Conflict, Refused, check_version
from occ.core.i18n import gettext as _
from occ.core.settings import configured
from occ.core.tasks import Task
from occ.organization import languages, queries, rules
from occ.organization.events import (
    FilesNamed,
    ServiceEmptied,
    ServiceErased,
    ServiceStateChanged,
    TermsProposed,
)
from occ.organization.models import (
    Contract,
    Organization,
    Service,
    ServiceDraft,
    ServiceLanguage,
    terms_values,
)
from occ.organization.rules import ContractKind, Editor, ServiceState, ServiceType, Terms


@dataclass(frozen=True)
class BasicInfo:
    """Step 1 of the wizard (ORG-2). `slug` and `type` count only when the service is made."""

    type: ServiceType
    name: str
    slug: str
    languages: Sequence[str]
    time_zone: str
    editor: Editor
    greetings: Mapping[str, str]
    banner: str | None = None
    country: str | None = None  # of phone numbers, where it is not the time zone's


def _apply(service: Service, info: BasicInfo) -> None:
    codes = rules.check_languages(info.languages, languages.all_languages())
    existing = {language.code: language for language in service.languages}
    for position, code in enumerate(codes):
        row = existing.pop(code, None) or ServiceLanguage(code=code, greeting="")
        row.position, row.hidden = position, False
        row.greeting = info.greetings.get(code, row.greeting)
        if row not in service.languages:
            service.languages.append(row)
    for position, row in enumerate(existing.values(), start=len(codes)):
        if row.greeting:
            row.position, row.hidden = position, True  # ORG-2: hidden, not lost
        else:
            service.languages.remove(row)
    service.languages.sort(key=lambda language: language.position)
    service.name, service.time_zone, service.editor = info.name, info.time_zone, info.editor
    service.own_country = info.country
    if info.banner:
        service.banner = info.banner


def save_draft(key: str, values: dict[str, Any]) -> None:
    """Keeps step 1 as far as it is typed (ORG-2); a service made from
    it meanwhile stays as it is.
    """
    db.lock(Organization, 1)
    if db.session.scalar(sa.select(Service.id).where(Service.submit_key == key)) is not None:
        return
    row = queries.draft(key)
    if row is None:
        db.session.add(ServiceDraft(key=key, values=values, updated_at=clock.now()))
    else:
        row.values, row.updated_at = values, clock.now()


def delete_draft(key: str) -> None:
    db.session.execute(sa.delete(ServiceDraft).where(ServiceDraft.key == key))


def slug_taken(slug: str) -> bool:
    """A service ID is never given twice, also after termination (ORG-2)."""
    return db.session.scalar(sa.select(Service.id).where(Service.slug == slug)) is not None


def add_service(info: BasicInfo, *, key: str, actor: Actor) -> Service:
    """Makes a service from step 1; the same key again returns the one made
    before (double click, two tabs).
    """
    db.lock(Organization, 1)
    made = db.session.scalar(sa.select(Service).where(Service.submit_key == key))
    if made is not None:
        return made
    slug = rules.check_slug(info.slug)
    if slug_taken(slug):
        raise Refused(
            _("“%(slug)s” is taken. A service ID is never used again.", slug=slug), "slug"
        )
    service = Service(
        slug=slug,
        type=info.type,
        state=ServiceState.UNUSED,
        submit_key=key,
        created_at=clock.now(),
        banner=None,
    )
    _apply(service, info)
    db.session.add(service)
    delete_draft(key)
    db.session.flush()
    audit.authority(
        Action.SERVICE_ADDED,
        actor=actor,
        service=service,
        after={"slug": slug, "type": info.type.value},
    )
    return service


def edit_service(service: Service, info: BasicInfo, *, version: int) -> None:
    """Changes the basic info; type and ID never change.

    Raises Conflict when somebody saved first.
    """
    service = db.lock(Service, service.id)
    check_version(service, version)
    if service.state in queries.GONE:
        raise Refused(_("A terminated service is read-only."))
    _apply(service, info)
    flag_modified(service, "name")  # a change of languages alone counts as a change, too


def delete_service(service: Service, *, actor: Actor) -> None:
    """Removes a service that was never contracted (ORG-1)."""
    service = db.lock(Service, service.id)
    if service.state is not ServiceState.UNUSED:
        raise Refused(
            _(
                "Only a service that was never contracted can be deleted. Terminate "
                "this one instead."
            )
        )
    audit.authority(
        Action.SERVICE_DELETED, actor=actor, service=service, before={"slug": service.slug}
    )
    db.session.delete(service)


def save_terms_draft(service: Service, terms: Terms, licence: Mapping[str, Any]) -> None:
    """Keeps step 2 as far as it is chosen, with the phone licence, until
    the contract is signed (ORG-2).
    """
    service = db.lock(Service, service.id)
    if service.state is ServiceState.UNUSED:
        service.draft_terms = {**terms_values(terms), "licence": dict(licence)}


def _checked(service: Service, terms: Terms, actor: Actor) -> Terms:
    held = service.contract.terms.features if service.contract else frozenset()
    checked = rules.check_terms(
        service.type, terms, issue_service_in_use=queries.issue_service_in_use(), held=held
    )
    events.emit(TermsProposed(service, checked, actor))
    return checked


def _write_contract(service: Service, kind: ContractKind, terms: Terms) -> None:
    now = clock.now()
    contract = Contract(
        service_id=service.id,
        kind=kind,
        local_date=queries.today(),
        at=now,
        values=terms_values(terms),
    )
    db.session.add(contract)
    db.session.flush()
    service.contract_id = contract.id
    db.session.flush()
    db.session.expire(service, ["contract"])


def sign(service: Service, terms: Terms, *, actor: Actor) -> None:
    """Signs the first contract; the service becomes active (ORG-3)."""
    db.lock(Organization, 1)
    service = db.lock(Service, service.id)
    if service.state is not ServiceState.UNUSED:
        raise Conflict(_("Somebody else signed this contract first."))
    checked = _checked(service, terms, actor)
    _write_contract(service, ContractKind.SIGNED, checked)
    service.state, service.draft_terms = ServiceState.ACTIVE, None
    audit.authority(
        Action.CONTRACT_SIGNED, actor=actor, service=service, after=terms_values(checked)
    )
    events.emit(ServiceStateChanged(service, ServiceState.ACTIVE, actor))


def change_contract(
    service: Service, terms: Terms, *, actor: Actor, seen: int | None = None
) -> None:
    """Changes the contract details, once an organization's day (ORG-4).

    `seen` is the id of the contract the change was made from; raises Conflict when it is not in
    force any more.
    """
    org: Organization = db.lock(Organization, 1)
    service = db.lock(Service, service.id)
    if (
        service.state not in (ServiceState.ACTIVE, ServiceState.SUSPENDED)
        or service.contract is None
    ):
        raise Refused(_("Only a contracted service has contract details to change."))
    if service.contract.changed_on(queries.today()):
        raise Refused(
            _(
                "Contracts can change once a day. You can change this one again from %(time)s.",
                time=queries.next_change(org),
            )
        )
    if seen is not None and seen != service.contract_id:
        raise Conflict(
            _(
                "Somebody else changed this contract first. What you chose is kept; "
                "compare it with what is in force now."
            )
        )
    before, checked = service.contract.values, _checked(service, terms, actor)
    if terms_values(checked) == before:
        raise Refused(_("Nothing is different from the contract in force."))
    _write_contract(service, ContractKind.CHANGED, checked)
    audit.authority(
        Action.CONTRACT_CHANGED,
        actor=actor,
        service=service,
        before=before,
        after=terms_values(checked),
    )


def set_state(service: Service, *, active: bool, actor: Actor) -> bool:
    """Active ↔ Suspended (ORG-5). False when it was so already."""
    service = db.lock(Service, service.id)
    target = ServiceState.ACTIVE if active else ServiceState.SUSPENDED
    if service.state not in (ServiceState.ACTIVE, ServiceState.SUSPENDED):
        raise Refused(_("Only a contracted service can be suspended or set active."))
    if service.state is target:
        return False
    service.state = target
    action = Action.SERVICE_RESUMED if active else Action.SERVICE_SUSPENDED
    audit.authority(action, actor=actor, service=service)
    events.emit(ServiceStateChanged(service, target, actor))
    return True


def terminate(service: Service, *, typed: str, actor: Actor) -> None:
    """Ends the contract for ever (ORG-5): only while suspended, with the service ID typed."""
    service = db.lock(Service, service.id)
    if service.state is not ServiceState.SUSPENDED:
        raise Refused(_("Suspend the service first; only then it can be terminated."))
    if typed.strip().lower() != service.slug:
        raise Refused(
            _("This is not the ID of the service. Type %(slug)s.", slug=service.slug), "typed"
        )
    service.state = ServiceState.TERMINATED
    service.terminated_at, service.terminated_on = clock.now(), queries.today()
    audit.authority(Action.SERVICE_TERMINATED, actor=actor, service=service)
    events.emit(ServiceStateChanged(service, ServiceState.TERMINATED, actor))


def erase_due() -> list[int]:
    """Services whose time of reading is over (ORG-5)."""
    limit = clock.now() - timedelta(days=configured().terminated_days)
    due = sa.select(Service.id).where(
        Service.state == ServiceState.TERMINATED, Service.terminated_at <= limit
    )
    return list(db.session.scalars(due))


def empty(ident: int, remove: Callable[[ServiceEmptied], None], limit: int) -> int:
    """Removes some of what a terminated service has in growing tables, by one of the reactions to
    `ServiceEmptied`, and counts it for the certificate. Returns how many rows.

    One at a time: asking all of them for a batch of few rows takes longer than removing these.
    """
    held = (
        sa.select(Service.certificate)
        .where(Service.id == ident, Service.state == ServiceState.TERMINATED)
        .with_for_update()
    )
    found = db.session.execute(held).first()
    if found is None:
        return 0
    fact = ServiceEmptied(ident, limit, dict((found.certificate or {}).get("counts", {})))
    remove(fact)
    kept = sa.update(Service).where(Service.id == ident).values(certificate={"counts": fact.counts})
    # a count is no change that pages show
    db.session.execute(kept.execution_options(synchronize_session=False))
    return fact.rows


def erase(ident: int) -> None:
    """Destroys what `empty` left of a terminated service's data and leaves a
    certificate; ID, name and charges stay.
    """
    service: Service = db.lock(Service, ident)
    if service.state is not ServiceState.TERMINATED:
        return
    for remove in events.reactions(ServiceEmptied):
        while empty(ident, remove, jobs.LARGEST):  # what came between
            pass
    db.session.refresh(service)
    fact = ServiceErased(
        service,
        {**(service.certificate or {}).get("counts", {}), "languages": len(service.languages)},
    )
    events.emit(fact)
    fact.counts["files"] = 1 if service.banner else 0
    kept.erased()
    service.languages.clear()
    service.banner = None
    service.state, service.erased_at = ServiceState.ERASED, clock.now()
    service.certificate = {
        "slug": service.slug,
        "terminated_at": service.terminated_at.isoformat() if service.terminated_at else None,
        "erased_at": service.erased_at.isoformat(),
        "counts": fact.counts,
    }
    audit.authority(Action.SERVICE_ERASED, actor=audit.SYSTEM, service=service, after=fact.counts)


def sweep_files() -> int:
    """Removes stored files that no row names and that are older than a day."""
    named = FilesNamed(
        set(db.session.scalars(sa.select(Service.banner).where(Service.banner.is_not(None))))
    )
    named.keys.update(db.session.scalars(sa.select(Task.file).where(Task.file.is_not(None))))
    events.emit(named)
    old = storage.keys_older_than((clock.now() - timedelta(days=1)).timestamp())
    orphans = [key for key in old if key not in named.keys]
    for key in orphans:
        storage.remove(key)
    return len(orphans)
