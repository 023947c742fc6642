"""`duralog workflow describe`, `show` and `result`."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from duralog.cli.options import Options, connection_options, pass_options
from duralog.cli.shell import WorkflowClosedError, wait_for
from duralog.cli.workflow_options import handle_of, run_id_option, target_options

if TYPE_CHECKING:
    from duralog.client import WorkflowHandle
    from duralog.schemas.replies import Description


@click.command
@target_options
@connection_options
@pass_options
def describe(
    options: Options, workflow_id: str, run_id: str | None, command_timeout: timedelta
) -> None:
    """Show the status of a Workflow Execution and what it waits for.

    \b
    Example:
      duralog workflow describe --workflow-id greeting-1
    """
    wait_for(_describe(options, workflow_id, run_id, command_timeout))


@click.command
@target_options
@connection_options
@pass_options
def show(
    options: Options, workflow_id: str, run_id: str | None, command_timeout: timedelta
) -> None:
    """Show the Event History of a Workflow Execution; as JSON, one event a line.

    \b
    Example:
      duralog workflow show --workflow-id greeting-1 --output json
    """
    wait_for(_show(options, workflow_id, run_id, command_timeout))


@click.command
@click.option("--workflow-id", "-w", required=True, help="Workflow ID.")
@run_id_option
@connection_options
@pass_options
def result(options: Options, workflow_id: str, run_id: str | None) -> None:
    """Wait for the end of a Workflow Execution and print its result as JSON.

    Exits with 3 when it did not complete.

    \b
    Example:
      duralog workflow result --workflow-id greeting-1
    """
    wait_for(_result(options, workflow_id, run_id))


async def _result(options: Options, workflow_id: str, run_id: str | None) -> None:
    async with handle_of(options, workflow_id, run_id) as handle:
        await print_result(handle)


async def print_result(handle: "WorkflowHandle[Any, Any]") -> None:
    """Wait for the end; print the result as JSON. Raises WorkflowClosedError when there is none."""
    from duralog.cli.output import emit  # noqa: PLC0415 (the help needs no output)
    from duralog.client import WorkflowFailureError  # noqa: PLC0415

    try:
        emit(await handle.result())
    except WorkflowFailureError as error:
        chain: list[str] = []
        cause: BaseException | None = error.cause
        while cause is not None:
            chain.append(f"{type(cause).__name__}: {cause}")
            cause = cause.__cause__
        raise WorkflowClosedError(f"{handle.id} did not complete: {' <- '.join(chain)}") from None


async def _describe(
    options: Options, workflow_id: str, run_id: str | None, rpc_timeout: timedelta
) -> None:
    from duralog.cli.output import emit, emit_fields, emit_table  # noqa: PLC0415
    from duralog.cli.render import workflow_task_text  # noqa: PLC0415
    from duralog.schemas import codec  # noqa: PLC0415

    async with handle_of(options, workflow_id, run_id) as handle:
        record = (await handle.describe(rpc_timeout=rpc_timeout)).raw_description
    document, activities = _described(record)
    if options.is_json:
        emit({**document, "pending_activities": activities})
        return
    tasks = map(codec.decode, record.workflow_task)
    document["workflow_task"] = "; ".join(workflow_task_text(task) for task in tasks)
    emit_fields(document, as_json=False)
    if activities:
        print()
        columns = ("activity_id", "activity_type", "state", "attempt", "next_attempt", "failure")
        emit_table(columns, [[row[column] for column in columns] for row in activities])


def _described(record: "Description") -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The run, and its pending activities, as JSON."""
    from duralog.cli.render import as_json, failure_text, time_text  # noqa: PLC0415
    from duralog.schemas import codec  # noqa: PLC0415

    document = {
        "workflow_id": record.workflow_id,
        "run_id": record.run_id,
        "type": record.workflow_type,
        "task_queue": record.task_queue,
        "status": record.status,
        "stalled": record.stalled,
        "cancel_requested": record.cancel_requested,
        "start_time": time_text(record.start_time_ms),
        "close_time": time_text(record.close_time_ms),
        "history_length": record.history_length,
        "history_size_bytes": record.history_size_bytes,
        "pending_activities_count": record.activities_count,
        "pending_timers_count": record.timers_count,
        "held_events": record.held_events,
        "parent": record.parent_workflow_id,
        "root": record.root_workflow_id,
        "pending_children_count": record.children_count,
        "pending_children": [as_json(codec.decode(child)) for child in record.children],
        "summary": as_json(record.user_metadata_summary),
        "details": as_json(record.user_metadata_details),
        "memo": as_json(record.memo),
        "search_attributes": as_json(record.search_attributes),
        "workflow_task": [as_json(data) for data in record.workflow_task],
    }
    activities = [
        {
            **as_json(activity),
            "next_attempt": time_text(activity.next_attempt_time_ms),
            "failure": failure_text(activity.last_failure),
        }
        for activity in map(codec.decode, record.activities)
    ]
    return document, activities


async def _show(
    options: Options, workflow_id: str, run_id: str | None, rpc_timeout: timedelta
) -> None:
    from duralog.cli.output import emit, emit_table  # noqa: PLC0415
    from duralog.cli.render import details, record_as_json, time_text  # noqa: PLC0415

    async with handle_of(options, workflow_id, run_id) as handle:
        events = (await handle.fetch_history(rpc_timeout=rpc_timeout)).events
    if options.is_json:
        for event in events:
            emit(record_as_json(event))
        return
    rows = [
        (event.event_id, time_text(event.event_time_ms), type(event).__name__, details(event))
        for event in events
    ]
    emit_table(("id", "time", "event", "details"), rows)
