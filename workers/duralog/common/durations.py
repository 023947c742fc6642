"""Users' timedeltas and our milliseconds."""

from datetime import UTC, datetime, timedelta


def milliseconds(duration: timedelta | float | None) -> int:
    """The duration in ms; a float is in seconds. 0 for None; at least 1 for anything positive."""
    if duration is None:
        return 0
    seconds = duration.total_seconds() if isinstance(duration, timedelta) else duration
    return max(round(seconds * 1000), 1) if seconds > 0 else 0


def duration_of(ms: int) -> timedelta | None:
    """The timedelta; None for 0, which means that none was set."""
    return timedelta(milliseconds=ms) if ms else None


def moment_of(ms: int) -> datetime:
    """The aware UTC datetime of ms since the epoch."""
    return datetime.fromtimestamp(ms / 1000, UTC)
