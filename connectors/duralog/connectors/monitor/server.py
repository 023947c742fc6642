"""A small HTTP server on threads of its own: three paths, GET and HEAD, nothing to configure.

It speaks plain HTTP and asks nobody who they are: bind it to an address that only your own
monitoring reaches. What it tells is numbers, names of namespaces and causes of refusals.
"""

import json
import threading
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, NamedTuple, Protocol

TEXT: Final = "text/plain; charset=utf-8"
JSON: Final = "application/json"
PROMETHEUS: Final = "text/plain; version=0.0.4; charset=utf-8"
REQUEST_TIMEOUT_S: Final = 5.0  # For one request line and its headers.
WAITING_MAX: Final = 16  # Connections that wait to be taken: a scraper and a kubelet make three.
BUSY_MAX: Final = 8  # Requests at once; each has a thread.
LOOK_S: Final = 0.05  # How often the listening thread looks whether it was closed.


class MonitorError(Exception):
    """The server cannot start; the text says why and what to do."""


class Address(NamedTuple):
    """Where it listens."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> "Address":
        """`host:port`; the host is required, so that nobody listens everywhere by accident."""
        host, colon, port = text.rpartition(":")
        if not colon or not host or not port.isdecimal() or int(port) > 65_535:
            raise MonitorError(f"{text!r} is no host:port, such as 127.0.0.1:9464")
        return cls(host.strip("[]"), int(port))


@dataclass(slots=True, kw_only=True)
class Readiness:
    """Whether work is done here now, and what there is to say about it: plain data for JSON."""

    is_ready: bool
    facts: dict[str, Any] = field(default_factory=dict[str, Any])


class Probe(Protocol):
    """What a role tells of itself. Called from other threads; must not wait for anything."""

    def trouble(self) -> str:
        """Why the process should be started again; empty: it should not."""
        ...

    def readiness(self) -> Readiness:
        """Whether it does its work."""
        ...

    def text(self) -> bytes:
        """Metrics in Prometheus's text. Raises ImportError without the extra it needs."""
        ...


class MonitorServer:
    """Serves a probe until it is closed."""

    def __init__(self, address: Address, probe: Probe) -> None:
        probe.text()  # An extra that is missing is told now, not by the first scrape.
        busy = threading.BoundedSemaphore(BUSY_MAX)
        handler = type("Handler", (_Handler,), {"probe": probe, "busy": busy})
        try:
            self._server = _Server(address, handler)
        except OSError as error:
            raise MonitorError(
                f"cannot listen on {address.host}:{address.port}: {error.strerror}"
            ) from None
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            args=(LOOK_S,),
            name="duralog-monitor",
            daemon=True,
        )
        self._thread.start()

    @property
    def address(self) -> Address:
        """Where it listens; the port is the one it got, when 0 was asked for."""
        host, port, *_ = self._server.server_address
        return Address(str(host), int(port))

    def close(self) -> None:
        """Stop listening; requests under way may end."""
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = WAITING_MAX


class _Handler(BaseHTTPRequestHandler):
    timeout = REQUEST_TIMEOUT_S
    server_version = "duralog"
    sys_version = ""
    probe: Probe
    busy: threading.BoundedSemaphore

    def do_GET(self) -> None:
        """One of three paths."""
        if not self.busy.acquire(blocking=False):
            self._send(HTTPStatus.SERVICE_UNAVAILABLE, TEXT, b"too many requests at once\n")
            return
        try:
            self._answer(self.path.partition("?")[0])
        finally:
            self.busy.release()

    do_HEAD = do_GET  # noqa: N815 (likewise)

    def log_message(self, format: str, *args: object) -> None:
        """A scrape every few seconds is no news."""

    def _answer(self, path: str) -> None:
        if path == "/metrics":
            self._send(HTTPStatus.OK, PROMETHEUS, self.probe.text())
        elif path == "/healthz":
            trouble = self.probe.trouble()
            status = HTTPStatus.SERVICE_UNAVAILABLE if trouble else HTTPStatus.OK
            self._send(status, TEXT, f"{trouble or 'ok'}\n".encode())
        elif path == "/readyz":
            found = self.probe.readiness()
            status = HTTPStatus.OK if found.is_ready else HTTPStatus.SERVICE_UNAVAILABLE
            document = {"ready": found.is_ready, **found.facts}
            self._send(status, JSON, json.dumps(document).encode() + b"\n")
        else:
            self._send(HTTPStatus.NOT_FOUND, TEXT, b"/healthz, /readyz or /metrics\n")

    def _send(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
