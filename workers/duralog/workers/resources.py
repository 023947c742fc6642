"""How busy this machine is, from 0 to 1: what resource-based slot suppliers look at.

Memory and CPU of the control group, where Linux says them, else of the machine. Where neither
can be read (other systems than Linux), CPU is the load average and memory counts as free.
"""

import os
import threading
from pathlib import Path
from typing import Final

from duralog.connectors.clock import monotonic_ms

FRESH_MS: Final = 100  # What was read a moment ago is still true.
CGROUP: Final = Path("/sys/fs/cgroup")
PROC: Final = Path("/proc")


class Resources:
    """Reads both, at most every 100 ms; from any thread. root: Another one, for tests."""

    def __init__(self, *, cgroup: Path = CGROUP, proc: Path = PROC) -> None:
        self._cgroup = cgroup
        self._proc = proc
        self._lock = threading.Lock()
        self._read_ms = -FRESH_MS
        self._memory = self._cpu = 0.0
        self._before: tuple[int, int] | None = None

    def usage(self) -> tuple[float, float]:
        """Memory and CPU in use."""
        now_ms = monotonic_ms()
        with self._lock:
            if now_ms - self._read_ms >= FRESH_MS:
                self._read_ms = now_ms
                self._memory, self._cpu = self._read_memory(), self._read_cpu()
            return self._memory, self._cpu

    def _read_memory(self) -> float:
        limit, used = _text(self._cgroup / "memory.max"), _text(self._cgroup / "memory.current")
        if limit.isdigit() and used.isdigit():
            return min(int(used) / max(int(limit), 1), 1.0)
        sizes: dict[str, int] = {}
        for line in _text(self._proc / "meminfo").splitlines():
            name, _, rest = line.partition(":")
            number = rest.split()[:1]
            sizes[name] = int(number[0]) if number and number[0].isdigit() else 0
        if not sizes.get("MemTotal"):
            return 0.0
        return 1 - sizes.get("MemAvailable", 0) / sizes["MemTotal"]

    def _read_cpu(self) -> float:
        fields = _text(self._proc / "stat").partition("\n")[0].split()[1:]
        numbers = [int(field) for field in fields if field.isdigit()]
        if len(numbers) < 5:
            return min(os.getloadavg()[0] / (os.cpu_count() or 1), 1.0)
        idle, total = numbers[3] + numbers[4], sum(numbers[:8])
        before, self._before = self._before, (idle, total)
        if before is None or total == before[1]:
            return self._cpu
        return 1 - (idle - before[0]) / (total - before[1])


def _text(path: Path) -> str:
    """What a file says; empty when it is not there."""
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""
