"""Why a run cannot progress: what a Description says, and the record of it in `history`.

A run is Stalled when somebody has to act: it is quarantined, its Workflow Task fails again and
again, its queue has no topic, or no worker takes its task for a minute. Each time that begins,
changes or ends, a WorkflowExecutionStalled is written, in the transaction that has noticed. What
the close of a run ends needs no record.
"""

from typing import TYPE_CHECKING, Final

from duralog.schemas.codec import decode
from duralog.schemas.events import WorkflowTaskFailed
from duralog.schemas.states import RunState
from duralog.schemas.transitions import WorkflowExecutionStalled
from duralog.state.execution import Execution
from duralog.state.limits import LAST_FAILURE_BYTES_MAX, STALLED_MS
from duralog.state.partition import PartitionState

if TYPE_CHECKING:
    from duralog.orchestrator.step import Step

QUARANTINED: Final = "QUARANTINED"
WORKFLOW_TASK_FAILS: Final = "WORKFLOW_TASK_FAILS"
NO_QUEUE: Final = "NO_QUEUE"
NO_WORKER: Final = "NO_WORKER"
_FAILS_FROM: Final = 3  # The attempt: one failure may be a worker that was being stopped.
_PROGRESSES: Final = ""


def note(step: "Step") -> None:
    """Write down that the run is stalled now, for another cause than before, or goes on."""
    state = step.state
    found = _cause(state, step.now_ms) if state.status == "RUNNING" else _PROGRESSES
    if found == state.stalled:
        return
    step.record(_record(step.partition, step.execution, found, step.now_ms))


def record_of(partition: PartitionState, execution: Execution) -> WorkflowExecutionStalled:
    """What its last record says, to be written again."""
    state = execution.state
    return _record(partition, execution, state.stalled, state.stalled_time_ms)


def _record(
    partition: PartitionState, execution: Execution, cause: str, time_ms: int
) -> WorkflowExecutionStalled:
    return WorkflowExecutionStalled(
        workflow_id=execution.state.workflow_id,
        run_id=execution.run_id,
        event_time_ms=time_ms,
        cause=cause,
        text=_text(partition, execution, cause) if cause else "",
    )


def described(partition: PartitionState, execution: Execution, now_ms: int) -> str:
    """Why the run itself cannot progress; empty: it can. A missing queue counts at once."""
    state = execution.state
    found = _cause(state, now_ms) or (NO_QUEUE if state.task_stalled else _PROGRESSES)
    if found in (_PROGRESSES, NO_WORKER):
        return no_worker(state.task_queue, _waits_since_ms(state), now_ms)
    text = _text(partition, execution, found)
    if found == WORKFLOW_TASK_FAILS:
        return f"{text}; attempt {state.task_attempt} is next"
    return text


def no_worker(queue: str, since_ms: int, now_ms: int) -> str:
    """What is said of a task that has waited for a worker since `since_ms`; 0: it does not wait."""
    waited_ms = now_ms - since_ms
    if not since_ms or waited_ms < STALLED_MS:
        return ""
    return f"no worker took the task from queue {queue!r} for {waited_ms // 1000} s"


def _cause(state: RunState, now_ms: int) -> str:
    if state.quarantine_cause:
        return QUARANTINED
    if state.task_attempt >= _FAILS_FROM:
        return WORKFLOW_TASK_FAILS
    since_ms = _waits_since_ms(state)
    if not since_ms or now_ms - since_ms < STALLED_MS:
        return _PROGRESSES
    if state.task_stalled:
        return NO_QUEUE
    return NO_WORKER if state.task_copy else _PROGRESSES


def _waits_since_ms(state: RunState) -> int:
    """Since when the Workflow Task waits for a worker; 0: it does not."""
    waits = state.task_scheduled_event_id and not state.task_started_time_ms
    return state.task_scheduled_time_ms if waits else 0


def _text(partition: PartitionState, execution: Execution, cause: str) -> str:
    state = execution.state
    if cause == QUARANTINED:
        return f"quarantined: {state.quarantine_cause}"
    if cause == NO_QUEUE:
        return state.task_stalled
    if cause == NO_WORKER:
        return f"no worker took the task from queue {state.task_queue!r} for a minute"
    return f"the Workflow Task fails{_failure(partition, execution)}"


def _failure(partition: PartitionState, execution: Execution) -> str:
    """How the first attempt failed: only that one is an event, and nothing came after it."""
    event = decode(partition.event(execution, execution.state.next_event_id - 1))
    if not isinstance(event, WorkflowTaskFailed):
        return " or times out"
    message = "" if event.failure is None else event.failure.message[:LAST_FAILURE_BYTES_MAX]
    return f": {event.cause}: {message}" if message else f": {event.cause}"
