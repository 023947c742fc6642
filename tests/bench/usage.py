"""What processes have used, from /proc: CPU time and resident memory, with their descendants."""

import os
from pathlib import Path
from typing import Final

TICK_MS: Final = 1000 / os.sysconf("SC_CLK_TCK")
PROC: Final = Path("/proc")


def tree(pid: int) -> list[int]:
    """`pid` and all its descendants that live now."""
    found = [pid]
    for process in found:
        for task in PROC.glob(f"{process}/task/*/children"):
            try:
                found.extend(int(child) for child in task.read_text().split())
            except (FileNotFoundError, ProcessLookupError):
                continue  # It ended while we looked.
    return found


def cpu_ms(pids: list[int]) -> float:
    """User and system time of these processes, children not counted, in ms."""
    total = 0.0
    for pid in pids:
        # The command's name, in brackets, may hold blanks: count fields from behind it.
        stat = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        total += (int(stat[11]) + int(stat[12])) * TICK_MS
    return total


def rss_mb(pids: list[int]) -> float:
    """Resident memory of these processes, in MB of 10^6 bytes."""
    page = os.sysconf("SC_PAGE_SIZE")
    pages = sum(int((PROC / str(pid) / "statm").read_text().split()[1]) for pid in pids)
    return round(pages * page / 1_000_000, 1)
