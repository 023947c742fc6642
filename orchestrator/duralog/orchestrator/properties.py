"""Commands that note something about their run: markers, search attributes, the memo."""

from duralog.orchestrator import sizes
from duralog.orchestrator.bad_command import BadCommand, check_text
from duralog.orchestrator.plan import Plan
from duralog.schemas import commands as c
from duralog.schemas import events


def refuse_blob(what: str, size_bytes: int) -> None:
    """Raises BadCommand for what is too large: the Workflow Task fails, and the run goes on."""
    problem = sizes.blob_problem(what, size_bytes)
    if problem:
        raise BadCommand("PAYLOADS_TOO_LARGE", problem)


def check_marker(plan: Plan, command: c.RecordMarker) -> None:
    """A marker needs a name."""
    del plan
    if not command.marker_name:
        raise BadCommand("BAD_RECORD_MARKER_ATTRIBUTES", "MarkerName is not set on RecordMarker")
    check_text("marker_name", command.marker_name, "BAD_RECORD_MARKER_ATTRIBUTES")
    size_bytes = sizes.map_bytes(command.details) + sizes.failure_bytes(command.failure)
    refuse_blob(f"marker {command.marker_name!r}", size_bytes)


def record_marker(plan: Plan, command: c.RecordMarker, completed_id: int) -> None:
    """MarkerRecorded."""
    plan.step.add(
        events.MarkerRecorded(
            **plan.step.head(),
            marker_name=command.marker_name,
            details=command.details,
            header=command.header,
            failure=command.failure,
            workflow_task_completed_event_id=completed_id,
        )
    )


def check_search_attributes(plan: Plan, command: c.UpsertWorkflowSearchAttributes) -> None:
    """Sizes are those of the run after the Command, and of all Commands before it."""
    upserted = command.search_attributes
    if not upserted:
        raise BadCommand("BAD_SEARCH_ATTRIBUTES", "IndexedFields is not set on the Command")
    merged = plan.search_attributes(upserted)
    problem = sizes.search_attributes_problem(upserted)
    problem = problem or sizes.search_attributes_problem(merged)
    if problem:
        raise BadCommand("BAD_SEARCH_ATTRIBUTES", problem)


def upsert_search_attributes(
    plan: Plan, command: c.UpsertWorkflowSearchAttributes, completed_id: int
) -> None:
    """UpsertWorkflowSearchAttributes."""
    plan.step.add(
        events.UpsertWorkflowSearchAttributes(
            **plan.step.head(),
            search_attributes=command.search_attributes,
            workflow_task_completed_event_id=completed_id,
        )
    )


def check_memo(plan: Plan, command: c.ModifyWorkflowProperties) -> None:
    """As for search attributes."""
    if not command.upserted_memo:
        raise BadCommand(
            "BAD_MODIFY_WORKFLOW_PROPERTIES_ATTRIBUTES", "UpsertedMemo is not set on the Command"
        )
    problem = sizes.memo_problem(plan.memo(command.upserted_memo))
    if problem:
        raise BadCommand("BAD_MODIFY_WORKFLOW_PROPERTIES_ATTRIBUTES", problem)


def modify(plan: Plan, command: c.ModifyWorkflowProperties, completed_id: int) -> None:
    """WorkflowPropertiesModified."""
    plan.step.add(
        events.WorkflowPropertiesModified(
            **plan.step.head(),
            upserted_memo=command.upserted_memo,
            workflow_task_completed_event_id=completed_id,
        )
    )
