"""Finding the run that a request means, and naming a new one."""

import hashlib

from duralog.orchestrator.context import Addressed, Context, Rejected
from duralog.orchestrator.step import Step
from duralog.schemas.changelog import Source
from duralog.schemas.identifiers import IDENTIFIER_LENGTH_MAX
from duralog.state.execution import Execution
from duralog.state.partition import PartitionState


def text_problem(name: str, value: str, *, required: bool = True) -> str:
    """What is wrong with an identifier; empty: nothing."""
    if required and not value:
        return f"{name} is empty"
    if len(value) > IDENTIFIER_LENGTH_MAX:
        return f"{name} has {len(value)} characters; the limit is {IDENTIFIER_LENGTH_MAX}"
    if "\x00" in value:
        return f"{name} has a zero character"
    return ""


def run_id_of(namespace: str, source: Source, previous: str) -> str:
    """A Run ID (UUID version 8) that follows from the input: a repeated one gives it again."""
    text = f"{namespace}\x00{source.kind}\x00{source.partition}\x00{source.offset}\x00{previous}"
    digits = hashlib.sha256(text.encode()).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-8{digits[13:16]}-a{digits[17:20]}-{digits[20:32]}"


def run_of(partition: PartitionState, request: Addressed) -> Execution | None:
    """The run that `request` names: by Run ID, else the newest of its Workflow ID."""
    run_id = request.run_id or partition.current_run_id(request.workflow_id)
    execution = partition.run(run_id) if run_id else None
    if execution is None or execution.state.workflow_id != request.workflow_id:
        return None
    return execution


def found(partition: PartitionState, request: Addressed) -> Execution:
    """As `run_of`; raises Rejected when there is none."""
    execution = run_of(partition, request)
    if execution is None:
        run = f" with run {request.run_id!r}" if request.run_id else ""
        raise Rejected(
            "NOT_FOUND",
            f"no Workflow Execution {request.workflow_id!r}{run} in {partition.namespace!r}; "
            "was it started?",
        )
    return execution


def open_step(partition: PartitionState, request: Addressed, context: Context) -> Step:
    """A step on the run that `request` names; raises Rejected when none is open."""
    execution = found(partition, request)
    if not execution.open:
        raise Rejected(
            "NOT_FOUND",
            f"Workflow Execution {request.workflow_id!r} is closed: {execution.state.status}",
        )
    return Step(partition, execution, context)
