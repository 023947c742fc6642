"""What may go wrong in a seed, which of it is armed, and what did: counted."""

import dataclasses
import random  # noqa: TID251 every draw comes from the seed
from dataclasses import dataclass, field

SKEW_MS = 1_900  # Of a clock: less than what a slot may be off.


@dataclass(slots=True)
class Faults:
    """Chances per effect, or per occasion; all 0 after the last fault.

    kill, pause: of a process, at an effect. unknown_commit, abort: of a transaction. tear: a
    transaction is committed in its middle. unmarked: a broker dies while it ends one. late: a
    request is held on a lost connection and arrives once more, later. narrow: the broker refuses
    transactions of more than a few records for a while. rebalance: the group makes everybody join
    again. lost_store: a process starts without its directory. power: what its disk had not synced
    is lost with it. flip: a bit of its Store has turned. full: a write finds no space.
    skew: a slot's clock is set. poison: somebody writes what nobody can read. stop: a slot is told
    to stop.
    """

    kill: float = 0.0
    pause: float = 0.0
    unknown_commit: float = 0.0
    abort: float = 0.0
    tear: float = 0.0
    unmarked: float = 0.0
    late: float = 0.0
    narrow: float = 0.0
    rebalance: float = 0.0
    lost_store: float = 0.0
    power: float = 0.0
    flip: float = 0.0
    full: float = 0.0
    skew: float = 0.0
    poison: float = 0.0
    stop: float = 0.0

    def end(self) -> None:
        """Quiet from now on. A process that is dead may still come back without its directory."""
        for name in NAMES:
            if name not in AT_A_START:
                setattr(self, name, 0.0)

    def leave_out(self, names: frozenset[str]) -> None:
        """Disarm those named; other names are not of faults."""
        for name in names.intersection(NAMES):
            setattr(self, name, 0.0)

    def armed(self) -> list[str]:
        """Names of what may happen."""
        return [name for name in NAMES if getattr(self, name)]


NAMES = tuple(f.name for f in dataclasses.fields(Faults))
AT_A_START = ("lost_store", "power", "flip")


def swarm(chance: random.Random) -> Faults:
    """Each seed arms some faults, so that they are met in all combinations."""

    def some(rate: float) -> float:
        return rate if chance.random() < 0.5 else 0.0

    def few(rate: float) -> float:
        return rate if chance.random() < 0.25 else 0.0

    return Faults(
        kill=some(0.006),
        pause=some(chance.choice((0.003, 0.02))),
        unknown_commit=some(0.03),
        abort=some(0.05),
        tear=some(0.02),
        unmarked=some(0.02),
        late=some(chance.choice((0.03, 0.2))),
        narrow=few(0.001),
        rebalance=few(0.001),
        lost_store=some(0.5),
        power=some(0.5),
        flip=few(0.2),
        full=few(0.02),
        skew=some(0.005),
        poison=few(0.003),
        stop=few(0.01),
    )


@dataclass(slots=True)
class Counts:
    """What happened, for the report and for the proof that rare paths are reached."""

    seen: dict[str, int] = field(default_factory=dict[str, int])

    def add(self, name: str) -> None:
        """One more."""
        self.seen[name] = self.seen.get(name, 0) + 1
