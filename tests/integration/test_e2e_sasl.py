"""All roles over SASL/SCRAM, by settings of librdkafka; a wrong password is one clear line."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from duralog.client import RPCError, RPCStatusCode
from duralog.connectors.embedded import EmbeddedKafka
from integration.programs import Echo, echo
from integration.stack import Stack, new_id, working

USER, PASSWORD = "ada", "a long secret"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedKafka]:
    """A broker that asks who you are."""
    place = tmp_path_factory.mktemp("guarded")
    with EmbeddedKafka(data_dir=place, scram_users={USER: PASSWORD}) as kafka:
        yield kafka


def settings(password: str) -> dict[str, str]:
    """How librdkafka is told to say who we are."""
    return {
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "SCRAM-SHA-256",
        "sasl.username": USER,
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


async def test_a_wrong_password_is_one_clear_error(guarded: EmbeddedKafka, tmp_path: Path) -> None:
    stack = stack_of(guarded, tmp_path, "wrong password")
    command = asyncio.create_task(asyncio.to_thread(stack.duralog, "topics", "apply"))
    with pytest.raises(RPCError, match=r"do not let us in: .*[Aa]uthentication failed") as raised:
        await stack.client()
    assert raised.value.status is RPCStatusCode.UNAVAILABLE
    assert "wrong password" not in str(raised.value)
    done = await command
    errors = [line for line in done.stderr.splitlines() if line]
    assert (done.returncode, len(errors)) == (1, 1), done.stderr
    assert "do not let us in: SASL authentication error" in errors[0]
    assert "wrong password" not in done.stderr
