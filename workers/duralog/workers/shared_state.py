"""What sync Activities in other processes share with their worker: events, and their heartbeats."""

import asyncio
import logging
import queue
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from multiprocessing.managers import SyncManager
from typing import Any, Final

LOG: Final = logging.getLogger("duralog.worker")
HEARTBEATS_MAX: Final = 1000  # On the way from all processes; then `heartbeat` waits. As Temporal.
POLL_SECONDS: Final = 0.5  # The poller looks as often whether anybody is left to poll for.
FLUSH_SECONDS: Final = 5.0
SEND_SECONDS: Final = 30.0


class SharedHeartbeatSender(ABC):
    """Sends heartbeats from another process; can be pickled."""

    @abstractmethod
    def send_heartbeat(self, task_token: bytes, *details: Any) -> None:
        """Send one of the attempt with this token."""


class SharedStateManager(ABC):
    """What a worker needs for sync Activities in processes; workers may share one."""

    @staticmethod
    def create_from_multiprocessing(
        mgr: SyncManager, queue_poller_executor: Executor | None = None
    ) -> "SharedStateManager":
        """One of a `multiprocessing.Manager()`.

        queue_poller_executor: Runs what reads the heartbeats; None: a thread of its own.
        """
        return _Multiprocessing(mgr, queue_poller_executor or ThreadPoolExecutor(1))

    @abstractmethod
    def new_event(self) -> threading.Event:
        """An event for several processes."""

    @abstractmethod
    async def register_heartbeater(
        self, task_token: bytes, heartbeat: Callable[..., None]
    ) -> SharedHeartbeatSender:
        """What sends to `heartbeat`, which must be quick, from another process."""

    @abstractmethod
    async def unregister_heartbeater(self, task_token: bytes) -> None:
        """Return when the last heartbeat of this attempt was passed on."""


class _QueueSender(SharedHeartbeatSender):
    def __init__(self, heartbeats: "queue.Queue[tuple[bytes, Any]]") -> None:
        self._heartbeats = heartbeats

    def send_heartbeat(self, task_token: bytes, *details: Any) -> None:
        """Put it into the queue; waits while that is full."""
        self._heartbeats.put((task_token, details), True, SEND_SECONDS)


class _Multiprocessing(SharedStateManager):
    """Heartbeats come through one queue, read by one thread while there are Activities."""

    def __init__(self, manager: SyncManager, executor: Executor) -> None:
        self._manager = manager
        self._executor = executor
        self._heartbeats: queue.Queue[tuple[bytes, Any]] = manager.Queue(HEARTBEATS_MAX)
        self._lock = threading.Lock()
        self._heartbeaters: dict[bytes, Callable[..., None]] = {}
        self._flushed: dict[bytes, Future[None]] = {}
        self._polling = False

    def new_event(self) -> threading.Event:
        """A proxy of an event of the manager."""
        return self._manager.Event()

    async def register_heartbeater(
        self, task_token: bytes, heartbeat: Callable[..., None]
    ) -> SharedHeartbeatSender:
        """The same queue for all."""
        with self._lock:
            self._heartbeaters[task_token] = heartbeat
            start, self._polling = not self._polling, True
        if start:
            self._executor.submit(self._poll)
        return _QueueSender(self._heartbeats)

    async def unregister_heartbeater(self, task_token: bytes) -> None:
        """Send a mark through the queue, behind all its heartbeats."""
        flushed: Future[None] = Future()
        self._flushed[task_token] = flushed
        await asyncio.to_thread(self._heartbeats.put, (task_token, None), True, FLUSH_SECONDS)
        await asyncio.wrap_future(flushed)

    def _poll(self) -> None:
        while True:
            with self._lock:
                if not self._heartbeaters:
                    self._polling = False
                    return
            try:
                task_token, details = self._heartbeats.get(True, POLL_SECONDS)
            except queue.Empty:
                continue
            except (OSError, EOFError):
                self._end()
                return
            self._pass_on(task_token, details)

    def _pass_on(self, task_token: bytes, details: Any) -> None:
        if details is not None:
            heartbeat = self._heartbeaters.get(task_token)
            if heartbeat is not None:
                try:
                    heartbeat(*details)
                except Exception:  # users' converter
                    LOG.exception("a heartbeat of another process cannot be sent")
            return
        with self._lock:
            self._heartbeaters.pop(task_token, None)
            flushed = self._flushed.pop(task_token, None)
        if flushed is not None:
            flushed.set_result(None)

    def _end(self) -> None:
        """The manager's process is gone: there will be no more heartbeats."""
        LOG.error("the multiprocessing manager has ended: no heartbeats of other processes")
        with self._lock:
            self._heartbeaters.clear()
            waiting, self._flushed = list(self._flushed.values()), {}
            self._polling = False
        for flushed in waiting:
            flushed.set_result(None)
