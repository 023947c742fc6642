"""What a run comes to: a table for people, one JSON object for machines, and the last line."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Any

from evidence.checker import INVARIANTS, Violation
from evidence.effects import attempts_ran_once
from evidence.histories import lateness
from evidence.model import Evidence, Fault

KILLS = ("engine-kill", "supervisor-kill")
SHOWN_MAX = 12  # Violations of one invariant that are printed; the JSON has all.


def stalls(progress: dict[int, list[int]], begin_ms: int, end_ms: int) -> dict[int, int]:
    """The longest time in which a partition wrote nothing, in ms, while there was load."""
    found: dict[int, int] = {}
    for partition, times in progress.items():
        within = [begin_ms, *(t for t in times if begin_ms <= t <= end_ms), end_ms]
        found[partition] = max(after - before for before, after in pairwise(within))
    return found


def takeovers(
    progress: dict[int, list[int]], faults: Sequence[Fault], kinds: Sequence[str] = KILLS
) -> list[int]:
    """For each kill of a slot, how long the partition that waited longest wrote nothing, in ms."""
    found: list[int] = []
    for fault in faults:
        if fault.kind not in kinds:
            continue
        gaps = [
            after - fault.begin_ms
            for times in progress.values()
            for before, after in pairwise(times)
            if before <= fault.begin_ms < after
        ]
        if gaps:
            found.append(max(gaps))
    return sorted(found)


def share_of(values: Sequence[int], share: float) -> int:
    """The value that `share` of the sorted values do not exceed; 0 of none."""
    return values[min(len(values) - 1, int(share * len(values)))] if values else 0


def summary(
    evidence: Evidence,
    violations: Sequence[Violation],
    progress: dict[int, list[int]],
    window_ms: tuple[int, int],
    facts: dict[str, Any],
) -> dict[str, Any]:
    """All figures, for JSON."""
    _, repeats = attempts_ran_once(evidence.histories, evidence.effects, evidence.faults)
    longest = stalls(progress, *window_ms)
    taken = takeovers(progress, evidence.faults)
    late = sorted(late for events in evidence.histories.values() for late in lateness(events))
    return {
        **facts,
        "runs": len(evidence.histories),
        "events": sum(map(len, evidence.histories.values())),
        "executions": sum(effect.what == "begin" for effect in evidence.effects),
        "repeated_executions": repeats,
        "transactions": len({(w.partition, w.incarnation, w.seq) for w in evidence.writes}),
        "longest_stall_ms": max(longest.values(), default=0),
        "longest_stall_ms_by_partition": longest,
        "takeover_ms": {
            "kills": len(taken),
            "p50": share_of(taken, 0.5),
            "p99": share_of(taken, 0.99),
        },
        "timer_lateness_ms": {
            "timers": len(late),
            "p50": share_of(late, 0.5),
            "p99": share_of(late, 0.99),
        },
        "faults": dict(sorted(Counter(fault.kind for fault in evidence.faults).items())),
        "usage": [asdict(usage) for usage in evidence.usage],
        "dead_letters": len(evidence.letters),
        "unanswered_calls": sum(call.outcome == "unknown" for call in evidence.calls),
        "violations": [asdict(violation) for violation in violations],
    }


def table(figures: dict[str, Any], violations: Sequence[Violation]) -> str:
    """For people: figures first, then each invariant with its violations."""
    lines = [
        f"  {name.replace('_', ' '):30} {_plain(value)}"
        for name, value in figures.items()
        if name not in ("violations", "usage", "faults")
    ]
    faults = figures["faults"].items()
    lines += ["", *(f"  {kind:30} {count}" for kind, count in faults), ""]
    for name, (meaning, _) in INVARIANTS.items():
        mine = [violation.text for violation in violations if violation.invariant == name]
        lines.append(f"  {name:4} {'ok' if not mine else f'{len(mine)} VIOLATIONS':14} {meaning}")
        lines += [f"         {text}" for text in mine[:SHOWN_MAX]]
    return "\n".join(lines)


def write(path: Path, figures: dict[str, Any]) -> None:
    """The JSON."""
    path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {item}" for key, item in value.items())
    return str(value)
