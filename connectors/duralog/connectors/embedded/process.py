"""A child process that never outlives us: started, watched and ended through `guard.py`."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from duralog.connectors.embedded import guard

GRACE_S: Final = (
    15.0  # An orderly stop takes Kafka about one second; a full disk or a debugger longer.
)
MARGIN_S: Final = 5.0  # What the guard itself may take beyond that, before we end both by pid.


class GuardedProcess:
    """One running command with its guard. Its output goes to the end of `output`."""

    def __init__(self, command: Sequence[str], *, output: Path, holds: int | None = None) -> None:
        """`holds`: a descriptor that the guard keeps open until the command has ended."""
        with output.open("ab") as log:
            self._guard = subprocess.Popen(  # noqa: S603 (our own guard, our own command)
                [sys.executable, "-I", "-S", guard.__file__, str(GRACE_S), *command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                pass_fds=() if holds is None else (holds,),
                start_new_session=True,  # Ctrl-C is for the starter, who then ends us in order.
            )
        self.pid: int | None = None
        assert self._guard.stdout is not None
        try:
            line = self._guard.stdout.readline()
        except BaseException:  # Ctrl-C, too: nobody has us yet who could stop it.
            self.stop()
            raise
        self.pid = int(line) if line else None
        self._guard.stdout.close()

    def is_running(self) -> bool:
        """False from the moment the command has ended."""
        return self._guard.poll() is None

    def stop(self) -> None:
        """End the command in order, or by force after GRACE_S; return when it is gone."""
        assert self._guard.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._guard.stdin.close()
        try:
            self._guard.wait(GRACE_S + MARGIN_S)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End the command at once, as a crash would; return when it is gone."""
        if self.is_running() and self.pid is not None:
            # The guard reaps the child and ends; while the guard runs the pid is the child's.
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        try:
            self._guard.wait(MARGIN_S)
        except subprocess.TimeoutExpired:
            self._guard.kill()
            self._guard.wait()
        assert self._guard.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._guard.stdin.close()
