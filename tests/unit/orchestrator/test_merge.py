"""The order in which recovery folds what it reads."""

import random  # noqa: TID251 every draw comes from the seed

import pytest

from duralog.orchestrator.merge import Change, Merge, Transaction
from duralog.schemas.changelog import NO_SOURCE, Mark, void_key

KINDS = ("history", "pending")


def change(kind: str, key: bytes = b"k", value: bytes | None = b"v") -> Change:
    return Change(kind, key, value, NO_SOURCE)


def mark(seq: int, index: int, count: int, *, incarnation: int = 1) -> Mark:
    return Mark(incarnation=incarnation, seq=seq, index=index, count=count, source=NO_SOURCE)


def keys(transactions: list[Transaction]) -> list[tuple[int, list[bytes]]]:
    return [(t.seq, [c.key for c in t.in_order()]) for t in transactions]


def finished(merge: Merge) -> list[Transaction]:
    for kind in KINDS:
        merge.finish(kind)
    return merge.take()


def test_records_of_two_topics_come_out_in_the_order_they_were_made() -> None:
    merge = Merge(KINDS, after_seq=0)
    merge.add(change("history", b"a"), mark(1, 0, 3), offset=0, time_ms=0)
    merge.add(change("history", b"c"), mark(1, 2, 3), offset=1, time_ms=0)
    merge.add(change("pending", b"b"), mark(1, 1, 3), offset=0, time_ms=0)
    assert merge.take() == []
    assert keys(finished(merge)) == [(1, [b"a", b"b", b"c"])]
    assert merge.is_empty()


def test_a_transaction_waits_until_every_topic_is_past_the_next_one() -> None:
    merge = Merge(KINDS, after_seq=0)
    for seq in (1, 2, 3):
        merge.add(change("history"), mark(seq, 0, 2), offset=seq, time_ms=0)
    assert merge.take() == []
    merge.add(change("pending"), mark(3, 1, 2), offset=0, time_ms=0)
    assert [t.seq for t in merge.take()] == [1]
    assert merge.first_offset("history") == 2
    assert merge.first_offset("pending") == 0
    merge.finish("history")
    merge.finish("pending")
    assert [(t.seq, t.whole) for t in merge.take()] == [(2, False), (3, True)]
    assert merge.first_offset("history") is None


def test_what_is_folded_already_is_dropped() -> None:
    merge = Merge(KINDS, after_seq=2)
    for seq in (1, 2, 3):
        merge.add(change("history"), mark(seq, 0, 1), offset=seq, time_ms=0)
    assert [t.seq for t in finished(merge)] == [3]


def test_a_void_transaction_is_left_out() -> None:
    merge = Merge(KINDS, after_seq=0)
    merge.add(change("history", b"torn"), mark(1, 0, 2), offset=0, time_ms=0)
    merge.add(change("pending", void_key(1, 1)), mark(2, 0, 1, incarnation=2), offset=0, time_ms=0)
    assert [t.seq for t in finished(merge)] == [2]


def test_of_two_versions_of_a_seq_the_whole_one_counts() -> None:
    merge = Merge(KINDS, after_seq=0)
    merge.add(change("history", b"torn"), mark(1, 0, 2), offset=0, time_ms=0)
    merge.add(change("history", b"redone"), mark(1, 0, 1, incarnation=2), offset=1, time_ms=0)
    assert keys(finished(merge)) == [(1, [b"redone"])]


def test_a_version_behind_a_successor_never_counts_whole_or_not() -> None:
    """A compaction took a part of the first one; the fenced owner's came later (seed 141)."""
    merge = Merge(KINDS, after_seq=0)
    merge.add(change("history", b"ours"), mark(1, 0, 2), offset=0, time_ms=0)
    merge.add(change("pending"), mark(2, 0, 1), offset=0, time_ms=0)
    merge.add(change("pending", b"late"), mark(1, 0, 1, incarnation=2), offset=1, time_ms=0)
    assert keys(finished(merge)) == [(1, [b"ours"]), (2, [b"k"])]


def test_torn_versions_of_a_seq_stand_beside_each_other() -> None:
    merge = Merge(KINDS, after_seq=0)
    merge.add(change("history", b"torn"), mark(1, 0, 2), offset=0, time_ms=0)
    merge.add(change("history", b"again"), mark(1, 1, 2, incarnation=2), offset=1, time_ms=0)
    (chosen,) = finished(merge)
    assert not chosen.whole
    assert [t.incarnation for t in (chosen, *chosen.rivals)] == [1, 2]


@pytest.mark.parametrize("seed", range(20))
def test_any_interleaving_of_topics_gives_the_same_order(seed: int) -> None:
    chance = random.Random(seed)
    topics: dict[str, list[tuple[Change, Mark]]] = {kind: [] for kind in KINDS}
    expected: list[tuple[int, list[bytes]]] = []
    for seq in range(1, 20):
        count = chance.randint(1, 4)
        names = [f"{seq}.{index}".encode() for index in range(count)]
        for index, name in enumerate(names):
            kind = chance.choice(KINDS)
            topics[kind].append((change(kind, name), mark(seq, index, count)))
        expected.append((seq, names))
    merge, taken, at = Merge(KINDS, after_seq=0), list[Transaction](), dict.fromkeys(KINDS, 0)
    open_kinds = list(KINDS)
    while open_kinds:
        kind = chance.choice(open_kinds)
        if at[kind] == len(topics[kind]):
            merge.finish(kind)
            open_kinds.remove(kind)
        else:
            merge.add(*topics[kind][at[kind]], offset=at[kind], time_ms=0)
            at[kind] += 1
        taken += merge.take()
    assert keys(taken) == expected


def test_a_topic_that_is_far_ahead_is_named_and_never_the_one_that_all_wait_for() -> None:
    merge = Merge(KINDS, after_seq=0)
    for seq in range(1, 11):
        merge.add(change("pending"), mark(seq, 1, 2), offset=seq, time_ms=0)
    assert merge.ahead(9) == {"pending"}
    assert merge.ahead(10) == set()
    merge.add(change("history"), mark(9, 0, 2), offset=0, time_ms=0)
    assert [t.seq for t in merge.take()] == list(range(1, 8))
    assert merge.ahead(2) == {"pending"}
    assert merge.ahead(3) == set()
    for index in range(9):  # All wait for it, however much of it is there.
        merge.add(change("history", b"%d" % index), mark(9, index + 2, 11), offset=1, time_ms=0)
    assert merge.ahead(0) == {"pending"}
    merge.finish("pending")
    merge.finish("history")
    assert merge.ahead(0) == set()
