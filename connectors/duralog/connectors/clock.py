"""The only place that reads the time. Everything else takes it as an argument."""

import time
from typing import Protocol


def now_ms() -> int:
    """Milliseconds since the epoch, UTC, by this machine's clock."""
    return time.time_ns() // 1_000_000


def monotonic_ms() -> int:
    """Milliseconds that never go back; their zero means nothing."""
    return time.monotonic_ns() // 1_000_000


class Clock(Protocol):
    """Who is asked for the time."""

    def now_ms(self) -> int:
        """Milliseconds since the epoch, UTC."""
        ...


class SystemClock:
    """The clock of this machine."""

    def now_ms(self) -> int:
        """Milliseconds since the epoch, UTC."""
        return now_ms()


class VirtualClock:
    """A clock that stands still until it is told, for tests and simulators."""

    def __init__(self, start_ms: int = 1_700_000_000_000) -> None:
        self._now_ms = start_ms

    def now_ms(self) -> int:
        """Milliseconds since the epoch, as this clock has it."""
        return self._now_ms

    def advance(self, by_ms: int) -> None:
        """Let time pass; never backwards."""
        assert by_ms >= 0
        self._now_ms += by_ms
