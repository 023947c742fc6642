"""Child processes of integration tests: each is ended by its own pid, with its output kept."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(slots=True)
class Processes:
    """Starts commands for one test and ends what is left of them. Output goes to `directory`."""

    directory: Path
    running: list[subprocess.Popen[bytes]] = field(default_factory=list[subprocess.Popen[bytes]])

    def start(
        self, arguments: Sequence[str], *, environment: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """Run this interpreter with `arguments`; `environment` is added to ours."""
        path = self.directory / f"process-{len(self.running)}.log"
        with path.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                env={**os.environ, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self.running.append(process)
        return process

    def output(self) -> str:
        """What all of them have said so far, for a failed test's report."""
        paths = sorted(self.directory.glob("process-*.log"))
        return "\n".join(f"{path}:\n{path.read_text(errors='replace')}" for path in paths)

    def end(self) -> None:
        """End all: also those that a test has paused."""
        for process in self.running:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in self.running:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def is_alive(pid: int) -> bool:
    """Some process has this id, and it is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
