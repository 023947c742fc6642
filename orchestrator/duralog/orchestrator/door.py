"""Whether an engine partition takes a start that somebody waits for, or sends him away. Pure.

Two queues may stand: requests in the log, when the engine is too slow, and Workflow Tasks in the
engine's index, when workers are. What leaves a queue tells how long it waited. A queue whose
leavers have been late for a while, and no less so at its end, is asked for more than can be done:
whoever waits for a start is then told so at once, which costs a tenth of a start, until a leaver is
in time. The rule is CoDel's; a backlog that shrinks, as after a restart, is no overload, and a
queue that nobody leaves has no workers, which is no reason to refuse.
"""

from dataclasses import dataclass

from duralog.state.limits import LATE_FOR_MS, LATE_LEAVERS_MIN, LATE_MS


@dataclass(slots=True)
class Door:
    """Of one queue. Since when its leavers are late (0: they are not), how late the first one was,
    how many there were, and when one left last.
    """

    is_shut: bool = False
    _since_ms: int = 0
    _first_ms: int = 0
    _count: int = 0
    _noted_ms: int = 0

    def note(self, *, waited_ms: int, now_ms: int) -> bool:
        """Somebody leaves who waited so long; True when the door opens or shuts by it."""
        was_shut = self.is_shut
        self._noted_ms = now_ms
        self._count += 1
        if waited_ms < LATE_MS:
            self._since_ms, self.is_shut = 0, False
        elif not self._since_ms:
            self._since_ms, self._first_ms, self._count = now_ms, waited_ms, 1
        elif now_ms - self._since_ms >= LATE_FOR_MS:
            stands = waited_ms >= self._first_ms and self._count >= LATE_LEAVERS_MIN
            self.is_shut = self.is_shut or stands
            self._since_ms, self._first_ms, self._count = now_ms, waited_ms, 1
        return self.is_shut != was_shut

    def refuses(self, now_ms: int) -> bool:
        """It is shut, and somebody has left lately."""
        return self.is_shut and now_ms - self._noted_ms < 2 * LATE_FOR_MS
