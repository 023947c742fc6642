"""Seeds that have failed once: they run first, for ever.

A seed's story changes whenever the programs of the simulator learn something; an entry is then a
seed like any other, and what it found has a test of its own beside it.
"""

from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).parent / "corpus.txt"


@dataclass(slots=True, frozen=True)
class Entry:
    """One seed. commit: the subject of the one that mends what it found."""

    seed: int
    commit: str
    why: str


def entries() -> list[Entry]:
    """All entries, in the order in which they were found."""
    lines = FILE.read_text(encoding="utf-8").splitlines()
    return [_entry(line) for line in lines if line and not line.startswith("#")]


def _entry(line: str) -> Entry:
    seed, commit, why = (part.strip() for part in line.split("|"))
    return Entry(int(seed), commit, why)
