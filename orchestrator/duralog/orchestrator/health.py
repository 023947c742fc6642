"""Health, readiness and metrics of an engine process, from what its slots have told. Pure.

Healthy: no slot that runs has been silent for long. Ready: every slot serves all partitions that
it was given; one that restores, or refuses a partition, is not, and says how far or why.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from duralog.connectors.monitor import Readiness, Sample, render

# It tells every second. A hung transaction ends the slot after 10 s, and a busy machine may stall.
SILENT_S_MAX: Final = 60.0
# A group shares out its partitions within the session timeout, 6 s: who has none then is a spare.
SETTLED_S: Final = 10.0


@dataclass(slots=True, frozen=True, kw_only=True)
class Standing:
    """A slot as its supervisor knows it.

    age_s: since it was started; silent_s: since it told anything, or was started.
    figures: `meter.Figures` as plain data; empty before it told any.
    """

    slot: int
    is_running: bool
    restarts: int = 0
    age_s: float = 0.0
    silent_s: float = 0.0
    figures: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def units(self) -> list[dict[str, Any]]:
        """`meter.UnitFigures` of its partitions, as plain data."""
        found: list[dict[str, Any]] = self.figures.get("units", [])
        return found


class EngineProbe:
    """A `connectors.monitor.Probe` over slots. standings: asked at each request."""

    def __init__(self, standings: Callable[[], Sequence[Standing]]) -> None:
        self._standings = standings

    def trouble(self) -> str:
        """Slots that are silent for too long."""
        silent = [
            f"slot {one.slot} has told nothing for {one.silent_s:.0f} s"
            for one in self._standings()
            if one.is_running and one.silent_s > SILENT_S_MAX
        ]
        return "; ".join(silent)

    def readiness(self) -> Readiness:
        """Partitions by slot, with progress and causes."""
        standings = self._standings()
        slots = [_slot_facts(one) for one in standings]
        return Readiness(
            is_ready=bool(slots) and all(slot["ready"] for slot in slots), facts={"slots": slots}
        )

    def text(self) -> bytes:
        """All metrics of all slots."""
        return render(self.samples())

    def samples(self) -> Iterator[Sample]:
        """Their values."""
        for one in self._standings():
            yield from slot_samples(one)


def _slot_facts(one: Standing) -> dict[str, Any]:
    told = one.is_running and bool(one.figures)
    partitions = [
        {name: unit[name] for name in ("namespace", "partition", "status", "cause", "restored")}
        for unit in one.units
    ]
    has_work = bool(partitions) or one.age_s > SETTLED_S
    ready = told and has_work and all(unit["status"] == "ready" for unit in partitions)
    return {
        "slot": one.slot,
        "ready": ready,
        "running": one.is_running,
        "restarts": one.restarts,
        "partitions": partitions,
    }


def slot_samples(one: Standing) -> Iterator[Sample]:
    """The metrics of one slot; what it has not told has no value."""
    slot = (str(one.slot),)
    yield Sample("duralog_slot_up", slot, one.is_running)
    yield Sample("duralog_slot_restarts_total", slot, one.restarts)
    yield Sample("duralog_slot_silent_seconds", slot, round(one.silent_s, 3))
    for name in ("transactions", "aborts", "inputs", "dead_letters"):
        if name in one.figures:
            yield Sample(f"duralog_{name}_total", slot, one.figures[name])
    for unit in one.units:
        yield from _unit_samples((*slot, unit["namespace"], str(unit["partition"])), unit)


def _unit_samples(labels: tuple[str, ...], unit: dict[str, Any]) -> Iterator[Sample]:
    yield Sample("duralog_partition_ready", labels, unit["status"] == "ready")
    yield Sample("duralog_partition_refused", labels, unit["status"] == "refused")
    yield Sample("duralog_partition_restored_ratio", labels, unit["restored"] / 100)
    if unit["backlog"] is not None:
        yield Sample("duralog_input_backlog_records", labels, unit["backlog"])
    yield Sample("duralog_input_blocked_seconds", labels, unit["blocked_ms"] / 1000)
    yield Sample("duralog_timer_lateness_seconds", labels, unit["late_ms"] / 1000)
    for name in ("open", "stalled", "quarantined"):
        yield Sample(f"duralog_{name}_runs", labels, unit[name])
