"""Crash points, for tests: `DURALOG_CRASH_AT=name` ends the process there.

`name:3` ends it the third time it comes by. The engine's are Checkpoint effects, a worker's stand
in `task_source`.
"""

import os
import signal
from typing import Final

CRASH_AT: Final = "DURALOG_CRASH_AT"


class CrashPoint:
    """The point at which this process is to die, if any."""

    __slots__ = ("_left", "_name")

    def __init__(self, text: str) -> None:
        """`text`: name, or name:count. Raises ValueError when the count is no number."""
        name, _, count = text.partition(":")
        self._name = name
        self._left = int(count or 1)

    @classmethod
    def of_environment(cls) -> "CrashPoint":
        """What the environment asks for."""
        return cls(os.environ.get(CRASH_AT, ""))

    def reached(self, name: str) -> None:
        """Die here as by `kill -9`, if this is the point and its time has come."""
        if name != self._name:
            return
        self._left -= 1
        if self._left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)
