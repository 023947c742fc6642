"""How far a recovery has come: told in the log, and by readiness. Pure."""

from dataclasses import dataclass
from typing import Final

TELL_EVERY_MS: Final = 5_000  # A line of log each; a recovery that is over sooner tells none.


@dataclass(slots=True, kw_only=True)
class Progress:
    """Of one reading of the changelogs.

    records: offsets between where it began and their ends, transaction markers among them.
    done: those that have been read.
    """

    records: int
    began_ms: int
    done: int = 0
    told_ms: int = 0

    @property
    def percent(self) -> float:
        """0 to 100."""
        return 100.0 if not self.records else min(100.0, 100 * self.done / self.records)

    def left_ms(self, now_ms: int) -> int | None:
        """The time it will take to its end at the speed so far; None: nothing is known yet."""
        if not self.done:
            return None
        return max(0, self.records - self.done) * (now_ms - self.began_ms) // self.done

    def is_due(self, now_ms: int) -> bool:
        """True every TELL_EVERY_MS: it should be told."""
        if now_ms - max(self.told_ms, self.began_ms) < TELL_EVERY_MS:
            return False
        self.told_ms = now_ms
        return True

    def facts(self, now_ms: int) -> dict[str, object]:
        """What there is to tell, for a line of log."""
        left_ms = self.left_ms(now_ms)
        return {
            "percent": round(self.percent, 1),
            "read": self.done,
            "of": self.records,
            "left_s": None if left_ms is None else round(left_ms / 1000),
        }
