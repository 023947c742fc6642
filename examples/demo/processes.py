"""Processes of the demo: started by us, watched, ended by their id, whatever happens."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]
STOP_TIMEOUT_S: Final = 15.0


class DemoError(Exception):
    """The demo cannot go on; the text says why."""


class Processes:
    """All processes of the demo. At the end each is asked to stop, then killed."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._started: list[tuple[str, subprocess.Popen[str]]] = []

    def __enter__(self) -> "Processes":
        return self

    def __exit__(self, *_error: object) -> None:
        for _, process in reversed(self._started):
            stop(process)

    def start(self, name: str, *command: str) -> subprocess.Popen[str]:
        """Start Python with `command`; its stderr goes to a file, its stdout to us."""
        with (self._logs / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 (our own commands)
                [sys.executable, *command],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=ROOT,
                # Ctrl-C is for us alone; we stop the others in order.
                start_new_session=True,
            )
        self._started.append((name, process))
        return process

    def logs(self) -> str:
        """The last lines of all processes."""
        return "\n".join(f"--- {name}\n{self.log(name)}" for name, _ in self._started)

    def check(self, *, killed: set[int]) -> None:
        """Raise DemoError when a process ended that we did not kill."""
        for name, process in self._started:
            if process.poll() is not None and process.pid not in killed:
                raise DemoError(f"{name} ended with {process.returncode}:\n{self.log(name)}")

    def log(self, name: str) -> str:
        """The last lines a process wrote."""
        lines = (self._logs / f"{name}.log").read_text(errors="replace").splitlines()
        return "\n".join(lines[-15:])


class Dev:
    """`duralog dev`, and what it tells: the broker's address, the engine's process of now."""

    def __init__(self, processes: Processes, data_dir: Path) -> None:
        self._processes = processes
        self.bootstrap_servers = ""
        self.engine_pid = 0
        self.process = processes.start(
            "dev",
            *("-m", "duralog.cli", "dev", "--output", "json"),
            *("--port", "0", "--data-dir", str(data_dir)),
        )
        threading.Thread(target=self._listen, daemon=True).start()

    def wait_until_ready(self, timeout_s: float) -> None:
        """Return when topics are there and the engine serves."""
        wait_until(lambda: bool(self.bootstrap_servers), self._processes, timeout_s=timeout_s)

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for text in self.process.stdout:
            told: dict[str, Any] = json.loads(text)
            if told["event"] == "ready":
                self.bootstrap_servers = told["bootstrap_servers"]
            if told["event"] == "engine_ready":
                self.engine_pid = told["pid"]


def wait_until(
    condition: Callable[[], bool],
    processes: Processes,
    *,
    timeout_s: float,
    killed: set[int] | None = None,
    every_s: float = 0.1,
) -> None:
    """Return when `condition` holds. Raises DemoError when time is over, or a process has ended."""
    end_s = time.monotonic() + timeout_s
    while not condition():
        processes.check(killed=killed or set())
        if time.monotonic() > end_s:
            raise DemoError(f"nothing came of it within {timeout_s:.0f} s")
        time.sleep(every_s)


def kill(pid: int) -> None:
    """End a process as a power cut would."""
    os.kill(pid, signal.SIGKILL)


def stop(process: subprocess.Popen[str]) -> None:
    """Ask a process to end; insist after a while."""
    if process.poll() is None:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_TIMEOUT_S)
    if process.poll() is None:
        process.kill()
        process.wait()


def free_port() -> int:
    """A TCP port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
