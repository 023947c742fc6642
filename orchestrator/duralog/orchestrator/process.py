"""One input against one engine partition: pure, no I/O, no clock, no randomness.

The caller makes a Context per input and calls `process`; when that raises, it calls `set_aside`
with the mark that the outbox had before, and dead-letters the record when that gives False.

`request` is a Request, or what `due()` returned, or QueueReady. State changes only in `partition`'s
overlay; what must be written stands in `context.out`. A refused request changes nothing and is
answered.
"""

from typing import Final

from duralog.orchestrator.context import Context, Rejected
from duralog.orchestrator.due import (
    DueActivity,
    DueRun,
    DueTimer,
    DueTransfer,
    Internal,
    QueueReady,
    drop_entry,
)
from duralog.orchestrator.handlers import INTERNAL, REQUESTS, due
from duralog.orchestrator.handlers.quarantine import UNPARKED, park, quarantine, unpark
from duralog.orchestrator.handlers.transfer import check_target, unwrap
from duralog.orchestrator.runs import run_of
from duralog.schemas.changelog import SOURCE_TRANSFERS
from duralog.schemas.codec import decode
from duralog.schemas.requests import (
    AcknowledgeTransfer,
    DeliverTransfer,
    Request,
    ResumeWorkflowExecution,
)
from duralog.state.folding import fold
from duralog.state.partition import PartitionState

Mark = tuple[int, int, int]
OF_ENGINES: Final = (DeliverTransfer, AcknowledgeTransfer)  # Taken from `transfers` only.


def process(partition: PartitionState, request: Request | Internal, context: Context) -> None:
    """Handle one input. Raises only on a bug; then call `set_aside`."""
    context.now_ms = partition.time_ms = max(partition.time_ms, context.now_ms)
    context.queues.follow(partition.rollbacks)
    handler = INTERNAL.get(type(request))  # type: ignore[arg-type]
    if handler is not None:
        handler(partition, request, context)
    elif isinstance(request, OF_ENGINES) and context.source.kind != SOURCE_TRANSFERS:
        context.refused = Rejected("INVALID_ARGUMENT", "transfers are between engines")
        context.answer(request, context.refused.code, context.refused.text)
    else:
        _process_request(partition, request, context)  # type: ignore[arg-type]
    if context.queues.freed:
        _serve_freed(partition, context)


def _process_request(partition: PartitionState, request: Request, context: Context) -> None:
    delivered = request
    if isinstance(delivered, DeliverTransfer):
        context.transfer, request = delivered, unwrap(delivered)
    try:
        if isinstance(request, ResumeWorkflowExecution):
            for data in unpark(partition, request, context):
                _process_request(partition, decode(data), context)
                context.transfer = None
            return
        if not isinstance(request, UNPARKED):
            execution = run_of(partition, request)
            if execution is not None and execution.state.quarantine_cause:
                park(partition, execution, delivered, context)
                return
        if context.transfer is not None:
            check_target(partition, context.transfer, request)
        REQUESTS[type(request)](partition, request, context)
    except Rejected as error:
        context.refused = error
        context.answer(request, error.code, error.text, error.run_id)


def _serve_freed(partition: PartitionState, context: Context) -> None:
    """Places that became free go to the tasks that have waited longest."""
    for kind, queue in context.queues.take_freed():
        if context.queues.waits(kind, queue):
            due.queue_ready(partition, QueueReady(kind, queue), context)


def set_aside(
    partition: PartitionState,
    request: Request | Internal,
    context: Context,
    *,
    mark: Mark,
    cause: str,
) -> bool:
    """After `process` raised: as if it had not run, but quarantine the run and park `request`.

    mark: `context.out.mark()` from before. False: no run to quarantine, or it was already: the
    caller dead-letters the record, unless it is an internal input. Everything else of this
    transaction stands, in `partition` and in the outbox.
    """
    context.out.cut(mark)
    partition.restore([(c.kind, c.key, c.value) for c in context.out.changelog], fold)
    if isinstance(request, DueRun | DueActivity | DueTimer | DueTransfer):
        drop_entry(partition, request)  # Else it would raise again for ever.
    run_id = getattr(request, "run_id", "")
    workflow_id = getattr(request, "workflow_id", "")
    run_id = run_id or partition.current_run_id(workflow_id) or ""
    execution = partition.run(run_id) if run_id else None
    if execution is None or not execution.open or execution.state.quarantine_cause:
        return False
    quarantine(partition, execution, context, cause)
    is_parked = type(request) in REQUESTS or isinstance(request, DeliverTransfer)
    if is_parked and not isinstance(request, UNPARKED):
        try:
            park(partition, execution, request, context)  # type: ignore[arg-type]
        except Rejected as error:
            context.answer(request, error.code, error.text)  # type: ignore[arg-type]
    return True
