"""Whether an engine partition takes a start that somebody waits for, or sends him away. Pure.

What comes by `requests` waits its turn in the log. A partition that has answered late for a while,
without a break, is asked for more than it can do: whoever waits for a start is then told so at
once, which costs a tenth of a start, so that what is under way is finished at full speed. The rule
is CoDel's: a backlog that is worked off, as after a restart, is no overload.
"""

from dataclasses import dataclass

from duralog.state.limits import START_LATE_FOR_MS, START_LATE_MS


@dataclass(slots=True)
class Door:
    """Of one unit. late_since_ms: since when every request has waited too long; 0: it is not so."""

    late_since_ms: int = 0
    is_shut: bool = False

    def note(self, *, waited_ms: int, now_ms: int) -> bool:
        """A request had waited so long when its turn came; True when the door opens or shuts."""
        was_shut = self.is_shut
        if waited_ms < START_LATE_MS:
            self.late_since_ms, self.is_shut = 0, False
        elif not self.late_since_ms:
            self.late_since_ms = now_ms
        else:
            self.is_shut = now_ms - self.late_since_ms >= START_LATE_FOR_MS
        return self.is_shut != was_shut
