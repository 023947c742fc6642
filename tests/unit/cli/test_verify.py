"""`duralog partition verify` finds what is wrong: damage is planted in a log that was whole."""

import pytest

from duralog.cli.verify import Records, Verdict, verdict_of
from duralog.connectors.broker import TopicPartition
from duralog.schemas import requests as r
from duralog.schemas.codec import encode
from duralog.schemas.identifiers import partition_of
from duralog.schemas.topics import CHANGELOGS
from sim.bench import NAMES, PARTITIONS, Bench

PARTITION = partition_of("w", PARTITIONS)
Image = dict[bytes, bytes]


def story() -> tuple[Records, Image]:
    """What a run that waits and a closed one leave in the log and on the disk."""
    bench = Bench()
    names = [f"v{n}" for n in range(9) if partition_of(f"v{n}", PARTITIONS) == PARTITION]
    for name in ("w", names[0]):
        request = r.StartWorkflowExecution(
            workflow_id=name, workflow_type="T", task_queue="q", request_id=name
        )
        assert bench.ask(request).code == "OK"
    for number in range(3):
        signal = r.SignalWorkflowExecution(workflow_id="w", signal_name=f"s{number}")
        assert bench.ask(signal).code == "OK"
    assert bench.ask(r.TerminateWorkflowExecution(workflow_id=names[0])).code == "OK"
    records = {
        kind: bench.broker.log(TopicPartition(NAMES.of(kind), PARTITION)).committed()
        for kind in CHANGELOGS
    }
    return records, dict(bench.slot.disk.images[f"default/{PARTITION}"])


def verdict(records: Records, image: Image | None = None) -> Verdict:
    return verdict_of(records, "default", PARTITION, image)


def test_what_is_whole_is_equal() -> None:
    records, image = story()
    found = verdict(records, image)
    assert (found.faults, found.runs) == ([], 2)
    assert found.compared == f"equal to the disk, which is at transaction {found.seq}"
    assert verdict(records).compared == ""


def test_an_older_disk_is_brought_up_to_the_log() -> None:
    records, _ = story()
    assert verdict(records, {}).compared == "equal to the disk, which is at transaction 0"


def test_a_changed_disk_is_found() -> None:
    records, image = story()
    key = next(key for key in image if key.startswith(b"c"))
    found = verdict(records, {**image, key: b"another run"})
    assert found.faults == [f"the disk at transaction {found.seq} differs from the fold of the log"]
    assert found.compared.startswith("not equal")


def test_a_disk_ahead_of_the_log_is_found() -> None:
    records, image = story()
    found = verdict({kind: [] for kind in records}, image)
    assert len(found.faults) == 1
    assert found.faults[0].endswith("the log ends at 0")


@pytest.mark.parametrize("kind", ["history", "pending"])
def test_a_lost_record_is_found_unless_another_replaced_it(kind: str) -> None:
    records, image = story()
    whole = verdict(records, image)
    found_of_history = 0
    for at in range(len(records[kind])):
        damaged = {**records, kind: [x for i, x in enumerate(records[kind]) if i != at]}
        found = verdict(damaged, image)
        assert found.faults or found.digest == whole.digest, records[kind][at]
        found_of_history += bool(found.faults)
    assert found_of_history > 1


def test_a_record_of_somebody_else_is_found() -> None:
    records, _ = story()
    strange = records["history"][0]._replace(headers=[])
    found = verdict({**records, "history": [*records["history"], strange]})
    assert len(found.faults) == 1
    assert found.faults[0].endswith("bears no mark of ours")


def test_a_value_that_is_no_record_is_found() -> None:
    records, _ = story()
    for broken in (b"no record", encode(r.Ping(workflow_id="w"))):
        changed = [records["history"][0]._replace(value=broken), *records["history"][1:]]
        assert verdict({**records, "history": changed}).faults
