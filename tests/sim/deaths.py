"""`python -m sim.deaths`: a death at every effect of three stories, with and without the Store."""

import sys
from typing import Final

from sim.running import logger
from sim.world import Outcome, World

STORIES: Final = (0, 31, 56)  # Their calm stories are rich: children, updates, retries, queries.
QUIET: Final = 60  # The last effects belong to the quiet at the end.


def calm(seed: int, kill_at: int, *, lose_store: bool = False) -> tuple[Outcome, int]:
    """A fixed story with one death; its outcome, and how many effects the slot had."""
    world = World.calm(seed, kill_at=kill_at, lose_store=lose_store, log=logger())
    return world.run(), world.slots[0].effects


def deaths(seed: int, *, first: int, every: int, lose_store: bool) -> tuple[int, list[str]]:
    """Die at each `every`th effect, one after the other; how many deaths, and the violations."""
    _, count = calm(seed, -1)
    found, died = list[str](), 0
    for kill_at in range(first, count - QUIET, every):
        outcome, _ = calm(seed, kill_at, lose_store=lose_store)
        died += outcome.counts.seen["starts"] > 1
        found += [f"story {seed}, killed at effect {kill_at}: {v}" for v in outcome.violations]
    return died, found


def main() -> int:
    """Exit status 1 when there was a violation."""
    total = violations = 0
    for seed in STORIES:
        for lose_store in (False, True):
            died, found = deaths(seed, first=1, every=1, lose_store=lose_store)
            total, violations = total + died, violations + len(found)
            print("\n".join(found), end="", flush=True)
    print(f"{total} deaths in {len(STORIES)} stories, {violations} violations")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
