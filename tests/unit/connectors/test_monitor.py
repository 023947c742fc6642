"""The HTTP server of health and metrics, over a real socket."""

import http.client
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from duralog.connectors.monitor import (
    METRICS,
    Address,
    MonitorError,
    MonitorServer,
    Readiness,
    Sample,
    render,
)

DOCS = Path(__file__).parents[3] / "docs" / "monitoring.md"


@dataclass
class Told:
    """A probe that says what a test wants."""

    cause: str = ""
    ready: Readiness = field(default_factory=lambda: Readiness(is_ready=True))
    values: list[Sample] = field(default_factory=list[Sample])

    def trouble(self) -> str:
        return self.cause

    def readiness(self) -> Readiness:
        return self.ready

    def text(self) -> bytes:
        return render(self.values)


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def server(told: Told) -> Iterator[MonitorServer]:
    started = MonitorServer(Address("127.0.0.1", 0), told)
    yield started
    started.close()


def get(server: MonitorServer, path: str, method: str = "GET") -> tuple[int, str, str]:
    """Status, content type and body."""
    connection = http.client.HTTPConnection(*server.address, timeout=10)
    try:
        connection.request(method, path)
        response = connection.getresponse()
        return response.status, response.headers["Content-Type"], response.read().decode()
    finally:
        connection.close()


def test_health_is_the_process_own_word(server: MonitorServer, told: Told) -> None:
    assert get(server, "/healthz")[::2] == (200, "ok\n")
    told.cause = "slot 0 has told nothing for 61 s"
    assert get(server, "/healthz")[::2] == (503, "slot 0 has told nothing for 61 s\n")


def test_readiness_tells_how_far_it_is(server: MonitorServer, told: Told) -> None:
    told.ready = Readiness(is_ready=False, facts={"restored": 41.5})
    status, kind, body = get(server, "/readyz")
    assert (status, kind) == (503, "application/json")
    assert json.loads(body) == {"ready": False, "restored": 41.5}
    told.ready = Readiness(is_ready=True)
    assert get(server, "/readyz")[0] == 200


def test_metrics_are_prometheus_text(server: MonitorServer, told: Told) -> None:
    told.values = [
        Sample("duralog_transactions_total", ("0",), 7),
        Sample("duralog_open_runs", ("0", 'a"b', "1"), 3),
    ]
    status, kind, body = get(server, "/metrics")
    assert (status, kind.partition(";")[0]) == (200, "text/plain")
    found = {s.name: s for f in text_string_to_metric_families(body) for s in f.samples}
    assert found["duralog_transactions_total"].value == 7
    assert found["duralog_open_runs"].labels == {"slot": "0", "namespace": 'a"b', "partition": "1"}


def test_anything_else_is_not_found_and_head_has_no_body(server: MonitorServer) -> None:
    assert get(server, "/")[0] == 404
    assert get(server, "/healthz?verbose")[0] == 200
    assert get(server, "/healthz", "HEAD")[::2] == (200, "")
    assert get(server, "/healthz", "POST")[0] == 501


def test_an_address_in_use_is_one_clear_line(server: MonitorServer, told: Told) -> None:
    with pytest.raises(MonitorError, match=f"cannot listen on 127.0.0.1:{server.address.port}"):
        MonitorServer(server.address, told)


def test_a_host_must_be_said() -> None:
    assert Address.parse("[::1]:9464") == ("::1", 9464)
    for text in ("9464", ":9464", "host:", "host:x", "host:70000"):
        with pytest.raises(MonitorError, match=r"is no host:port"):
            Address.parse(text)


def test_every_metric_is_documented_and_rendered() -> None:
    families = {f.name for f in text_string_to_metric_families(render(()).decode())}
    assert families == {name.removesuffix("_total") for name in METRICS}
    documented = set(re.findall(r"^\| `(duralog_\w+)`", DOCS.read_text(), re.MULTILINE))
    assert documented == set(METRICS)
