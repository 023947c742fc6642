"""What comes of a Workflow Task, and what is counted of all of them."""

from dataclasses import dataclass, field

from duralog.schemas.commands import Command
from duralog.schemas.payloads import Failure
from duralog.schemas.requests import RespondQueryTaskCompleted


@dataclass(slots=True, kw_only=True)
class Completed:
    """The Workflow Task is done: the Commands are the answer.

    replayed: No cached run was used.
    force_create: Local Activities still run: another Workflow Task must follow at once.
    workflow_start_ms: When the run began, by its first event.
    query_results: Of the queries that came with the task.
    """

    commands: list[Command]
    replayed: bool = False
    force_create: bool = False
    workflow_start_ms: int = 0
    query_results: list[RespondQueryTaskCompleted] = field(
        default_factory=list[RespondQueryTaskCompleted]
    )


@dataclass(slots=True, kw_only=True)
class Waiting:
    """Local Activities run; `resolve` or `heartbeat` goes on with the Workflow Task."""


@dataclass(slots=True, kw_only=True)
class Failed:
    """The Workflow Task failed, its run goes on. cause: Temporal's name, without prefix."""

    cause: str
    failure: Failure


@dataclass(slots=True, kw_only=True)
class NeedsFullHistory:
    """No cached run may continue, and the task does not carry the whole history."""


Outcome = Completed | Failed | NeedsFullHistory | Waiting


@dataclass(slots=True, kw_only=True)
class Counters:
    """What happened since the start; read by telemetry. forced_evictions: The cache was full."""

    activations: int = 0
    cache_hits: int = 0
    cache_misses: int = 0
    replays: int = 0
    evictions: int = 0
    forced_evictions: int = 0
    failures: int = 0
    non_determinism: int = 0
