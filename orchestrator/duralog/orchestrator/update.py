"""Updates: admitted by a Transition, brought to the worker by a Workflow Task, settled by it.

An update waits in `pending` until a Workflow Task accepts or rejects it: a rejected one leaves no
trace, an accepted one is an event, and so is its end. Who waits for a stage is soft: a client asks
again, and the same update id is the same update.
"""

from typing import TYPE_CHECKING, Final

from duralog.orchestrator import workflow_task
from duralog.orchestrator.context import Addressed, Context
from duralog.schemas import commands as c
from duralog.schemas.codec import encode
from duralog.schemas.events import (
    Event,
    WorkflowExecutionUpdateAccepted,
    WorkflowExecutionUpdateCompleted,
)
from duralog.schemas.payloads import Failure, Payload
from duralog.schemas.replies import Reply
from duralog.schemas.transitions import AdmittedUpdate
from duralog.state.appliers import update as state
from duralog.state.execution import Execution
from duralog.state.partition import PartitionState

if TYPE_CHECKING:
    from duralog.orchestrator.plan import Plan
    from duralog.orchestrator.step import Step

ADMITTED: Final = "ADMITTED"
ACCEPTED: Final = "ACCEPTED"
COMPLETED: Final = "COMPLETED"
REJECTED: Final = "REJECTED"
# Source: Temporal's server, of an update that was accepted and never ended.
CUT_OFF: Final = Failure(
    message="Workflow Update failed because the Workflow completed before the Update completed.",
    type="AcceptedUpdateCompletedWorkflow",
    source="Server",
    non_retryable=True,
)


def admit(
    step: "Step",
    *,
    update_id: str,
    name: str,
    input: list[Payload],
    header: dict[str, Payload],
    identity: str,
) -> None:
    """Write down that the update is to be handled; the caller wants a Workflow Task for it."""
    step.record(
        AdmittedUpdate(
            workflow_id=step.state.workflow_id,
            run_id=step.state.run_id,
            index=step.state.updates_next_index,
            update_id=update_id,
            update_name=name,
            input=input,
            header=header,
            identity=identity,
            admitted_time_ms=step.now_ms,
        )
    )


# Who waits.


def report(
    partition: PartitionState,
    execution: Execution,
    context: Context,
    request: Addressed,
    *,
    update_id: str,
    stage: str,
    started: bool = False,
) -> None:
    """Answer if the update has come to `stage`, or remember who waits for it."""
    entry = state.entry_of(partition, execution.run_id, update_id)
    assert entry is not None, "the caller looked"
    run_id, event_id = execution.run_id, 0
    body: list[bytes] = []
    if entry.completed_event_id:
        event_id = entry.completed_event_id
    elif entry.accepted_event_id and not execution.open:
        body = [encode(cut_off(execution, update_id, entry.accepted_event_id))]
    elif entry.accepted_event_id and stage == ACCEPTED:
        event_id = entry.accepted_event_id
    elif request.reply_partition >= 0:
        waiter = (request.reply_partition, request.recipient, request.correlation_id)
        partition.wait(_key(run_id, stage, update_id), waiter)
        return
    if event_id:
        body = [partition.event(execution, event_id)]
    context.reply(request, _reply(execution, "OK", body=body, started=started))


def cut_off(
    execution: Execution, update_id: str, accepted_event_id: int
) -> WorkflowExecutionUpdateCompleted:
    """What became of an accepted update of a closed run; no event of its history."""
    return WorkflowExecutionUpdateCompleted(
        workflow_id=execution.state.workflow_id,
        run_id=execution.run_id,
        event_id=0,
        event_time_ms=execution.state.close_time_ms,
        update_id=update_id,
        accepted_event_id=accepted_event_id,
        failure=CUT_OFF,
    )


def _key(run_id: str, stage: str, update_id: str) -> str:
    return f"{run_id}\x00{stage}\x00{update_id}"


def _reply(
    execution: Execution,
    code: str,
    text: str = "",
    *,
    body: list[bytes] | None = None,
    started: bool = False,
) -> Reply:
    reply = Reply(recipient="", correlation_id="", code=code, text=text, started=started)
    reply.workflow_id, reply.run_id = execution.state.workflow_id, execution.run_id
    reply.first_execution_run_id = execution.state.first_execution_run_id
    reply.body = body or []
    return reply


def _tell(step: "Step", update_id: str, stages: tuple[str, ...], reply: Reply) -> None:
    reply.engine_time_ms = step.now_ms
    for stage in stages:
        waiters = step.partition.take_waiters(_key(step.state.run_id, stage, update_id))
        for partition, recipient, correlation_id in waiters:
            reply.recipient, reply.correlation_id = recipient, correlation_id
            step.context.send(partition, recipient, encode(reply))


# Commands of the Workflow Task that has brought it.


def problem(plan: "Plan", command: c.Command) -> str:
    """Why the Command cannot be; empty: it can, and is counted in `plan`."""
    update_id = getattr(command, "update_id", "")
    stage = plan.updates.get(update_id) or _stage(plan.step, update_id)
    needed = ACCEPTED if isinstance(command, c.CompleteWorkflowExecutionUpdate) else ADMITTED
    if stage != needed:
        return f"update {update_id!r} is {stage or 'unknown'}, not {needed}"
    plan.updates[update_id] = _AFTER[type(command)]
    return ""


_AFTER: Final[dict[type[c.Command], str]] = {
    c.AcceptWorkflowExecutionUpdate: ACCEPTED,
    c.CompleteWorkflowExecutionUpdate: COMPLETED,
    c.RejectWorkflowExecutionUpdate: REJECTED,
}


def _stage(step: "Step", update_id: str) -> str:
    entry = state.entry_of(step.partition, step.state.run_id, update_id)
    if entry is None:
        return ""
    if entry.completed_event_id:
        return COMPLETED
    return ACCEPTED if entry.accepted_event_id else ADMITTED


def accept(plan: "Plan", command: c.AcceptWorkflowExecutionUpdate, completed_id: int) -> None:
    """WorkflowExecutionUpdateAccepted, with all that was asked."""
    step, update_id = plan.step, command.update_id
    update = state.admitted_one(step.partition, step.execution, update_id)
    assert update is not None, "checked before"
    step.add(
        WorkflowExecutionUpdateAccepted(
            **step.head(),
            protocol_instance_id=update_id,
            accepted_request_message_id=f"{update_id}/request",
            # The event before WorkflowTaskStarted, which is the one before Completed.
            accepted_request_sequencing_event_id=completed_id - 2,
            update_name=update.update_name,
            input=update.input,
            header=update.header,
            identity=update.identity,
        )
    )


def complete(plan: "Plan", command: c.CompleteWorkflowExecutionUpdate, completed_id: int) -> None:
    """WorkflowExecutionUpdateCompleted."""
    del completed_id
    step = plan.step
    entry = state.entry_of(step.partition, step.state.run_id, command.update_id)
    assert entry is not None, "checked before"
    step.add(
        WorkflowExecutionUpdateCompleted(
            **step.head(),
            update_id=command.update_id,
            accepted_event_id=entry.accepted_event_id,
            failure=command.failure,
            result=command.result,
        )
    )


def reject(plan: "Plan", command: c.RejectWorkflowExecutionUpdate, completed_id: int) -> None:
    """It was never there; who waits is told why."""
    del completed_id
    step = plan.step
    update = state.admitted_one(step.partition, step.execution, command.update_id)
    assert update is not None, "checked before"
    step.forget_update(update.index)
    reply = _reply(step.execution, "OK", body=[encode(command)])
    _tell(step, command.update_id, (ACCEPTED, COMPLETED), reply)


# What follows from events.


def accepting(step: "Step", event: WorkflowExecutionUpdateAccepted) -> None:
    """Before the event: it is not only admitted any more."""
    update = state.admitted_one(step.partition, step.execution, event.protocol_instance_id)
    if update is not None:
        step.forget_update(update.index)


def was_accepted(step: "Step", event: WorkflowExecutionUpdateAccepted) -> None:
    """Who waits for it is told."""
    reply = _reply(step.execution, "OK", body=[encode(event)])
    _tell(step, event.protocol_instance_id, (ACCEPTED,), reply)


def was_completed(step: "Step", event: WorkflowExecutionUpdateCompleted) -> None:
    """Who waits for it is told."""
    reply = _reply(step.execution, "OK", body=[encode(event)])
    _tell(step, event.update_id, (ACCEPTED, COMPLETED), reply)


def run_ends(step: "Step", event: Event) -> None:
    """Before the close: what was only admitted is gone.

    When the chain goes on its clients ask again, and reach the next run.
    """
    goes_on = bool(getattr(event, "new_execution_run_id", ""))
    for update in state.waiting(step.partition, step.execution):
        step.forget_update(update.index)
        text = "workflow update was aborted by closing workflow"
        reply = _reply(step.execution, "NOT_FOUND", text)
        if goes_on:
            _forget_waiters(step, update.update_id)
        else:
            _tell(step, update.update_id, (ACCEPTED, COMPLETED), reply)


def _forget_waiters(step: "Step", update_id: str) -> None:
    for stage in (ACCEPTED, COMPLETED):
        step.partition.take_waiters(_key(step.state.run_id, stage, update_id))


def run_ended(step: "Step") -> None:
    """Behind the close: what was accepted and has no end never gets one."""
    if not step.state.updates_accepted:
        return
    for update_id, entry in state.entries(step.partition, step.state.run_id):
        if not entry.completed_event_id:
            event = cut_off(step.execution, update_id, entry.accepted_event_id)
            reply = _reply(step.execution, "OK", body=[encode(event)])
            _tell(step, update_id, (ACCEPTED, COMPLETED), reply)


def want_task(step: "Step") -> None:
    """An update waits that no Workflow Task on its way may bring."""
    if step.state.updates_admitted:
        workflow_task.want_for_updates(step)
