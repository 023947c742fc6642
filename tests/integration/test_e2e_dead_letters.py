"""`duralog dlq` on a real Kafka: from poison to one effect, and to a decision that is kept."""

import base64
import json
import subprocess
from typing import Any

import pytest

from duralog.schemas.codec import encode
from duralog.schemas.payloads import Payload
from duralog.schemas.requests import SignalWorkflowExecution
from integration.programs import Collect
from integration.records import publish, reading
from integration.stack import Stack, new_id, working


def dlq(stack: Stack, *arguments: str) -> list[dict[str, Any]]:
    done = run(stack, *arguments)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def run(stack: Stack, *arguments: str) -> subprocess.CompletedProcess[str]:
    return stack.duralog("dlq", *arguments, "-o", "json")


def put_aside(stack: Stack, workflow_id: str, code: str) -> dict[str, Any]:
    """The letter of `workflow_id`, once the engine has written it."""
    with reading(stack.address, stack.topic("dead-letters")) as log:
        log.until(lambda seen: any(workflow_id.encode() == record.key for record in seen))
    (letter,) = dlq(stack, "list", "--workflow-id", workflow_id)
    assert (letter["code"], letter["state"]) == (code, "open")
    return letter


async def test_a_signal_that_came_too_early_is_replayed_once(stack: Stack) -> None:
    """Poison, list, show, correct the cause, replay twice: one effect."""
    workflow_id = new_id()
    early = Payload(metadata={"encoding": b"json/plain"}, data=b'"canary"')
    signal = SignalWorkflowExecution(workflow_id=workflow_id, signal_name="add", input=[early])
    publish(stack.address, stack.topic("ingress"), [(workflow_id, encode(signal), {"a": "b"})])
    letter = put_aside(stack, workflow_id, "NOT_FOUND")
    (shown,) = dlq(stack, "show", letter["id"])
    assert shown["first_place"].startswith(stack.topic("ingress"))
    assert shown["value_bytes"] == len(encode(signal))
    assert "canary" not in json.dumps([letter, shown])
    (shown,) = dlq(stack, "show", letter["id"], "--value")
    assert base64.b64decode(shown["value"]["base64"]) == encode(signal)
    async with await stack.client() as client, working(client, workflows=[Collect]) as worker:
        handle = await client.start_workflow(
            Collect.run, 2, id=workflow_id, task_queue=worker.task_queue
        )
        (would,) = dlq(stack, "replay", letter["id"], "--dry-run")
        assert would["outcome"] == "would replay"
        (done,) = dlq(stack, "replay", letter["id"], "--rate", "5")
        assert (done["outcome"], done["id"]) == ("replayed", letter["id"])
        again = run(stack, "replay", letter["id"])
        assert (again.returncode, again.stdout) == (0, "")
        assert "not open" in again.stderr
        await handle.signal(Collect.add, "late")
        assert sorted(await handle.result()) == ["canary", "late"]
    assert dlq(stack, "list", "--workflow-id", workflow_id) == []
    (kept,) = dlq(stack, "list", "--workflow-id", workflow_id, "--state", "replayed")
    assert kept["id"] == letter["id"]


def test_a_letter_is_discarded_with_a_reason_and_stays(stack: Stack) -> None:
    key = new_id("bad")
    publish(stack.address, stack.topic("ingress"), [(key, b"\x1b[31mno request", {})])
    letter = put_aside(stack, key, "UNDECODABLE")
    (shown,) = dlq(stack, "show", letter["id"], "--value")
    assert shown["value"] == {"base64": "G1szMW1ubyByZXF1ZXN0"}
    refused = run(stack, "discard", "--reason", "all of them")
    assert refused.returncode == 2
    assert "--all" in refused.stderr
    (done,) = dlq(stack, "discard", "--workflow-id", key, "--reason", "a test")
    assert done["outcome"] == "discarded"
    assert dlq(stack, "list", "--workflow-id", key) == []
    (shown,) = dlq(stack, "show", letter["id"])
    assert (shown["state"], shown["decision"]["reason"]) == ("discarded", "a test")


@pytest.mark.parametrize("place", ["0-999999", "nonsense"])
def test_a_letter_that_is_not_there(stack: Stack, place: str) -> None:
    done = run(stack, "show", place)
    assert done.returncode == 1
    assert "no dead letter" in done.stderr
