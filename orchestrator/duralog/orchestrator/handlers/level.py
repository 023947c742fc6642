"""The feature level of an engine partition: told, and raised by an operator."""

from duralog.orchestrator.context import Context, Rejected
from duralog.orchestrator.outbox import Change
from duralog.schemas.changelog import LEVEL_KEY
from duralog.schemas.codec import encode
from duralog.schemas.replies import Reply
from duralog.schemas.requests import SetFeatureLevel
from duralog.schemas.transitions import FeatureLevel
from duralog.state.appliers.level import level_of, raised
from duralog.state.partition import PartitionState


def set_level(partition: PartitionState, request: SetFeatureLevel, context: Context) -> None:
    """Raise it, or only tell it; the reply's body is a FeatureLevel: how it is now."""
    known, old = context.level_max, level_of(partition)
    if request.level > known:
        raise Rejected(
            "FAILED_PRECONDITION",
            f"feature level {request.level} was asked for, but the engine that serves partition"
            f" {partition.partition} knows levels up to {known}; upgrade every engine first",
        )
    if 0 < request.level < old.level:
        raise Rejected(
            "FAILED_PRECONDITION",
            f"partition {partition.partition} is at feature level {old.level}, which never goes"
            " back: an older engine could not read what was written since",
        )
    new = FeatureLevel(level=old.level, known=known, time_ms=old.time_ms)
    if request.level > old.level:
        new.level, new.time_ms = request.level, context.now_ms
        raised(partition, new)
        context.out.changelog.append(Change("pending", LEVEL_KEY, encode(new), context.source))
    context.reply(request, Reply(recipient="", correlation_id="", code="OK", body=[encode(new)]))
