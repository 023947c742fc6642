"""A slot's words to its supervisor: a JSON line each, written by a thread of its own.

A supervisor that does not read, because it is stopped or its machine is busy, must not hold up the
loop: what it does not take is dropped, figures first.
"""

import json
import os
import queue
import threading
from typing import Final

WAITING_MAX: Final = 100  # Lines; the pipe holds about a minute of figures beside.
CLOSE_S: Final = 1.0  # For the last words, of a supervisor that reads.


class Teller:
    """Tells what it is called with, in order. out: a file descriptor.

    Not Python's stdout: its lock, held by a thread that waits, would stop the interpreter's exit.
    """

    def __init__(self, out: int) -> None:
        self._out = out
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="duralog-teller", daemon=True)
        self._thread.start()

    def __call__(self, what: dict[str, object]) -> None:
        """Tell it soon; never waits."""
        waiting = self._lines.qsize()
        if waiting < (WAITING_MAX // 2 if "figures" in what else WAITING_MAX):
            self._lines.put(json.dumps(what))

    def close(self) -> None:
        """Wait a moment until all is told."""
        self._lines.put(None)
        self._thread.join(CLOSE_S)

    def _run(self) -> None:
        while (line := self._lines.get()) is not None:
            try:
                os.write(self._out, line.encode() + b"\n")
            except OSError:
                return  # Nobody listens any more; the lifeline says so, too.
