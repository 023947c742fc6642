"""The partition's feature level. It belongs to no run."""

from duralog.schemas.codec import decode, encode
from duralog.schemas.levels import LEVEL_FIRST
from duralog.schemas.transitions import FeatureLevel
from duralog.state import keys
from duralog.state.partition import PartitionState


def level_of(partition: PartitionState) -> FeatureLevel:
    """The level as it was raised last."""
    data = partition.get(keys.LEVEL)
    if data is None:
        return FeatureLevel(level=LEVEL_FIRST, known=LEVEL_FIRST)
    found: FeatureLevel = decode(data)
    return found


def raised(partition: PartitionState, record: FeatureLevel) -> None:
    """It is `record.level` now."""
    partition.put(keys.LEVEL, encode(record))
    partition.time_ms = max(partition.time_ms, record.time_ms)
