"""Health, readiness and metrics of a worker's process over HTTP: needs the extra `server`.

    with WorkerMonitor("127.0.0.1:9465") as monitor:  # Before the first client.
        client = await Client.connect("localhost:9092")
        worker = Worker(client, ...)
        monitor.watch(worker)
        await worker.run()

`/healthz` fails when the event loop of a watched worker has done nothing for a minute, `/readyz`
until all watched workers run, `/metrics` has what workers, clients and your own code count, in
Prometheus's text. It speaks plain HTTP and asks nobody who they are.
"""

import asyncio
import threading
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from opentelemetry import metrics

from duralog.connectors.clock import monotonic_ms
from duralog.connectors.monitor import Address, MonitorError, MonitorServer, Readiness
from duralog.connectors.prometheus import Style, exposition
from duralog.worker import Worker

if TYPE_CHECKING:
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader

BLOCKED_MS_MAX: Final = 60_000  # What blocks a loop for longer is no slow call any more.


class WorkerMonitor:
    """Serves while it is entered. address: `host:port`; port 0 for a free one.

    reader: of the MeterProvider that you have set; without one, OpenTelemetry's global
    MeterProvider is set here, as a Runtime with metrics does. Raises MonitorError when it cannot
    listen, or one is set already.
    """

    def __init__(self, address: str, *, reader: "InMemoryMetricReader | None" = None) -> None:
        self._address = Address.parse(address)
        self._probe = _Probe(reader or _new_reader())
        self._server: MonitorServer | None = None

    def watch(self, worker: Worker) -> None:
        """Let this worker count; call it on the event loop that the worker runs on."""
        self._probe.watch(worker, asyncio.get_running_loop())

    @property
    def address(self) -> str:
        """Where it listens."""
        assert self._server is not None, "enter it first"
        host, port = self._server.address
        return f"{host}:{port}"

    def __enter__(self) -> Self:
        self._server = MonitorServer(self._address, self._probe)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._server is not None, "enter it first"
        self._server.close()


class _Beat:
    """Whether an event loop does what it is asked."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._asked_ms: int | None = None  # None: it has answered.

    def silent_ms(self) -> int:
        """How long the last question has been open; asks the next one when it is not."""
        asked_ms = self._asked_ms
        if asked_ms is not None:
            return monotonic_ms() - asked_ms
        if not self._loop.is_closed():
            self._asked_ms = monotonic_ms()
            self._loop.call_soon_threadsafe(self._answer)
        return 0

    def _answer(self) -> None:
        self._asked_ms = None


class _Probe:
    """A `connectors.monitor.Probe` over workers."""

    def __init__(self, reader: "InMemoryMetricReader") -> None:
        self._reader = reader
        self._lock = threading.Lock()
        self._watched: list[tuple[Worker, _Beat]] = []

    def watch(self, worker: Worker, loop: asyncio.AbstractEventLoop) -> None:
        """Let this worker count."""
        with self._lock:
            self._watched.append((worker, _Beat(loop)))

    def trouble(self) -> str:
        """Workers whose event loop stands still."""
        found: list[str] = []
        with self._lock:
            for worker, beat in self._watched:
                silent_ms = beat.silent_ms()
                if worker.is_running and silent_ms > BLOCKED_MS_MAX:
                    found.append(
                        f"the event loop of the worker of {worker.task_queue!r} has been blocked"
                        f" for {silent_ms // 1000} s"
                    )
        return "; ".join(found)

    def readiness(self) -> Readiness:
        """Whether all watched workers run."""
        with self._lock:
            workers = [
                {"task_queue": worker.task_queue, "running": worker.is_running}
                for worker, _ in self._watched
            ]
        ready = bool(workers) and all(one["running"] for one in workers)
        return Readiness(is_ready=ready, facts={"workers": workers})

    def text(self) -> bytes:
        """What this process counts, under the names that `duralog.runtime` gives by default."""
        data = self._reader.get_metrics_data()
        found: list[Any] = [  # OpenTelemetry's are frozen, which their protocol cannot say.
            metric
            for resource in (data.resource_metrics if data else ())
            for scope in resource.scope_metrics
            for metric in scope.metrics
        ]
        return exposition(found, Style()).encode()


def _new_reader() -> "InMemoryMetricReader":
    """Of a new global MeterProvider. Raises ImportError with what to install, and MonitorError."""
    try:
        from opentelemetry.sdk.metrics import MeterProvider  # noqa: PLC0415 (an extra)
        from opentelemetry.sdk.metrics.export import InMemoryMetricReader  # noqa: PLC0415
    except ImportError as error:
        raise ImportError("this needs an extra: pip install 'duralog[server]'") from error
    if isinstance(metrics.get_meter_provider(), MeterProvider):
        raise MonitorError(
            "OpenTelemetry's MeterProvider is set already; give the InMemoryMetricReader of it"
        )
    reader = InMemoryMetricReader()
    metrics.set_meter_provider(MeterProvider(metric_readers=[reader]))
    return reader
