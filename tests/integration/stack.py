"""Engine slots and worker processes against the tests' broker: started, awaited, killed by pid.

A stack has a topic prefix of its own. What its processes say is kept beside each other in its
directory; the end of each log goes into a failed test's report.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar, cast

from duralog.client import Client, RPCError, RPCStatusCode, WorkflowHandle, WorkflowHistory
from duralog.connectors.embedded.configuration import last_lines
from duralog.worker import Worker

WORKER_SCRIPT = Path(__file__).parent / "worker_process.py"
READY_S = 60.0  # An engine on a machine that is busy with other things.
END_S = 20.0

Found = TypeVar("Found")


def new_id(name: str = "w") -> str:
    """An id no other test has."""
    return f"{name}-{uuid.uuid4().hex[:10]}"


@dataclass(slots=True, kw_only=True)
class Child:
    """One process of a stack. events: what it told on stdout and nobody has taken yet."""

    process: subprocess.Popen[str]
    log: Path
    events: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    changed: threading.Condition = field(default_factory=threading.Condition)
    over: bool = False
    listener: threading.Thread | None = None

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    def kill(self) -> None:
        """End it as `kill -9` does, and wait for its end."""
        self.process.kill()
        self.process.wait(END_S)

    def terminate(self) -> None:
        """Ask it to end; returns at once."""
        self.process.terminate()

    def wait(self, timeout_s: float = END_S) -> int:
        """Its exit status, once it has ended."""
        return self.process.wait(timeout_s)

    def wait_for(self, name: str, *, timeout_s: float = READY_S) -> dict[str, Any]:
        """The next event of that name that it tells on stdout."""
        with self.changed:
            self.changed.wait_for(
                lambda: self.over or any(e["event"] == name for e in self.events), timeout_s
            )
            event = next((e for e in self.events if e["event"] == name), None)
            assert event is not None, f"no {name!r} in {timeout_s} s:\n{self.tail()}"
            self.events.remove(event)
            return event

    def tail(self) -> str:
        """The end of what it said."""
        return f"{self.log}:\n{last_lines(self.log.read_text(errors='replace'))}"

    def listen(self) -> None:
        """Take in its stdout, one JSON object a line, until it ends."""
        assert self.process.stdout is not None
        with self.process.stdout, self.log.open("a") as log:
            for line in self.process.stdout:
                log.write(line)
                log.flush()
                if line.startswith("{"):
                    with self.changed:
                        self.events.append(json.loads(line))
                        self.changed.notify_all()
        with self.changed:
            self.over = True
            self.changed.notify_all()


@dataclass(slots=True, kw_only=True)
class Stack:
    """Engine and workers of one topic prefix on one broker.

    kafka: further settings of librdkafka, for all of them.
    """

    address: str
    prefix: str
    directory: Path
    kafka: dict[str, str] = field(default_factory=dict[str, str])
    children: list[Child] = field(default_factory=list[Child])

    def topic(self, kind: str) -> str:
        """The full name of a topic."""
        return f"{self.prefix}.default.{kind}"

    def duralog(self, *arguments: str, timeout_s: float = 60.0) -> subprocess.CompletedProcess[str]:
        """Run a command of the command line and wait for it."""
        return subprocess.run(
            [sys.executable, "-m", "duralog.cli", *arguments, *self._flags()],
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout_s,
        )

    def create_topics(self, *, partitions: int = 2, ingress_partitions: int = 2) -> None:
        """Create the topics of the namespace."""
        sizes = ["--partitions", str(partitions), "--ingress-partitions", str(ingress_partitions)]
        done = self.duralog("topics", "apply", *sizes)
        assert done.returncode == 0, done.stderr

    def start_engine(
        self,
        *arguments: str,
        slot: int = 0,
        environment: Mapping[str, str] | None = None,
        ready: bool = True,
    ) -> Child:
        """A supervised slot; with `ready`, wait until it serves."""
        place = self.directory / f"slot-{slot}"
        command = ["-m", "duralog.cli", "engine", "-o", "json", "--slot", str(slot)]
        engine = self._start(
            f"engine-{slot}",
            [*command, "--data-dir", str(place), *self._flags(), *arguments],
            environment=environment,
        )
        if ready:
            engine.wait_for("engine_ready")
        return engine

    def start_worker(
        self, task_queue: str, *, environment: Mapping[str, str] | None = None
    ) -> Child:
        """A worker process with all of `programs`; returns when it has connected."""
        arguments = [str(WORKER_SCRIPT), "--address", self.address, "--prefix", self.prefix]
        worker = self._start(
            "worker", [*arguments, "--task-queue", task_queue], environment=environment
        )
        worker.wait_for("started")
        return worker

    async def client(self) -> Client:
        """A client of this stack."""
        return await Client.connect(self.address, prefix=self.prefix, kafka=self.kafka)

    def end(self) -> None:
        """End what still runs, also what a test has paused."""
        running = [child for child in self.children if child.process.poll() is None]
        for child in running:
            child.process.send_signal(signal.SIGCONT)
            child.terminate()
        for child in running:
            try:
                child.wait()
            except subprocess.TimeoutExpired:
                child.kill()
        for child in self.children:
            if child.listener is not None:
                child.listener.join(END_S)

    def report(self) -> str:
        """The end of every log."""
        return "\n".join(child.tail() for child in self.children)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()
        if error is not None:
            print(self.report())

    def _flags(self) -> list[str]:
        settings = [f"-X{key}={value}" for key, value in self.kafka.items()]
        return ["--bootstrap-servers", self.address, "--prefix", self.prefix, *settings]

    def _start(
        self, name: str, arguments: Sequence[str], *, environment: Mapping[str, str] | None
    ) -> Child:
        log = self.directory / f"{len(self.children)}-{name}.log"
        with log.open("a") as errors:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                env={**os.environ, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        child = Child(process=process, log=log)
        child.listener = threading.Thread(target=child.listen, daemon=True)
        child.listener.start()
        self.children.append(child)
        return child


async def eventually(
    ask: Callable[[], Awaitable[Found | None]], *, timeout_s: float = READY_S
) -> Found:
    """What `ask` says once that is true. Each call of it asks the engine, which paces us."""
    deadline_s = time.monotonic() + timeout_s
    while True:
        found = await ask()
        if found:
            return found
        assert time.monotonic() < deadline_s, f"not so after {timeout_s} s"


async def known(handle: WorkflowHandle[Any, Any]) -> None:
    """Wait until the engine has read a start that somebody else published."""

    async def ask() -> bool:
        try:
            await handle.describe()
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            return False
        return True

    await eventually(ask)


async def event_of(handle: WorkflowHandle[Any, Any], kind: type[Found]) -> Found:
    """The first event of that kind, once it is in the history."""

    async def ask() -> Found | None:
        history = await handle.fetch_history()
        return next((event for event in history.events if isinstance(event, kind)), None)

    return await eventually(ask)


def check_gap_free(history: WorkflowHistory) -> list[str]:
    """Events are numbered 1 to n; returns their names."""
    assert [event.event_id for event in history.events] == list(range(1, len(history.events) + 1))
    return [type(event).__name__ for event in history.events]


@asynccontextmanager
async def working(
    client: Client,
    *,
    workflows: Sequence[type] = (),
    activities: Sequence[Callable[..., Any]] = (),
    task_queue: str = "",
    **options: Any,
) -> AsyncGenerator[Worker]:
    """A worker in this process, of a queue of its own unless one is named."""
    with ThreadPoolExecutor(4) as executor:
        worker = Worker(
            client,
            task_queue=task_queue or new_id("queue"),
            workflows=workflows,
            activities=activities,
            activity_executor=executor,
            max_concurrent_activities=cast(int, options.pop("max_concurrent_activities", 4)),
            **options,
        )
        async with worker:
            yield worker
