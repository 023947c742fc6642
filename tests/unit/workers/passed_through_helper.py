"""A module that only `passed_through` uses."""

import time


def clock() -> float:
    """A forbidden call."""
    return time.monotonic()
