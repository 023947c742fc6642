"""`workflow.Info`: what a Workflow can know about itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from duralog.common import Priority, RetryPolicy, SearchAttributes, TypedSearchAttributes
from duralog.schemas.payloads import Payload


@dataclass(frozen=True, kw_only=True)
class ParentInfo:
    """The parent of a child Workflow."""

    namespace: str
    run_id: str
    workflow_id: str


@dataclass(frozen=True, kw_only=True)
class RootInfo:
    """The first ancestor of a child Workflow."""

    run_id: str
    workflow_id: str


@dataclass(frozen=True, kw_only=True)
class Info:
    """The running Workflow Execution. A timeout that was not set is None.

    start_time: When the first Workflow Task started.
    workflow_start_time: When the Workflow Execution started.
    search_attributes, typed_search_attributes: As they are now: `upsert_search_attributes` changes
        them. The untyped form is deprecated by Temporal.
    """

    attempt: int
    continued_run_id: str | None
    cron_schedule: str | None = None
    execution_timeout: timedelta | None
    first_execution_run_id: str
    headers: Mapping[str, Payload]
    namespace: str
    original_execution_run_id: str = ""
    parent: ParentInfo | None = None
    priority: Priority = field(default_factory=Priority)
    raw_memo: Mapping[str, Payload]
    retry_policy: RetryPolicy | None
    root: RootInfo | None = None
    run_id: str
    run_timeout: timedelta | None
    search_attributes: SearchAttributes = field(default_factory=dict[str, Any])
    start_time: datetime
    task_queue: str
    task_timeout: timedelta
    typed_search_attributes: TypedSearchAttributes = field(
        default_factory=lambda: TypedSearchAttributes([])
    )
    workflow_id: str
    workflow_start_time: datetime
    workflow_type: str

    def logger_details(self) -> dict[str, Any]:
        """What the logger adds to each line."""
        return {
            "attempt": self.attempt,
            "namespace": self.namespace,
            "run_id": self.run_id,
            "task_queue": self.task_queue,
            "workflow_id": self.workflow_id,
            "workflow_type": self.workflow_type,
        }

    def get_current_history_length(self) -> int:
        """Events in the history up to the current Workflow Task."""
        return current().history_length

    def get_current_history_size(self) -> int:
        """Bytes of the history up to the current Workflow Task, without the starts of its tasks."""
        return current().history_size_bytes

    def is_continue_as_new_suggested(self) -> bool:
        """Whether the history is so long that the Workflow had better go on as a new run."""
        return current().is_continue_as_new_suggested


# At the end, because the runtime's own annotations need Info.
from duralog.workflow.runtime import current  # noqa: E402
