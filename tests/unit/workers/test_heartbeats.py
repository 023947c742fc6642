"""Heartbeats are throttled, the latest details win, and none is lost at the end."""

import threading
from collections.abc import Callable

import pytest

from duralog.connectors.clock import monotonic_ms
from duralog.schemas.payloads import Payload
from duralog.workers.heartbeats import Heartbeat, HeartbeatThread, Throttle


class Attempt:
    """A heartbeat with a clock and an alarm that the test moves by hand."""

    def __init__(self) -> None:
        self.now_ms = 1_000
        self.sent: list[bytes] = []
        self.alarms: list[tuple[int, Callable[[], None]]] = []
        self.heartbeat = Heartbeat(
            lambda details: self.sent.append(details[0].data),
            later=lambda time_ms, call: self.alarms.append((time_ms, call)),
            interval_ms=100,
            now_ms=lambda: self.now_ms,
        )

    def record(self, data: bytes) -> None:
        self.heartbeat.record([Payload(metadata={}, data=data)])

    def ring(self) -> None:
        self.now_ms, call = self.alarms.pop(0)
        call()


def test_the_first_is_sent_at_once() -> None:
    attempt = Attempt()
    attempt.record(b"1")
    assert attempt.sent == [b"1"]


def test_within_the_interval_the_latest_is_kept_and_sent_later() -> None:
    attempt = Attempt()
    for data in (b"1", b"2", b"3"):
        attempt.record(data)
    assert (attempt.sent, [time_ms for time_ms, _ in attempt.alarms]) == ([b"1"], [1_100])
    attempt.ring()
    assert attempt.sent == [b"1", b"3"]


def test_after_a_late_one_the_interval_begins_anew() -> None:
    attempt = Attempt()
    attempt.record(b"1")
    attempt.record(b"2")
    attempt.ring()
    attempt.record(b"3")
    assert attempt.sent == [b"1", b"2"]
    assert attempt.alarms[0][0] == 1_200


def test_closing_returns_what_was_never_sent_and_silences_the_rest() -> None:
    attempt = Attempt()
    attempt.record(b"1")
    attempt.record(b"2")
    assert [payload.data for payload in attempt.heartbeat.close()] == [b"2"]
    attempt.ring()
    attempt.record(b"3")
    assert attempt.sent == [b"1"]


@pytest.mark.parametrize(
    ("heartbeat_timeout_ms", "interval_ms"),
    [(0, 30_000), (1_000, 800), (600_000, 60_000)],
)
def test_the_interval_is_temporals(heartbeat_timeout_ms: int, interval_ms: int) -> None:
    assert Throttle().interval_ms(heartbeat_timeout_ms) == interval_ms


def test_the_thread_calls_in_order_of_time() -> None:
    thread = HeartbeatThread()
    called: list[int] = []
    last = threading.Event()
    now_ms = monotonic_ms()
    thread.at(now_ms + 20, last.set)
    thread.at(now_ms + 20, lambda: called.append(3))
    thread.at(now_ms + 15, lambda: called.append(2))
    thread.at(now_ms + 10, lambda: called.append(1))
    thread.start()
    assert last.wait(5)
    thread.close()
    assert called[:2] == [1, 2]
