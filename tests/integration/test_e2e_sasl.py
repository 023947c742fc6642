"""All roles over SASL and TLS, by settings of librdkafka; what does not fit is one clear line."""

import asyncio
from pathlib import Path

import pytest

from duralog.client import RPCError, RPCStatusCode
from duralog.connectors.embedded import EmbeddedKafka
from integration.certificates import Authority
from integration.guarded import PASSWORD, USER, known_as
from integration.programs import Echo, echo
from integration.stack import Stack, new_id, working


def stack_of(kafka: EmbeddedKafka, directory: Path, password: str) -> Stack:
    """A stack that speaks to the guarded listener."""
    return Stack(
        address=kafka.sasl_bootstrap_servers,
        prefix="guarded",
        directory=directory,
        kafka=known_as(password=password),
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
    sasl = {**known_as(), **trusting, "security.protocol": "SASL_SSL"}
    return {
        "TLS": (kafka.listener("TLS"), trusting),
        "mTLS": (kafka.listener("MTLS"), {**trusting, **known}),
        **{
            f"{mechanism} over TLS": (
                kafka.listener("SASLTLS"),
                {**sasl, "sasl.mechanism": mechanism},
            )
            for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512", "PLAIN")
        },
    }


async def test_a_workflow_runs_over_tls_mtls_and_sasl_over_tls(
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
