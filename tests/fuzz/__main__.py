"""`python -m fuzz --inputs n --start k`: bad input at every door and into an engine.

Input i of a run is drawn from the seed of its batch, so that a finding is seen again with
`--start <batch> --inputs 1`. The last line counts inputs and findings.
"""

import argparse
import random  # noqa: TID251 every draw comes from the seed
import sys
import time
from collections.abc import Iterator
from typing import Final

from fuzz.doors import DOORS
from fuzz.engine import Target

BATCH: Final = 100  # Inputs of one seed.
ENGINE_EVERY: Final = 3  # Every third batch goes into an engine, the others through the doors.
ENGINE_BATCHES: Final = 30  # Then a new engine: its state grows with what it accepts.
SHOWN_MAX: Final = 20  # Findings printed.


def findings(batches: int, start: int) -> Iterator[tuple[int, str]]:
    """The findings of `batches` from seed `start` on, each with its seed."""
    target, used = Target(), 0
    for seed in range(start, start + batches):
        chance = random.Random(seed)
        if seed % ENGINE_EVERY:
            yield from ((seed, problem) for problem in _at_the_doors(chance))
            continue
        if used >= ENGINE_BATCHES:
            target, used = Target(), 0
        used += 1
        problems = target.give(chance, BATCH)
        yield from ((seed, problem) for problem in problems)
        if problems:
            target, used = Target(), 0  # What is broken stays broken.


def _at_the_doors(chance: random.Random) -> Iterator[str]:
    for _ in range(BATCH):
        name = chance.choice(list(DOORS))
        draw, enter = DOORS[name]
        record = draw(chance)
        try:
            enter(record)
        except Exception as error:  # noqa: BLE001 whatever it is, it is the finding.
            said = (record.value or b"")[:80].hex()
            yield f"{name}: {type(error).__name__}: {error}: {said} {record.headers}"[:400]


def main() -> int:
    """Exit status 1 when there was a finding."""
    parser = argparse.ArgumentParser(prog="fuzz")
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--start", type=int, default=0, help="the first batch's seed")
    arguments = parser.parse_args()
    batches = -(-arguments.inputs // BATCH)
    began_s, found = time.process_time(), 0
    for seed, problem in findings(batches, arguments.start):
        found += 1
        if found <= SHOWN_MAX:
            print(f"seed {seed}: {problem}", flush=True)
    print(f"{time.process_time() - began_s:.1f} s of CPU")
    print(f"{batches * BATCH} inputs, {found} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
