"""How often a client may ask again for starts that an overloaded engine has refused. Pure.

Without it each start that waits is asked for every two seconds, and those that wait grow in number
until asking costs the engine more than starting. With it a client asks again about as often as it
is taken: the load it makes is at most its new starts, twice what the engine takes, and a trickle.
"""

from dataclasses import dataclass
from typing import Final

TOKENS_MAX: Final = 50.0  # A burst that was refused is asked for again at once.
TOKENS_PER_S: Final = 4.0  # Else nobody would notice that the engine takes starts again.


@dataclass(slots=True)
class RetryBudget:
    """Of one client."""

    _tokens: float = TOKENS_MAX
    _filled_ms: int = 0

    def taken(self) -> None:
        """The engine took a start."""
        self._tokens = min(TOKENS_MAX, self._tokens + 1)

    def may_ask(self, now_ms: int) -> bool:
        """True: ask again for one that was refused. Else wait on, and ask this again."""
        passed_ms = now_ms - self._filled_ms if self._filled_ms else 0
        self._filled_ms = now_ms
        self._tokens = min(TOKENS_MAX, self._tokens + TOKENS_PER_S * passed_ms / 1000)
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
