"""Whether an engine partition takes a start that somebody waits for, or sends him away. Pure.

Two queues may stand: requests in the log, when the engine is too slow, and Workflow Tasks, when
workers are. What leaves a queue tells how long it waited. A queue whose leavers were all late for a
while, and no less so at its end, is asked for more than can be done: starts are then let in as
others make room (`Queues.refuses`), and who finds none is told so at once, which costs a tenth of a
start. The rule is CoDel's; a backlog that shrinks, as after a restart, is no overload, and a queue
that nobody leaves has no workers, which is no reason to refuse.
"""

from dataclasses import dataclass

from duralog.state.limits import CALM_MS, EASY_MS, LATE_LEAVERS_MIN, LATE_MS, SPELL_MS


@dataclass(slots=True)
class Door:
    """Of one queue. is_shut: starts are let in only as others make room.

    Time is cut into spells. Of each: when it began, how many left, how long the quickest of them
    had waited. hurried_ms: when somebody last left who had waited long enough to keep it shut.
    """

    is_shut: bool = False
    _begun_ms: int = 0
    _count: int = 0
    _least_ms: int = 0
    _before_ms: int = 0  # The least of the spell before, if that was late; else 0.
    _hurried_ms: int = 0
    _noted_ms: int = 0

    def note(self, *, waited_ms: int, now_ms: int) -> bool:
        """Somebody leaves who waited so long; True when the door opens or shuts by it."""
        was_shut = self.is_shut
        self._noted_ms = now_ms
        if waited_ms > EASY_MS:
            self._hurried_ms = now_ms
        elif self.is_shut and now_ms - self._hurried_ms >= CALM_MS:
            self.is_shut = False
        if now_ms - self._begun_ms >= SPELL_MS:
            self._end_spell(now_ms)
            self._begun_ms, self._count, self._least_ms = now_ms, 0, waited_ms
        self._count += 1
        self._least_ms = min(self._least_ms, waited_ms)
        return self.is_shut != was_shut

    def _end_spell(self, now_ms: int) -> None:
        is_late = (
            self._least_ms >= LATE_MS
            and self._count >= LATE_LEAVERS_MIN
            and now_ms - self._begun_ms < 8 * SPELL_MS
        )
        # A backlog that shrinks by a tenth of the time that passes is worked off in some seconds.
        stands = self._before_ms and self._least_ms > self._before_ms - SPELL_MS // 10
        self.is_shut = self.is_shut or (is_late and bool(stands))
        self._before_ms = self._least_ms if is_late else 0

    def refuses(self, now_ms: int) -> bool:
        """It is shut, and the last one who left, lately, had waited."""
        waits = self._hurried_ms == self._noted_ms
        return self.is_shut and waits and now_ms - self._noted_ms < 4 * SPELL_MS
