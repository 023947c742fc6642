"""The rights that `duralog acl print` names are enough, and each one that is missing is told.

What is told is one line: the role, the operation, the resource, and where to look.
"""

import asyncio
import logging
import queue
import re
import subprocess
import sys
from collections.abc import Awaitable, Callable, Generator, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import AlterConfigOpType, ConfigEntry, ConfigResource
from confluent_kafka.admin._resource import ResourceType

from duralog.client import Client, RPCError
from duralog.connectors.acl import ROLES, Acl, acls
from duralog.connectors.broker import Record
from duralog.connectors.dead_letter import dead_letter, dead_letter_record
from duralog.connectors.doctor import examine
from duralog.connectors.embedded import EmbeddedKafka
from duralog.connectors.kafka.describe import describe
from duralog.connectors.kafka.ensure import create_topic, sizes_like
from duralog.connectors.kafka.settings import KafkaSettings
from duralog.connectors.topic_plan import plan_topic
from duralog.orchestrator.settings import EngineSettings
from duralog.schemas.topics import TOPICS, TopicNames
from integration.granting import Granter, user_of
from integration.guarded import known_as
from integration.programs import Echo, echo
from integration.records import as_json, publish
from integration.stack import Stack, known, new_id, working

pytestmark = pytest.mark.timeout(480)  # Half a minute each on an idle machine.

NAMES: Final = TopicNames(prefix="rights", namespace="default")
NAMED: Final = "'duralog acl print'"
# Kinds of topics that letters come from, and where each is put again.
REPLAYED: Final = {
    "ingress": "ingress",
    "requests": "transfers",
    "workflow-tasks": "workflow-tasks",
    "activities": "activities",
}
WHO: Final = {"client": "client or worker", "worker": "(client or )?worker"}


@pytest.fixture(scope="module")
def granter(guarded: EmbeddedKafka) -> Granter:
    """All printed rights are granted."""
    granter = Granter(guarded.bootstrap_servers)
    granter.grant(*(acl for role in ROLES for acl in acls(NAMES, role)))
    return granter


@pytest.fixture(scope="module")
def roles(
    guarded: EmbeddedKafka, granter: Granter, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Stack]]:
    """A stack for each role, and the topics of the namespace."""
    directory = tmp_path_factory.mktemp("rights")
    stacks = {
        role: Stack(
            address=guarded.sasl_bootstrap_servers,
            prefix=NAMES.prefix,
            directory=directory,
            kafka=known_as(user_of(role)),
        )
        for role in ROLES
    }
    create = next(acl for acl in acls(NAMES, "operator") if acl.operation == "Create")
    with granter.without(create):
        says(create, said_by(stacks["operator"], "topics", "apply"))
    stacks["operator"].create_topics()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(directory / "cache"))  # Of the index of runs.
        yield stacks
    for stack in stacks.values():
        stack.end()


async def test_the_printed_rights_are_enough_and_each_of_them_is_needed(
    roles: dict[str, Stack], granter: Granter, guarded: EmbeddedKafka
) -> None:
    doctor = roles["operator"].duralog("doctor", "-o", "json")
    assert doctor.returncode == 0, doctor.stdout
    engine = roles["engine"].start_engine()
    async with (
        await roles["client"].client() as client,
        await roles["worker"].client() as helper,
        working(helper, workflows=[Echo], activities=[echo]) as worker,
    ):
        task_queue = worker.task_queue
        done = await client.execute_workflow(
            Echo.run, "granted", id=new_id(), task_queue=task_queue
        )
        assert done == "granted"
        await published(roles["publisher"], client, task_queue)
        assert (await client.count_workflows("ExecutionStatus = 'Completed'")).count == 2
    assert "WorkflowExecutionCompleted" in tailed(roles["data-team"])
    assert "level" in said_by(roles["operator"], "upgrade", "status")
    engine.terminate()
    assert engine.wait() == 0
    await engine_without(roles, granter)
    for acl in acls(NAMES, "client"):
        with granter.without(acl):
            await refused(acl, roles["client"], counts)
    for acl in acls(NAMES, "worker"):
        with granter.without(acl):
            await refused(acl, roles["worker"], partial(works, plain=guarded.bootstrap_servers))


def test_others_rights_are_enough_and_each_of_them_is_needed(
    roles: dict[str, Stack], granter: Granter, guarded: EmbeddedKafka
) -> None:
    """Operators with the command line, publishers and data teams with clients of their own."""
    letters(guarded)
    operator, publisher, data_team = (roles[r] for r in ("operator", "publisher", "data-team"))
    for acl in acls(NAMES, "operator"):
        if acl.operation != "Create":  # That was before there were topics.
            with granter.without(acl):
                says(acl, operator_says(operator, acl))
    assert "4 replayed" in said_by(operator, "dlq", "replay", "--code", "PLANTED", "--rate", "100")
    altered(operator)
    (ingress,) = acls(NAMES, "publisher")
    sent(publisher)
    with granter.without(ingress), pytest.raises(KafkaException, match=r"TOPIC_AUTHORIZATION"):
        sent(publisher)
    history, group = acls(NAMES, "data-team")
    joined(data_team)
    with granter.without(history):
        says(history, tailed(data_team))
    with granter.without(group), pytest.raises(KafkaException, match=r"GROUP_AUTHORIZATION"):
        joined(data_team)


def names_it(acl: Acl) -> re.Pattern[str]:
    """The line that says what is missing."""
    if acl.operation.endswith("Configs"):  # The doctor says it in lines of its own.
        subject = "broker 1" if acl.resource == "cluster" else acl.name
        fix = f"DescribeConfigs to {acl.role}: duralog acl print"
        return re.compile(f"(?s){subject}.*grant.* {fix}")
    if (acl.role, acl.resource) == ("operator", "group"):
        return re.compile(f"(?s)group {acl.name}.*GROUP_AUTH.*duralog acl print --role operator")
    what = f"{acl.operation} on {acl.resource.replace('-', ' ')} {re.escape(acl.name)}"
    role = WHO.get(acl.role, acl.role)
    return re.compile(f"the role {role} lacks {what}.*AUTHORIZATION_FAILED.*'duralog acl print'")


def says(acl: Acl, said: str) -> None:
    """What is said names the right that is missing."""
    assert names_it(acl).search(said), (acl, said)


def said_by(stack: Stack, *arguments: str) -> str:
    """All that a command says."""
    done = stack.duralog(*arguments)
    return f"{done.stdout}{done.stderr}"


def tailed(stack: Stack) -> str:
    """What a data team reads."""
    return said_by(stack, "history", "tail", "--from", "earliest", "--no-follow")


async def published(stack: Stack, client: Client, queue: str) -> None:
    """A service starts a workflow by a record; its result comes."""
    event = {"action": "start", "workflow_type": "Echo", "task_queue": queue, "input": ["service"]}
    workflow_id = new_id("published")
    start = as_json(event, workflow_id, id=new_id())
    settings = {"partitioner": "murmur2_random", **stack.kafka}
    publish(stack.address, stack.topic("ingress"), [start], **settings)
    handle = client.get_workflow_handle(workflow_id)
    await known(handle)
    assert await handle.result() == "service"


async def engine_without(roles: dict[str, Stack], granter: Granter) -> None:
    """An engine says what it lacks."""
    published_garbage(roles["publisher"])  # So that it has something to write.
    for acl in acls(NAMES, "engine"):
        ask = doctor_says if acl.operation == "DescribeConfigs" else engine_says
        with granter.without(acl):
            says(acl, await asyncio.to_thread(ask, roles["engine"]))


def published_garbage(stack: Stack) -> None:
    """A record that is put aside, and a start for a Task Queue that is not there."""
    event = {"action": "start", "workflow_type": "Echo", "task_queue": "not-there", "input": [""]}
    records = [("k", b"garbage", dict[str, str]()), as_json(event, "waits", id=new_id())]
    publish(stack.address, stack.topic("ingress"), records, **stack.kafka)


def engine_says(stack: Stack) -> str:
    """The line of a slot that names what is refused. It is ended."""
    settings = EngineSettings(
        bootstrap_servers=stack.address,
        prefix=stack.prefix,
        data_dir=stack.directory / "engine",
        kafka=stack.kafka,
    )
    slot = subprocess.Popen(
        [sys.executable, "-m", "duralog.orchestrator.slot"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert slot.stdin is not None
    assert slot.stdout is not None
    with slot:
        try:
            slot.stdin.write(settings.model_dump_json() + "\n")
            slot.stdin.flush()
            return next((line for line in slot.stdout if NAMED in line), "")
        finally:
            slot.kill()


def doctor_says(stack: Stack) -> str:
    """What it finds when an engine starts."""
    settings = KafkaSettings({"bootstrap.servers": stack.address, **stack.kafka}, role="engine")
    return "\n".join(map(str, examine(describe(settings, NAMES))))


async def counts(client: Client) -> None:
    """Ask for a number, of an index that begins anew."""
    await client.count_workflows()


async def works(client: Client, *, plain: str) -> None:
    """A worker of a new Task Queue with garbage in it, until its log names what it may not do."""
    with recorded() as lines:
        async with working(client, workflows=[Echo], activities=[echo]) as worker:
            await asyncio.to_thread(raise_refusal, lines, plain, worker.task_queue)


def raise_refusal(lines: "queue.SimpleQueue[str]", plain: str, task_queue: str) -> None:
    """Raise the first refusal among lines."""
    topic = NAMES.of("activities", task_queue)
    producer = Producer({"bootstrap.servers": plain})
    while True:
        try:
            line = lines.get(timeout=0.5)
        except queue.Empty:
            line = ""
        if NAMED in line:
            raise RefusedError(line)
        if not line and topic in producer.list_topics(timeout=10).topics:
            producer.produce(topic, b"garbage")
            producer.flush(10)


class RefusedError(Exception):
    """What a log said."""


@contextmanager
def recorded() -> Generator["queue.SimpleQueue[str]"]:
    """Lines that the product logs meanwhile."""
    lines = queue.SimpleQueue[str]()
    handler = logging.Handler()
    handler.emit = lambda record: lines.put(record.getMessage())  # type: ignore[method-assign]
    log = logging.getLogger("duralog")
    log.addHandler(handler)
    try:
        yield lines
    finally:
        log.removeHandler(handler)


async def refused(acl: Acl, stack: Stack, use: Callable[[Client], Awaitable[object]]) -> None:
    """Connecting or `use` fails by name."""
    with pytest.raises((RPCError, RefusedError)) as raised:
        async with await stack.client() as client:
            await use(client)
    says(acl, str(raised.value))


def letters(kafka: EmbeddedKafka) -> None:
    """One of each origin that can be replayed."""
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap_servers})
    producer = Producer({"bootstrap.servers": kafka.bootstrap_servers})
    for kind in REPLAYED:
        topic = NAMES.of(kind, "q" if TOPICS[kind].per_queue else "")
        if TOPICS[kind].per_queue:
            create_topic(admin, plan_topic(kind, topic, sizes_like(admin, NAMES.of("requests"))))
        source = Record(topic, 0, 0, 1, b"k", b"garbage", [])
        letter = dead_letter(source, code="PLANTED", cause="planted", now_ms=1)
        record = dead_letter_record(letter, topic=NAMES.of("dead-letters"), partitions=1)
        producer.produce(record.topic, record.value, record.key, 0)
    assert producer.flush(10) == 0


def operator_says(stack: Stack, acl: Acl) -> str:
    """What it says when it needs that right."""
    kind = acl.name.removeprefix(f"{NAMES.prefix}.default.").rstrip(".")
    if acl.operation == "AlterConfigs":
        with pytest.raises(KafkaException, match="TOPIC_AUTHORIZATION"):
            altered(stack)
    if acl.operation.endswith("Configs") or acl.resource == "group":
        return said_by(stack, "doctor")
    if acl.operation == "Read":
        return said_by(stack, "dlq", "list")
    if kind == "requests":
        return said_by(stack, "upgrade", "status")
    if kind == "dead-letters":
        return said_by(stack, "dlq", "discard", "--all", "--reason", "a test")
    return said_by(
        stack, "dlq", "replay", "--source", *(k for k, to in REPLAYED.items() if to == kind)
    )


def altered(stack: Stack) -> None:
    """What the doctor asks an operator to do, done."""
    entry = ConfigEntry(
        "delete.retention.ms", "604800000", incremental_operation=AlterConfigOpType.SET
    )
    topic = ConfigResource(ResourceType.TOPIC, NAMES.of("history"), incremental_configs=[entry])
    admin = AdminClient({"bootstrap.servers": stack.address, **stack.kafka})
    for future in admin.incremental_alter_configs([topic]).values():
        future.result(10)


def sent(stack: Stack) -> None:
    """A publisher's record. Raises KafkaException."""
    failed: list[KafkaError] = []

    def delivered(error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            failed.append(error)

    producer = Producer({"bootstrap.servers": stack.address, **stack.kafka})
    producer.produce(stack.topic("ingress"), b"garbage", b"k", on_delivery=delivered)
    assert producer.flush(30) == 0
    if failed:
        raise KafkaException(failed[0])


def joined(stack: Stack) -> None:
    """A data team's consumer in a group of its own. Raises KafkaException."""
    config = {
        "group.id": f"{NAMES.prefix}.data.reports",
        "auto.offset.reset": "earliest",
        "enable.partition.eof": True,
        "bootstrap.servers": stack.address,
        **stack.kafka,
    }
    consumer = Consumer(config)
    try:
        consumer.subscribe([stack.topic("history")])
        message = consumer.poll(30)
        assert message is not None
        error = message.error()
        if error is not None and error.code() != KafkaError._PARTITION_EOF:
            raise KafkaException(error)
    finally:
        consumer.close()
