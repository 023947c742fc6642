"""What a Description says about a run, and why it does not progress."""

from duralog.orchestrator import stalled, workflow_task
from duralog.orchestrator.context import Context
from duralog.schemas.codec import decode, encode
from duralog.schemas.events import WorkflowExecutionStarted
from duralog.schemas.replies import Description, PendingActivity, PendingChild
from duralog.schemas.states import ChildEntry
from duralog.state import links
from duralog.state.appliers.properties import current
from duralog.state.execution import Activity, Execution
from duralog.state.limits import DESCRIBED_ACTIVITIES_MAX
from duralog.state.partition import PartitionState


def describe(partition: PartitionState, execution: Execution, context: Context) -> Description:
    """The run as it is."""
    state = execution.state
    started = decode(partition.event(execution, 1))
    assert isinstance(started, WorkflowExecutionStarted)
    properties = current(partition, execution)
    activities = partition.activities(execution)[:DESCRIBED_ACTIVITIES_MAX]
    children = links.children(partition, execution)[:DESCRIBED_ACTIVITIES_MAX]
    task = []
    if execution.task_pending:
        task = [encode(workflow_task.state_of(execution.state))]
    return Description(
        workflow_id=state.workflow_id,
        run_id=state.run_id,
        first_execution_run_id=state.first_execution_run_id,
        workflow_type=state.workflow_type,
        task_queue=state.task_queue,
        status=state.status,
        start_time_ms=state.start_time_ms,
        execution_time_ms=state.execution_time_ms,
        close_time_ms=state.close_time_ms,
        history_length=state.next_event_id - 1,
        history_size_bytes=state.history_size_bytes,
        cancel_requested=state.cancel_requested,
        stalled=stalled.described(partition, execution, context.now_ms),
        memo=properties.memo,
        workflow_task=task,
        activities=[encode(_pending(a, context.now_ms)) for a in activities],
        activities_count=state.activities_count,
        timers_count=state.timers_count,
        held_events=state.held_count,
        children=[encode(_pending_child(child)) for child in children],
        children_count=state.children_count,
        parent_workflow_id=state.parent_workflow_id,
        parent_run_id=state.parent_run_id,
        root_workflow_id=state.root_workflow_id,
        root_run_id=state.root_run_id,
        search_attributes=properties.search_attributes,
        user_metadata_summary=started.user_metadata_summary,
        user_metadata_details=started.user_metadata_details,
    )


def _pending_child(child: ChildEntry) -> PendingChild:
    return PendingChild(
        workflow_id=child.workflow_id,
        run_id=child.run_id,
        workflow_type=child.workflow_type,
        initiated_event_id=child.initiated_event_id,
        parent_close_policy=child.parent_close_policy,
    )


def _pending(activity: Activity, now_ms: int) -> PendingActivity:
    entry, scheduled = activity.entry, activity.scheduled
    state = "STARTED" if activity.started else "SCHEDULED"
    if entry.cancel_requested_event_id:
        state = "CANCEL_REQUESTED"
    cause = entry.stalled
    if not cause and not activity.started and not entry.retry_time_ms:
        cause = stalled.no_worker(scheduled.task_queue, entry.attempt_time_ms, now_ms)
    policy = scheduled.retry_policy
    return PendingActivity(
        activity_id=scheduled.activity_id,
        activity_type=scheduled.activity_type,
        state=state,
        attempt=entry.attempt,
        maximum_attempts=0 if policy is None else policy.maximum_attempts,
        scheduled_time_ms=scheduled.event_time_ms,
        last_started_time_ms=entry.started_time_ms,
        last_heartbeat_time_ms=entry.last_heartbeat_time_ms,
        next_attempt_time_ms=entry.retry_time_ms,
        last_failure=entry.last_failure,
        heartbeat_details=entry.heartbeat_details,
        last_worker_identity=entry.identity,
        stalled=cause,
    )
