"""`workflow.info()` of a run."""

from duralog.common import Priority, RetryPolicy
from duralog.common.durations import duration_of, moment_of
from duralog.converter import decode_search_attributes, decode_typed_search_attributes
from duralog.schemas.events import WorkflowExecutionStarted
from duralog.workflow.info import Info, ParentInfo, RootInfo


def run_info(started: WorkflowExecutionStarted, namespace: str, start_ms: int) -> Info:
    """From the first event, and the time of the first Workflow Task."""
    retry_policy = started.retry_policy
    return Info(
        attempt=started.attempt,
        continued_run_id=started.continued_execution_run_id or None,
        cron_schedule=started.cron_schedule or None,
        execution_timeout=duration_of(started.workflow_execution_timeout_ms),
        first_execution_run_id=started.first_execution_run_id or started.run_id,
        headers=started.header,
        namespace=namespace,
        original_execution_run_id=started.original_execution_run_id or started.run_id,
        parent=_parent(started),
        priority=Priority.from_record(started),
        raw_memo=dict(started.memo),
        retry_policy=None if retry_policy is None else RetryPolicy.from_record(retry_policy),
        root=_root(started),
        run_id=started.run_id,
        run_timeout=duration_of(started.workflow_run_timeout_ms),
        search_attributes=decode_search_attributes(started.search_attributes),
        start_time=moment_of(start_ms),
        task_queue=started.task_queue,
        task_timeout=moment_of(started.workflow_task_timeout_ms) - moment_of(0),
        typed_search_attributes=decode_typed_search_attributes(started.search_attributes),
        workflow_id=started.workflow_id,
        workflow_start_time=moment_of(started.event_time_ms),
        workflow_type=started.workflow_type,
    )


def _parent(started: WorkflowExecutionStarted) -> ParentInfo | None:
    if not started.parent_workflow_id:
        return None
    return ParentInfo(
        namespace=started.parent_workflow_namespace,
        run_id=started.parent_run_id,
        workflow_id=started.parent_workflow_id,
    )


def _root(started: WorkflowExecutionStarted) -> RootInfo | None:
    if not started.root_workflow_id:
        return None
    return RootInfo(run_id=started.root_run_id, workflow_id=started.root_workflow_id)
