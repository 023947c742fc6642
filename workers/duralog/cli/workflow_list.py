"""`duralog workflow list` and `count`: from an index of `history`, no engine is asked."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from duralog.cli.options import Options, connection_options, pass_options

if TYPE_CHECKING:
    from duralog.connectors.visibility import Lists
    from duralog.schemas.runs import RunRow

PAGE: Final = 1_000  # Rows in memory at once.
PATIENCE_MS: Final = 2_000  # What is indexed faster needs no word.

query_option = click.option(
    "--query",
    "-q",
    default="",
    metavar="FILTER",
    help="List filter, for instance: WorkflowType = 'Order' AND ExecutionStatus = 'Running'.",
)
index_option = click.option(
    "--index",
    "index_path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File of the index; else one for each cluster and namespace in the user's cache.",
)


@click.command("list")
@query_option
@click.option("--limit", type=click.IntRange(min=1), help="Stop after so many.")
@index_option
@connection_options
@pass_options
def list_runs(options: Options, query: str, limit: int | None, index_path: Path | None) -> None:
    """List Workflow Executions: open ones first, then the last closed.

    \b
    Columns: WorkflowId, RunId, WorkflowType, TaskQueue, ExecutionStatus, StartTime,
    ExecutionTime, CloseTime, HistoryLength, HistorySizeBytes, ParentWorkflowId,
    ParentRunId, RootWorkflowId, RootRunId, Stalled; other names are search attributes.

    \b
    Example:
      duralog workflow list --query "WorkflowId STARTS_WITH 'order-'"
    """
    from duralog.cli.output import emit, emit_table  # noqa: PLC0415 (the help needs no output)

    rows = _rows(_lists(options, index_path), query, limit)
    if options.is_json:
        for row in rows:
            emit(_document(row))
        return
    documents = [_document(row) for row in rows]
    for document in documents:
        if document["stalled"]:
            document["status"] += f" ({document['stalled']})"
    columns = ("status", "workflow_id", "type", "start_time")
    emit_table(columns, [[document[column] for column in columns] for document in documents])


@click.command
@query_option
@index_option
@connection_options
@pass_options
def count(options: Options, query: str, index_path: Path | None) -> None:
    """Count Workflow Executions.

    \b
    Example:
      duralog workflow count --query "GROUP BY ExecutionStatus"
    """
    from duralog.cli.output import emit  # noqa: PLC0415 (the help needs no output)

    found = _lists(options, index_path).count(query)
    total = sum(number for _, number in found)
    groups = [{"status": status, "count": number} for status, number in found if status]
    if options.is_json:
        emit({"count": total, "groups": groups})
        return
    print(f"Total: {total}")
    for group in groups:
        print(f"Group total: {group['count']}, status: {group['status']}")


def _lists(options: Options, path: Path | None) -> "Lists":
    from duralog.cli.connection import connect  # noqa: PLC0415 (the help needs no Kafka)
    from duralog.connectors.kafka.bystander import KafkaBystander  # noqa: PLC0415
    from duralog.connectors.visibility import Lists  # noqa: PLC0415

    connection = connect(options)
    settings = connection.settings.of("client")
    return Lists(
        bystander=lambda: KafkaBystander(settings),
        topic=connection.names.of("history"),
        path=path,
        progress=Teller(),
    )


def _rows(lists: "Lists", query: str, limit: int | None) -> Iterator["RunRow"]:
    """All rows that match, page by page."""
    from duralog.connectors.visibility import place_of  # noqa: PLC0415

    after, left = None, limit
    while left is None or left > 0:
        size = PAGE if left is None else min(PAGE, left)
        page = lists.page(query, limit=size, after=after)
        yield from page
        if len(page) < size:
            return
        after = place_of(page[-1])
        left = None if left is None else left - size


def _document(row: "RunRow") -> dict[str, Any]:  # Any: JSON.
    from duralog.cli.render import as_json, time_text  # noqa: PLC0415

    return {
        "workflow_id": row.workflow_id,
        "run_id": row.run_id,
        "type": row.workflow_type,
        "task_queue": row.task_queue,
        "status": row.status,
        "stalled": row.stalled,
        "start_time": time_text(row.start_time_ms),
        "close_time": time_text(row.close_time_ms),
        "history_length": row.history_length,
        "history_size_bytes": row.history_size_bytes,
        "parent": row.parent_workflow_id,
        "memo": as_json(row.memo),
        "search_attributes": as_json(row.search_attributes),
    }


class Teller:
    """Says on stderr how far the index is, once it takes long."""

    def __init__(self) -> None:
        self._said_ms = 0

    def __call__(self, done: int, total: int) -> None:
        """Called after every batch."""
        from duralog.cli.output import say  # noqa: PLC0415
        from duralog.connectors.clock import monotonic_ms  # noqa: PLC0415

        now_ms = monotonic_ms()
        self._said_ms = self._said_ms or now_ms
        if now_ms - self._said_ms > PATIENCE_MS:
            say(f"indexing history: {done} of {total} records")
            self._said_ms = now_ms
