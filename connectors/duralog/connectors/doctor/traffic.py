"""What the doctor says of a cluster at work: backlogs, open transactions, partitions unserved."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from duralog.connectors.doctor.facts import Finding

# More than a slot reads in some ten seconds, at the rates that `make bench` shows.
BACKLOG_RECORDS_MAX: Final = 10_000
# The engine's own end after 6 s, and a broker looks for those of the dead every 10 s.
TRANSACTION_AGE_MS_MAX: Final = 20_000


@dataclass(slots=True, frozen=True, kw_only=True)
class Backlog:
    """What an engine has still to read of one partition. records: control records count, too."""

    topic: str
    partition: int
    records: int


@dataclass(slots=True, frozen=True, kw_only=True)
class OpenTransaction:
    """The oldest transaction that hides what is behind its first record from readers.

    age_ms: since that record; -1: it cannot be read any more.
    """

    topic: str
    partition: int
    offset: int
    age_ms: int


@dataclass(slots=True, frozen=True, kw_only=True)
class Traffic:
    """A namespace at work. unserved: anchors' partitions that no engine has.

    settling: the group is distributing its partitions just now, so nothing is known of them.
    """

    group: str
    anchor: str
    backlogs: tuple[Backlog, ...] = ()
    transactions: tuple[OpenTransaction, ...] = ()
    unserved: tuple[int, ...] = ()
    settling: bool = False
    refused: dict[str, str] = field(default_factory=dict[str, str])


def examine_traffic(traffic: Traffic, servers: str) -> Iterator[Finding]:
    """Warnings only: none of it loses anything yet."""
    for what, why in traffic.refused.items():
        yield Finding(
            severity="warning",
            subject=what,
            setting="state",
            found="unknown",
            wanted="readable",
            why=f"the brokers do not tell it ({why})",
            fix="grant what the operator needs: duralog acl print --role operator",
        )
    if traffic.unserved and not traffic.settling:
        yield Finding(
            severity="warning",
            subject=traffic.anchor,
            setting="partitions without engine",
            found=", ".join(str(p) for p in traffic.unserved),
            wanted="none",
            why="their workflows stand still",
            fix="start 'duralog engine', as many slots as you need",
        )
    for backlog in traffic.backlogs:
        if backlog.records > BACKLOG_RECORDS_MAX:
            yield Finding(
                severity="warning",
                subject=f"{backlog.topic}[{backlog.partition}]",
                setting="backlog",
                found=str(backlog.records),
                wanted=f"at most {BACKLOG_RECORDS_MAX}",
                why="its workflows are late",
                fix="look for refused partitions in /metrics, or add slots",
            )
    yield from _transactions(traffic, servers)


def _transactions(traffic: Traffic, servers: str) -> Iterator[Finding]:
    for found in traffic.transactions:
        if 0 <= found.age_ms <= TRANSACTION_AGE_MS_MAX:
            continue
        age = f"{found.age_ms / 1000:.0f} s" if found.age_ms >= 0 else "of unknown age"
        yield Finding(
            severity="warning",
            subject=f"{found.topic}[{found.partition}]@{found.offset}",
            setting="open transaction",
            found=age,
            wanted=f"at most {TRANSACTION_AGE_MS_MAX // 1000} s",
            why="whatever stands behind it is hidden from every reader until it ends",
            fix="end its producer, or: kafka-transactions.sh"
            f" --bootstrap-server {servers} abort --topic {found.topic}"
            f" --partition {found.partition} --start-offset {found.offset}",
        )
