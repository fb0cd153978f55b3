"""Agents and groups of a service (MEM-4, MEM-5)."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, abort, request, url_for

from occ.audit.views import actor
from occ.core import access, ui
from occ.core.access import requires
from occ.core.db import db
from occ.core.i18n import gettext as _
from occ.core.values import ident as ident_of
from occ.identity import agents, queries
from occ.identity.forms import AgentForm, GroupForm
from occ.identity.models import Agent, Group, Member
from occ.identity.permissions import PEOPLE, SERVICE_HOME
from occ.identity.rules import FLAGS, AgentRole
from occ.organization.rules import Feature
from occ.organization.views.address import current_service

bp = Blueprint("agents", __name__, url_prefix="/c/s/<slug>/agents")
groups_bp = Blueprint("groups", __name__, url_prefix="/c/s/<slug>/groups")


def _agent(ident: int) -> Agent:
    return queries.agent(current_service().id, ident) or abort(404)


def _group(ident: int) -> Group:
    return queries.group(current_service().id, ident) or abort(404)


def _seats() -> tuple[int, int]:
    """(used, contracted)."""
    contract = current_service().contract
    return queries.seats_used([current_service().id]).get(
        current_service().id, 0
    ), contract.terms.seats if contract else 0


@bp.get("")
@requires(PEOPLE)
def index() -> Response:
    page = queries.agent_list(
        current_service().id,
        text=ui.arg("q"),
        group_id=ident_of(request.args.get("group")),
        after=request.args.get("after", ""),
        before=request.args.get("before", ""),
        size=request.args.get("size", 20, int),
    )
    return ui.render(
        "agents/index",
        page=page,
        service=current_service(),
        groups=queries.groups(current_service().id),
        seats=_seats(),
    )


@dataclass(frozen=True)
class Offered:
    """What a service has for an agent, by its contract."""

    channels: Sequence[str]
    groups: Sequence[Group]
    seats: tuple[int, int]  # used, contracted
    callbacks: bool


def _form_page(form: AgentForm, *, agent: Agent | None) -> Response:
    chosen: Member | None = agent.member if agent else None
    typed = ident_of(form.member_id.data)
    if chosen is None and typed:
        chosen = queries.member(typed)
    contract = current_service().contract
    terms = contract.terms if contract else None
    channels = [f for f in ("ticket", "chat", "phone") if terms and Feature(f) in terms.features]
    if "chat" not in channels:
        form.self_control.description = _("The agent may switch ticket assignment.")
    return ui.render(
        "agents/form",
        status=form.status,
        form=form,
        agent=agent,
        chosen=chosen,
        offered=Offered(
            channels=channels,
            groups=queries.groups(current_service().id),
            seats=_seats(),
            callbacks=terms is not None and Feature.CALLBACK in terms.features,
        ),
        service=current_service(),
        back=_back(),
    )


def _back() -> str:
    """Where saving and cancelling lead: the list, or the next steps for who came from there; those
    stand on the contract's page for an admin without a role in the service.
    """
    service = current_service()
    if ui.arg("back") != "steps":
        return url_for("agents.index", slug=service.slug)
    if access.may(SERVICE_HOME, service):
        return url_for("home.service", slug=service.slug)
    return url_for("wizard.detail", ident=service.id)


def _check_groups(form: AgentForm) -> None:
    agents.check_groups(current_service(), form.groups.data or [], form.new_group.data or "")


@bp.route("/new", methods=["GET", "POST"])
@requires(PEOPLE)
def new() -> Response:
    form = AgentForm()
    chosen = ident_of(form.member_id.data)
    member = queries.member(chosen) if chosen else None
    if request.method != "POST":
        form.phone.data = current_service().offers(Feature.PHONE)
        if ui.arg("role") == AgentRole.MANAGER.value:
            form.role.data = AgentRole.MANAGER.value
        groups = queries.groups(current_service().id)
        if len(groups) == 1:
            form.groups.data = [groups[0].id]
    elif form.holds(
        lambda: agents.check_member(current_service(), member), lambda: _check_groups(form)
    ):
        assert member is not None
        name = member.name
        with form.saving():
            with db.write():
                agents.add(
                    current_service(),
                    member,
                    form.rights(),
                    group_ids=form.groups.data or [],
                    new_group=form.new_group.data or "",
                    actor=actor(),
                )
            if form.role.data == AgentRole.MANAGER.value:
                said = _("%(name)s is a manager of this service.", name=name)
            else:
                said = _("%(name)s is an agent of this service.", name=name)
            return ui.done(said, go=_back())
    return _form_page(form, agent=None)


@bp.get("/find")
@requires(PEOPLE)
def find() -> Response:
    """Members to choose from; at least one character of name, ID or e-mail is asked for (MEM-4)."""
    text = ui.arg("q")
    found = queries.find_members(text) if text else []
    taken = {a.member_id for a in queries.all_agents(current_service().id)} if found else set()
    return ui.render("agents/form", part="found", found=found, taken=taken, text=text)


@bp.get("/choose/<int:ident>")
@requires(PEOPLE)
def choose(ident: int) -> Response:
    """A found member, put into the form."""
    return ui.render("agents/form", part="chosen", chosen=queries.member(ident) or abort(404))


@bp.route("/<int:ident>", methods=["GET", "POST"])
@requires(PEOPLE)
def edit(ident: int) -> Response:
    agent = _agent(ident)
    form = AgentForm(obj=agent)
    if request.method != "POST":
        form.groups.data = [group.id for group in agent.groups]
        form.role.data = agent.role.value
        for name in FLAGS:
            form[name].data = getattr(agent, name)
        return _form_page(form, agent=agent)
    if form.holds(lambda: _check_groups(form)):
        with form.saving(stored=lambda: _agent(ident)):
            with db.write():
                agents.edit(
                    agent,
                    form.rights(),
                    group_ids=form.groups.data or [],
                    new_group=form.new_group.data or "",
                    version=form.seen_version,
                    actor=actor(),
                )
            return ui.done(_("Saved."), go=url_for("agents.index", slug=current_service().slug))
    return _form_page(form, agent=agent)


@bp.route("/<int:ident>/remove", methods=["GET", "POST"])
@requires(PEOPLE)
def remove(ident: int) -> Response:
    agent = _agent(ident)
    if request.method != "POST":
        return ui.render("agents/remove", agent=agent, service=current_service())
    name = agent.member.name
    with db.write():
        agents.remove(agent, actor=actor())
    return ui.done(
        _("%(name)s is no longer an agent of this service.", name=name),
        go=url_for("agents.index", slug=current_service().slug),
    )


@groups_bp.get("")
@requires(PEOPLE)
def index_groups() -> Response:
    return ui.render(
        "groups/index", groups=queries.groups(current_service().id), service=current_service()
    )


@groups_bp.route("/new", methods=["GET", "POST"])
@requires(PEOPLE)
def new_group() -> Response:
    form = GroupForm()
    if request.method == "POST" and form.validate():
        with form.saving():
            with db.write():
                agents.add_group(
                    current_service(),
                    name=form.name.data,
                    agent_ids=form.agents.data or [],
                    actor=actor(),
                )
            return ui.done(_("Saved."))
    return _group_page(form, None)


def _group_page(form: GroupForm, group: Group | None) -> Response:
    return ui.render(
        "groups/form",
        status=form.status,
        form=form,
        group=group,
        service=current_service(),
        agents=queries.all_agents(current_service().id),
        stored=form.stored,
    )


@groups_bp.route("/<int:ident>", methods=["GET", "POST"])
@requires(PEOPLE)
def edit_group(ident: int) -> Response:
    group = _group(ident)
    form = GroupForm(obj=group)
    if request.method != "POST":
        form.agents.data = [agent.id for agent in group.agents]
        return _group_page(form, group)
    if form.validate():
        with form.saving(stored=lambda: _group(ident)):
            with db.write():
                agents.edit_group(
                    group,
                    name=form.name.data,
                    agent_ids=form.agents.data or [],
                    version=form.seen_version,
                    actor=actor(),
                )
            return ui.done(_("Saved."))
    return _group_page(form, group)


@groups_bp.route("/<int:ident>/remove", methods=["GET", "POST"])
@requires(PEOPLE)
def remove_group(ident: int) -> Response:
    group = _group(ident)
    if request.method != "POST":
        return ui.render("groups/remove", group=group, service=current_service())
    name = group.name
    with db.write():
        agents.remove_group(group, actor=actor())
    return ui.done(_("“%(name)s” was deleted.", name=name))
