"""Custody of the tasks of one Task Queue: who answers for a record, and when its offset is committed (DESIGN 7).

A source has its own thread, which polls, claims, reports starts, repeats and commits; user code never runs on it.
"""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from duralog.connectors.channel import Channel
from duralog.schemas.replies import Reply
from duralog.schemas.tasks import ActivityTask, WorkflowTask

T = TypeVar("T", WorkflowTask, ActivityTask)


@dataclass(slots=True, frozen=True, kw_only=True)
class Start:
    """Leave to run a task.

    claimed: the engine accepted our claim; False: the fresh path.
    started_time_ms: by the engine's clock. started_event_id: of a Workflow Task; the accept's, or the task's.
    events: framed events to run. Fresh: the task's. Claimed: the task's and those the accept added; with
    reset_sticky the whole history.
    full: `events` start at event 1.
    """

    claimed: bool
    started_time_ms: int
    started_event_id: int
    events: list[bytes]
    full: bool


class TaskHandle(Generic[T]):
    """One task record in our custody. All methods may be called from any thread and never block.

    Life: delivered -> `begin` -> `answer` (or `release`). A handle holds one of the source's places until it is
    answered, released or refused.
    """

    task: T
    delivery_id: str  # Random; goes into our requests about this task.

    def begin(self, *, reset_sticky: bool = False) -> Future[Start | None]:
        """Ask for leave to run, just before user code begins. None: drop the task, the handle is closed.

        Done at once on the fresh path; else when the engine accepted or refused our claim. `reset_sticky` (Workflow
        Tasks whose run is not cached and that do not carry it whole) always claims, for the whole history. It may
        follow a `begin` without it, when the cache turns out not to match.
        """
        raise NotImplementedError

    def answer(self, request: Any) -> Future[None]:
        """Send a Respond… request built from the task; fills identity, delivery_id and (activities) started_time_ms.

        Done when the broker has it. Closes the handle. The future raises ChannelError: the broker refused it, for
        instance as too large: then the handle is still open, and a smaller answer may follow.
        """
        raise NotImplementedError

    def heartbeat(self, details: list[Any]) -> Future[Reply]:
        """Send RecordActivityTaskHeartbeat with `details` (Payloads); the reply says cancel_requested, or NOT_FOUND."""
        raise NotImplementedError

    def release(self) -> None:
        """We will not run or finish it: give it back (the engine dispatches it again at once). Closes the handle."""
        raise NotImplementedError


class TaskSource(Generic[T]):
    """Takes the tasks of one Task Queue, as a member of the queue's consumer group.

    `deliver(handle)` is called on the source's thread: it must only hand over (`call_soon_threadsafe`). At most
    `tasks_max` handles are open at a time; the rest stays in Kafka.
    """

    def __init__(
        self, channel: Channel, kind: type[T], *, task_queue: str, tasks_max: int, deliver: Callable[[TaskHandle[T]], None]
    ) -> None:
        raise NotImplementedError

    def start(self) -> None:
        """Create the queue's topic if it is missing, join the group. Does not block; errors go to the log."""

    def pause(self) -> None:
        """Take no new tasks; open handles go on, the group membership stays. For a graceful shutdown."""

    def close(self) -> None:
        """Report started tasks, commit, leave the group. Open handles stay usable while the channel lives. Blocks."""

    @property
    def open_handles(self) -> int:
        """Delivered and neither answered, released nor refused."""
        raise NotImplementedError
