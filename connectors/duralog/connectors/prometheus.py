"""Metrics for Prometheus to fetch: the text format, and a server for it.

What OpenTelemetry has collected is written as text at each request; nothing is kept here.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, Protocol

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
MILLISECONDS: Final = "ms"


@dataclass(slots=True, frozen=True, kw_only=True)
class Style:
    """How series are named. labels: On every one."""

    counters_total_suffix: bool = False
    unit_suffix: bool = False
    durations_as_seconds: bool = False
    labels: Mapping[str, str] = field(default_factory=dict[str, str])


class Point(Protocol):
    """A value of OpenTelemetry's SDK, which may not be there; of a histogram, the rest too."""

    attributes: Any
    value: Any
    sum: Any
    count: int
    bucket_counts: Any
    explicit_bounds: Any


class Metric(Protocol):
    """A metric of OpenTelemetry's SDK; `data` is its Sum, Gauge or Histogram."""

    name: str
    description: str | None
    unit: str | None
    data: Any


def exposition(metrics: Iterable[Metric], style: Style) -> str:
    """OpenTelemetry's metrics, one series a line."""
    return "".join(f"{line}\n" for metric in metrics for line in _lines(metric, style))


def _lines(metric: Metric, style: Style) -> Iterator[str]:
    kind = type(metric.data).__name__
    is_counter = kind == "Sum" and metric.data.is_monotonic
    name, scale = _name(metric, style, is_counter=is_counter)
    if metric.description:
        yield f"# HELP {name} {_escaped(metric.description)}"
    shown = "counter" if is_counter else "histogram" if kind == "Histogram" else "gauge"
    yield f"# TYPE {name} {shown}"
    for point in metric.data.data_points:
        labels: dict[str, Any] = {**style.labels, **(point.attributes or {})}
        if kind == "Histogram":
            yield from _histogram(name, labels, point, scale)
        else:
            yield _series(name, labels, point.value)


def _histogram(name: str, labels: Mapping[str, Any], point: Point, scale: float) -> Iterator[str]:
    total = 0
    bounds = [f"{bound * scale:g}" for bound in point.explicit_bounds]
    for bound, count in zip([*bounds, "+Inf"], point.bucket_counts, strict=True):
        total += count
        yield _series(f"{name}_bucket", {**labels, "le": bound}, total)
    yield _series(f"{name}_sum", labels, point.sum * scale)
    yield _series(f"{name}_count", labels, point.count)


def _name(metric: Metric, style: Style, *, is_counter: bool) -> tuple[str, float]:
    """A metric's name, and what its values are multiplied by."""
    name, scale, unit = _clean(metric.name), 1.0, metric.unit or ""
    if unit == MILLISECONDS:
        unit, scale = ("seconds", 0.001) if style.durations_as_seconds else ("milliseconds", 1.0)
    if style.unit_suffix and unit:
        name += f"_{_clean(unit)}"
    if style.counters_total_suffix and is_counter:
        name += "_total"
    return name, scale


def _series(name: str, labels: Mapping[str, Any], value: float) -> str:
    written = ",".join(f'{_clean(key)}="{_escaped(str(text))}"' for key, text in labels.items())
    return f"{name}{{{written}}} {value}"


def _clean(name: str) -> str:
    """Letters, digits and underscores."""
    return "".join(c if c.isascii() and (c.isalnum() or c == "_") else "_" for c in name)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


class MetricsServer:
    """Answers `GET /metrics` with what `read` returns, on threads of its own.

    port: Where it listens; 0 was asked for: the one that was free. Raises OSError when it is taken.
    """

    def __init__(self, host: str, port: int, read: Callable[[], str]) -> None:
        self._server = ThreadingHTTPServer((host, port), _handler(read))
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="duralog-metrics", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(read: Callable[[], str]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # http.server's name
            if self.path.partition("?")[0] != "/metrics":
                self.send_error(404)
                return
            body = read().encode()
            self.send_response(200)
            self.send_header("Content-Type", CONTENT_TYPE)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: a line for each scrape tells nobody anything."""

    return Handler
