"""Rare paths, and how often a thousand seeds must reach each: else the faults have lost their bite.

About a third of what a thousand seeds reached when it was written down.
"""

from collections.abc import Mapping
from typing import Final

SEEDS: Final = 1_000
MINIMUMS: Final[dict[str, int]] = {
    "Stores set aside": 120,
    "Workflow Task heartbeats": 130,
    "aborts": 300,
    "answers by id": 200,
    "batches lost with the power": 2000,
    "batches refused as too large": 60,
    "bits turned": 50,
    "cancelled activities": 100,
    "claims": 500,
    "clocks set": 1500,
    "compactions": 180,
    "deaths at after-commit": 40,
    "deaths at between-writes": 40,
    "deaths at recovery-before-fold": 20,
    "deaths fenced": 100,
    "disks full": 120,
    "doubled answers": 120,
    "failed Workflow Tasks": 60,
    "fatal exits": 500,
    "fenced owners": 300,
    "forgotten offsets": 180,
    "heartbeats": 1500,
    "index died": 150,
    "index lost": 600,
    "late EndTxn refused": 800,
    "late Produce refused": 30,
    "late TxnOffsetCommit refused": 600,
    "logged: dead letter": 300,
    "logged: ending what an earlier process left in doubt": 100,
    "logged: fencing the last owner": 5,
    "logged: the group's offsets are in doubt": 8,
    "logged: the last transaction is torn": 60,
    "logged: the last transaction may be torn; its inputs are read again": 300,
    "lost replies": 90,
    "offsets that went back": 3000,
    "orderly stops": 40,
    "pauses": 800,
    "poison": 300,
    "producers rebuilt": 2000,
    "queries answered alone": 120,
    "queries answered with a task": 50,
    "rebalances for no reason": 90,
    "refused claims": 100,
    "restart without store": 600,
    "torn transactions": 90,
    "unknown commits": 250,
    "unmarked changelogs": 20,
    "unmarked offsets": 150,
    "worker deaths": 300,
    "worker pauses": 90,
}


def missed(seen: Mapping[str, int], seeds: int) -> list[str]:
    """What `seeds` seeds reached too seldom."""
    return [
        f"rare path: {name}: {seen.get(name, 0)} times in {seeds} seeds, at least {least}"
        for name, minimum in MINIMUMS.items()
        if seen.get(name, 0) < (least := max(1, minimum * seeds // SEEDS))
    ]
