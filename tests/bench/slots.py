"""Engine slots as an operator runs them, `duralog engine --slot k`, each a process of its own."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Final

READY_S: Final = 120.0  # On a machine that is busy with other things.
STOP_S: Final = 30.0
SERVED: Final = re.compile(r"\w+\[(\d+)\]")


class Slot:
    """One supervised slot. serves: partitions, as it told last; pid: of the slot itself."""

    def __init__(self, number: int, *, servers: str, place: Path) -> None:
        self.number = number
        self.serves: set[int] = set()
        self.pid = 0
        self.events: list[str] = []
        self._place = place
        self._servers = servers
        self._changed = threading.Condition()

    def start(self) -> None:
        """Start it; `wait` tells when it serves."""
        command = (
            *(sys.executable, "-m", "duralog.cli", "engine", "--output", "json"),
            *("--slot", str(self.number), "--data-dir", str(self._place / "state")),
            *("--bootstrap-servers", self._servers),
        )
        with (self._place / f"slot-{self.number}.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        threading.Thread(target=self._listen, args=(self.process,), daemon=True).start()

    def wait(self, count: int) -> None:
        """Wait until it serves that many partitions."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.serves) == count, READY_S):
                raise SystemExit(f"slot {self.number} serves {sorted(self.serves)}, not {count}")

    def kill_slot(self) -> None:
        """Kill -9 of the slot; its supervisor starts it again."""
        self._forget()
        os.kill(self.pid, signal.SIGKILL)

    def kill_for_good(self) -> None:
        """Kill -9 of slot and supervisor: the machine is gone."""
        self.process.send_signal(signal.SIGSTOP)  # Or it would start the slot again.
        self.kill_slot()
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """SIGTERM, and wait for its end."""
        self.process.terminate()
        if self.process.wait(STOP_S) != 0:
            raise SystemExit(f"slot {self.number} ended with {self.process.returncode}")
        self._forget()

    def _forget(self) -> None:
        with self._changed:
            self.serves = set()

    def _listen(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        for line in process.stdout:
            told = json.loads(line)
            with self._changed:
                self.events.append(f"{time.monotonic():.2f} {told['text']}")
                if told["event"] == "engine_ready":
                    self.pid = told["pid"]
                    self.serves = {int(p) for p in SERVED.findall(told["text"])}
                self._changed.notify_all()
