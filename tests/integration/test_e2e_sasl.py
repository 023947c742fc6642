"""All roles over SASL and TLS, by settings of librdkafka; what does not fit is one clear line.

Then with the rights that `duralog acl print` names and no others, and without each of them in turn.
"""

import asyncio
import json
import logging
import queue
import re
import subprocess
import sys
from collections.abc import Awaitable, Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from confluent_kafka import Producer

from duralog.client import Client, RPCError, RPCStatusCode
from duralog.connectors.acl import ROLES, Acl, acls
from duralog.connectors.doctor import examine
from duralog.connectors.embedded import EmbeddedKafka
from duralog.connectors.kafka.describe import describe
from duralog.connectors.kafka.settings import KafkaSettings
from duralog.orchestrator.settings import EngineSettings
from duralog.schemas.topics import TopicNames
from integration.certificates import Authority
from integration.granting import Granter, user_of
from integration.programs import Echo, echo
from integration.stack import Stack, eventually, known, new_id, working

NAMES = TopicNames(prefix="rights", namespace="default")
REFUSED = re.compile("AUTHORIZATION_FAILED|[Aa]uthorization failed")
USER, PASSWORD = "ada", "a long secret"
# Who comes by the plain listener, as these tests do to grant rights, has no name.
AUTHORIZER = {
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "super.users": f"User:ANONYMOUS;User:{USER};User:CN={USER}",
    "allow.everyone.if.no.acl.found": "false",
}
SCRAM_OVER_TLS = {
    "listener.name.sasltls.sasl.enabled.mechanisms": "SCRAM-SHA-256",
    "listener.name.sasltls.scram-sha-256.sasl.jaas.config": (
        "org.apache.kafka.common.security.scram.ScramLoginModule required;"
    ),
}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Whom everybody here trusts."""
    return Authority(tmp_path_factory.mktemp("authority"), "Duralog tests")


@pytest.fixture(scope="module")
def guarded(
    tmp_path_factory: pytest.TempPathFactory, authority: Authority
) -> Iterator[EmbeddedKafka]:
    """A broker that asks who you are, and lets nobody do what was not granted."""
    place = tmp_path_factory.mktemp("guarded")
    certificate, key = authority.issue("broker")
    store = place / "broker.pem"
    store.write_bytes(key.read_bytes() + certificate.read_bytes())
    tls = {
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(store),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(authority.file),
        "listener.name.mtls.ssl.client.auth": "required",
    }
    users = {USER: PASSWORD, **{user_of(role): PASSWORD for role in ROLES}}
    with EmbeddedKafka(
        data_dir=place,
        scram_users=users,
        server_properties={**AUTHORIZER, **SCRAM_OVER_TLS, **tls},
        listeners={"TLS": "SSL", "MTLS": "SSL", "SASLTLS": "SASL_SSL"},
    ) as kafka:
        yield kafka


def settings(password: str, *, user: str = USER) -> dict[str, str]:
    """How librdkafka is told to say who we are."""
    return {
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "SCRAM-SHA-256",
        "sasl.username": user,
        "sasl.password": password,
    }


def stack_of(kafka: EmbeddedKafka, directory: Path, password: str) -> Stack:
    """A stack that speaks to the guarded listener."""
    return Stack(
        address=kafka.sasl_bootstrap_servers,
        prefix="guarded",
        directory=directory,
        kafka=settings(password),
    )


async def test_a_workflow_runs_over_scram(guarded: EmbeddedKafka, tmp_path: Path) -> None:
    with stack_of(guarded, tmp_path, PASSWORD) as stack:
        stack.create_topics()
        stack.start_engine()
        async with (
            await stack.client() as client,
            working(client, workflows=[Echo], activities=[echo]) as worker,
        ):
            result = await client.execute_workflow(
                Echo.run, "in secret", id=new_id(), task_queue=worker.task_queue
            )
        assert PASSWORD not in stack.report()
    assert result == "in secret"


def ways(kafka: EmbeddedKafka, authority: Authority) -> dict[str, tuple[str, dict[str, str]]]:
    """Addresses and settings of all doors that check certificates."""
    trusting = {"security.protocol": "SSL", "ssl.ca.location": str(authority.file)}
    certificate, key = authority.issue(USER)
    known = {"ssl.certificate.location": str(certificate), "ssl.key.location": str(key)}
    scram = {**settings(PASSWORD), **trusting, "security.protocol": "SASL_SSL"}
    return {
        "TLS": (kafka.listener("TLS"), trusting),
        "mTLS": (kafka.listener("MTLS"), {**trusting, **known}),
        "SCRAM over TLS": (kafka.listener("SASLTLS"), scram),
    }


async def test_a_workflow_runs_over_tls_mtls_and_scram_over_tls(
    guarded: EmbeddedKafka, authority: Authority, tmp_path: Path
) -> None:
    doors = ways(guarded, authority)
    address, kafka = doors["mTLS"]
    with stack_at(address, tmp_path, kafka) as engine:
        engine.create_topics()
        engine.start_engine()
        for name, (door, known) in doors.items():
            stack = stack_at(door, tmp_path, known)
            async with (
                await stack.client() as client,
                working(client, workflows=[Echo], activities=[echo]) as worker,
            ):
                result = await client.execute_workflow(
                    Echo.run, name, id=new_id(), task_queue=worker.task_queue
                )
            assert result == name


async def test_a_wrong_password_or_certificate_is_one_clear_error(
    guarded: EmbeddedKafka, authority: Authority, tmp_path: Path
) -> None:
    address, trusting = ways(guarded, authority)["TLS"]
    stranger = {**trusting, "ssl.ca.location": str(Authority(tmp_path / "x", "somebody").file)}
    wrong = {
        "a wrong password": stack_of(guarded, tmp_path, "wrong password"),
        "an authority that we do not trust": stack_at(address, tmp_path, stranger),
        "another host": stack_at(address.replace("127.0.0.1", "localhost"), tmp_path, trusting),
    }
    command = asyncio.create_task(
        asyncio.to_thread(wrong["a wrong password"].duralog, "topics", "apply")
    )
    errors = await asyncio.gather(*map(refusal, wrong.values()))
    done = await command
    for case, error in zip(wrong, errors, strict=True):
        assert "do not let us in: " in str(error), case
        assert error.status is RPCStatusCode.UNAVAILABLE, case
    assert "uthentication failed" in str(errors[0])
    assert "certificate verify failed" in str(errors[1])
    lines = [line for line in done.stderr.splitlines() if line.startswith("duralog: ")]
    assert (done.returncode, len(lines)) == (1, 1), done.stderr
    assert "do not let us in: SASL authentication error" in lines[0]
    for text in (done.stderr, *map(str, errors)):
        assert "wrong password" not in text


async def refusal(stack: Stack) -> RPCError:
    """Why a client may not connect."""
    with pytest.raises(RPCError) as raised:
        await stack.client()
    return raised.value


def stack_at(address: str, directory: Path, kafka: dict[str, str]) -> Stack:
    """A stack that speaks to one of the doors that have a certificate."""
    return Stack(address=address, prefix="tls", directory=directory, kafka=kafka)


def rights_of(kafka: EmbeddedKafka, directory: Path, role: str) -> Stack:
    """The stack as one role sees it."""
    return Stack(
        address=kafka.sasl_bootstrap_servers,
        prefix=NAMES.prefix,
        directory=directory,
        kafka=settings(PASSWORD, user=user_of(role)),
    )


@pytest.fixture
def roles(
    guarded: EmbeddedKafka, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dict[str, Stack]]:
    """A stack for each role, with its printed rights."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))  # Of the index of runs.
    granter = Granter(guarded.bootstrap_servers)
    for role in ROLES:
        for acl in acls(NAMES, role):
            granter.grant(acl)
    stacks = {role: rights_of(guarded, tmp_path, role) for role in ROLES}
    stacks["operator"].create_topics()
    yield stacks
    for stack in stacks.values():
        stack.end()


async def test_the_printed_rights_are_enough_and_each_of_them_is_needed(
    roles: dict[str, Stack], guarded: EmbeddedKafka
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
    history = ("history", "tail", "--from", "earliest", "--no-follow")
    told = roles["data-team"].duralog(*history)
    assert told.returncode == 0, told.stderr
    assert "WorkflowExecutionCompleted" in told.stdout
    engine.terminate()
    assert engine.wait() == 0
    await without_each_right(roles, Granter(guarded.bootstrap_servers))


async def published(stack: Stack, client: Client, queue: str) -> None:
    """A service starts a workflow by a record; its result comes."""
    producer = Producer(
        {"bootstrap.servers": stack.address, "partitioner": "murmur2_random", **stack.kafka}
    )
    event = {"action": "start", "workflow_type": "Echo", "task_queue": queue, "input": ["service"]}
    headers: dict[str, str | bytes | None] = {"content-type": "application/json", "id": new_id()}
    workflow_id = new_id("published")
    producer.produce(stack.topic("ingress"), json.dumps(event), workflow_id, headers=headers)
    assert producer.flush(30) == 0
    handle = client.get_workflow_handle(workflow_id)
    await known(handle)
    assert await handle.result() == "service"


async def without_each_right(roles: dict[str, Stack], granter: Granter) -> None:
    """Each error names what is refused."""
    published_garbage(roles["publisher"])  # So that an engine has something to write.
    for acl in acls(NAMES, "engine"):
        with granter.without(acl):
            ask = doctor_says if acl.operation == "DescribeConfigs" else engine_says
            assert REFUSED.search(await asyncio.to_thread(ask, roles["engine"])), acl
    for acl in acls(NAMES, "client"):
        with granter.without(acl):
            await refused(acl, roles["client"], counts)
    for acl in acls(NAMES, "worker"):
        if "dead-letters" in acl.name:
            continue  # Wanted only for what cannot be read; without it the log says so.
        with granter.without(acl):
            await refused(acl, roles["worker"], works)


def published_garbage(stack: Stack) -> None:
    """A record that is put aside, and a start for a Task Queue that is not there."""
    producer = Producer({"bootstrap.servers": stack.address, **stack.kafka})
    producer.produce(stack.topic("ingress"), b"garbage", b"k")
    event = {"action": "start", "workflow_type": "Echo", "task_queue": "not-there", "input": [""]}
    headers: dict[str, str | bytes | None] = {"content-type": "application/json", "id": new_id()}
    producer.produce(stack.topic("ingress"), json.dumps(event), "waits", headers=headers)
    assert producer.flush(30) == 0


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
            return next((line for line in slot.stdout if REFUSED.search(line)), "")
        finally:
            slot.kill()


def doctor_says(stack: Stack) -> str:
    """Its findings, once the brokers have heard of what was taken."""
    known, said = KafkaSettings({"bootstrap.servers": stack.address, **stack.kafka}), ""
    for _ in range(100):
        said = " ".join(map(str, examine(describe(known, NAMES))))
        if REFUSED.search(said):
            break
    return said


async def counts(client: Client) -> None:
    """Ask for a number, of an index that begins anew."""
    await client.count_workflows()


async def works(client: Client) -> None:
    """A worker of a new Task Queue, until its log names what it may not do."""
    with recorded() as lines:
        async with working(client, workflows=[Echo], activities=[echo]):
            await asyncio.to_thread(raise_refusal, lines)


def raise_refusal(lines: "queue.SimpleQueue[str]") -> None:
    """Raise the first refusal among lines; none comes while brokers have not heard of it."""
    with suppress(queue.Empty):
        while True:
            line = lines.get(timeout=5)
            if REFUSED.search(line):
                raise RefusedError(line)


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
    """Connecting or `use` fails by name, once the brokers have heard of what was taken."""

    async def ask() -> bool:
        try:
            async with await stack.client() as client:
                await use(client)
        except (RPCError, RefusedError) as error:
            said.append(str(error))
        return bool(said)

    said: list[str] = []
    await eventually(ask)
    assert REFUSED.search(said[0]), (acl, said)
