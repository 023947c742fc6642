"""Heartbeats: throttled, and sent by a thread of their own, which no user code can block.

A heartbeat within the interval is kept, the latest wins, and is sent when the interval has passed.
"""

import heapq
import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from duralog.connectors.clock import monotonic_ms
from duralog.schemas.payloads import Payload

INTERVAL_MAX_MS: Final = 60_000  # Temporal's max_heartbeat_throttle_interval.
INTERVAL_DEFAULT_MS: Final = 30_000  # Temporal's default_heartbeat_throttle_interval.


@dataclass(slots=True, frozen=True)
class Throttle:
    """How far apart heartbeats are sent. default_ms: Without a heartbeat timeout."""

    max_ms: int = INTERVAL_MAX_MS
    default_ms: int = INTERVAL_DEFAULT_MS

    def interval_ms(self, heartbeat_timeout_ms: int) -> int:
        """0.8 of the timeout, so that one fits in each."""
        wanted_ms = heartbeat_timeout_ms * 8 // 10 if heartbeat_timeout_ms else self.default_ms
        return min(wanted_ms, self.max_ms)


class HeartbeatThread:
    """Calls functions at their time; one thread for all activities of a worker."""

    def __init__(self) -> None:
        self._due: list[tuple[int, int, Callable[[], None]]] = []
        self._numbers = itertools.count()  # Two at the same time keep their order.
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="duralog-heartbeats", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def at(self, time_ms: int, send: Callable[[], None]) -> None:
        """Call `send` at `time_ms` of the monotonic clock. It must not block or raise."""
        with self._changed:
            heapq.heappush(self._due, (time_ms, next(self._numbers), send))
            if self._due[0][0] == time_ms:
                self._changed.notify()

    def close(self) -> None:
        """End the thread; what is not due yet is dropped."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._closed and (not self._due or self._due[0][0] > monotonic_ms()):
                    wait_ms = self._due[0][0] - monotonic_ms() if self._due else None
                    self._changed.wait(None if wait_ms is None else max(wait_ms, 1) / 1000)
                if self._closed:
                    return
                _, _, send = heapq.heappop(self._due)
            send()


class Heartbeat:
    """The heartbeats of one attempt. Safe for any thread. later: HeartbeatThread.at."""

    def __init__(
        self,
        send: Callable[[list[Payload]], None],
        *,
        later: Callable[[int, Callable[[], None]], None],
        interval_ms: int,
        now_ms: Callable[[], int] = monotonic_ms,
    ) -> None:
        self._later = later
        self._send = send
        self._interval_ms = interval_ms
        self._now_ms = now_ms
        self._lock = threading.Lock()
        self._next_ms = 0
        self._kept: list[Payload] | None = None
        self._waiting = False
        self._closed = False

    def record(self, details: list[Payload]) -> None:
        """Send `details` now, or keep them until the interval has passed."""
        with self._lock:
            if self._closed:
                return
            now_ms = self._now_ms()
            if now_ms < self._next_ms:
                self._kept = details
                if not self._waiting:
                    self._waiting = True
                    self._later(self._next_ms, self._flush)
                return
            self._next_ms = now_ms + self._interval_ms
            self._send(details)

    def close(self) -> list[Payload]:
        """Send no more. Returns the details that were kept and never sent."""
        with self._lock:
            self._closed = True
            return self._kept or []

    def _flush(self) -> None:
        with self._lock:
            self._waiting = False
            if self._closed or self._kept is None:
                return
            details, self._kept = self._kept, None
            self._next_ms = self._now_ms() + self._interval_ms
            self._send(details)
