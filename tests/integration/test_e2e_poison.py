"""Records on `ingress` that are no requests: dead-letters say why, and the partition goes on."""

import pytest

from duralog.schemas.codec import decode, encode
from duralog.schemas.requests import StartWorkflowExecution
from duralog.schemas.transitions import DeadLetter
from integration.programs import Echo, echo
from integration.records import Outgoing, as_json, publish, reading
from integration.stack import Stack, known, new_id, working
from integration.test_e2e_ingress import start_of

START = StartWorkflowExecution(workflow_id="w", workflow_type="Echo", task_queue="q")
TORN = encode(START)[:-4]
UNKNOWN_SCHEMA = b"\x00\x00\x0f\xff\xff" + TORN[5:]
JSON = {"content-type": "application/json"}

# Name -> what is published, less its key; the code and the words of its cause.
POISON: dict[str, tuple[bytes, dict[str, str], str, str]] = {
    "bad Avro": (TORN, {}, "UNDECODABLE", ""),
    "unknown schema id": (UNKNOWN_SCHEMA, {}, "UNDECODABLE", "1048575"),
    "no Avro": (b"hello", {}, "UNDECODABLE", "content-type: application/json"),
    "bad JSON": (b"{", JSON, "UNDECODABLE", "not JSON"),
    "unknown field": (b'{"workflow_tipe": "T"}', JSON, "INVALID_ARGUMENT", "unknown fields"),
    "no value": (b"", JSON, "EMPTY", "no value"),
    "unknown action": (b'{"action": "x"}', JSON, "INVALID_ARGUMENT", "action must be"),
    "nobody to signal": (
        b'{"action": "signal", "signal_name": "s"}',
        JSON,
        "NOT_FOUND",
        "no Workflow Execution",
    ),
    "no task queue": (
        b'{"workflow_type": "T", "task_queue": ""}',
        JSON,
        "INVALID_ARGUMENT",
        "task_queue",
    ),
}


@pytest.fixture(scope="module")
def letters(stack: Stack) -> dict[bytes, tuple[DeadLetter, dict[str, bytes]]]:
    """All poison at once, and a record without key; what came of each, by its value and key."""
    records: list[Outgoing] = [
        (name, value, headers) for name, (value, headers, _, _) in POISON.items()
    ]
    records.append(as_json({"workflow_type": "Echo", "task_queue": "q"}))
    publish(stack.address, stack.topic("ingress"), records)
    found: dict[bytes, tuple[DeadLetter, dict[str, bytes]]] = {}
    with reading(stack.address, stack.topic("dead-letters")) as log:
        keys = {(key or "").encode() for key, _, _ in records}
        log.until(lambda seen: keys <= {record.key for record in seen})
        for record in log.records:
            letter = decode(record.value or b"")
            if isinstance(letter, DeadLetter):  # Else what another test decided about its own.
                found[record.key] = letter, record.headers
    return found


@pytest.mark.parametrize("name", POISON)
def test_poison_is_put_aside_with_its_cause(
    name: str, letters: dict[bytes, tuple[DeadLetter, dict[str, bytes]]]
) -> None:
    value, _, code, words = POISON[name]
    letter, headers = letters[name.encode()]
    assert (letter.code, letter.value) == (code, value)
    assert words in letter.cause
    assert headers["duralog-code"].decode() == code
    assert headers["duralog-cause"].decode() == letter.cause
    assert headers["duralog-source"].decode().startswith(letter.source_topic)


def test_a_record_without_key_and_id_is_put_aside(
    letters: dict[bytes, tuple[DeadLetter, dict[str, bytes]]],
) -> None:
    letter, _ = letters[b""]
    assert letter.code == "NO_WORKFLOW_ID"


@pytest.mark.usefixtures("letters")
async def test_the_partitions_go_on_behind_it(stack: Stack) -> None:
    async with (
        await stack.client() as client,
        working(client, workflows=[Echo], activities=[echo]) as worker,
    ):
        ids = [new_id() for _ in range(6)]
        events = [as_json(start_of(worker.task_queue, i), key=i) for i in ids]
        publish(stack.address, stack.topic("ingress"), events)
        for workflow_id in ids:
            handle = client.get_workflow_handle(workflow_id, result_type=str)
            await known(handle)
            assert await handle.result() == workflow_id
