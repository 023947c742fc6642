"""What will go wrong and when: a list made from a seed, before anything runs. Pure.

Every kind comes once before any comes twice, in a shuffled order, so that a short run is no
smaller in kind than a long one, as far as it gets. Quiet periods stand between some of them.
"""

from dataclasses import dataclass
from random import Random  # noqa: TID251 (seeded)
from typing import Final

QUIET_EVERY: Final = 6  # Faults between two quiet periods.
QUIET_FACTOR: Final = 3.0

# What hits a broker or the way to it: one at a time, or acknowledged writes could be refused to
# come back by rights. Everything else may overlap.
OF_ENGINES: Final = (
    "engine-kill",
    "engine-pause",
    "supervisor-kill",
    "worker-kill",
    "worker-pause",
    "rocks-flip",
    "rocks-lost",
    "disk-full",
    "clock-ahead",
    "clock-behind",
    "clock-hour",
    "rolling-restart",
)
OF_BROKERS: Final = (
    "controller-kill",
    "group-coordinator-kill",
    "transaction-coordinator-kill",
    "broker-pause",
    "broker-block",
)
OF_NETWORK: Final = (
    "net-delay",
    "net-lose",
    "net-cut",
    "net-hold",
    "net-copy",
    "net-cut-all",
)


@dataclass(slots=True, frozen=True, kw_only=True)
class Planned:
    """A fault to come, `after_s` behind the one before it. dice: for its own choices."""

    kind: str
    after_s: float
    dice: int


def plan(seed: int, *, seconds: float, pace_s: float, kinds: tuple[str, ...]) -> list[Planned]:
    """Faults for that long, about one in `pace_s`."""
    chance = Random(seed)
    found: list[Planned] = []
    left: list[str] = []
    passed_s = 0.0
    while True:
        if not left:
            left = chance.sample(kinds, len(kinds))
        after_s = pace_s * chance.uniform(0.5, 1.5)
        if len(found) % QUIET_EVERY == QUIET_EVERY - 1:
            after_s *= QUIET_FACTOR
        passed_s += after_s
        if passed_s > seconds:
            return found
        found.append(Planned(kind=left.pop(), after_s=after_s, dice=chance.getrandbits(32)))
