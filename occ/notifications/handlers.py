"""Who is told what."""

from occ.core.events import on
from occ.core.tasks import TaskDone, TaskState
from occ.exports.downloads import kinds
from occ.identity import queries
from occ.identity.events import AgentAdded, AgentRemoved, OrgAdminChanged
from occ.notifications import service
from occ.notifications.rules import Notice
from occ.organization.events import ServiceStateChanged
from occ.organization.rules import ServiceState

STATES = {
    ServiceState.ACTIVE: Notice.SERVICE_ACTIVE,
    ServiceState.SUSPENDED: Notice.SERVICE_SUSPENDED,
    ServiceState.TERMINATED: Notice.SERVICE_TERMINATED,
}


@on(AgentAdded)
def agent_added(event: AgentAdded) -> None:
    if event.agent.member_id != event.actor.id:
        values = {
            "service": event.agent.service.name,
            "slug": event.agent.service.slug,
            "by": event.actor.name,
        }
        service.notify([event.agent.member_id], Notice.AGENT_ADDED, values)


@on(AgentRemoved)
def agent_removed(event: AgentRemoved) -> None:
    if event.agent.member_id != event.actor.id:
        values = {"service": event.agent.service.name, "by": event.actor.name}
        service.notify([event.agent.member_id], Notice.AGENT_REMOVED, values)


@on(OrgAdminChanged)
def org_admin_changed(event: OrgAdminChanged) -> None:
    if event.member.id != event.actor.id:
        notice = Notice.ORG_ADMIN_ADDED if event.is_org_admin else Notice.ORG_ADMIN_REMOVED
        service.notify([event.member.id], notice, {"by": event.actor.name})


@on(ServiceStateChanged)
def state_changed(event: ServiceStateChanged) -> None:
    agents = queries.all_agents(event.service.id)
    told = [agent.member_id for agent in agents if agent.member_id != event.actor.id]
    service.notify(
        told, STATES[event.state], {"service": event.service.name, "by": event.actor.name}
    )


@on(TaskDone)
def task_done(event: TaskDone) -> None:
    if event.task.kind not in kinds():
        return
    notice = Notice.EXPORT_READY if event.task.state is TaskState.DONE else Notice.EXPORT_FAILED
    service.notify(
        [event.task.member_id], notice, {"name": event.task.name, "export": event.task.id}
    )
