"""A module that Workflow code imports as passed through; its helper is imported by others too."""

import time

from unit.workers import passed_through_helper


def clock() -> float:
    """A call that only a module that is passed through may make."""
    return time.monotonic()


def calls_a_helper() -> float:
    """The same, one module further."""
    return passed_through_helper.clock()
