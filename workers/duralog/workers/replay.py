"""Replays a whole recorded history: this code must make the Commands that were made then."""

from collections.abc import Sequence
from typing import Any

from duralog.converter import DataConverter
from duralog.schemas.codec import encode
from duralog.schemas.events import Event
from duralog.workers.instance import WorkflowRun
from duralog.workers.workflow_chain import InterceptorClasses
from duralog.workflow.definition import WorkflowDefinition
from duralog.workflow.sandbox import SandboxRestrictions


def replay_history(
    definition: WorkflowDefinition,
    history: Sequence[Event],
    *,
    converter: DataConverter = DataConverter.default,
    namespace: str = "default",
    failure_exception_types: Sequence[type[BaseException]] = (),
    interceptors: InterceptorClasses = (),
    restrictions: SandboxRestrictions | None = None,
) -> None:
    """Run the code on all Workflow Tasks that were completed; returns when they all fit.

    history: Events of one run, from the first; it need not be closed.

    Raises NondeterminismError when the code does not fit, HistoryGapError when Events are missing,
    and what user code raises that would fail a Workflow Task.
    """
    run = WorkflowRun(
        definition,
        converter=converter,
        namespace=namespace,
        failure_exception_types=failure_exception_types,
        interceptors=interceptors,
        restrictions=restrictions,
    )
    try:
        frames: list[bytes] = [encode(_checked(event)) for event in history]
        run.replay(frames)
        run.assert_replayed()
    finally:
        run.evict()


def _checked(event: Any) -> Any:
    """An Event of a history, not one that is still held back."""
    if not event.event_id:
        raise ValueError(f"{type(event).__name__} has no Event ID: it is not part of a history")
    return event
