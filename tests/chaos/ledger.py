"""The ledger of effects: a file to which every execution of an activity appends a line.

Each line is one write of less than 4 KB to a file opened with O_APPEND: lines of several processes
do not mix, and what is written is there even if the process is killed right after it.
"""

import json
import os
import uuid
from dataclasses import asdict
from pathlib import Path
from typing import Final

from duralog import activity
from duralog.connectors.clock import now_ms
from evidence.model import BEGIN, DONE, FAILED, Effect
from evidence.payloads import digest_of_value

LEDGER: Final = "DURALOG_CHAOS_LEDGER"  # Names the file, for worker processes.


class Recorded:
    """One execution: `with Recorded() as execution`, and `execution.done(result)` at its end."""

    def __init__(self) -> None:
        self._execution = uuid.uuid4().hex
        self._is_done = False

    def __enter__(self) -> "Recorded":
        self._write(BEGIN)
        return self

    def __exit__(self, *error: object) -> None:
        if not self._is_done:
            self._write(FAILED)

    def done(self, result: str) -> str:
        """The effect has happened; returns `result`."""
        self._is_done = True
        self._write(DONE, digest_of_value(result))
        return result

    def _write(self, what: str, digest: str = "") -> None:
        info = activity.info()
        append(
            Path(os.environ[LEDGER]),
            Effect(
                what=what,
                execution=self._execution,
                workflow_id=info.workflow_id,
                run_id=info.workflow_run_id,
                activity_id=info.activity_id,
                attempt=info.attempt,
                pid=os.getpid(),
                time_ms=now_ms(),
                digest=digest,
            ),
        )


def append(path: Path, effect: Effect) -> None:
    """One line."""
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(file, json.dumps(asdict(effect)).encode() + b"\n")
    finally:
        os.close(file)


def read(path: Path) -> list[Effect]:
    """All lines, in the order they were written."""
    if not path.exists():
        return []
    return [Effect(**json.loads(line)) for line in path.read_text().splitlines()]
