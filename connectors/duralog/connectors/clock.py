"""The only place that reads the time. Everything else takes it as an argument."""

import time


def now_ms() -> int:
    """Milliseconds since the epoch, UTC, by this machine's clock."""
    return time.time_ns() // 1_000_000


def monotonic_ms() -> int:
    """Milliseconds that never go back; their zero means nothing."""
    return time.monotonic_ns() // 1_000_000
