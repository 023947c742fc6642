"""Activities for other processes: they must be found by the name of their module."""

import os

from duralog import activity
from duralog.exceptions import ApplicationError


@activity.defn
def count_up(first: int) -> list[int]:
    """Heartbeats from here; the second attempt goes on where the first has failed."""
    info = activity.info()
    begin = info.heartbeat_details[0] if info.heartbeat_details else first
    activity.heartbeat(begin + 1)
    assert not activity.is_worker_shutdown()
    activity.logger.info("counting")
    if info.attempt == 1:
        raise ApplicationError("half way", "why", type="HalfWay")
    return [os.getpid(), begin, info.attempt]


@activity.defn
def until_cancelled() -> str:
    """Heartbeats until it is told to stop."""
    while not activity.is_cancelled():
        activity.heartbeat("here")
        activity.wait_for_cancelled_sync(0.05)
    return "stopped"


@activity.defn
def crash() -> None:
    """Take its process down."""
    os._exit(1)
