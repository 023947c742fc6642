"""Where a unit reads on after its recovery began, or why it must not: something is missing."""

from duralog.connectors.broker import Extent, TopicPartition
from duralog.orchestrator.partitions import Unit
from duralog.orchestrator.settings import LoopSettings
from duralog.orchestrator.witness import Witness


class RecoveryRefused(Exception):
    """The unit must not be served: state or input is missing. `code`: why."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code


def scan_start(
    unit: Unit, tp: TopicPartition, witness: Witness, extent: Extent, settings: LoopSettings
) -> int:
    """Where changelog `tp` is read from. Raises RecoveryRefused: log lost."""
    kind = unit.changelogs[tp]
    start = unit.state.scan_offsets.get(kind, 0)
    reached = max(start, witness.ends.get(kind, 0))
    if reached > extent.end:
        if not settings.accept_loss:
            raise RecoveryRefused(
                "log lost",
                f"{tp.topic}[{tp.partition}] ends at {extent.end}, but has"
                f" reached {reached}; restore the topic, or accept the loss with accept_loss",
            )
        start = extent.low
    return max(start, extent.low)


def resume_offset(
    unit: Unit, tp: TopicPartition, group: int, extent: Extent, settings: LoopSettings
) -> int:
    """Where input `tp` goes on. Raises RecoveryRefused: input lost."""
    kind = unit.inputs[tp]
    offset = max(group, unit.state.positions.get((kind, tp.partition), -1))
    if offset < 0:
        # No witness: the unit is new, or this partition is (its topic has grown).
        known = any(other == kind for other, _ in unit.recorded)
        if unit.state.seq == 0 or (known and extent.low == 0) or settings.accept_loss:
            return extent.low
        problem = "has no stored position"
    elif offset < extent.low:
        problem = f"begins at {extent.low}, behind the position {offset}"
    elif offset > extent.end:
        problem = f"ends at {extent.end}, before the position {offset}"
    else:
        return offset
    if settings.accept_loss:
        return min(max(offset, extent.low), extent.end)
    raise RecoveryRefused(
        "input lost",
        f"{tp.topic}[{tp.partition}] {problem}; requests may be missing: restore the topic, or"
        " accept the loss with accept_loss",
    )
