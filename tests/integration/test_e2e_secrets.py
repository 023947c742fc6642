"""A secret that goes wherever payloads go is in no log, record key, header, metric, span or list.

Also not when things fail: what does not fit its type, what is put aside, what is retried, refused,
or fails for good.
"""

import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from duralog import activity, workflow
from duralog.client import Client, WorkflowFailureError, WorkflowHandle, WorkflowUpdateFailedError
from duralog.common import RetryPolicy
from duralog.connectors.embedded import EmbeddedKafka
from duralog.contrib.monitor import WorkerMonitor
from duralog.contrib.opentelemetry import TracingInterceptor
from duralog.exceptions import ApplicationError
from duralog.schemas.codec import encode
from duralog.schemas.payloads import Payload
from duralog.schemas.requests import SignalWorkflowExecution
from integration.records import Outgoing, publish, reading
from integration.stack import Stack, new_id, working
from integration.test_monitor import CANARY, all_keys_and_headers, get

SHORT = timedelta(seconds=20)
PAYLOAD = Payload(metadata={"encoding": b"json/plain"}, data=json.dumps(CANARY).encode())


@activity.defn
async def fails_once(secret: str) -> str:
    activity.heartbeat(secret)
    if activity.info().attempt == 1:
        raise ApplicationError("try again", secret, type="Again")
    return secret


@activity.defn
async def takes_a_number(number: int) -> int:
    return number


@workflow.defn
class Secrets:
    def __init__(self) -> None:
        self.told: list[str] = []

    @workflow.signal
    async def tell(self, secret: str) -> None:
        self.told.append(secret)

    @workflow.signal
    async def tell_a_number(self, number: int) -> None:
        self.told.append(str(number))

    @workflow.query
    def ask(self, secret: str) -> str:
        return secret

    @workflow.update
    async def change(self, secret: str) -> str:
        return secret

    @change.validator
    def check(self, secret: str) -> None:
        if secret.endswith("no"):
            raise ApplicationError("refused", secret)

    @workflow.run
    async def run(self, secret: str) -> str:
        once = RetryPolicy(initial_interval=timedelta(milliseconds=10), maximum_attempts=2)
        await workflow.execute_activity(
            fails_once, secret, start_to_close_timeout=SHORT, retry_policy=once
        )
        await workflow.execute_local_activity(
            fails_once, secret, start_to_close_timeout=SHORT, retry_policy=once
        )
        try:
            await workflow.execute_activity(
                "takes_a_number", secret, start_to_close_timeout=SHORT, retry_policy=once
            )
        except Exception:  # noqa: BLE001 whatever a payload of another type leads to
            workflow.logger.info("as expected")
        await workflow.wait_condition(lambda: CANARY in self.told)
        raise ApplicationError("over", secret)


@pytest.fixture
def own(kafka: EmbeddedKafka, topic_prefix: str, tmp_path: Path) -> Iterator[Stack]:
    """An engine of its own, which says all that it can."""
    address = kafka.bootstrap_servers
    with Stack(address=address, prefix=topic_prefix, directory=tmp_path) as stack:
        stack.create_topics()
        stack.start_engine(environment={"DURALOG_LOG_LEVEL": "DEBUG"})
        yield stack


async def test_a_secret_is_seen_by_nobody_who_may_not_read_payloads(
    own: Stack, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracing = TracingInterceptor(provider.get_tracer("test"))
    told: dict[str, str] = {}
    with WorkerMonitor("127.0.0.1:0") as monitor:
        client = await Client.connect(own.address, prefix=own.prefix, interceptors=[tracing])
        async with client:
            async with working(
                client, workflows=[Secrets], activities=[fails_once, takes_a_number]
            ) as worker:
                monitor.watch(worker)
                await lives(client, worker.task_queue)
                told["metrics"] = get(f"http://{monitor.address}/metrics")[1]
            told["runs"] = own.duralog("workflow", "list").stdout
    put_aside(own)
    for words in (("list",), ("list", "-o", "json"), ("show", "0-0"), ("show", "1-0")):
        told[" ".join(words)] = own.duralog("dlq", *words).stdout
    told["engine"] = own.report()
    told["worker"] = caplog.text
    told["keys and headers"] = repr(all_keys_and_headers(own))
    told["spans"] = "".join(span.to_json() for span in exporter.get_finished_spans())
    for place, proof in PROOFS.items():
        assert proof in told[place], (place, told[place])
    assert [place for place, said in told.items() if CANARY in said] == []


PROOFS = {
    "metrics": "temporal_activity_execution_failed",
    "runs": "Secrets",
    "list -o json": "UNDECODABLE",
    "engine": "dead letter",
    "worker": "activity failed",
    "keys and headers": "UNDECODABLE",
    "spans": "RunActivity:fails_once",
}


async def lives(client: Client, task_queue: str) -> None:
    """The secret goes in, around, and out again as the details of a failure."""
    handle = await client.start_workflow(
        Secrets.run, CANARY, id=new_id(), task_queue=task_queue, memo={"secret": CANARY}
    )
    assert await handle.query(Secrets.ask, CANARY) == CANARY
    assert await handle.execute_update(Secrets.change, CANARY) == CANARY
    with pytest.raises(WorkflowUpdateFailedError):
        await handle.execute_update(Secrets.change, f"{CANARY}no")
    await misfits(handle)
    await handle.signal(Secrets.tell, CANARY)
    with pytest.raises(WorkflowFailureError) as raised:
        await handle.result()
    cause = raised.value.cause
    assert isinstance(cause, ApplicationError)
    assert cause.details == (CANARY,)


async def misfits(handle: WorkflowHandle[Secrets, str]) -> None:
    """What the workflow has no place for."""
    await handle.signal("tell_a_number", CANARY)
    await handle.signal("nobody", CANARY)
    with pytest.raises(Exception, match=r".*") as raised:
        await handle.query("nobody", CANARY)
    assert CANARY not in str(raised.value)


def put_aside(stack: Stack) -> None:
    """Poison with the secret in it, by each door that strangers have."""
    signal = encode(SignalWorkflowExecution(workflow_id="w", signal_name="s", input=[PAYLOAD]))
    json_ = {"content-type": "application/json"}
    document = {"action": "start", "workflow_type": "T", "task_queue": "q"}
    records: list[Outgoing] = [
        ("a", CANARY.encode(), {}),
        ("b", f'{{"input": ["{CANARY}"'.encode(), json_),
        ("c", json.dumps({**document, "memo": CANARY}).encode(), json_),
        ("d", json.dumps({**document, "start_delay_ms": CANARY}).encode(), json_),
        ("e", signal[:-3], {}),
        ("f", signal + CANARY.encode(), {}),
        ("g", signal, {}),  # Nobody is there to be signalled.
    ]
    publish(stack.address, stack.topic("ingress"), records)
    publish(stack.address, stack.topic("requests"), [("h", CANARY.encode(), {})])
    with reading(stack.address, stack.topic("dead-letters")) as log:
        keys = {key.encode() for key in "abcdefgh"}
        log.until(lambda seen: keys <= {record.key for record in seen})
