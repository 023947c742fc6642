"""An engine in this process: the real partition loop on a broker and a store in memory.

Time is this machine's, plus what was skipped. It skips only while somebody waits for it (a result,
or `sleep`), and no worker has a task: then to the next thing that is due, at once.
"""

import logging
import sys
import threading
from typing import Final

import structlog
from structlog.typing import FilteringBoundLogger

from duralog.connectors.broker import Poll
from duralog.connectors.clock import Clock, now_ms
from duralog.connectors.memory import MemoryBroker, MemoryDriver
from duralog.connectors.topic_plan import TopicSizes
from duralog.orchestrator.loop import partition_loop
from duralog.orchestrator.marker import MemoryMarker
from duralog.orchestrator.partitions import Unit
from duralog.orchestrator.settings import LoopSettings
from duralog.schemas.topics import DAY_MS, TopicNames
from duralog.state.memory import MemoryDisk
from duralog.testing.outstanding import Outstanding

SLOT: Final = "0"
PARTITIONS: Final = 1
IDLE_MS: Final = 365 * DAY_MS  # A poll that waits for so long waits for nothing that is due.
LOOK_MS: Final = 5  # How often it looks whether time may skip.
START_SECONDS: Final = 30.0


def quiet_log() -> FilteringBoundLogger:
    """Warnings and worse, to stderr: a user's test has enough to say."""
    log: FilteringBoundLogger = structlog.wrap_logger(
        structlog.PrintLogger(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
    )
    return log


class SkippingClock(Clock):
    """The clock of this machine, plus what was skipped."""

    def __init__(self) -> None:
        self.skipped_ms = 0

    def now_ms(self) -> int:
        """Milliseconds since the epoch, UTC."""
        return now_ms() + self.skipped_ms


class LocalEngine:
    """One slot of one partition on a thread. `start` and `stop` block."""

    def __init__(self, names: TopicNames) -> None:
        self.clock = SkippingClock()
        self.broker = MemoryBroker(self.clock)
        self._names = names
        self._driver = MemoryDriver(self.broker, names=[names], slot=SLOT)
        self._outstanding = Outstanding(self.broker, names)
        self._lock = threading.Lock()
        self._waiters = 0
        self._sleepers: list[tuple[int, threading.Event]] = []
        self._ready = threading.Event()
        self._stopping = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="duralog-engine", daemon=True)

    def start(self) -> None:
        """Create the topics and serve. Raises RuntimeError when the loop ends at once."""
        self.broker.create_topics(self._names, TopicSizes(partitions=PARTITIONS))
        self._thread.start()
        if not self._ready.wait(START_SECONDS) or self._error is not None:
            raise RuntimeError("the engine did not start") from self._error

    def stop(self) -> None:
        """End the thread. Raises RuntimeError when the loop has failed meanwhile."""
        self._stopping.set()
        self._thread.join()
        if self._error is not None:
            raise RuntimeError("the engine failed") from self._error

    def begin_waiting(self) -> None:
        """From now on time may skip. Any thread; ends with as many calls of `end_waiting`."""
        with self._lock:
            self._waiters += 1

    def end_waiting(self) -> None:
        """See `begin_waiting`."""
        with self._lock:
            self._waiters -= 1

    def sleep(self, duration_ms: int) -> None:
        """Let `duration_ms` pass by the engine's clock, with all that is due in it. Blocks."""
        slept = threading.Event()
        with self._lock:
            self._sleepers.append((self.clock.now_ms() + duration_ms, slept))
        while not slept.wait(LOOK_MS / 1000):
            if self._stopping.is_set() or self._error is not None:
                raise RuntimeError("the engine has stopped") from self._error

    def _run(self) -> None:
        settings = LoopSettings(
            transactional_id=self._driver.transactional_id,
            prefix=self._names.prefix,
            partitions=PARTITIONS,
            namespaces=(self._names.namespace,),
            ingress_partitions={
                self._names.namespace: self.broker.partitions(self._names.of("ingress"))
            },
            dead_letter_partitions=self.broker.partitions(self._names.of("dead-letters")),
            idle_wait_ms=IDLE_MS,
        )
        loop = partition_loop(
            settings,
            disk=MemoryDisk(),
            marker=MemoryMarker(),
            log=quiet_log(),
            monotonic_ms=self.clock.now_ms,  # Time that is skipped passes for all alike.
            on_ready=self._on_ready,
        )
        try:
            self._driver.start(loop)
            while not self._stopping.is_set():
                if not self._driver.step() and not self._skip():
                    self.broker.wait(self._has_work, LOOK_MS)
        except BaseException as error:  # noqa: BLE001 (the shell's one: `start` and `stop` tell it)
            self._error = error
            self._ready.set()
        finally:
            loop.close()

    def _on_ready(self, units: list[Unit]) -> None:
        if len(units) == PARTITIONS:
            self._ready.set()

    def _has_work(self) -> bool:
        return self._stopping.is_set() or not self._driver.is_blocked

    def _skip(self) -> bool:
        """Skip to what is due next, if time may skip and something is due."""
        effect = self._driver.effect
        with self._lock:
            sleepers, waits = list(self._sleepers), self._waiters > 0 or bool(self._sleepers)
        if not (waits and isinstance(effect, Poll)):
            return False
        moments = [moment for moment, _ in sleepers]
        if effect.wait_ms < IDLE_MS:
            moments.append(self._driver.wake_ms)
        if not moments or not self._outstanding.is_empty():
            return False
        self.clock.skipped_ms += max(0, min(moments) - self.clock.now_ms())
        self._wake()
        return True

    def _wake(self) -> None:
        """End the sleep of those whose time has come."""
        now_ms = self.clock.now_ms()
        with self._lock:
            for moment, slept in self._sleepers:
                if moment <= now_ms:
                    slept.set()
            self._sleepers = [s for s in self._sleepers if s[0] > now_ms]
