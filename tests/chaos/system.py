"""Engine slots and workers under test: started, found by role, kept running as a service manager
would.

A slot is a supervisor with a child; both are processes that may be hit. What ends by itself or is
killed is started again by the keeper, unless the nemesis holds it down.
"""

import asyncio
import contextlib
import os
import re
import shutil
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from chaos.ledger import LEDGER
from evidence.model import Usage
from integration.stack import Child, Stack

WORKER: Final = Path(__file__).parent / "worker.py"
CLOCK: Final = Path(__file__).parent / "clock"
CLOCK_OFFSET: Final = "DURALOG_CHAOS_CLOCK_OFFSET_MS"
TASK_QUEUE: Final = "chaos"
KEEP_S: Final = 0.25
# What a process may take at most: half a dozen times what an idle one has.
RSS_MB_MAX: Final = 700.0
FILES_MAX: Final = 1_500.0
THREADS_MAX: Final = 250.0
DISK_MB_MAX: Final = 48.0  # Half of the small disk of slot 0.


@dataclass(slots=True)
class Slot:
    """One engine slot. held: the nemesis has it down. offset_ms: of its clock."""

    number: int
    child: Child | None = None
    held: bool = False
    offset_ms: int = 0
    starts: int = 0

    @property
    def pid(self) -> int:
        """The process that serves now, by what its supervisor told last; 0: none."""
        for event in reversed(self.child.events if self.child else []):
            if event["event"] == "engine_ready":
                return int(event["pid"])
            if event["event"] == "engine_ended":
                return 0
        return 0

    @property
    def served(self) -> list[int]:
        """The partitions that it said it serves."""
        for event in reversed(self.child.events if self.child else []):
            if event["event"] == "engine_ready":
                text = event["text"].partition("refused:")[0]
                return [int(number) for number in re.findall(r"\[(\d+)\]", text)]
        return []


@dataclass(slots=True)
class System:
    """All processes of ours."""

    stack: Stack
    ledger: Path
    slots: list[Slot] = field(default_factory=list[Slot])
    workers: list[Child | None] = field(default_factory=list[Child | None])
    usage: dict[tuple[str, str], float] = field(default_factory=dict[tuple[str, str], float])
    gave_up: int = 0

    def directory(self, slot: int) -> Path:
        """Where slot `slot` keeps its RocksDBs: one directory for each partition, and a marker."""
        return self.stack.directory / f"slot-{slot}" / f"slot-{slot}"

    def start_slot(self, slot: Slot) -> None:
        """Start its supervisor; returns at once."""
        environment = {"DURALOG_LOG_LEVEL": "INFO"}
        if slot.offset_ms:
            path = os.pathsep.join(filter(None, [str(CLOCK), os.environ.get("PYTHONPATH")]))
            environment |= {"PYTHONPATH": path, CLOCK_OFFSET: str(slot.offset_ms)}
        slot.child = self.stack.start_engine(slot=slot.number, environment=environment, ready=False)
        slot.starts += 1

    def start_worker(self, index: int) -> None:
        """Start one; returns at once."""
        command = [str(WORKER), "--address", self.stack.address, "--prefix", self.stack.prefix]
        self.workers[index] = self.stack._start(
            f"worker-{index}",
            [*command, "--task-queue", TASK_QUEUE],
            environment={LEDGER: str(self.ledger)},
        )

    async def keep(self) -> None:
        """Start again what has ended, and note what each takes; until it is cancelled."""
        while True:
            for slot in self.slots:
                if not slot.held and (slot.child is None or _has_ended(slot.child)):
                    self.gave_up += slot.child is not None and slot.child.process.returncode == 70
                    self.start_slot(slot)
            for index, worker in enumerate(self.workers):
                if worker is None or _has_ended(worker):
                    self.start_worker(index)
            self._measure()
            await asyncio.sleep(KEEP_S)

    async def stop_slot(self, slot: Slot, number: int) -> None:
        """End a slot's supervisor by that signal, and hold it down."""
        slot.held = True
        if slot.child is not None:
            slot.child.process.send_signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                await asyncio.to_thread(slot.child.wait, 30)

    def lose_directory(self, slot: Slot) -> None:
        """All that the slot has on its disk is gone."""
        place = self.stack.directory / f"slot-{slot.number}"
        for entry in place.iterdir() if place.exists() else ():
            shutil.rmtree(entry, ignore_errors=True)

    def pids(self) -> list[tuple[str, int]]:
        """Role and process id of whatever serves now."""
        engines = [(f"engine-{slot.number}", slot.pid) for slot in self.slots]
        workers = [(f"worker-{i}", one.pid) for i, one in enumerate(self.workers) if one]
        return [(name, pid) for name, pid in (*engines, *workers) if pid]

    def bounds(self) -> list[Usage]:
        """The most that each took, against what it may take."""
        limits = {
            "RSS in MB": RSS_MB_MAX,
            "open files": FILES_MAX,
            "threads": THREADS_MAX,
            "disk in MB": DISK_MB_MAX,
        }
        return [
            Usage(process=name, what=what, most=most, limit=limits[what])
            for (name, what), most in sorted(self.usage.items())
        ]

    def _measure(self) -> None:
        for name, pid in self.pids():
            # One that has just ended has no such lines, or no such folder.
            with contextlib.suppress(OSError, ValueError, LookupError):
                status = Path(f"/proc/{pid}/status").read_text()
                figures = {
                    "RSS in MB": int(status.split("VmRSS:")[1].split()[0]) / 1024,
                    "threads": float(status.split("Threads:")[1].split()[0]),
                    "open files": float(sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())),
                }
                for what, figure in figures.items():
                    self._note(name, what, figure)
        for slot in self.slots:
            size = sum(map(size_of, files_below(self.directory(slot.number))))
            self._note(f"engine-{slot.number}", "disk in MB", size / 1e6)

    def _note(self, name: str, what: str, figure: float) -> None:
        self.usage[name, what] = max(figure, self.usage.get((name, what), 0.0))


def signal_pid(pid: int, number: int) -> bool:
    """Send a signal; False: there is no such process any more."""
    if not pid:
        return False
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


def files_below(directory: Path) -> list[Path]:
    """All files, in the order of their names; what goes away meanwhile may be among them."""
    found = (Path(place) / name for place, _, names in os.walk(directory) for name in names)
    return sorted(found)


def size_of(path: Path) -> int:
    """In bytes; 0 of what is gone."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _has_ended(child: Child) -> bool:
    return child.process.poll() is not None


KILL, STOP, CONTINUE = signal.SIGKILL, signal.SIGSTOP, signal.SIGCONT
