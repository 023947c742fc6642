"""Found first on the path of a process whose clock is to be wrong: shifts what Python calls time.

Kafka's client library keeps the right time, as a broker elsewhere does.
"""

import os
import time

_OFFSET_NS = int(os.environ.get("DURALOG_CHAOS_CLOCK_OFFSET_MS", "0")) * 1_000_000
_TRUE_NS = time.time_ns


def _shifted_ns() -> int:
    return _TRUE_NS() + _OFFSET_NS


def _shifted() -> float:
    return _shifted_ns() / 1e9


time.time_ns = _shifted_ns
time.time = _shifted  # noqa: TID251 (it is replaced, not read)
