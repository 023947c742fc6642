"""Queries: to a worker at once, or with the next Workflow Task; the answers to their clients.

A query sees every event that was acknowledged before it was asked. While no Workflow Task is
pending, the last one's state is just that, and a QueryTask of its own asks for it. While one is
pending, events may be held or unseen: the query waits, travels with the next task dispatched, and
what is still unanswered when no task is pending any more goes as a QueryTask. Nothing is recorded:
a query that is lost is asked again by its client.
"""

from typing import TYPE_CHECKING, Final

from duralog.orchestrator.context import Context
from duralog.schemas.codec import DecodeError, decode, encode
from duralog.schemas.replies import Reply
from duralog.schemas.requests import QueryWorkflow, RespondQueryTaskCompleted
from duralog.schemas.tasks import QueryTask
from duralog.state.execution import Execution
from duralog.state.limits import WHOLE_HISTORY_BYTES_MAX
from duralog.state.partition import PartitionState

if TYPE_CHECKING:
    from duralog.orchestrator.step import Step

KIND: Final = "workflow-tasks"
FAILING_ATTEMPTS: Final = 3  # From here on Temporal refuses queries and updates.


def must_wait(execution: Execution) -> bool:
    """Whether a worker may not be asked now: it has, or is to get, newer events."""
    never_ran = not execution.state.previous_started_event_id
    return execution.open and (execution.task_pending or never_ran)


def ask(
    partition: PartitionState, execution: Execution, context: Context, query: QueryWorkflow
) -> bool:
    """Hand the query to a worker, now or as soon as it may be asked. False: too many wait."""
    state, queues = execution.state, context.queues
    known = queues.known(KIND, state.task_queue)
    if must_wait(execution) or not known:
        if not known:
            context.out.ensure_topics.add((KIND, state.task_queue))
        return partition.queries.add(state.run_id, query.correlation_id, encode(query))
    full = state.history_size_bytes <= WHOLE_HISTORY_BYTES_MAX
    task = QueryTask(
        workflow_id=state.workflow_id,
        run_id=state.run_id,
        workflow_type=state.workflow_type,
        task_queue=state.task_queue,
        partition=partition.partition,
        dispatch_time_ms=context.now_ms,
        previous_completion_id=execution.completion_id,
        full=full,
        events=partition.events(execution, 1) if full else [],
        query=encode(query),
    )
    key = state.workflow_id.encode()
    context.out.task(KIND, state.task_queue, partition.partition, key, encode(task))
    return True


def serve(step: "Step") -> None:
    """Ask for what waits, if that may be now."""
    partition, execution = step.partition, step.execution
    if must_wait(execution):
        return
    for data in partition.queries.take(execution.run_id):
        query: QueryWorkflow = decode(data)
        if execution.state.previous_started_event_id:
            ask(partition, execution, step.context, query)
        else:
            step.context.answer(query, "FAILED_PRECONDITION", never_ran(execution))


def never_ran(execution: Execution) -> str:
    """Why a closed run cannot be asked: no worker has ever seen it."""
    state = execution.state
    return (
        f"Workflow Execution {state.workflow_id!r} is {state.status} and was never run by a worker:"
        " there is nothing to query"
    )


def fails(execution: Execution) -> str:
    """That no worker gets the run's Workflow Task done."""
    state = execution.state
    return (
        f"the Workflow Task of {state.workflow_id!r} fails, attempt {state.task_attempt}; "
        "see the worker's log"
    )


def refuse_failing(step: "Step") -> None:
    """The Workflow Task failed again: those that wait for it are told when it is hopeless."""
    if step.state.task_attempt >= FAILING_ATTEMPTS:
        for data in step.partition.queries.take(step.state.run_id):
            text = f"unable to handle a query: {fails(step.execution)}"
            step.context.answer(decode(data), "FAILED_PRECONDITION", text)


def queue_ready(partition: PartitionState, queue: str, context: Context) -> None:
    """The queue's topic exists now: ask for what waited for it."""
    for run_id in partition.queries.runs():
        execution = partition.run(run_id)
        if execution is None:
            partition.queries.take(run_id)
        elif execution.state.task_queue == queue and not must_wait(execution):
            for data in partition.queries.take(run_id):
                ask(partition, execution, context, decode(data))


def relay(step: "Step", framed: list[bytes]) -> None:
    """Answers that came with a Workflow Task's, to their clients."""
    for data in framed:
        try:
            result = decode(data)
        except DecodeError:
            continue  # Its client asks again.
        if isinstance(result, RespondQueryTaskCompleted):
            answer(step.partition, result, step.context)


def answer(partition: PartitionState, result: RespondQueryTaskCompleted, context: Context) -> None:
    """One answer to its client. An answer that came twice is ignored there."""
    partition.queries.drop(result.run_id, result.correlation_id)
    reply = Reply(
        recipient="",
        correlation_id="",
        code="OK",
        workflow_id=result.workflow_id,
        run_id=result.run_id,
        body=[encode(result)],
    )
    context.reply(result, reply)
