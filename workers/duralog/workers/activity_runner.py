"""Runs the Activity Tasks of one Task Queue: async on the user's loop, sync on the executor.

Custody lies with TaskSource: its thread delivers, claims, reports starts and commits, so that a
user's blocking code delays none of it. Order per task: deliver (source's thread) -> begin and run
(event loop) -> answer (anywhere).
"""

import asyncio
import contextlib
import logging
from concurrent.futures import Future
from typing import Final

from duralog.activity.info import ActivityCancellationDetails
from duralog.connectors.channel import Channel
from duralog.connectors.places import Places
from duralog.connectors.task_source import Start, TaskHandle, TaskSource
from duralog.schemas.replies import ActivityCancelNotice, Reply
from duralog.schemas.tasks import ActivityTask
from duralog.workers.activity_attempt import ActivityAttempt, ActivitySetup
from duralog.workers.activity_facts import log_details
from duralog.workers.inlet import Inlet

LOG: Final = logging.getLogger("duralog.worker")

STOP_SECONDS: Final = 5.0  # For cancelled Activities to end; then their tasks are given back.
ANSWERS_SECONDS: Final = 10.0  # For the brokers to take the last answers.

Begun = tuple[TaskHandle[ActivityTask], Future[Start | None]]


class ActivityRunner:
    """One per worker with Activities. Methods run on the event loop, unless they say otherwise.

    places: Given: in place of `tasks_max`, which is None where it depends.
    """

    def __init__(
        self,
        channel: Channel,
        setup: ActivitySetup,
        *,
        task_queue: str,
        tasks_max: int | None,
        places: Places | None = None,
    ) -> None:
        self._setup = setup
        self._tasks_max = tasks_max
        self._attempts: set[ActivityAttempt] = set()
        self._waiting: set[TaskHandle[ActivityTask]] = set()
        self._answers: set[Future[None]] = set()
        self._stopping = False
        self._idle = asyncio.Event()
        self._delivered: Inlet[TaskHandle[ActivityTask]] = Inlet(setup.loop, self._take)
        self._begun: Inlet[Begun] = Inlet(setup.loop, self._begin)
        self._ends: Inlet[None] = Inlet(setup.loop, self._end)
        self._notices: Inlet[ActivityCancelNotice] = Inlet(setup.loop, self._notice)
        self._source = TaskSource(
            channel,
            ActivityTask,
            task_queue=task_queue,
            tasks_max=tasks_max or 1,
            deliver=self._delivered.put,
            places=places,
            identity=setup.identity,
        )
        self._unsubscribe = channel.subscribe(self._hear)

    def start(self) -> None:
        """Join the queue's group."""
        self._source.start()
        self._tell()
        if self._setup.meters is not None:
            self._setup.meters.pollers(1)

    async def stop(self, grace_seconds: float) -> None:
        """Take nothing more; let what runs finish, then cancel it, then give it back."""
        self._stopping = True
        self._source.pause()
        self._setup.worker_shutdown.set()
        for handle in list(self._waiting):
            handle.release()
        self._waiting.clear()
        await self._drain(grace_seconds)
        for attempt in list(self._attempts):
            attempt.cancel(ActivityCancellationDetails(worker_shutdown=True))
        await self._drain(STOP_SECONDS)
        for attempt in list(self._attempts):
            LOG.warning("activity given back, still running: %s", log_details(attempt.task))
            attempt.abandon()
        if self._answers:
            answers = [asyncio.wrap_future(future) for future in list(self._answers)]
            await asyncio.wait(answers, timeout=ANSWERS_SECONDS)
        self._unsubscribe()
        await asyncio.to_thread(self._source.close)
        if self._setup.meters is not None:
            self._setup.meters.pollers(0)

    async def _drain(self, timeout_seconds: float) -> None:
        """Wait until nothing runs, or until the timeout."""
        self._end(None)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), timeout_seconds)

    def _take(self, handle: TaskHandle[ActivityTask]) -> None:
        if self._stopping:
            handle.release()
            return
        future = handle.begin()
        if future.done():
            self._begin((handle, future))
        else:
            self._waiting.add(handle)
            future.add_done_callback(lambda f: self._begun.put((handle, f)))

    def _begin(self, begun: Begun) -> None:
        handle, future = begun
        self._waiting.discard(handle)
        error = future.exception() if not future.cancelled() else None
        if error is not None:
            LOG.error("activity not begun: %s: %s", log_details(handle.task), error)
            handle.release()
            return
        start = None if future.cancelled() else future.result()
        if start is None:
            return
        if self._stopping:
            handle.release()
            return
        attempt = ActivityAttempt(
            self._setup, handle, ended=self._has_ended, answering=self._answering
        )
        self._attempts.add(attempt)
        self._tell()
        attempt.run(start)

    def _has_ended(self, attempt: ActivityAttempt) -> None:
        """The user's code is done. On any thread; woken only when somebody waits for it."""
        self._attempts.discard(attempt)
        self._tell()
        if self._stopping:
            self._ends.put(None)

    def _tell(self) -> None:
        if self._setup.meters is not None:
            self._setup.meters.slots(used=len(self._attempts), slots_max=self._tasks_max)

    def _end(self, _: None) -> None:
        if not self._attempts:
            self._idle.set()

    def _answering(self, future: Future[None]) -> None:
        """An answer is under way. On any thread."""
        self._answers.add(future)
        future.add_done_callback(self._answers.discard)

    def _hear(self, message: ActivityCancelNotice | Reply) -> None:
        """A message of the engine. On the channel's thread."""
        if isinstance(message, ActivityCancelNotice):
            self._notices.put(message)

    def _notice(self, notice: ActivityCancelNotice) -> None:
        gone = notice.reason == "gone"
        details = ActivityCancellationDetails(not_found=gone, cancel_requested=not gone)
        for attempt in list(self._attempts):
            task = attempt.task
            if task.run_id != notice.run_id:
                continue
            if task.scheduled_event_id != notice.scheduled_event_id:
                continue
            if notice.attempt in (0, task.attempt):
                attempt.cancel(details)
