"""Slot processes without a supervisor: started, crashed at named points, paused, killed, by pid."""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Self

from duralog.orchestrator.settings import EngineSettings

READY_S = 60.0


class SlotProcess:
    """One process of one slot; as a context it is gone at the end, whatever happened."""

    def __init__(
        self, *, address: str, prefix: str, directory: Path, slot: int = 0, crash_at: str = ""
    ) -> None:
        settings = EngineSettings(
            bootstrap_servers=address, prefix=prefix, slot=slot, data_dir=directory
        )
        directory.mkdir(parents=True, exist_ok=True)
        self.log = directory / f"slot-{slot}.log"
        self.told: list[dict[str, str]] = []
        self._changed = threading.Condition()
        self._is_over = False
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "duralog.orchestrator.slot"],
                env={**os.environ, "DURALOG_CRASH_AT": crash_at},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        assert self.process.stdin is not None
        self.process.stdin.write(settings.model_dump_json().encode() + b"\n")
        self.process.stdin.flush()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def wait_ready(self, count: int = 2) -> None:
        """Wait until it serves that many partitions."""

        def serves() -> bool:
            return self.ready.count("default[") == count and bool(self.ready)

        with self._changed:
            self._changed.wait_for(lambda: self._is_over or serves(), timeout=READY_S)
        assert serves(), f"serves {self.ready!r}, not {count}: {self.tail()}"

    @property
    def ready(self) -> str:
        """What it told last that it serves; empty: nothing yet."""
        return next((t["ready"] for t in reversed(self.told) if "ready" in t), "")

    def wait_end(self) -> int:
        """Wait for its end; the exit status, negative for a signal."""
        status = self.process.wait(READY_S)
        self._thread.join(READY_S)
        return status

    def kill(self) -> None:
        """Kill -9."""
        self.process.kill()
        self.process.wait()

    def pause(self) -> None:
        """SIGSTOP."""
        self.process.send_signal(signal.SIGSTOP)

    def wake(self) -> None:
        """SIGCONT."""
        self.process.send_signal(signal.SIGCONT)

    def stop(self) -> int:
        """SIGTERM, and its exit status."""
        self.process.terminate()
        return self.wait_end()

    def tail(self) -> str:
        """The end of its log."""
        return self.log.read_text(errors="replace")[-4_000:]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.wake()
            self.kill()
        assert self.process.stdin is not None
        self.process.stdin.close()
        self._thread.join(READY_S)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._changed:
                self.told.append(json.loads(line))
                self._changed.notify_all()
        with self._changed:
            self._is_over = True
            self._changed.notify_all()
